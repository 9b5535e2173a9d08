"""Check people in on a real street: refusals, spot checks, scanning stations, signals, paper sheets."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

APPEND_ONLY = ("presence_refusal", "paper_sheet")
# The words that a column may hold grow: table, column, first and last word of the old list, the new words.
GROWN = (
    ("presence_event", "method", "auto_close", ("poster", "mended")),
    ("entry", "source", "import", ("poster",)),
    ("proposal", "source", "import", ("poster",)),
    ("proposal", "cause", "correction", ("signal", "poster", "offline")),
)
WANTED = "(wanted_from IS NULL) = (wanted_to IS NULL) AND wanted_to > wanted_from"


def upgrade() -> None:
    """Add the tables and columns, let the lists grow, and guard what is append-only."""
    _add_tables()
    _add_columns()
    if op.get_bind().dialect.name == "sqlite":
        _grow_sqlite()
        _guard_sqlite()
    else:
        _grow_postgresql()
        _guard_postgresql()


def _add_tables() -> None:
    op.create_table(
        "paper_sheet",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=False),
        sa.Column("picture_digest", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("uploaded_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["shift_id"], ["shift.id"], name=op.f("fk_paper_sheet_shift_id")),
        sa.ForeignKeyConstraint(["uploaded_by"], ["account.id"], name=op.f("fk_paper_sheet_uploaded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_sheet")),
        sa.UniqueConstraint("public_id", name=op.f("uq_paper_sheet_public_id")),
    )
    op.create_index(op.f("ix_paper_sheet_shift_id"), "paper_sheet", ["shift_id"], unique=False)
    op.create_table(
        "presence_refusal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("volunteer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "direction",
            sa.Enum("in", "out", name="direction", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column(
            "method",
            sa.Enum(
                "venue_code",
                "typed_code",
                "organizer_scan",
                "kiosk",
                "by_hand",
                "paper",
                "offline",
                "poster",
                "mended",
                "auto_close",
                name="method",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("told", sa.String(length=300), nullable=False),
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("request_key", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_presence_refusal_account_id")),
        sa.ForeignKeyConstraint(["shift_id"], ["shift.id"], name=op.f("fk_presence_refusal_shift_id")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteer.id"], name=op.f("fk_presence_refusal_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presence_refusal")),
        sa.UniqueConstraint("request_key", name=op.f("uq_presence_refusal_request_key")),
    )
    op.create_index(
        op.f("ix_presence_refusal_account_id_refused_at"),
        "presence_refusal",
        ["account_id", "refused_at"],
        unique=False,
    )
    op.create_index(op.f("ix_presence_refusal_shift_id_id"), "presence_refusal", ["shift_id", "id"], unique=False)
    op.create_table(
        "signal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "one_device",
                "two_places",
                "same_seconds",
                "outside_circle",
                "many_by_hand",
                "fresh_activity",
                "missed_spot_check",
                name="signalkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subject_key", sa.String(length=120), nullable=False),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("volunteer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum("fine", "follow_up", name="verdict", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("judged_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("(verdict IS NULL) = (judged_at IS NULL)", name=op.f("ck_signal_judged")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_signal_account_id")),
        sa.ForeignKeyConstraint(["judged_by"], ["account.id"], name=op.f("fk_signal_judged_by")),
        sa.ForeignKeyConstraint(["shift_id"], ["shift.id"], name=op.f("fk_signal_shift_id")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteer.id"], name=op.f("fk_signal_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal")),
        sa.UniqueConstraint("public_id", name=op.f("uq_signal_public_id")),
        sa.UniqueConstraint("subject_key", name=op.f("uq_signal_subject_key")),
    )
    op.create_index(op.f("ix_signal_shift_id_volunteer_id"), "signal", ["shift_id", "volunteer_id"], unique=False)
    op.create_index(op.f("ix_signal_verdict_id"), "signal", ["verdict", "id"], unique=False)
    op.create_table(
        "spot_check",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("volunteer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drawn_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shown_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "method",
            sa.Enum(
                "venue_code",
                "typed_code",
                "organizer_scan",
                "kiosk",
                "by_hand",
                "paper",
                "offline",
                "poster",
                "mended",
                "auto_close",
                name="method",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.CheckConstraint("due_at > drawn_at", name=op.f("ck_spot_check_due")),
        sa.ForeignKeyConstraint(["drawn_by"], ["account.id"], name=op.f("fk_spot_check_drawn_by")),
        sa.ForeignKeyConstraint(["shift_id"], ["shift.id"], name=op.f("fk_spot_check_shift_id")),
        sa.ForeignKeyConstraint(["shown_by"], ["account.id"], name=op.f("fk_spot_check_shown_by")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteer.id"], name=op.f("fk_spot_check_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spot_check")),
        sa.UniqueConstraint("public_id", name=op.f("uq_spot_check_public_id")),
    )
    op.create_index(
        op.f("ix_spot_check_shift_id_volunteer_id"), "spot_check", ["shift_id", "volunteer_id"], unique=False
    )
    op.create_index(op.f("ix_spot_check_shown_at_due_at"), "spot_check", ["shown_at", "due_at"], unique=False)
    op.create_index(op.f("ix_spot_check_volunteer_id_due_at"), "spot_check", ["volunteer_id", "due_at"], unique=False)
    op.create_table(
        "station",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("opened_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["opened_by"], ["account.id"], name=op.f("fk_station_opened_by")),
        sa.ForeignKeyConstraint(["revoked_by"], ["account.id"], name=op.f("fk_station_revoked_by")),
        sa.ForeignKeyConstraint(["shift_id"], ["shift.id"], name=op.f("fk_station_shift_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station")),
        sa.UniqueConstraint("public_id", name=op.f("uq_station_public_id")),
    )
    op.create_index(op.f("ix_station_shift_id"), "station", ["shift_id"], unique=False)
    op.create_table(
        "station_record",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("station_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("record_key", sa.String(length=40), nullable=False),
        sa.Column("body_digest", sa.String(length=64), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("code", "card", "number", name="kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("typed", sa.String(length=400), nullable=False),
        sa.Column(
            "direction",
            sa.Enum("in", "out", name="direction", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("device_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("volunteer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "recorded", "review", "refused", name="outcome", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("presence_event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "resolution",
            sa.Enum(
                "recorded",
                "typed_in",
                "dismissed",
                name="resolution",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("resolution_reason", sa.String(length=300), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["presence_event_id"], ["presence_event.id"], name=op.f("fk_station_record_presence_event_id")
        ),
        sa.ForeignKeyConstraint(["resolved_by"], ["account.id"], name=op.f("fk_station_record_resolved_by")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_station_record_station_id")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteer.id"], name=op.f("fk_station_record_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station_record")),
        sa.UniqueConstraint("public_id", name=op.f("uq_station_record_public_id")),
        sa.UniqueConstraint("station_id", "record_key", name=op.f("uq_station_record_station_id_record_key")),
    )
    op.create_index(
        op.f("ix_station_record_outcome_resolved_at"), "station_record", ["outcome", "resolved_at"], unique=False
    )
    op.create_index(op.f("ix_station_record_volunteer_id"), "station_record", ["volunteer_id"], unique=False)


def _add_columns() -> None:
    op.add_column("presence_event", sa.Column("device", sa.String(length=32), server_default="", nullable=False))
    op.create_index(op.f("ix_presence_event_shift_id_device"), "presence_event", ["shift_id", "device"], unique=False)
    op.add_column("shift", sa.Column("allows_poster", sa.Boolean(), server_default=sa.false(), nullable=False))
    _add_reference("proposal", "sheet_id", "paper_sheet")
    op.add_column("entry_question", sa.Column("wanted_from", sa.DateTime(timezone=True), nullable=True))
    op.add_column("entry_question", sa.Column("wanted_to", sa.DateTime(timezone=True), nullable=True))
    _add_reference("entry_question", "correction_id", "proposal")
    op.add_column("entry_question", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    _add_reference("proposal", "replaces_id", "entry")
    op.add_column("proposal", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    standing = sa.text("state <> 'returned'")
    op.create_index(
        op.f("ix_proposal_replaces_id"),
        "proposal",
        ["replaces_id"],
        unique=True,
        sqlite_where=standing,
        postgresql_where=standing,
    )


def _add_reference(table: str, column: str, target: str) -> None:
    key = f"fk_{table}_{column}"
    if op.get_bind().dialect.name == "sqlite":
        # SQLite adds a column with its reference at once; alembic would copy the table, and its triggers would go.
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} INTEGER CONSTRAINT {key} REFERENCES {target} (id)")
    else:
        op.add_column(table, sa.Column(column, sa.BigInteger(), nullable=True))
        op.create_foreign_key(key, table, target, [column], ["id"])


def _grow_sqlite() -> None:
    """Change the CHECK rules where they stand: nothing on disk depends on them, and a copied table loses its triggers.

    This is the way that SQLite's documentation of ALTER TABLE gives for rules that do not change stored rows.
    """
    bind = op.get_bind()
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar_one()
    bind.exec_driver_sql("PRAGMA writable_schema = ON")
    for table, column, last, added in GROWN:
        words = "".join(f", '{word}'" for word in added)
        _rewrite(table, f"'{last}')", f"'{last}'{words})", near=f"CHECK ({column} IN (")
    _rewrite(
        "entry_question",
        "CONSTRAINT ck_entry_question_answered CHECK",
        f"CONSTRAINT ck_entry_question_wanted CHECK ({WANTED}), CONSTRAINT ck_entry_question_answered CHECK",
    )
    bind.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema = OFF")


def _rewrite(table: str, old: str, new: str, near: str = "") -> None:
    bind = op.get_bind()
    sql = bind.execute(
        sa.text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :name"), {"name": table}
    ).scalar_one()
    at = sql.index(old, sql.index(near) if near else 0)
    changed = sql[:at] + new + sql[at + len(old) :]
    bind.execute(
        sa.text("UPDATE sqlite_schema SET sql = :sql WHERE type = 'table' AND name = :name"),
        {"sql": changed, "name": table},
    )


def _grow_postgresql() -> None:
    for table, column, _last, added in GROWN:
        name = f"ck_{table}_{column}"
        rule = (
            op.get_bind()
            .execute(
                sa.text(
                    "SELECT pg_get_constraintdef(oid) FROM pg_constraint "
                    "WHERE conname = :name AND conrelid = CAST(:table AS regclass)"
                ),
                {"name": name, "table": table},
            )
            .scalar_one()
        )
        words = "".join(f", '{word}'::character varying" for word in added)
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} " + rule.replace("]", words + "]", 1))
    op.create_check_constraint("ck_entry_question_wanted", "entry_question", WANTED)


def _guard_sqlite() -> None:
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    op.execute(
        "CREATE TRIGGER station_record_refuses_delete BEFORE DELETE ON station_record "
        "BEGIN SELECT RAISE(ABORT, 'station_record is never dropped'); END"
    )


def _guard_postgresql() -> None:
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER station_record_kept BEFORE DELETE OR TRUNCATE ON station_record "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Refuse: what was recorded in the new words could not be kept."""
    raise NotImplementedError("presence in the new words cannot be put back into the old lists")
