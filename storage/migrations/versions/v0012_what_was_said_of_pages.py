"""A page that waits keeps what its source said of it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("page", sa.Column("told_title", sa.Text(), nullable=True))
    op.add_column("page", sa.Column("told_summary", sa.Text(), nullable=True))
    op.add_column("page", sa.Column("told_published", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("page", "told_published")
    op.drop_column("page", "told_summary")
    op.drop_column("page", "told_title")
