"""Make hours provable: the tree over the ledgers, seals, objections, stars, limits, notices, records, batches."""

from collections.abc import Collection, Mapping

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

APPEND_ONLY = ("ledger_leaf", "ledger_checkpoint", "star_event")
# A row becomes a leaf: its table, what has to happen to it, the kind of leaf.
DUE = (
    ("entry", "INSERT", "entry"),
    ("star_event", "INSERT", "star"),
    ("certificate", "INSERT", "certificate"),
    ("certificate", "UPDATE OF revoked_at", "revocation"),
)
SEALED = (("entry", "seal"), ("proposal", "seal"), ("certificate", "seal"), ("certificate", "revoke_seal"))
# Of a certificate nothing changes but its taking back; the facts only when their holder was erased.
FROZEN = (
    *("id", "public_id", "number", "volunteer_id", "organization_id", "period_from", "period_to", "minutes"),
    *("pdf_digest", "issued_at", "issued_by"),
)
# Of presence nothing changes; where and with which phone goes when the person is erased.
PLACES = {
    "presence_event": {"latitude": "IS NULL", "longitude": "IS NULL", "accuracy_metres": "IS NULL", "device": "= ''"},
    "presence_refusal": {"device": "= ''"},
}
# What is recorded of a person stays as it was; only its withdrawal is added.
WITHDRAWN_ONLY = ("training", "commendation", "evaluation")
# What was taken back stays so: when it was is said once.
TAKEN_BACK = (("certificate", "revoked_at"), *((table, "withdrawn_at") for table in WITHDRAWN_ONLY))


