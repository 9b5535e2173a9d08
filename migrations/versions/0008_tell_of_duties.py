"""Keep whose work the materials of a clause are and when they were told, and let notices speak of dossiers."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NOTICES = (
    *("hours_proposed", "hours_decided", "objection", "question", "overdue", "star", "certificate", "record"),
    *("task", "order", "bulletin", "dossier"),
)


def upgrade() -> None:
    """Add the columns, empty for duties that are there, and the kind of notice."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table("dossier_duty") as batch:
        batch.add_column(sa.Column("holder_id", big, nullable=True))
        batch.add_column(sa.Column("soon_told_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("late_told_on", sa.Date(), nullable=True))
        batch.create_foreign_key(op.f("fk_dossier_duty_holder_id"), "account", ["holder_id"], ["id"])
    with op.batch_alter_table("notice") as batch:
        batch.drop_constraint(op.f("ck_notice_noticekind"), type_="check")
        batch.create_check_constraint(op.f("ck_notice_noticekind"), sa.column("kind").in_(NOTICES))
