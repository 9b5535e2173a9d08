"""Keep bulletins as they were drawn, whose number is whose, and refuse to put another row in the place of a kept one.

A database shell without `recursive_triggers` runs no DELETE trigger for a row that INSERT OR REPLACE or UPDATE OR
REPLACE pushes out of SQLite. So what pushes is refused there by a trigger of its own; PostgreSQL knows no such words.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# By table the keys that a row stays under; all but `id` where it has one.
KEPT = {
    "area_move": (("public_id",), ("area_id", "effective_on")),
    "population_file": (("public_id",),),
    "population_change": (),
    "edition_version": (),
    "edition_choice": (("public_id",),),
    "dossier": (("public_id",), ("area_id", "year")),
    "dossier_file": (),
    "dossier_item": (("public_id",), ("dossier_id", "clause_code", "number")),
    "dossier_item_version": (),
    "dossier_package": (("public_id",), ("dossier_id", "number")),
    "supervision_order": (("public_id",), ("issuer_id", "year", "number")),
    "order_step": (("public_id",), ("order_id", "ordinal")),
    "order_file": (("public_id",),),
    "score_weights": (),
    "bulletin": (("public_id",), ("area_id", "year", "number"), ("supersedes_id",)),
    "bulletin_paper": (("bulletin_id", "kind", "language"),),
}
WITHOUT_ID = {
    "supervision_serial": ("kind", "area_id", "year"),
    "figure_snapshot": ("area_id", "shown_on"),
    "survey_answer": ("key",),
}
# What is written again by whoever is not sure that it arrived: the first stays, and nobody is told.
SAID_TWICE = ("figure_snapshot", "survey_answer")
# Which rows stay, where not all do.
STAYS = {"bulletin": "kept.status <> 'draft'", "bulletin_paper": "kept.is_final"}
# What may be changed, and so could be moved on to the key of another row.
MOVABLE = ("dossier", "dossier_item", "supervision_order", "bulletin")


def upgrade() -> None:
    """Add the table and the columns, and guard both them and what 0005 guarded."""
    _add_tables()
    for table, mark in (("supervision_order", "督办"), ("bulletin", "通报")):
        # What was sent and released has its number on paper; it keeps it.
        op.add_column(table, sa.Column("mark", sa.String(length=60), server_default=mark, nullable=False))
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    _guard_papers(is_sqlite=is_sqlite)
    if is_sqlite:
        for table, keys in KEPT.items():
            _refuse_replacing(table, ("id",), *keys)
        for table, key in WITHOUT_ID.items():
            _refuse_replacing(table, key)


def _guard_papers(*, is_sqlite: bool) -> None:
    """Keep what was drawn of a released bulletin, and the marks in numbers that were given."""
    guards = (
        ("supervision_order_keeps_mark", "UPDATE OF mark", "supervision_order", "true"),
        ("bulletin_paper_frozen", "UPDATE", "bulletin_paper", "true"),
        ("bulletin_paper_stays", "DELETE", "bulletin_paper", "OLD.is_final"),
    )
    for name, verb, table, when in guards:
        act = _abort(table) if is_sqlite else "EXECUTE FUNCTION refuse_change()"
        op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW WHEN ({when}) {act}")
    if not is_sqlite:
        op.execute(
            "CREATE TRIGGER bulletin_paper_not_emptied BEFORE TRUNCATE ON bulletin_paper "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _refuse_replacing(table: str, *keys: tuple[str, ...]) -> None:
    act = "BEGIN SELECT RAISE(IGNORE); END" if table in SAID_TWICE else _abort(table)
    taken = " OR ".join(_is_taken(table, key) for key in keys)
    op.execute(f"CREATE TRIGGER {table}_refuses_replacing BEFORE INSERT ON {table} WHEN {taken} {act}")
    if table in MOVABLE:
        by_another = " OR ".join(_is_taken(table, key, "kept.id <> OLD.id") for key in keys)
        op.execute(f"CREATE TRIGGER {table}_refuses_pushing BEFORE UPDATE ON {table} WHEN {by_another} {act}")


def _is_taken(table: str, key: tuple[str, ...], *more: str) -> str:
    """Return the condition that a row which stays is there under the key of a new one."""
    where = [*(f"kept.{one} = NEW.{one}" for one in key), *more, *([STAYS[table]] if table in STAYS else [])]
    query = (
        sa.select(sa.literal_column("1")).select_from(sa.table(table).alias("kept")).where(sa.text(" AND ".join(where)))
    )
    return f"EXISTS ({query})".replace("\n", "")


def _abort(table: str) -> str:
    return f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"


# --- tables, as they were drawn from the models ---


def _add_tables() -> None:
    op.create_table(
        "bulletin_paper",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("bulletin_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["bulletin_id"], ["bulletin.id"], name=op.f("fk_bulletin_paper_bulletin_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulletin_paper")),
        sa.UniqueConstraint(
            "bulletin_id", "kind", "language", name=op.f("uq_bulletin_paper_bulletin_id_kind_language")
        ),
    )