def upgrade() -> None:
    """Add the tables and columns, guard what is append-only, and let what is written become due."""
    _add_tables()
    for table, column in SEALED:
        op.add_column(table, sa.Column(column, sa.String(length=64), server_default="", nullable=False))
    op.add_column("volunteer", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("volunteer", sa.Column("erased_seal", sa.String(length=64), server_default="", nullable=False))
    # Holds all that an organization's totals need.
    op.drop_index("ix_entry_organization_id_served_on", "entry")
    columns = ["organization_id", "served_on", "source", "kind", "minutes"]
    op.create_index(op.f(f"ix_entry_{'_'.join(columns)}"), "entry", columns)
    op.create_index(op.f("ix_proposal_made_by_made_at"), "proposal", ["made_by", "made_at"])
    op.create_index(op.f("ix_certificate_pdf_digest"), "certificate", ["pdf_digest"])
    _carry_objections()
    # Rows that are older than the tree stand in it as they are.
    op.execute("INSERT INTO ledger_due (kind, row_id) SELECT 'entry', id FROM entry ORDER BY id")
    op.execute("INSERT INTO ledger_due (kind, row_id) SELECT 'certificate', id FROM certificate ORDER BY id")
    op.execute(
        "INSERT INTO ledger_due (kind, row_id) "
        "SELECT 'revocation', id FROM certificate WHERE revoked_at IS NOT NULL ORDER BY id"
    )
    op.execute("INSERT INTO star_due (volunteer_id) SELECT DISTINCT volunteer_id FROM entry")
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def _carry_objections() -> None:
    """Give what was objected to a proposal a row of its own; open ones have seven days from when they were raised."""
    if op.get_bind().dialect.name == "sqlite":
        public_id, answer_by = "lower(hex(randomblob(10)))", "date(objected_at, '+7 days')"
    else:
        public_id, answer_by = (
            "left(replace(gen_random_uuid()::text, '-', ''), 20)",
            "(objected_at + interval '7 days')::date",
        )
    op.execute(
        "INSERT INTO objection (public_id, proposal_id, organization_id, text, raised_at, answer_by_on, "
        "outcome, answer, answered_by, answered_at, by_office) "
        f"SELECT {public_id}, id, organization_id, objection, objected_at, {answer_by}, "
        "CASE state WHEN 'awaiting' THEN NULL WHEN 'returned' THEN 'upheld' ELSE 'dismissed' END, "
        "CASE state WHEN 'returned' THEN answer ELSE '' END, "
        "CASE state WHEN 'awaiting' THEN NULL ELSE checked_by END, "
        "CASE state WHEN 'awaiting' THEN NULL ELSE coalesce(checked_at, objected_at) END, false "
        "FROM proposal WHERE objected_at IS NOT NULL ORDER BY id"
    )
    for column in ("objection", "objected_at"):
        op.drop_column("proposal", column)


def _guard_sqlite() -> None:
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            _refuse_sqlite(f"{table}_refuses_{verb.lower()}", f"{verb} ON {table}", f"{table} is append-only")
    _refuse_sqlite("volunteer_secret_refuses_update", "UPDATE ON volunteer_secret", "volunteer_secret never changes")
    _refuse_sqlite("ledger_tile_refuses_delete", "DELETE ON ledger_tile", "ledger_tile only grows")
    op.execute(
        "CREATE TRIGGER ledger_tile_refuses_change BEFORE UPDATE ON ledger_tile "
        "WHEN NEW.level <> OLD.level OR NEW.position <> OLD.position "
        "OR substr(NEW.hashes, 1, length(OLD.hashes)) <> OLD.hashes OR length(NEW.hashes) <= length(OLD.hashes) "
        "BEGIN SELECT RAISE(ABORT, 'ledger_tile only grows'); END"
    )
    _refuse_sqlite("certificate_refuses_new_seal", "UPDATE OF seal ON certificate", "certificate is append-only")
    for table in WITHDRAWN_ONLY:
        kept = ", ".join(_kept_columns(table))
        _refuse_sqlite(f"{table}_refuses_update", f"UPDATE OF {kept} ON {table}", f"{table} is only withdrawn")
        _refuse_sqlite(f"{table}_refuses_delete", f"DELETE ON {table}", f"{table} is only withdrawn")
    for table, column in TAKEN_BACK:
        _refuse_sqlite(
            f"{table}_stays_{column.removesuffix('_at')}",
            f"UPDATE OF {column} ON {table} WHEN OLD.{column} IS NOT NULL AND NEW.{column} IS NOT OLD.{column}",
            f"{table} stays {column.removesuffix('_at')}",
        )
    _let_erasing_pass_sqlite()
    for table, places in PLACES.items():
        _let_places_go_sqlite(table, places)
    for table, event, kind in DUE:
        op.execute(
            f"CREATE TRIGGER {kind}_is_due AFTER {event} ON {table} {_when(kind)}"
            f"BEGIN INSERT INTO ledger_due (kind, row_id) VALUES ('{kind}', NEW.id); END"
        )
    op.execute(
        "CREATE TRIGGER stars_are_due AFTER INSERT ON entry "
        "BEGIN INSERT INTO star_due (volunteer_id) VALUES (NEW.volunteer_id); END"
    )


def _let_erasing_pass_sqlite() -> None:
    erased = "SELECT 1 FROM volunteer WHERE volunteer.id = {} AND volunteer.erased_at IS NOT NULL"
    holder = "(SELECT volunteer_id FROM certificate WHERE certificate.id = OLD.certificate_id)"
    op.execute("DROP TRIGGER certificate_refuses_update")
    op.execute("DROP TRIGGER certificate_file_refuses_delete")
    words = "certificate is append-only"
    _refuse_sqlite("certificate_refuses_update", f"UPDATE OF {', '.join(FROZEN)} ON certificate", words)
    _refuse_sqlite(
        "certificate_refuses_new_facts",
        f"UPDATE OF facts ON certificate WHEN NOT EXISTS ({erased.format('OLD.volunteer_id')})",
        words,
    )
    _refuse_sqlite(
        "certificate_file_refuses_delete",
        f"DELETE ON certificate_file WHEN NOT EXISTS ({erased.format(holder)})",
        "certificate_file is append-only",
    )


def _let_places_go_sqlite(table: str, places: Mapping[str, str]) -> None:
    kept = ", ".join(_columns(table, places))
    emptied = " AND ".join(f"NEW.{column} {how}" for column, how in places.items())
    erased = "SELECT 1 FROM volunteer WHERE volunteer.id = OLD.volunteer_id AND volunteer.erased_at IS NOT NULL"
    words = f"{table} is append-only"
    op.execute(f"DROP TRIGGER {table}_refuses_update")
    _refuse_sqlite(f"{table}_refuses_update", f"UPDATE OF {kept} ON {table}", words)
    _refuse_sqlite(
        f"{table}_refuses_new_place",
        f"UPDATE OF {', '.join(places)} ON {table} WHEN NOT ({emptied} AND EXISTS ({erased}))",
        words,
    )


def _refuse_sqlite(name: str, event: str, words: str) -> None:
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} BEGIN SELECT RAISE(ABORT, '{words}'); END")


