"""Each source's pace, and since when it is read."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("source", schema=None) as batch_op:
        batch_op.add_column(sa.Column("first_ok", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("paced_from", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("paced_items", sa.Integer(), nullable=True))
    op.execute(
        "update source set first_ok = coalesce("
        "(select min(page.discovered_at) from page where page.source_id = source.id), source.last_ok) "
        "where source.last_ok is not null"
    )


def downgrade() -> None:
    with op.batch_alter_table("source", schema=None) as batch_op:
        batch_op.drop_column("paced_items")
        batch_op.drop_column("paced_from")
        batch_op.drop_column("first_ok")
