"""An article is found by its address alone, a mention's copies and the digests that told it by its number."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_article_url_key"), "article", ["url_key"], unique=False)
    op.create_index(op.f("ix_mention_original_id"), "mention", ["original_id"], unique=False)
    op.create_index(op.f("ix_digest_item_mention_id"), "digest_item", ["mention_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_digest_item_mention_id"), "digest_item")
    op.drop_index(op.f("ix_mention_original_id"), "mention")
    op.drop_index(op.f("ix_article_url_key"), "article")