def _guard_postgresql() -> None:
    for table in APPEND_ONLY:
        _refuse_postgresql(f"{table}_append_only", f"UPDATE OR DELETE ON {table}")
        _refuse_postgresql(f"{table}_not_emptied", f"TRUNCATE ON {table}", each="STATEMENT")
    _refuse_postgresql("volunteer_secret_never_changes", "UPDATE ON volunteer_secret")
    _refuse_postgresql("ledger_tile_kept", "DELETE OR TRUNCATE ON ledger_tile", each="STATEMENT")
    op.execute(
        "CREATE TRIGGER ledger_tile_only_grows BEFORE UPDATE ON ledger_tile FOR EACH ROW WHEN ("
        "NEW.level <> OLD.level OR NEW.position <> OLD.position "
        "OR substr(NEW.hashes, 1, length(OLD.hashes)) <> OLD.hashes OR length(NEW.hashes) <= length(OLD.hashes)) "
        "EXECUTE FUNCTION refuse_change()"
    )
    _refuse_postgresql("certificate_sealed", "UPDATE OF seal ON certificate")
    for table in WITHDRAWN_ONLY:
        _refuse_postgresql(f"{table}_only_withdrawn", f"UPDATE OF {', '.join(_kept_columns(table))} ON {table}")
        _refuse_postgresql(f"{table}_kept", f"DELETE OR TRUNCATE ON {table}", each="STATEMENT")
    for table, column in TAKEN_BACK:
        op.execute(
            f"CREATE TRIGGER {table}_stays_{column.removesuffix('_at')} BEFORE UPDATE OF {column} ON {table} "
            f"FOR EACH ROW WHEN (OLD.{column} IS NOT NULL AND NEW.{column} IS DISTINCT FROM OLD.{column}) "
            "EXECUTE FUNCTION refuse_change()"
        )
    _let_erasing_pass_postgresql()
    for table, places in PLACES.items():
        _let_places_go_postgresql(table, places)
    op.execute(
        "CREATE FUNCTION become_due() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN INSERT INTO ledger_due (kind, row_id) VALUES (TG_ARGV[0], NEW.id); RETURN NULL; END $$"
    )
    for table, event, kind in DUE:
        op.execute(
            f"CREATE TRIGGER {kind}_is_due AFTER {event} ON {table} FOR EACH ROW {_when(kind)}"
            f"EXECUTE FUNCTION become_due('{kind}')"
        )
    op.execute(
        "CREATE FUNCTION stars_due() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN INSERT INTO star_due (volunteer_id) VALUES (NEW.volunteer_id); RETURN NULL; END $$"
    )
    op.execute("CREATE TRIGGER stars_are_due AFTER INSERT ON entry FOR EACH ROW EXECUTE FUNCTION stars_due()")


