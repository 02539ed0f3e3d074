"""How sources are: what hinders them, what they name a day, what their pages are; incidents that the operator is told."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("source", schema=None) as batch_op:
        batch_op.add_column(sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("hindrance", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("status", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("samples", sa.JSON(), nullable=True))
    op.execute("update source set failing_since = coalesce(last_ok, last_tried), hindrance = 'other' where fails > 0")
    op.create_table(
        "source_day",
        sa.Column("id", ID, nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_source_day_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_day")),
        sa.UniqueConstraint("source_id", "day", name=op.f("uq_source_day_source_id_day")),
    )
    op.create_table(
        "incident",
        sa.Column("id", ID, nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("hindrance", sa.String(length=20), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("items", sa.Integer(), nullable=True),
        sa.Column("usual", sa.Integer(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_in", ID, nullable=True),
        sa.Column("end_told_in", ID, nullable=True),
        sa.CheckConstraint("state in ('degraded', 'silent')", name=op.f("ck_incident_state")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_incident_source_id")),
        sa.ForeignKeyConstraint(["told_in"], ["digest_run.id"], name=op.f("fk_incident_told_in")),
        sa.ForeignKeyConstraint(["end_told_in"], ["digest_run.id"], name=op.f("fk_incident_end_told_in")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    op.create_index(
        "uq_incident_open",
        "incident",
        ["source_id"],
        unique=True,
        sqlite_where=sa.text("ended_at is null"),
        postgresql_where=sa.text("ended_at is null"),
    )


def downgrade() -> None:
    op.drop_index("uq_incident_open", "incident")
    op.drop_table("incident")
    op.drop_table("source_day")
    with op.batch_alter_table("source", schema=None) as batch_op:
        for column in ("samples", "status", "hindrance", "failing_since"):
            batch_op.drop_column(column)
