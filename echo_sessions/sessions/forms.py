"""Forms about sessions: strings from a browser to values."""

from collections.abc import Set
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from wtforms import DateField, EmailField, HiddenField, IntegerField, StringField, TextAreaField, TimeField
from wtforms.validators import InputRequired, Length, NumberRange

from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import Block, BlockKind
from echo_sessions.web.forms import Form, VersionedForm

MOST_BLOCKS = 40


class DelegateForm(Form):
    """Who keeps a diary: a name and an address, whether the hub knows them or not."""

    name = StringField(_l("Name"), validators=[InputRequired(_l("Write a name.")), Length(max=300)])
    email = EmailField(
        _l("E-mail address"), validators=[InputRequired(_l("Write an e-mail address.")), Length(max=320)]
    )


class SessionForm(VersionedForm):
    """Title, date and time by the clock of the series, length."""

    title = StringField(
        _l("Topic"),
        description=_l("Short, as it should stand in calendars. Leave it empty while it is open."),
        validators=[Length(max=300)],
    )
    day = DateField(_l("Date"), validators=[InputRequired(_l("Give a date."))])
    start = TimeField(_l("Starts at"), validators=[InputRequired(_l("Give a time."))])
    minutes = IntegerField(
        _l("Minutes"),
        validators=[
            InputRequired(_l("Say how long it lasts.")),
            NumberRange(min=10, max=720, message=_l("A session lasts between 10 minutes and 12 hours.")),
        ],
    )
    sure = HiddenField()

    @classmethod
    def about(cls, session: Session) -> "SessionForm":
        """The form as sent, else filled from the session in the zone of its series."""
        local = session.starts_at.astimezone(ZoneInfo(session.zone))
        return cls(
            title=session.title, day=local.date(), start=local.time(), minutes=session.minutes, version=session.version
        )

    def starts_at(self, zone: str) -> datetime:
        """The moment that was asked for. A time that the clocks skip is taken as the one an hour later."""
        return datetime.combine(self.day.data, self.start.data, ZoneInfo(zone)).astimezone(UTC)


class CancelForm(VersionedForm):
    """Why a session is called off."""

    reason = TextAreaField(
        _l("Reason"),
        description=_l("It stands in the letters. One sentence is enough, such as: the speaker is ill."),
        validators=[Length(max=1000)],
    )


class LinkForm(VersionedForm):
    """Where the meeting is held."""

    meeting_url = StringField(
        _l("Link to the meeting"),
        description=_l("From Zoom, Teams or Meet, beginning with https://. Leave it empty to take the link away."),
        validators=[Length(max=2000)],
    )


class DisclosureForm(VersionedForm):
    """What those who speak have disclosed."""

    disclosure = TextAreaField(
        _l("Disclosures of those who speak"),
        description=_l(
            "Name by name, in the words your accreditor asks for, also of those who have nothing to disclose. Everybody who goes in reads it first, as it stands here. Empty: nothing is shown."
        ),
        validators=[Length(max=4000)],
    )


class SureForm(VersionedForm):
    """What was looked at is what is done."""


class RunSheetForm(VersionedForm):
    """Rows of a run sheet as they came from the page, in order; `rows` keeps what was typed, right or wrong."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows: list[dict[str, str]] = []

    def read(self, data: Any) -> list[dict[str, str]]:
        """The rows in the order of their positions. Names are `kind-3`, `minutes-3`, …; `rows` is how many there are."""
        count = data.get("rows", "")
        numbers = range(1, min(int(count), MOST_BLOCKS) + 1) if count.isdecimal() and len(count) < 4 else range(0)
        rows = [
            {
                "id": data.get(f"id-{number}", ""), "kind": data.get(f"kind-{number}", ""), "title": data.get(f"title-{number}", "").strip()[:200],
                "minutes": data.get(f"minutes-{number}", "").strip(), "owner": data.get(f"owner-{number}", ""),
                "recorded": "on" if f"recorded-{number}" in data else "", "position": data.get(f"position-{number}", ""),
            }
            for number in numbers
        ]  # fmt: skip
        rows.sort(
            key=lambda row: int(row["position"]) if row["position"].isdecimal() and len(row["position"]) < 6 else 10_000
        )
        self.rows = rows
        return rows

    def blocks(self, owners: set[int]) -> list[Block]:
        """The rows as blocks; minutes that are no number count as none, which the rule then refuses."""
        kinds = set(BlockKind)
        return [
            Block(
                kind=BlockKind(row["kind"]) if row["kind"] in kinds else BlockKind.DISCUSSION,
                minutes=int(row["minutes"]) if row["minutes"].isdecimal() and len(row["minutes"]) < 5 else 0,
                title=row["title"], recorded=bool(row["recorded"]), id=int(row["id"]) if row["id"].isdecimal() else None,
                owner_id=int(row["owner"]) if row["owner"].isdecimal() and int(row["owner"]) in owners else None,
            )
            for row in self.rows
        ]  # fmt: skip


def rows_of(session: Session, *, dark: Set[int] = frozenset()) -> list[dict[str, str]]:
    """The stored run sheet as rows of the page; the words of slots in `dark` are left out."""
    return [
        {
            "id": str(block.id), "kind": block.kind.value, "title": "" if block.id in dark else block.title, "minutes": str(block.minutes),
            "owner": str(block.owner_id or ""), "recorded": "on" if block.recorded else "", "position": str(place),
        }
        for place, block in enumerate(session.blocks, start=1)
    ]  # fmt: skip


def moved(rows: list[dict[str, str]], order: str) -> list[dict[str, str]]:
    """The rows after a button without script: `up:2`, `down:2` (from 1), `drop:2`, or `add`."""
    rows = list(rows)
    act, _, place = order.partition(":")
    at = int(place) - 1 if place.isdecimal() and len(place) < 4 else -1
    other = at + {"up": -1, "down": 1}.get(act, 0)
    if act == "add" and len(rows) < MOST_BLOCKS:
        rows.append(
            {"id": "", "kind": "discussion", "title": "", "minutes": "5", "owner": "", "recorded": "", "position": ""}
        )
    elif act == "drop" and 0 <= at < len(rows):
        rows.pop(at)
    elif act in {"up", "down"} and 0 <= at < len(rows) and 0 <= other < len(rows):
        rows[at], rows[other] = rows[other], rows[at]
    for position, row in enumerate(rows, start=1):
        row["position"] = str(position)
    return rows