def _let_erasing_pass_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_unless_erased() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE about bigint; BEGIN "
        "IF TG_TABLE_NAME = 'certificate' THEN about := OLD.id; ELSE about := OLD.certificate_id; END IF; "
        "IF NOT EXISTS (SELECT 1 FROM certificate JOIN volunteer ON volunteer.id = certificate.volunteer_id "
        "WHERE certificate.id = about AND volunteer.erased_at IS NOT NULL) THEN "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END IF; "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
    )
    op.execute("DROP TRIGGER certificate_frozen ON certificate")
    op.execute("DROP TRIGGER certificate_file_append_only ON certificate_file")
    _refuse_postgresql("certificate_frozen", f"UPDATE OF {', '.join(FROZEN)} ON certificate")
    _refuse_postgresql("certificate_file_append_only", "UPDATE ON certificate_file")
    for name, event in (
        ("certificate_facts_frozen", "UPDATE OF facts ON certificate"),
        ("certificate_file_kept", "DELETE ON certificate_file"),
    ):
        op.execute(f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW EXECUTE FUNCTION refuse_unless_erased()")


def _let_places_go_postgresql(table: str, places: Mapping[str, str]) -> None:
    kept = ", ".join(_columns(table, places))
    emptied = " AND ".join(f"NEW.{column} {how}" for column, how in places.items())
    op.execute(
        f"CREATE FUNCTION keep_places_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF NOT ({emptied} AND EXISTS (SELECT 1 FROM volunteer "
        "WHERE volunteer.id = OLD.volunteer_id AND volunteer.erased_at IS NOT NULL)) THEN "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END IF; "
        "RETURN NEW; END $$"
    )
    op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    _refuse_postgresql(f"{table}_append_only", f"UPDATE OF {kept} OR DELETE ON {table}")
    op.execute(
        f"CREATE TRIGGER {table}_place_kept BEFORE UPDATE OF {', '.join(places)} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION keep_places_of_{table}()"
    )


def _refuse_postgresql(name: str, event: str, each: str = "ROW") -> None:
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} FOR EACH {each} EXECUTE FUNCTION refuse_change()")


def _when(kind: str) -> str:
    return "WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) " if kind == "revocation" else ""


def _columns(table: str, without: Collection[str]) -> list[str]:
    return [one["name"] for one in sa.inspect(op.get_bind()).get_columns(table) if one["name"] not in without]


def _kept_columns(table: str) -> list[str]:
    columns = sa.inspect(op.get_bind()).get_columns(table)
    return [column["name"] for column in columns if not column["name"].startswith("withdrawn_")]


def downgrade() -> None:
    """Refuse: what was proved could not be proved any more."""
    raise NotImplementedError("the tree over the ledgers cannot be taken away from under them")


# --- tables, as they were drawn from the models ---


