"""What a provider says of a meeting: kept as it said it, and compared with what was wanted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from echo_sessions.meetings import hosts, service
from echo_sessions.meetings.models import Meeting
from echo_sessions.meetings.rules import TroubleKind
from echo_sessions.meetings.steps import differences
from echo_sessions.outside.meetings import Meeting as There
from echo_sessions.outside.meetings import Wanted

LONGEST_SHOWN = 300
WORDS = frozenset({"topic", "starts_at", "minutes", "zone", "hosts_too"})


def wanted_of(meeting: Meeting, *, hosts_too: tuple[str, ...] = (), uncertain: bool = False) -> Wanted:
    """What the provider is asked for. `hosts_too` are those of the wanted that may be alternative hosts."""
    return Wanted(
        mark=meeting.mark, topic=meeting.topic, starts_at=meeting.starts_at, minutes=meeting.minutes, zone=meeting.zone,
        host=meeting.host.ref if meeting.host else "", hosts_too=hosts_too, uncertain=uncertain,
    )  # fmt: skip


def words_of(wanted: Wanted) -> dict[str, Any]:
    """What is asked for, as it is kept."""
    return {
        "topic": wanted.topic, "starts_at": wanted.starts_at.isoformat(), "minutes": wanted.minutes,
        "zone": wanted.zone, "hosts_too": sorted(wanted.hosts_too),
    }  # fmt: skip


def there_of(meeting: Meeting) -> There:
    """The meeting as the provider last told it."""
    return There(
        provider=meeting.provider, ref=meeting.ref, uuid=meeting.uuid or "", made=dict(meeting.made),
        host=meeting.host.ref if meeting.host else "", phones=tuple(meeting.phones),
    )  # fmt: skip


def keep(meeting: Meeting, got: There, *, now: datetime) -> None:
    """Note what the provider said it has; no address with a passcode in it is kept."""
    meeting.ref, meeting.uuid = got.ref or meeting.ref, got.uuid or meeting.uuid
    meeting.made = _plain(got.made)
    if got.phones:
        meeting.phones = [dict(phone) for phone in got.phones]
    meeting.checked_at = now


def compare(meeting: Meeting, *, now: datetime) -> None:
    """Say what the provider has otherwise than it was asked for, and no more what agrees now."""
    others = differences(meeting.asked, meeting.made) if meeting.asked else {}
    if (co_hosts := others.pop("hosts_too", None)) is not None:
        wanted, got = ({hosts.normal(str(each)) for each in side} for side in co_hosts)
        _say_co_hosts(meeting, wanted - got, now=now)
        if got - wanted:
            others["hosts_too"] = (sorted(wanted), sorted(got))
    others |= {name: pair for name, pair in _told(meeting.made.get("differs")).items() if name not in WORDS}
    for field, (asked, got) in others.items():
        values = {"field": field, "wanted": _short(asked), "got": _short(got)}
        service.raise_trouble(meeting, TroubleKind.CHANGED, about=field, values=values, now=now)
    for trouble in list(meeting.troubles):
        if trouble.kind is TroubleKind.CHANGED and trouble.over_at is None and trouble.about not in others:
            trouble.over_at = now


def co_hosts_of(meeting: Meeting) -> tuple[str, ...]:
    """Those of the wanted alternative hosts that may be one, besides the host itself, as the provider spells them."""
    known = hosts.co_hosts(meeting.provider)
    own = hosts.normal(meeting.host.address) if meeting.host else ""
    wanted = {hosts.normal(each) for each in meeting.hosts_too}
    return tuple(sorted(known[each].address for each in wanted & known.keys() if each != own))


def say_who_cannot(meeting: Meeting, *, now: datetime) -> None:
    """Whose account cannot be an alternative host (no licence, or gone): said, and never sent to the provider. Whoever
    moderates without any account there just goes in by the own link; that is how most hubs work, and nothing to tell."""
    able = hosts.co_hosts(meeting.provider)
    accounts = {hosts.normal(host.address) for host in hosts.known(meeting.provider)}
    missing = {each for each in meeting.hosts_too if hosts.normal(each) in accounts - able.keys()}
    for trouble in list(meeting.troubles):
        if trouble.kind is TroubleKind.CO_HOST and trouble.over_at is None and trouble.about not in missing:
            trouble.over_at = now
    _say_co_hosts(meeting, missing, now=now)


def _say_co_hosts(meeting: Meeting, addresses: set[str], *, now: datetime) -> None:
    for address in sorted(addresses):
        about = address[:120]
        service.raise_trouble(meeting, TroubleKind.CO_HOST, about=about, values={"address": address}, now=now)


def _told(told: Any) -> dict[str, tuple[Any, Any]]:
    """What the provider's client itself found otherwise than it asks for, as {name: [wanted, got]}."""
    pairs = told if isinstance(told, Mapping) else {}
    return {str(name): (pair[0], pair[1]) for name, pair in pairs.items() if isinstance(pair, list) and len(pair) == 2}


def _plain(value: Any) -> Any:
    """A value as JSON keeps it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(each) for each in value]
    return value


def _short(value: Any) -> Any:
    kept = _plain(value)
    return kept[:LONGEST_SHOWN] if isinstance(kept, str) else kept
