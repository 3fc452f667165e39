"""The provider that every hub has: a coordinator pastes the address of a meeting made elsewhere."""

from echo_sessions.errors import Refused
from echo_sessions.outside.meetings import Capabilities, Meeting, Wanted
from echo_sessions.words import msgid

LONGEST = 2000


class LinkOnly:
    """Knows nothing but an address: everybody goes in by the same one, and presence is told by an uploaded report."""

    name = "link"
    capabilities = Capabilities()

    def ensure_meeting(self, wanted: Wanted) -> Meeting:
        """The pasted address as a meeting; refused when it is none that a browser could safely be sent to."""
        url = wanted.pasted.strip()
        if not url.startswith("https://") or len(url) > LONGEST or not url.isprintable() or " " in url:
            raise Refused(msgid("This is no web address. Paste the whole link of the meeting, beginning with https://"))
        return Meeting(provider=self.name, url=url)

    def update(self, meeting: Meeting, wanted: Wanted) -> Meeting:
        """The same: whoever made the meeting moves it there."""
        return meeting

    def cancel(self, meeting: Meeting) -> None:
        """Nothing to do: the meeting belongs to whoever made it."""

    def find_by_mark(self, mark: str) -> Meeting | None:
        """None: nobody can be asked."""
        return None

    def ensure_link(self, meeting: Meeting, person_code: str) -> str:
        """The meeting's own address, for everybody."""
        return meeting.url

    def revoke_link(self, meeting: Meeting, person_code: str) -> None:
        """Nothing to do: our own way in decides who is sent on."""

    def health(self) -> list[str]:
        """Always well."""
        return []
