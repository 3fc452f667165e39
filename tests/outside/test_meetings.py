"""The provider that every hub has, behind the interface that others will use."""

from datetime import UTC, datetime

import pytest

from echo_sessions.errors import Refused
from echo_sessions.outside.meetings import Attendee, Capabilities, Wanted
from echo_sessions.outside.meetings.link import LinkOnly

URL = "https://video.example/j/123?pwd=abc"


def wanted(pasted: str) -> Wanted:
    at = datetime(2026, 11, 25, 19, 30, tzinfo=UTC)
    return Wanted("S-7K3Q29FM", "Hepatitis C", at, 90, "America/Denver", pasted=pasted)


def test_a_pasted_address_is_the_meeting_and_everybodys_way_in():
    link = LinkOnly()
    meeting = link.ensure_meeting(wanted(f"  {URL} "))
    way = link.ensure_link(meeting, Attendee("P-1", "Grace", "grace@clinic.test"))
    assert (meeting.provider, meeting.url, way.url) == ("link", URL, URL)
    assert link.health().ok and link.configured() and link.capabilities == Capabilities()


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        "http://video.example/j/1",
        "javascript:alert(1)",
        "https://video.example/ j",
        "https://video.example/\nx",
        "https://" + "x" * 2000,
    ],
)
def test_what_a_browser_could_not_safely_be_sent_to_is_refused(pasted):
    with pytest.raises(Refused, match="Paste the whole link"):
        LinkOnly().ensure_meeting(wanted(pasted))
