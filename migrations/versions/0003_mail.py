"""The outbox: every letter as a row, finished when it is queued."""

import sqlalchemy as sa
from alembic import op

revision = "0003_mail"
down_revision = "0002_jobs"


def upgrade():
    op.create_table(
        "letters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("thread", sa.String(length=300), nullable=True),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("about", sa.String(length=40), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("to_address", sa.String(length=320), nullable=False),
        sa.Column("to_name", sa.String(length=300), nullable=False),
        sa.Column("from_name", sa.String(length=300), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("calendar", sa.LargeBinary(), nullable=True),
        sa.Column("method", sa.String(length=20), nullable=True),
        sa.Column("uid", sa.String(length=255), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("server_words", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
        sa.UniqueConstraint("code", name=op.f("uq_letters_code")),
        sa.UniqueConstraint("key", name=op.f("uq_letters_key")),
    )
    op.create_index(op.f("ix_letters_about"), "letters", ["about"], unique=False)
    op.create_index(op.f("ix_letters_kind"), "letters", ["kind"], unique=False)
    op.create_index(op.f("ix_letters_person_id"), "letters", ["person_id"], unique=False)
    op.create_index(op.f("ix_letters_queued_at"), "letters", ["queued_at"], unique=False)
    op.create_index(op.f("ix_letters_state"), "letters", ["state"], unique=False)
    op.create_index("ix_letters_thread_state", "letters", ["thread", "state"], unique=False)
    op.create_index("ix_letters_to_queued_at", "letters", ["to_address", "queued_at"], unique=False)


def downgrade():
    op.drop_table("letters")
