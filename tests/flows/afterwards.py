"""After the session: who was there, what they get for it, and nothing left to do."""

from datetime import datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

from tests.flows.reader import Reader, somebody
from tests.flows.season import STARTS
from tests.flows.town import Town, link_in
from tests.outside.reading import text_of

DENVER = ZoneInfo("America/Denver")


def attendance_is_settled(town: Town, ana: Reader, first: str) -> None:
    """What Zoom wrote, taken after a look; the doubtful settled by hand, one of them twice; the register closed."""
    ana.open("/")
    ana.line("Upload the attendance of session 1").follow("Upload")
    ana.press("Read it", 200, files=(BytesIO(zoom_report()), "participants_99887766554.csv"), zone="America/Denver")
    ana.sees("Is this your report?", "Zoom", "9 rows", "8 names")
    ana.press("Take this file")
    ana.sees("6 lines wait for you", "Several people bear this name")
    ana.open("/")
    ana.line("Settle 6 people of session 1").follow("Settle")
    ana.sees("This name is borne by exactly one expected person")
    ana.press("Take this name")
    ana.sees("“Ben Diaz” is Ben Diaz")
    ana.line("Otter Notes").press("Not a participant")
    ana.line("iPhone von Maria").press("Maria Gallegos 1")
    ana.sees("“iPhone von Maria” is Maria Gallegos")
    ana.press("Undo")
    ana.sees("the line waits again")
    ana.line("iPhone von Maria").press("Maria Gallegos 2")
    ana.line("Several people bear this name").press("Maria Gallegos 1")
    ana.line("15055").press("Guest")
    ana.line("Visiting student").follow("Somebody else")
    ana.press("Add them and settle", name="Visiting Student", email="student@uni.test", profession="Student")
    ana.sees("Everybody in the report is somebody now")
    ana.open("/")
    ana.line("Close the register of session 1").follow("Close")
    ana.sees("What closing does", "AMA PRA Category 1 Credit")
    ana.press("Close with 6 people")
    ana.sees("Closed: 6 people were there")
    ana.follow("Look at it", to="/register")
    assert "88" in ana.line("Grace Okoro").text or "87" in ana.line("Grace Okoro").text, (
        "both stays count, the gap does not"
    )


def zoom_report(begins: datetime = STARTS) -> bytes:
    """The room as Zoom tells it: rejoins, a namesake without address, a guest, a telephone, a recorder of notes."""

    def line(name: str, email: str, came: int, went: int) -> str:
        start, end = (
            f"{(begins + timedelta(minutes=at)).astimezone(DENVER):%m/%d/%Y %I:%M:%S %p}" for at in (came, went)
        )
        return f"{name},{email},{start},{end},{went - came},{'No' if email else 'Yes'},No"

    return (
        b"\xef\xbb\xbf"
        + "\r\n".join(
            [
                "Name (original name),Email,Join time,Leave time,Duration (minutes),Guest,In waiting room",
                line("Ana Ruiz", "ana@echo.test", -12, 92),
                line("Grace Okoro", "grace@clinic.test", -3, 31),
                line("Grace O. (Grace Okoro)", "grace@clinic.test", 33, 90),
                line("Ben Diaz", "", 2, 88),
                line("Maria Gallegos", "", 0, 90),
                line("iPhone von Maria", "", 5, 80),
                line("15055550142", "", 9, 85),
                line("Visiting student", "", 10, 60),
                line("Otter Notes", "", -1, 91),
            ]
        ).encode()
        + b"\r\n"
    )


def certificates_go_out(town: Town, ana: Reader, first: str, grace: Reader) -> None:
    """A trial run with reasons, issuing, the letter, the download, the public page before and after revoking."""
    ana.open("/")
    ana.line("certificates of session 1").follow("Look")
    ana.sees("Trial run", "Grace Okoro", "Visiting Student")
    ana.press("Issue")
    letter = grace.letter("Your certificate")
    stranger = somebody(town)
    paper = stranger.fetch(link_in(letter, "/certificates/"))
    assert paper.startswith(b"%PDF") and "Grace Okoro" in text_of(paper)
    grace.open("/me")
    grace.sees("1.5", "AMA PRA Category 1 Credit", "valid")
    assert grace.fetch(next(link for link in grace.page.links() if link.endswith("/download"))) == paper
    stranger.open(link_in(letter, "/verify"))
    stranger.sees("Valid", "Grace Okoro", "Cirrhosis in primary care", "1.5")
    code = stranger.where.rsplit("/", 1)[1]
    certificates = ana.page
    ana.open(first)
    ana.follow("Attendance, credit and certificates")
    ana.sees("Everything about this session is done")
    ana.open("/")
    ana.sees("Nothing waits for you", "All done")

    ana.page = certificates
    ana.line("Grace Okoro").follow("Grace Okoro")
    ana.follow("Take it back")
    ana.press("Take it back", reason=ana.offers("reason")[0])
    stranger.open("/verify")
    stranger.press("Verify", 200, code=code.lower().replace("-", ""))
    stranger.sees("Revoked")
    stranger.fetch(link_in(letter, "/certificates/"), 409)


def nothing_is_left(town: Town, ana: Reader, first: str, case: str) -> None:
    """The coordinator's first page is empty; somebody who was only a guest knows of nothing."""
    ana.open("/")
    ana.sees("Nothing waits for you", "All done")
    student = somebody(town, "student@uni.test")
    student.sign_in()
    for path in (case, first):
        student.open(path, 404)
    student.fetch(f"{case}/recommendations.pdf", 404)