def _add_tables() -> None:
    op.create_table(
        "ledger_checkpoint",
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size >= 1", name=op.f("ck_ledger_checkpoint_size")),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_ledger_checkpoint")),
    )
    op.create_table(
        "ledger_due",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "opened",
                "entry",
                "star",
                "certificate",
                "revocation",
                name="leafkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("refused_because", sa.String(length=300), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_due")),
    )
    op.create_index(
        "ix_ledger_due_waiting",
        "ledger_due",
        ["id"],
        unique=False,
        sqlite_where=sa.text("refused_because = ''"),
        postgresql_where=sa.text("refused_because = ''"),
    )
    op.create_table(
        "ledger_leaf",
        sa.Column(
            "position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "opened",
                "entry",
                "star",
                "certificate",
                "revocation",
                name="leafkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("position >= 0", name=op.f("ck_ledger_leaf_position")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_ledger_leaf")),
        sa.UniqueConstraint("kind", "row_id", name=op.f("uq_ledger_leaf_kind_row_id")),
    )
    op.create_table(
        "ledger_tile",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "length(hashes) BETWEEN 32 AND 8192 AND length(hashes) % 32 = 0", name=op.f("ck_ledger_tile_hashes")
        ),
        sa.PrimaryKeyConstraint("level", "position", name=op.f("pk_ledger_tile")),
    )
    op.create_table(
        "star_due",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("volunteer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_star_due")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("volunteer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "hours_proposed",
                "hours_decided",
                "objection",
                "question",
                "overdue",
                "star",
                "certificate",
                "record",
                name="noticekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("link", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_notice_account_id")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteer.id"], name=op.f("fk_notice_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("public_id", name=op.f("uq_notice_public_id")),
    )
    op.create_index(op.f("ix_notice_account_id_read_at"), "notice", ["account_id", "read_at"], unique=False)
    op.create_index(op.f("ix_notice_volunteer_id"), "notice", ["volunteer_id"], unique=False)
    op.create_table(
        "star_scale",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("hours", sa.JSON(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("set_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spread_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["set_by"], ["account.id"], name=op.f("fk_star_scale_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_star_scale")),
    )
    op.create_index(op.f("ix_star_scale_effective_on"), "star_scale", ["effective_on"], unique=False)
    op.create_table(
        "certificate_batch",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "running",
                "finished",
                "stopped",
                name="batchstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("book", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("period_to >= period_from", name=op.f("ck_certificate_batch_period")),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_certificate_batch_created_by")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_certificate_batch_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_batch")),
        sa.UniqueConstraint("public_id", name=op.f("uq_certificate_batch_public_id")),
    )
    op.create_index(
        op.f("ix_certificate_batch_organization_id"), "certificate_batch", ["organization_id"], unique=False
    )
    op.create_index(op.f("ix_certificate_batch_status"), "certificate_batch", ["status"], unique=False)
    op.create_table(
        "commendation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("volunteer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("given_by", sa.String(length=100), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_because", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_commendation_organization_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["account.id"], name=op.f("fk_commendation_recorded_by")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteer.id"], name=op.f("fk_commendation_volunteer_id")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["account.id"], name=op.f("fk_commendation_withdrawn_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commendation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_commendation_public_id")),
    )
    op.create_index(op.f("ix_commendation_organization_id"), "commendation", ["organization_id"], unique=False)
    op.create_index(op.f("ix_commendation_volunteer_id"), "commendation", ["volunteer_id"], unique=False)
    op.create_table(
        "star_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("volunteer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "act",
            sa.Enum("granted", "revoked", name="staract", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seal", sa.String(length=64), server_default="", nullable=False),
        sa.CheckConstraint("hours >= 1 AND minutes >= 0", name=op.f("ck_star_event_hours")),
        sa.CheckConstraint("level BETWEEN 1 AND 9", name=op.f("ck_star_event_level")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteer.id"], name=op.f("fk_star_event_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_star_event")),
        sa.UniqueConstraint("public_id", name=op.f("uq_star_event_public_id")),
    )
    op.create_index(op.f("ix_star_event_volunteer_id_id"), "star_event", ["volunteer_id", "id"], unique=False)
    op.create_table(
        "training",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("volunteer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("content", sa.String(length=300), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("held_by", sa.String(length=100), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_because", sa.String(length=300), nullable=False),
        sa.CheckConstraint("minutes BETWEEN 1 AND 60000", name=op.f("ck_training_minutes")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_training_organization_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["account.id"], name=op.f("fk_training_recorded_by")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteer.id"], name=op.f("fk_training_volunteer_id")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["account.id"], name=op.f("fk_training_withdrawn_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training")),
        sa.UniqueConstraint("public_id", name=op.f("uq_training_public_id")),
    )
    op.create_index(op.f("ix_training_organization_id"), "training", ["organization_id"], unique=False)
    op.create_index(op.f("ix_training_volunteer_id"), "training", ["volunteer_id"], unique=False)
    op.create_table(
        "typed_allowance",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("granted_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("minutes >= 1", name=op.f("ck_typed_allowance_minutes")),
        sa.ForeignKeyConstraint(["granted_by"], ["account.id"], name=op.f("fk_typed_allowance_granted_by")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_typed_allowance_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_typed_allowance")),
        sa.UniqueConstraint("public_id", name=op.f("uq_typed_allowance_public_id")),
    )
    op.create_index(
        op.f("ix_typed_allowance_organization_id_until_on"),
        "typed_allowance",
        ["organization_id", "until_on"],
        unique=False,
    )
    op.create_table(
        "volunteer_secret",
        sa.Column("volunteer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteer.id"], name=op.f("fk_volunteer_secret_volunteer_id")),
        sa.PrimaryKeyConstraint("volunteer_id", name=op.f("pk_volunteer_secret")),
    )
    op.create_table(
        "certificate_batch_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("volunteer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "issued",
                "refused",
                name="batchitemstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("certificate_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("why", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["certificate_batch.id"], name=op.f("fk_certificate_batch_item_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_certificate_batch_item_certificate_id")
        ),
        sa.ForeignKeyConstraint(
            ["volunteer_id"], ["volunteer.id"], name=op.f("fk_certificate_batch_item_volunteer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_batch_item")),
        sa.UniqueConstraint("batch_id", "volunteer_id", name=op.f("uq_certificate_batch_item_batch_id_volunteer_id")),
        sa.UniqueConstraint("certificate_id", name=op.f("uq_certificate_batch_item_certificate_id")),
    )
    op.create_index(
        op.f("ix_certificate_batch_item_batch_id_state"), "certificate_batch_item", ["batch_id", "state"], unique=False
    )
    op.create_table(
        "evaluation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("volunteer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "grade",
            sa.Enum(
                "excellent", "good", "fair", "poor", name="grade", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("evaluated_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_because", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_evaluation_organization_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["account.id"], name=op.f("fk_evaluation_recorded_by")),
        sa.ForeignKeyConstraint(["shift_id"], ["shift.id"], name=op.f("fk_evaluation_shift_id")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteer.id"], name=op.f("fk_evaluation_volunteer_id")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["account.id"], name=op.f("fk_evaluation_withdrawn_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_evaluation_public_id")),
    )
    op.create_index(op.f("ix_evaluation_organization_id"), "evaluation", ["organization_id"], unique=False)
    op.create_index(op.f("ix_evaluation_shift_id"), "evaluation", ["shift_id"], unique=False)
    op.create_index(op.f("ix_evaluation_volunteer_id"), "evaluation", ["volunteer_id"], unique=False)
    op.create_table(
        "overdue_shift",
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("city_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_overdue_shift_organization_id")
        ),
        sa.ForeignKeyConstraint(["shift_id"], ["shift.id"], name=op.f("fk_overdue_shift_shift_id")),
        sa.PrimaryKeyConstraint("shift_id", name=op.f("pk_overdue_shift")),
    )
    op.create_index(
        op.f("ix_overdue_shift_organization_id_settled_at"),
        "overdue_shift",
        ["organization_id", "settled_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_overdue_shift_settled_at_escalated_at"), "overdue_shift", ["settled_at", "escalated_at"], unique=False
    )
    op.create_table(
        "objection",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("proposal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by_on", sa.Date(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "upheld", "dismissed", name="objectionoutcome", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.Column("answer", sa.String(length=300), nullable=False),
        sa.Column("answered_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by_office", sa.Boolean(), nullable=False),
        sa.CheckConstraint("(answered_at IS NULL) = (outcome IS NULL)", name=op.f("ck_objection_answered")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_objection_account_id")),
        sa.ForeignKeyConstraint(["answered_by"], ["account.id"], name=op.f("fk_objection_answered_by")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_objection_organization_id")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_objection_proposal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
        sa.UniqueConstraint("public_id", name=op.f("uq_objection_public_id")),
    )
    op.create_index(op.f("ix_objection_account_id"), "objection", ["account_id"], unique=False)
    op.create_index(
        op.f("ix_objection_organization_id_answered_at"), "objection", ["organization_id", "answered_at"], unique=False
    )
    op.create_index(op.f("ix_objection_proposal_id"), "objection", ["proposal_id"], unique=False)
