"""Every layout in which Zoom has written who was there, in all languages that were seen, as it came and as Excel saved it: the
same people, the same stays. One meeting: Ada twice, after a while in the waiting room; Ben, a guest without an address."""

from dataclasses import dataclass
from datetime import datetime

import pytest

from echo_sessions.attendance.imports import read
from echo_sessions.attendance.rules import people_of

DAY = datetime(2026, 1, 26, 15, 0)
WAITING, FIRST, SECOND, BEN = (-10, 0), (0, 30.5), (40, 60), (10, 50)
TRUTH = {"Ada Okoro": 3030, "Ben Mwangi": 2400}


@dataclass(frozen=True)
class Look:
    """How one export writes moments and yes or no."""

    moment: str = "%m/%d/%Y %I:%M:%S %p"
    yes: str = "Yes"
    no: str = "No"
    quoted: bool = False


US = Look()
SPANISH = Look(yes="Sí")
PORTUGUESE = Look("%d/%m/%Y %I:%M:%S %p", yes="Sim", no="Não")
EXCEL = Look("%-d/%-m/%Y %H:%M:%S")
BULK = Look(quoted=True)


def at(minute: float, look: Look) -> str:
    from datetime import timedelta

    text = (DAY + timedelta(minutes=minute)).strftime(look.moment)
    return f'"{text}"' if look.quoted else text


def table(
    header: str, look: Look = US, *, consent: bool = False, waiting: bool = False, guest: bool = True, before: str = ""
) -> str:
    """Rows under this header: name, address, from, until, printed minutes, and what the layout has besides."""
    lines = [header]
    stays = [
        ("Ada Okoro", "ada@clinic.example", FIRST, False),
        ("Ada Okoro", "ada@clinic.example", SECOND, False),
        ("Ben Mwangi", "", BEN, False),
    ]
    if waiting:
        stays.insert(0, ("Ada Okoro", "ada@clinic.example", WAITING, True))
    for name, email, (came, went), waited in stays:
        cells = [name, email, at(came, look), at(went, look), f"{-(-(went - came) // 1):.0f}"]
        cells += [look.no if email else look.yes] if guest else []
        cells += ["OK" if email else ""] if consent else []
        cells += [look.yes if waited else look.no] if waiting else []
        lines.append(before + ",".join(cells))
    return "\n".join(lines) + "\n"


OLD = "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes)"
NEW = "Name (original name),Email,Join time,Leave time,Duration (minutes)"
MANY = (
    "Topic,Type,ID,Host name,Host email,Host department,Host group,Start time,End time,Duration (minutes),Unique participants,Participants,"
    "Encrypted,Creation source,Creation time,Tracking field"
)
BEFORE = 'TB and HIV,Meeting,912 3456 7890,Hub,hub@x.example,,,"01/26/2026 02:50:00 PM","01/26/2026 04:05:00 PM",75,2,3,Yes,Web,"01/02/2026 09:00:00 AM",,'

