"""Who did what to which thing. Written with the deed, in the same transaction; never changed, never deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0001_audit"
down_revision = None


def upgrade():
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("deed", sa.String(length=80), nullable=False),
        sa.Column("thing", sa.String(length=40), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"], unique=False)
    op.create_index(op.f("ix_audit_person_id"), "audit", ["person_id"], unique=False)
    op.create_index("ix_audit_thing_at", "audit", ["thing", "at"], unique=False)


def downgrade():
    op.drop_table("audit")
