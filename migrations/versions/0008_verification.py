"""One row for each check of somebody, kept for good: who asked, by which way, who checked, what came of it."""

import sqlalchemy as sa
from alembic import op

revision = "0008_verification"
down_revision = "0007_programs"


def upgrade():
    op.create_table(
        "verifications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("way", sa.String(length=40), nullable=False),
        sa.Column("body", sa.String(length=200), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verifier_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_verifications_file_id_files")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_verifications_person_id_people")),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_verifications_program_id_programs")),
        sa.ForeignKeyConstraint(["verifier_id"], ["people.id"], name=op.f("fk_verifications_verifier_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verifications")),
        sa.UniqueConstraint("code", name=op.f("uq_verifications_code")),
    )
    op.create_index(op.f("ix_verifications_expires_at"), "verifications", ["expires_at"], unique=False)
    op.create_index("ix_verifications_person_state", "verifications", ["person_id", "state"], unique=False)
    op.create_index(op.f("ix_verifications_program_id"), "verifications", ["program_id"], unique=False)
    op.create_index(op.f("ix_verifications_state"), "verifications", ["state"], unique=False)


def downgrade():
    op.drop_table("verifications")
