"""A run is a digest or an alert, and nothing else."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("digest_run", schema=None) as batch_op:
        batch_op.create_check_constraint(op.f("ck_digest_run_kind"), "kind in ('digest', 'alert')")


def downgrade() -> None:
    with op.batch_alter_table("digest_run", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_digest_run_kind"), type_="check")
