"""The ledger: mails' bytes apart, operators' actions, what was missed, servers that rest, mailing on hold, the epoch."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
KINDS = "kind in ('restored', 'rejected', 'operator')"


def upgrade() -> None:
    _move_mails()
    _missed()
    _mailing()


def _move_mails() -> None:
    op.create_table(
        "delivery_mail",
        sa.Column("delivery_id", ID, autoincrement=False, nullable=False),
        sa.Column("mime", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_delivery_mail_delivery_id")),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_delivery_mail")),
    )
    op.execute("insert into delivery_mail (delivery_id, mime) select id, mime from delivery where mime is not null")
    op.drop_column("delivery", "mime")
    op.add_column("delivery", sa.Column("held_why", sa.String(length=20), nullable=True))
    op.execute("update delivery set held_why = 'doubt' where state = 'held'")
    op.create_table(
        "delivery_action",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("delivery_id", ID, nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_delivery_action_delivery_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_action")),
    )
    op.create_index(op.f("ix_delivery_action_delivery_id"), "delivery_action", ["delivery_id"])


def _missed() -> None:
    op.create_table(
        "digest_missed",
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("subscriber_id", ID, nullable=False),
        sa.Column("mention_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["digest_run.id"], name=op.f("fk_digest_missed_run_id")),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], name=op.f("fk_digest_missed_subscriber_id")),
        sa.ForeignKeyConstraint(["mention_id"], ["mention.id"], name=op.f("fk_digest_missed_mention_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_missed")),
        sa.UniqueConstraint("run_id", "mention_id", name=op.f("uq_digest_missed_run_id_mention_id")),
    )
    op.create_index("ix_digest_missed_subscriber_id_mention_id", "digest_missed", ["subscriber_id", "mention_id"])


def _mailing() -> None:
    op.create_table(
        "mail_route",
        sa.Column("id", ID, nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("fails", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failing_since", MOMENT, nullable=True),
        sa.Column("closed_until", MOMENT, nullable=True),
        sa.Column("rejected", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_code", sa.Integer(), nullable=True),
        sa.Column("last_text", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_route")),
        sa.UniqueConstraint("route", name=op.f("uq_mail_route_route")),
    )
    op.create_table(
        "mail_hold",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.Column("lifted_at", MOMENT, nullable=True),
        sa.CheckConstraint(KINDS, name=op.f("ck_mail_hold_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_hold")),
    )
    op.create_index(
        "uq_mail_hold_open",
        "mail_hold",
        ["kind", "route"],
        unique=True,
        sqlite_where=sa.text("lifted_at is null"),
        postgresql_where=sa.text("lifted_at is null"),
    )
    op.create_table(
        "mail_epoch",
        sa.Column("id", ID, nullable=False),
        sa.Column("identity", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_epoch")),
    )


def downgrade() -> None:
    for table in ("mail_epoch", "mail_hold", "mail_route", "digest_missed", "delivery_action"):
        op.drop_table(table)
    op.drop_column("delivery", "held_why")
    op.add_column("delivery", sa.Column("mime", sa.LargeBinary(), nullable=True))
    op.execute("update delivery set mime = (select mime from delivery_mail where delivery_id = delivery.id)")
    op.drop_table("delivery_mail")