LAYOUTS = [
    pytest.param(table(OLD, guest=False), "participants", id="1: 2020"),
    pytest.param(table(OLD + ",Guest"), "participants", id="2: 2021, with guests"),
    pytest.param(table(OLD + ",Guest,Recording Consent", consent=True), "participants", id="2: with the consent to recording"),
    pytest.param(table(OLD + ",Guest,In Waiting Room", waiting=True), "participants", id="2: with the waiting room"),
    pytest.param(
        table(OLD + ",Guest,Recording Consent,In Waiting Room", consent=True, waiting=True), "participants", id="2: 2023, with both"
    ),
    pytest.param(table(NEW + ",Guest"), "participants", id="4: 2024, in sentence case"),
    pytest.param(
        table(NEW + ",Guest,Recording disclaimer response,In waiting room", consent=True, waiting=True), "participants",
        id="4: 2024, all columns",
    ),
    pytest.param(
        "Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants,\n"
        '91234567890,"TB, HIV",01/26/2026 02:50:00 PM,01/26/2026 04:05:00 PM,hub@x.example,75,3,\n\n' + table(OLD + ",Guest"),
        "participants with meeting data", id="5: meeting data on top, old",
    ),
    pytest.param(
        "Topic,ID,Host,Duration (minutes),Start time,End time,Participants\n"
        '"TB, HIV",912 3456 7890,Hub,75,01/26/2026 02:50:00 PM,01/26/2026 04:05:00 PM,3\n\n' + table(NEW + ",Guest"),
        "participants with meeting data", id="5: meeting data on top, new",
    ),
    pytest.param(
        table(f"{MANY},{NEW},Guest,Recording disclaimer response,In waiting room", BULK, consent=True, waiting=True, before=BEFORE),
        "bulk export", id="6: bulk 2026, 24 columns, the duration twice",
    ),
    pytest.param(
        table("Nombre (nombre original),E-mail del usuario,Hora para unirse,Hora para salir,Duración (minutos)", SPANISH, guest=False),
        "participants", id="Spanish, early",
    ),
    pytest.param(
        table(
            "Nombre (nombre original),Correo electrónico,Hora de entrada,Hora de salida,Duración (minutos),Invitado,"
            "Respuesta al descargo de responsabilidad relativa a la grabación,En sala de espera", SPANISH, consent=True, waiting=True,
        ),
        "participants", id="Spanish, late, with the waiting room",
    ),
    pytest.param(
        table("Nombre de usuario,E-mail de usuario,Hora de entrada,Hora de salida,Duración (minutos)", SPANISH, guest=False),
        "participants", id="Spanish, by name of user",
    ),
    pytest.param(
        table(
            "Nome (nome original),E-mail,Ingressar na hora,Hora de saída,Duração (minutos),Convidado,Na sala de espera", PORTUGUESE,
            waiting=True,
        ),
        "participants", id="Portuguese, day first with AM and PM",
    ),
]  # fmt: skip


def seconds(data: bytes, **settings: str) -> dict[str, int | None]:
    return {person.names[0]: person.seconds for person in people_of(read(data, **settings)) if person.stays}


@pytest.mark.parametrize(("text", "layout"), LAYOUTS)
def test_each_layout_as_it_comes(text, layout):
    data = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    assert seconds(data) == TRUTH
    assert read(data).layout == layout


@pytest.mark.parametrize(("text", "layout"), LAYOUTS)
def test_each_layout_with_semicolons_in_windows_1252_as_excel_saves_it(text, layout):
    import csv
    import io

    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows(csv.reader(io.StringIO(text)))
    assert seconds(out.getvalue().encode("cp1252")) == TRUTH


def test_excel_writes_the_day_as_its_reader_does_and_24_hours():
    text = table(NEW + ",Guest", EXCEL).replace(",", ";")
    assert seconds(text.encode("cp1252")) == TRUTH


@pytest.mark.parametrize(
    ("header", "minutes"),
    [
        pytest.param("Name (Original Name),User Email,Total Duration (Minutes),Guest", 62, id="3: old"),
        pytest.param("Name (original name),Email,Total duration (minutes),Guest", 62, id="4: new"),
        pytest.param("Nombre (nombre original),E-mail del usuario,Duración total (minutos),Invitado", 62, id="Spanish"),
    ],
)
def test_unique_users_are_claims_without_times(header, minutes):
    reading = read(f"{header}\nAda Okoro,ada@clinic.example,{minutes},No\n".encode())
    [ada] = people_of(reading)
    assert (reading.layout, reading.timed, ada.seconds, ada.claimed_minutes) == ("unique users", False, None, minutes)


def test_the_number_of_the_meeting_is_read_where_a_file_bears_it():
    above = LAYOUTS[8].values[0]
    bulk = LAYOUTS[9].values[0]
    assert {row.meeting for text in (above, bulk) for row in read(str(text).encode()).rows} == {"912 3456 7890"}


def test_a_person_with_six_rows_gets_no_minute_more_than_they_were_there():
    """Printed minutes are rounded up row by row; nobody adds them up."""
    rows = [
        f"Ada Okoro,ada@clinic.example,01/26/2026 03:{m:02}:00 PM,01/26/2026 03:{m:02}:10 PM,1,No"
        for m in range(0, 60, 10)
    ]
    data = "\n".join([NEW + ",Guest", *rows]).encode()
    [ada] = people_of(read(data))
    assert (ada.seconds, ada.claimed_minutes) == (60, 6)


def test_a_meeting_over_midnight_is_one_presence():
    data = (NEW + ",Guest\nAda Okoro,,01/26/2026 11:30:00 PM,01/27/2026 12:45:00 AM,75,Yes\n").encode()
    assert seconds(data) == {"Ada Okoro": 4500}
