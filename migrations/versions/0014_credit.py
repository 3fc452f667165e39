"""An accreditor's rule as data, and what each person is awarded for each session."""

import sqlalchemy as sa
from alembic import op

revision = "0014_credit"
down_revision = "0013_attendance"


def upgrade():
    op.create_table(
        "policies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("credit_type", sa.String(length=120), nullable=False),
        sa.Column("provider", sa.String(length=200), nullable=False),
        sa.Column("approval_number", sa.String(length=120), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=False),
        sa.Column("unit_minutes", sa.Integer(), nullable=False),
        sa.Column("step", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("mode", sa.String(length=40), nullable=False),
        sa.Column("minimum", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("maximum", sa.Numeric(precision=7, scale=2), nullable=True),
        sa.Column("threshold_minutes", sa.Integer(), nullable=False),
        sa.Column("threshold_percent", sa.Integer(), nullable=False),
        sa.Column("professions", sa.JSON(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("signatory_name", sa.String(length=300), nullable=False),
        sa.Column("signatory_role", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_policies_program_id_programs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policies")),
        sa.UniqueConstraint("code", name=op.f("uq_policies_code")),
    )
    op.create_index(op.f("ix_policies_program_id"), "policies", ["program_id"], unique=False)
    op.create_table(
        "awards",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("policy_id", sa.Integer(), nullable=True),
        sa.Column("attendance_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("offered", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("computed", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("claimed", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("credit_type", sa.String(length=120), nullable=True),
        sa.Column("working", sa.JSON(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("profession", sa.String(length=120), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("awarded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["attendance_id"], ["attendance.id"], name=op.f("fk_awards_attendance_id_attendance")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_awards_person_id_people")),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name=op.f("fk_awards_policy_id_policies")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_awards_session_id_sessions")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_awards_site_id_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_awards")),
        sa.UniqueConstraint(
            "person_id",
            "session_id",
            "policy_id",
            "number",
            name=op.f("uq_awards_person_id_session_id_policy_id_number"),
        ),
    )
    op.create_index(op.f("ix_awards_person_id"), "awards", ["person_id"], unique=False)
    op.create_index(op.f("ix_awards_session_id"), "awards", ["session_id"], unique=False)


def downgrade():
    op.drop_table("awards")
    op.drop_table("policies")
