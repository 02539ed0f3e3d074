"""A corrected article may name its work no more: that is told as such."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BEFORE = "kind in ('retitled', 'corrected', 'walled', 'moved', 'gone', 'restored')"
AFTER = "kind in ('retitled', 'corrected', 'walled', 'moved', 'gone', 'restored', 'unmentioned', 'mentioned')"


def upgrade() -> None:
    _allow(AFTER)


def downgrade() -> None:
    op.execute("UPDATE article_change SET kind = 'corrected' WHERE kind IN ('unmentioned', 'mentioned')")
    _allow(BEFORE)


def _allow(kinds: str) -> None:
    with op.batch_alter_table("article_change", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_article_change_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_article_change_kind"), kinds)
