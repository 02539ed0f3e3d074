"""The operator is told once of each mail that did not go out; of those before this, he is told no more."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("delivery", sa.Column("told_in", ID, nullable=True))
    op.execute("update delivery set told_in = run_id where state in ('failed', 'held', 'expired')")


def downgrade() -> None:
    op.drop_column("delivery", "told_in")
