"""What is kept about meetings at a provider: the account, its hosts, each meeting wanted and made, ways in, hooks, files."""

import sqlalchemy as sa
from alembic import op

revision = "0010_meetings"
down_revision = "0009_conduct"


def upgrade():
    op.create_table(
        "hook_days",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook_days")),
        sa.UniqueConstraint("provider", "day", "why", name=op.f("uq_hook_days_provider_day_why")),
    )
    op.create_table(
        "hooks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("meeting_ref", sa.String(length=120), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hooks")),
        sa.UniqueConstraint("provider", "sha256", name=op.f("uq_hooks_provider_sha256")),
    )
    op.create_index("ix_hooks_provider_meeting", "hooks", ["provider", "meeting_ref"], unique=False)
    op.create_index(op.f("ix_hooks_read_at"), "hooks", ["read_at"], unique=False)
    op.create_index(op.f("ix_hooks_received_at"), "hooks", ["received_at"], unique=False)
    op.create_table(
        "hosts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("ref", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("licensed", sa.Boolean(), nullable=False),
        sa.Column("in_pool", sa.Boolean(), nullable=False),
        sa.Column("at_once", sa.Integer(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hosts")),
        sa.UniqueConstraint("code", name=op.f("uq_hosts_code")),
        sa.UniqueConstraint("provider", "ref", name=op.f("uq_hosts_provider_ref")),
    )
    op.create_table(
        "provider_calls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("host", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("limited", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_calls")),
        sa.UniqueConstraint("provider", "day", "host", "kind", name=op.f("uq_provider_calls_provider_day_host_kind")),
    )
    op.create_table(
        "provider_pauses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_pauses")),
        sa.UniqueConstraint("provider", "key", name=op.f("uq_provider_pauses_provider_key")),
    )
    op.create_table(
        "meetings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("topic", sa.String(length=200), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("hosts_too", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("host_id", sa.Integer(), nullable=True),
        sa.Column("ref", sa.String(length=120), nullable=True),
        sa.Column("uuid", sa.String(length=120), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("made", sa.JSON(), nullable=False),
        sa.Column("phones", sa.JSON(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("links_next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("links_failures", sa.Integer(), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recording_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("report_tries", sa.Integer(), nullable=False),
        sa.Column("report_next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("report_final_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["host_id"], ["hosts.id"], name=op.f("fk_meetings_host_id_hosts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings")),
        sa.UniqueConstraint("code", name=op.f("uq_meetings_code")),
    )
    op.create_index(op.f("ix_meetings_host_id"), "meetings", ["host_id"], unique=False)
    op.create_index(op.f("ix_meetings_links_next_at"), "meetings", ["links_next_at"], unique=False)
    op.create_index(op.f("ix_meetings_next_try_at"), "meetings", ["next_try_at"], unique=False)
    op.create_index(op.f("ix_meetings_ref"), "meetings", ["ref"], unique=False)
    op.create_index(op.f("ix_meetings_report_next_at"), "meetings", ["report_next_at"], unique=False)
    op.create_index(op.f("ix_meetings_starts_at"), "meetings", ["starts_at"], unique=False)
    op.create_index(op.f("ix_meetings_state"), "meetings", ["state"], unique=False)
    op.create_table(
        "provider_accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("account_ref", sa.String(length=200), nullable=True),
        sa.Column("client_id", sa.String(length=200), nullable=True),
        sa.Column("client_secret", sa.Text(), nullable=True),
        sa.Column("hook_secrets", sa.Text(), nullable=True),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("token_mark", sa.String(length=16), nullable=True),
        sa.Column("token_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token_serial", sa.Integer(), nullable=False),
        sa.Column("renewing_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("api_url", sa.String(length=400), nullable=True),
        sa.Column("scopes", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("buffer_minutes", sa.Integer(), nullable=False),
        sa.Column("recordings_days", sa.Integer(), nullable=False),
        sa.Column("checked", sa.JSON(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["people.id"], name=op.f("fk_provider_accounts_changed_by_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_accounts")),
        sa.UniqueConstraint("provider", name=op.f("uq_provider_accounts_provider")),
    )
    op.create_table(
        "host_slots",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["host_id"], ["hosts.id"], name=op.f("fk_host_slots_host_id_hosts")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_host_slots_meeting_id_meetings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_host_slots")),
    )
    op.create_index("ix_host_slots_host_ends", "host_slots", ["host_id", "ends_at"], unique=False)
    op.create_index(op.f("ix_host_slots_meeting_id"), "host_slots", ["meeting_id"], unique=False)
    op.create_table(
        "meeting_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("registrant", sa.String(length=120), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("words", sa.String(length=400), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_meeting_links_meeting_id_meetings")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_meeting_links_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_links")),
        sa.UniqueConstraint("meeting_id", "person_id", name=op.f("uq_meeting_links_meeting_id_person_id")),
    )
    op.create_index(op.f("ix_meeting_links_person_id"), "meeting_links", ["person_id"], unique=False)
    op.create_index(op.f("ix_meeting_links_registrant"), "meeting_links", ["registrant"], unique=False)
    op.create_index(op.f("ix_meeting_links_state"), "meeting_links", ["state"], unique=False)
    op.create_table(
        "meeting_troubles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=120), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_meeting_troubles_meeting_id_meetings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_troubles")),
    )
    op.create_index("ix_meeting_troubles_meeting_over", "meeting_troubles", ["meeting_id", "over_at"], unique=False)
    op.create_table(
        "recordings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=200), nullable=False),
        sa.Column("instance", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("keep_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shown", sa.Boolean(), nullable=True),
        sa.Column("shown_by_id", sa.Integer(), nullable=True),
        sa.Column("shown_reason", sa.Text(), nullable=True),
        sa.Column("dark_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dark_kind", sa.String(length=40), nullable=True),
        sa.Column("dark_by_id", sa.Integer(), nullable=True),
        sa.Column("dark_reason", sa.Text(), nullable=True),
        sa.Column("remove_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remove_words", sa.String(length=400), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["dark_by_id"], ["people.id"], name=op.f("fk_recordings_dark_by_id_people")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_recordings_meeting_id_meetings")),
        sa.ForeignKeyConstraint(["shown_by_id"], ["people.id"], name=op.f("fk_recordings_shown_by_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
        sa.UniqueConstraint("code", name=op.f("uq_recordings_code")),
        sa.UniqueConstraint("meeting_id", "ref", name=op.f("uq_recordings_meeting_id_ref")),
    )
    op.create_index(op.f("ix_recordings_keep_until"), "recordings", ["keep_until"], unique=False)
    op.create_index(op.f("ix_recordings_meeting_id"), "recordings", ["meeting_id"], unique=False)
    op.create_index(op.f("ix_recordings_remove_since"), "recordings", ["remove_since"], unique=False)


def downgrade():
    op.drop_table("recordings")
    op.drop_table("meeting_troubles")
    op.drop_table("meeting_links")
    op.drop_table("host_slots")
    op.drop_table("provider_accounts")
    op.drop_table("meetings")
    op.drop_table("provider_pauses")
    op.drop_table("provider_calls")
    op.drop_table("hosts")
    op.drop_table("hooks")
    op.drop_table("hook_days")
