"""Defend indicators: editions side by side, moved communities, snapshots, surveys, orders, bulletins, dossiers, maps."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# What is written once and stays.
APPEND_ONLY = (
    *("area_move", "population_file", "population_change", "edition_version", "edition_choice"),
    *("dossier_file", "dossier_item_version", "dossier_package"),
    *("order_step", "order_file", "score_weights"),
)
KEPT = ("figure_snapshot", "survey_answer")
# Of an order that was sent only where it stands and by when it is due can change.
FROZEN_OF_ORDER = (
    *("public_id", "issuer_id", "year", "number", "area_id", "organization_id", "handler_id", "title", "indicator"),
    *("figures", "demand", "working_days", "first_due_on", "sent_at", "sent_by"),
)
FROZEN_OF_DOSSIER = ("public_id", "area_id", "year", "edition_id", "opened_at", "opened_by")
# Of an item its words may be changed while it stands; each time a version is kept.
FROZEN_OF_ITEM = (*("public_id", "dossier_id", "clause_code", "number", "kind", "file_id", "added_at", "added_by"),)
SHIPPED_SERIES = {
    "prefecture_and_above": "全国文明城市测评体系（地级以上）",
    "county": "全国文明城市测评体系（县级）",
}


def upgrade() -> None:
    """Add the tables and columns, guard what is append-only, and carry over what is there."""
    _add_tables()
    op.create_index(op.f("ix_entry_made_at"), "entry", ["made_at"])
    op.create_index(op.f("ix_registration_event_recorded_at"), "registration_event", ["recorded_at"])
    op.add_column("area_population", sa.Column("is_built_up", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("edition_indicator", sa.Column("grades", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("edition", sa.Column("series", sa.String(length=100), server_default="", nullable=False))
    for kind, series in SHIPPED_SERIES.items():
        op.execute(
            sa.text("UPDATE edition SET series = :series WHERE city_kind = :kind").bindparams(series=series, kind=kind)
        )
    _widen_notice_kinds()
    for table in APPEND_ONLY:
        _refuse(table, "UPDATE", "DELETE")
    for table in KEPT:
        _refuse(table, "UPDATE")
    # A dossier stays, an item is withdrawn, an order is settled or withdrawn, a bulletin is discarded.
    for table in ("dossier", "dossier_item", "supervision_order", "supervision_serial", "bulletin"):
        _refuse(table, "DELETE")
    _freeze()


def _freeze() -> None:
    """Keep what an order asked for, a bulletin that is no draft, what an item is of, and numbers that were given."""
    guards = (
        ("supervision_order", f"OF {', '.join(FROZEN_OF_ORDER)}", "true"),
        ("bulletin", "", "OLD.status <> 'draft'"),
        ("dossier", f"OF {', '.join(FROZEN_OF_DOSSIER)}", "true"),
        ("dossier_item", "", f"OLD.withdrawn_at IS NOT NULL OR {_differ(FROZEN_OF_ITEM)}"),
        ("supervision_serial", "", f"NEW.last <= OLD.last OR {_differ(('kind', 'area_id', 'year'))}"),
    )
    for table, columns, when in guards:
        act = (
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            if op.get_bind().dialect.name == "sqlite"
            else "EXECUTE FUNCTION refuse_change()"
        )
        row = f"BEFORE UPDATE {columns} ON {table} FOR EACH ROW WHEN ({when})"
        op.execute(f"CREATE TRIGGER {table}_frozen {row} {act}")


def _differ(columns: tuple[str, ...]) -> str:
    return f"NOT ({' AND '.join(f'(NEW.{one} = OLD.{one} OR NEW.{one} IS NULL AND OLD.{one} IS NULL)' for one in columns)})"


def _widen_notice_kinds() -> None:
    kinds = (
        *("hours_proposed", "hours_decided", "objection", "question", "overdue", "star", "certificate", "record"),
        *("task", "order", "bulletin"),
    )
    with op.batch_alter_table("notice") as batch:
        batch.drop_constraint(op.f("ck_notice_noticekind"), type_="check")
        batch.create_check_constraint(op.f("ck_notice_noticekind"), sa.column("kind").in_(kinds))


def _refuse(table: str, *verbs: str) -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE {' OR '.join(verbs)} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for verb in verbs:
        op.execute(
            f"CREATE TRIGGER {table}_refuses_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


# --- tables, as they were drawn from the models ---


def _add_tables() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("area_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("last_used_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_api_token_area_id")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_api_token_made_by")),
        sa.ForeignKeyConstraint(["revoked_by"], ["account.id"], name=op.f("fk_api_token_revoked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_token_digest")),
        sa.UniqueConstraint("public_id", name=op.f("uq_api_token_public_id")),
    )
    op.create_index(op.f("ix_api_token_area_id"), "api_token", ["area_id"], unique=False)
    op.create_table(
        "area_move",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("area_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("from_parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("to_parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_area_move_area_id")),
        sa.ForeignKeyConstraint(["from_parent_id"], ["area.id"], name=op.f("fk_area_move_from_parent_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["account.id"], name=op.f("fk_area_move_recorded_by")),
        sa.ForeignKeyConstraint(["to_parent_id"], ["area.id"], name=op.f("fk_area_move_to_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_move")),
        sa.UniqueConstraint("area_id", "effective_on", name=op.f("uq_area_move_area_id_effective_on")),
        sa.UniqueConstraint("public_id", name=op.f("uq_area_move_public_id")),
    )
    op.create_table(
        "boundary_file",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("read", sa.JSON(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("saved_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("size > 0", name=op.f("ck_boundary_file_size")),
        sa.ForeignKeyConstraint(["saved_by"], ["account.id"], name=op.f("fk_boundary_file_saved_by")),
        sa.ForeignKeyConstraint(["uploaded_by"], ["account.id"], name=op.f("fk_boundary_file_uploaded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_boundary_file")),
        sa.UniqueConstraint("public_id", name=op.f("uq_boundary_file_public_id")),
    )
    op.create_table(
        "bulletin",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("area_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drafted_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "released",
                "discarded",
                name="bulletinstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("opening", sa.String(length=2000), nullable=False),
        sa.Column("closing", sa.String(length=2000), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("supersedes_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("(status = 'released') = (number IS NOT NULL)", name=op.f("ck_bulletin_number")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_bulletin_area_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_bulletin_decided_by")),
        sa.ForeignKeyConstraint(["drafted_by"], ["account.id"], name=op.f("fk_bulletin_drafted_by")),
        sa.ForeignKeyConstraint(["supersedes_id"], ["bulletin.id"], name=op.f("fk_bulletin_supersedes_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin")),
        sa.UniqueConstraint("area_id", "year", "number", name=op.f("uq_bulletin_area_id_year_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_bulletin_public_id")),
        sa.UniqueConstraint("supersedes_id", name=op.f("uq_bulletin_supersedes_id")),
    )
    op.create_index(
        op.f("ix_bulletin_area_id_month"),
        "bulletin",
        ["area_id", "month"],
        unique=True,
        postgresql_where=sa.text("status = 'draft'"),
        sqlite_where=sa.text("status = 'draft'"),
    )
    op.create_table(
        "dossier",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("area_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_dossier_area_id")),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_dossier_edition_id")),
        sa.ForeignKeyConstraint(["opened_by"], ["account.id"], name=op.f("fk_dossier_opened_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier")),
        sa.UniqueConstraint("area_id", "year", name=op.f("uq_dossier_area_id_year")),
        sa.UniqueConstraint("public_id", name=op.f("uq_dossier_public_id")),
    )
    op.create_table(
        "dossier_file",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["uploaded_by"], ["account.id"], name=op.f("fk_dossier_file_uploaded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_file")),
    )
    op.create_index(op.f("ix_dossier_file_digest"), "dossier_file", ["digest"], unique=False)
    op.create_table(
        "edition_choice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("area_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("series", sa.String(length=100), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_edition_choice_area_id")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_edition_choice_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition_choice")),
        sa.UniqueConstraint("public_id", name=op.f("uq_edition_choice_public_id")),
    )
    op.create_index(
        op.f("ix_edition_choice_area_id_effective_from"), "edition_choice", ["area_id", "effective_from"], unique=False
    )
    op.create_table(
        "edition_clause",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("edition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("words", sa.String(length=1000), nullable=False),
        sa.Column("wants", sa.JSON(), nullable=False),
        sa.Column("indicator", sa.String(length=30), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_edition_clause_edition_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition_clause")),
        sa.UniqueConstraint("edition_id", "code", name=op.f("uq_edition_clause_edition_id_code")),
        sa.UniqueConstraint("public_id", name=op.f("uq_edition_clause_public_id")),
    )
    op.create_table(
        "edition_version",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("edition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_edition_version_edition_id")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_edition_version_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition_version")),
    )
    op.create_index(op.f("ix_edition_version_edition_id_id"), "edition_version", ["edition_id", "id"], unique=False)
    op.create_table(
        "figure_snapshot",
        sa.Column("area_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("shown_on", sa.Date(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_figure_snapshot_area_id")),
        sa.PrimaryKeyConstraint("area_id", "shown_on", name=op.f("pk_figure_snapshot")),
    )
    op.create_table(
        "part_delta",
        sa.Column("area_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("dimension", sa.String(length=12), nullable=False),
        sa.Column("key", sa.String(length=30), nullable=False),
        sa.Column("grain", sa.String(length=1), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("registered", sa.Integer(), nullable=False),
        sa.Column("active_year_strict", sa.Integer(), nullable=False),
        sa.Column("active_year_all", sa.Integer(), nullable=False),
        sa.Column("active_rolling_strict", sa.Integer(), nullable=False),
        sa.Column("active_rolling_all", sa.Integer(), nullable=False),
        sa.Column("minutes_year_strict", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("minutes_year_all", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("minutes_rolling_strict", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("minutes_rolling_all", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_part_delta_area_id")),
        sa.PrimaryKeyConstraint("area_id", "dimension", "key", "grain", "starts_on", name=op.f("pk_part_delta")),
    )
    op.create_table(
        "population_file",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["recorded_by"], ["account.id"], name=op.f("fk_population_file_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_population_file")),
        sa.UniqueConstraint("public_id", name=op.f("uq_population_file_public_id")),
    )
    op.create_table(
        "score_weights",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("area_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_score_weights_area_id")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_score_weights_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_weights")),
    )
    op.create_index(op.f("ix_score_weights_area_id_id"), "score_weights", ["area_id", "id"], unique=False)
    op.create_table(
        "screen_pass",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("area_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_screen_pass_area_id")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_screen_pass_made_by")),
        sa.ForeignKeyConstraint(["revoked_by"], ["account.id"], name=op.f("fk_screen_pass_revoked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screen_pass")),
        sa.UniqueConstraint("digest", name=op.f("uq_screen_pass_digest")),
        sa.UniqueConstraint("public_id", name=op.f("uq_screen_pass_public_id")),
    )
    op.create_index(op.f("ix_screen_pass_area_id"), "screen_pass", ["area_id"], unique=False)
    op.create_table(
        "supervision_serial",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("area_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_supervision_serial_area_id")),
        sa.PrimaryKeyConstraint("kind", "area_id", "year", name=op.f("pk_supervision_serial")),
    )
    op.create_table(
        "task",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("lineage", sa.String(length=60), nullable=False),
        sa.Column("requested_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "waiting",
                "running",
                "done",
                "failed",
                name="taskstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.JSON(), nullable=True),
        sa.Column("result_name", sa.String(length=300), nullable=False),
        sa.Column("result_type", sa.String(length=100), nullable=False),
        sa.Column("result_href", sa.String(length=300), nullable=False),
        sa.Column("result", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("done >= 0 AND total >= 0", name=op.f("ck_task_progress")),
        sa.ForeignKeyConstraint(["requested_by"], ["account.id"], name=op.f("fk_task_requested_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("public_id", name=op.f("uq_task_public_id")),
    )
    op.create_index(op.f("ix_task_requested_by_id"), "task", ["requested_by", "id"], unique=False)
    op.create_index(op.f("ix_task_status_id"), "task", ["status", "id"], unique=False)
    op.create_table(
        "area_boundary",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("area_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("shape", sa.JSON(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_area_boundary_area_id")),
        sa.ForeignKeyConstraint(["file_id"], ["boundary_file.id"], name=op.f("fk_area_boundary_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_boundary")),
    )
    op.create_index(
        op.f("ix_area_boundary_area_id"),
        "area_boundary",
        ["area_id"],
        unique=True,
        sqlite_where=sa.text("replaced_at IS NULL"),
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.create_index(op.f("ix_area_boundary_file_id"), "area_boundary", ["file_id"], unique=False)
    op.create_table(
        "dossier_duty",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("clause_code", sa.String(length=20), nullable=False),
        sa.Column("unit", sa.String(length=300), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("pictures", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("pictures BETWEEN 1 AND 20", name=op.f("ck_dossier_duty_pictures")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_dossier_duty_dossier_id")),
        sa.ForeignKeyConstraint(["set_by"], ["account.id"], name=op.f("fk_dossier_duty_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_duty")),
        sa.UniqueConstraint("dossier_id", "clause_code", name=op.f("uq_dossier_duty_dossier_id_clause_code")),
    )
    op.create_table(
        "dossier_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("clause_code", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "document",
                "note",
                "picture",
                "table",
                name="materialkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["added_by"], ["account.id"], name=op.f("fk_dossier_item_added_by")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_dossier_item_dossier_id")),
        sa.ForeignKeyConstraint(["file_id"], ["dossier_file.id"], name=op.f("fk_dossier_item_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_item")),
        sa.UniqueConstraint(
            "dossier_id", "clause_code", "number", name=op.f("uq_dossier_item_dossier_id_clause_code_number")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_dossier_item_public_id")),
    )
    op.create_index(op.f("ix_dossier_item_file_id"), "dossier_item", ["file_id"], unique=False)
    op.create_table(
        "dossier_package",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("dossier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("figures_as_of", sa.Date(), nullable=True),
        sa.Column("contents", sa.JSON(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_dossier_package_dossier_id")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_dossier_package_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_package")),
        sa.UniqueConstraint("dossier_id", "number", name=op.f("uq_dossier_package_dossier_id_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_dossier_package_public_id")),
    )
    op.create_table(
        "population_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("area_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("residents", sa.Integer(), nullable=False),
        sa.Column("is_built_up", sa.Boolean(), nullable=False),
        sa.Column("residents_before", sa.Integer(), nullable=True),
        sa.Column("was_built_up", sa.Boolean(), nullable=True),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_population_change_area_id")),
        sa.ForeignKeyConstraint(["file_id"], ["population_file.id"], name=op.f("fk_population_change_file_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["account.id"], name=op.f("fk_population_change_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_population_change")),
    )
    op.create_index(op.f("ix_population_change_area_id_year"), "population_change", ["area_id", "year"], unique=False)
    op.create_index(op.f("ix_population_change_recorded_at"), "population_change", ["recorded_at"], unique=False)
    op.create_table(
        "supervision_order",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("issuer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("handler_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("indicator", sa.String(length=30), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("demand", sa.String(length=2000), nullable=False),
        sa.Column("working_days", sa.Integer(), nullable=False),
        sa.Column("first_due_on", sa.Date(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "awaiting",
                "under_way",
                "answered",
                "returned",
                "settled",
                "withdrawn",
                name="orderstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated_to_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_supervision_order_area_id")),
        sa.ForeignKeyConstraint(["escalated_to_id"], ["area.id"], name=op.f("fk_supervision_order_escalated_to_id")),
        sa.ForeignKeyConstraint(["handler_id"], ["area.id"], name=op.f("fk_supervision_order_handler_id")),
        sa.ForeignKeyConstraint(["issuer_id"], ["area.id"], name=op.f("fk_supervision_order_issuer_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_supervision_order_organization_id")
        ),
        sa.ForeignKeyConstraint(["sent_by"], ["account.id"], name=op.f("fk_supervision_order_sent_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_order")),
        sa.UniqueConstraint("issuer_id", "year", "number", name=op.f("uq_supervision_order_issuer_id_year_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_supervision_order_public_id")),
    )
    op.create_index(op.f("ix_supervision_order_area_id"), "supervision_order", ["area_id"], unique=False)
    op.create_index(
        op.f("ix_supervision_order_organization_id"), "supervision_order", ["organization_id"], unique=False
    )
    op.create_index(op.f("ix_supervision_order_sent_at"), "supervision_order", ["sent_at"], unique=False)
    op.create_index(op.f("ix_supervision_order_status_due_on"), "supervision_order", ["status", "due_on"], unique=False)
    op.create_table(
        "survey_campaign",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("area_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("is_official", sa.Boolean(), nullable=False),
        sa.Column("conducted_by", sa.String(length=300), nullable=False),
        sa.Column("question_set", sa.String(length=20), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("reserve_percent", sa.Integer(), nullable=False),
        sa.Column("population_year", sa.Integer(), nullable=False),
        sa.Column("frame", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("opens_on <= closes_on", name=op.f("ck_survey_campaign_days")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_survey_campaign_area_id")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_survey_campaign_made_by")),
        sa.ForeignKeyConstraint(["result_id"], ["survey_result.id"], name=op.f("fk_survey_campaign_result_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_campaign")),
        sa.UniqueConstraint("public_id", name=op.f("uq_survey_campaign_public_id")),
    )
    op.create_index(op.f("ix_survey_campaign_area_id"), "survey_campaign", ["area_id"], unique=False)
    op.create_table(
        "dossier_item_version",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "act",
            sa.Enum(
                "added", "changed", "withdrawn", name="itemact", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["dossier_item.id"], name=op.f("fk_dossier_item_version_item_id")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_dossier_item_version_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_item_version")),
    )
    op.create_index(op.f("ix_dossier_item_version_item_id_id"), "dossier_item_version", ["item_id", "id"], unique=False)
    op.create_table(
        "order_step",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column(
            "act",
            sa.Enum(
                "send",
                "sign",
                "answer",
                "accept",
                "return",
                "withdraw",
                "remind",
                "escalate",
                name="orderact",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.String(length=4000), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_order_step_made_by")),
        sa.ForeignKeyConstraint(["order_id"], ["supervision_order.id"], name=op.f("fk_order_step_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_step")),
        sa.UniqueConstraint("order_id", "ordinal", name=op.f("uq_order_step_order_id_ordinal")),
        sa.UniqueConstraint("public_id", name=op.f("uq_order_step_public_id")),
    )
    op.create_table(
        "survey_answer",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("area_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("ticket", "interview", name="channel", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_survey_answer_area_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["survey_campaign.id"], name=op.f("fk_survey_answer_campaign_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_survey_answer")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_survey_answer_campaign_id_area_id"), "survey_answer", ["campaign_id", "area_id"], unique=False
    )
    op.create_table(
        "survey_miss",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("area_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("refused", "not_met", name="miss", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("met_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_survey_miss_area_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["survey_campaign.id"], name=op.f("fk_survey_miss_campaign_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_survey_miss")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_survey_miss_campaign_id_area_id"), "survey_miss", ["campaign_id", "area_id"], unique=False)
    op.create_table(
        "survey_pass",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("area_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_survey_pass_area_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["survey_campaign.id"], name=op.f("fk_survey_pass_campaign_id")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_survey_pass_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_pass")),
        sa.UniqueConstraint("digest", name=op.f("uq_survey_pass_digest")),
        sa.UniqueConstraint("public_id", name=op.f("uq_survey_pass_public_id")),
    )
    op.create_index(op.f("ix_survey_pass_campaign_id"), "survey_pass", ["campaign_id"], unique=False)
    op.create_table(
        "survey_quota",
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("area_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("branch", sa.String(length=12), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("residents", sa.Integer(), nullable=False),
        sa.CheckConstraint("wanted >= 0", name=op.f("ck_survey_quota_wanted")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_survey_quota_area_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["survey_campaign.id"], name=op.f("fk_survey_quota_campaign_id")),
        sa.PrimaryKeyConstraint("campaign_id", "area_id", name=op.f("pk_survey_quota")),
    )
    op.create_table(
        "survey_ticket",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("area_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_used", sa.Boolean(), nullable=False),
        sa.Column("is_void", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_survey_ticket_area_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["survey_campaign.id"], name=op.f("fk_survey_ticket_campaign_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_survey_ticket")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_survey_ticket_campaign_id_area_id"), "survey_ticket", ["campaign_id", "area_id"], unique=False
    )
    op.create_table(
        "order_file",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("step_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["step_id"], ["order_step.id"], name=op.f("fk_order_file_step_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_file")),
        sa.UniqueConstraint("public_id", name=op.f("uq_order_file_public_id")),
    )
    op.create_index(op.f("ix_order_file_step_id"), "order_file", ["step_id"], unique=False)
