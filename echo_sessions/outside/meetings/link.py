"""The provider that every hub has: a coordinator pastes the address of a meeting made elsewhere."""

from echo_sessions.errors import Refused
from echo_sessions.outside.meetings import Attendee, Capabilities, Health, Meeting, PersonalLink, Wanted
from echo_sessions.words import msgid

LONGEST = 2000


class LinkOnly:
    """Knows nothing but an address: everybody goes in by the same one, and presence is told by an uploaded report."""

    name = "link"
    title = msgid("a pasted link")
    capabilities = Capabilities()

    def configured(self) -> bool:
        """Always."""
        return True

    def ensure_meeting(self, wanted: Wanted) -> Meeting:
        """The pasted address as a meeting; refused when it is none that a browser could safely be sent to."""
        url = wanted.pasted.strip()
        if not url.startswith("https://") or len(url) > LONGEST or not url.isprintable() or " " in url:
            raise Refused(msgid("This is no web address. Paste the whole link of the meeting, beginning with https://"))
        return Meeting(provider=self.name, url=url)

    def ensure_link(self, meeting: Meeting, person: Attendee) -> PersonalLink:
        """The meeting's own address, for everybody."""
        return PersonalLink(code=person.code, url=meeting.url)

    def health(self) -> Health:
        """Always well."""
        return Health(ok=True)
