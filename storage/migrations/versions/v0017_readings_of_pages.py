"""A page counts how often it was read apart from the attempts to read it once."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("page", sa.Column("readings", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("page", "readings")
