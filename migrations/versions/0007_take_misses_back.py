"""Keep when somebody was missed in a survey, and when that was taken back; of misses noted before neither is known."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both moments, empty for what is there."""
    for name in ("noted_at", "taken_back_at"):
        op.add_column("survey_miss", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
