"""A page remembers, as a digest, by what words of its source it was last put into the frontier."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("page", sa.Column("told_digest", sa.String(length=16), nullable=True))


def downgrade() -> None:
    op.drop_column("page", "told_digest")
