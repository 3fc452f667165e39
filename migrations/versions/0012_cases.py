"""Cases: the form they were written with, the story, the screen's hits, reviews, recommendations."""

import sqlalchemy as sa
from alembic import op

revision = "0012_cases"
down_revision = "0011_sessions"


def upgrade():
    op.create_table(
        "case_forms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("schema", sa.JSON(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_case_forms_program_id_programs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_forms")),
        sa.UniqueConstraint("name", "number", name=op.f("uq_case_forms_name_number")),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("program_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("attested", sa.Boolean(), nullable=False),
        sa.Column("profession", sa.String(length=120), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("region", sa.String(length=120), nullable=True),
        sa.Column("rural", sa.Boolean(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waits_for_id", sa.Integer(), nullable=True),
        sa.Column("reviewer_id", sa.Integer(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_hash", sa.String(length=64), nullable=True),
        sa.Column("backup", sa.Boolean(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dark_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("back_with_author", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name=op.f("fk_cases_author_id_people")),
        sa.ForeignKeyConstraint(["form_id"], ["case_forms.id"], name=op.f("fk_cases_form_id_case_forms")),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_cases_program_id_programs")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["people.id"], name=op.f("fk_cases_reviewer_id_people")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_cases_session_id_sessions")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_cases_site_id_sites")),
        sa.ForeignKeyConstraint(["waits_for_id"], ["people.id"], name=op.f("fk_cases_waits_for_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("code", name=op.f("uq_cases_code")),
    )
    op.create_index(op.f("ix_cases_author_id"), "cases", ["author_id"], unique=False)
    op.create_index(op.f("ix_cases_dark_since"), "cases", ["dark_since"], unique=False)
    op.create_index("ix_cases_program_state", "cases", ["program_id", "state"], unique=False)
    op.create_index(op.f("ix_cases_session_id"), "cases", ["session_id"], unique=False)
    op.create_table(
        "broken_glass",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_broken_glass_case_id_cases")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_broken_glass_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broken_glass")),
        sa.UniqueConstraint("code", name=op.f("uq_broken_glass_code")),
    )
    op.create_index(op.f("ix_broken_glass_case_id"), "broken_glass", ["case_id"], unique=False)
    op.create_index(op.f("ix_broken_glass_person_id"), "broken_glass", ["person_id"], unique=False)
    op.create_table(
        "case_drafts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("aside", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_drafts_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_drafts")),
    )
    op.create_index(op.f("ix_case_drafts_case_id"), "case_drafts", ["case_id"], unique=False)
    op.create_table(
        "hits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=120), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=60), nullable=False),
        sa.Column("engine", sa.String(length=20), nullable=False),
        sa.Column("decision", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_hits_case_id_cases")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["people.id"], name=op.f("fk_hits_decided_by_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hits")),
    )
    op.create_index(op.f("ix_hits_case_id"), "hits", ["case_id"], unique=False)
    op.create_table(
        "recalls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("raised_by_id", sa.Integer(), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("field", sa.String(length=120), nullable=True),
        sa.Column("identifier", sa.String(length=30), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("law", sa.String(length=40), nullable=True),
        sa.Column("law_name", sa.String(length=80), nullable=True),
        sa.Column("law_hours", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("came_from", sa.String(length=40), nullable=False),
        sa.Column("fate", sa.String(length=40), nullable=True),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_recalls_case_id_cases")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["people.id"], name=op.f("fk_recalls_proposed_by_id_people")),
        sa.ForeignKeyConstraint(["raised_by_id"], ["people.id"], name=op.f("fk_recalls_raised_by_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recalls")),
        sa.UniqueConstraint("code", name=op.f("uq_recalls_code")),
    )
    op.create_index(op.f("ix_recalls_case_id"), "recalls", ["case_id"], unique=False)
    op.create_index(op.f("ix_recalls_raised_by_id"), "recalls", ["raised_by_id"], unique=False)
    op.create_index("ix_recalls_state_due", "recalls", ["state", "due_at"], unique=False)
    op.create_table(
        "recommendation_sheets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approver_id", sa.Integer(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["approver_id"], ["people.id"], name=op.f("fk_recommendation_sheets_approver_id_people")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_recommendation_sheets_case_id_cases")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_recommendation_sheets_file_id_files")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recommendation_sheets")),
        sa.UniqueConstraint("case_id", name=op.f("uq_recommendation_sheets_case_id")),
    )
    op.create_table(
        "recommendations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("said_by", sa.String(length=10), nullable=False),
        sa.Column("profession", sa.String(length=120), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("written_by_id", sa.Integer(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_recommendations_case_id_cases")),
        sa.ForeignKeyConstraint(["written_by_id"], ["people.id"], name=op.f("fk_recommendations_written_by_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recommendations")),
    )
    op.create_index(op.f("ix_recommendations_case_id"), "recommendations", ["case_id"], unique=False)
    op.create_table(
        "reviews",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("came_from", sa.String(length=40), nullable=False),
        sa.Column("went_to", sa.String(length=40), nullable=False),
        sa.Column("field", sa.String(length=120), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("checked", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_reviews_by_id_people")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_reviews_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
    )
    op.create_index(op.f("ix_reviews_case_id"), "reviews", ["case_id"], unique=False)
    op.create_table(
        "recall_officers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recall_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_recall_officers_person_id_people")),
        sa.ForeignKeyConstraint(["recall_id"], ["recalls.id"], name=op.f("fk_recall_officers_recall_id_recalls")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_officers")),
        sa.UniqueConstraint("recall_id", "person_id", name=op.f("uq_recall_officers_recall_id_person_id")),
    )
    op.create_index(op.f("ix_recall_officers_person_id"), "recall_officers", ["person_id"], unique=False)
    op.create_table(
        "recall_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recall_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_recall_steps_by_id_people")),
        sa.ForeignKeyConstraint(["recall_id"], ["recalls.id"], name=op.f("fk_recall_steps_recall_id_recalls")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_steps")),
    )
    op.create_index(op.f("ix_recall_steps_recall_id"), "recall_steps", ["recall_id"], unique=False)
    with op.batch_alter_table("blocks") as batch_op:
        batch_op.create_foreign_key(batch_op.f("fk_blocks_case_id_cases"), "cases", ["case_id"], ["id"])

    with op.batch_alter_table("duties") as batch_op:
        batch_op.create_foreign_key(batch_op.f("fk_duties_case_id_cases"), "cases", ["case_id"], ["id"])


def downgrade():
    with op.batch_alter_table("duties") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_duties_case_id_cases"), type_="foreignkey")

    with op.batch_alter_table("blocks") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_blocks_case_id_cases"), type_="foreignkey")

    op.drop_table("recall_steps")
    op.drop_table("recall_officers")
    op.drop_table("reviews")
    op.drop_table("recommendations")
    op.drop_table("recommendation_sheets")
    op.drop_table("recalls")
    op.drop_table("hits")
    op.drop_table("case_drafts")
    op.drop_table("broken_glass")
    op.drop_table("cases")
    op.drop_table("case_forms")
