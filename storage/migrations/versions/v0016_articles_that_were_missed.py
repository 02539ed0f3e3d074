"""An article remembers when it was not where it stood, until it is asked for a second time."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("article", sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("article", "missed_at")
