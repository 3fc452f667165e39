"""Attendance files of every shape that is known, and of some that are not."""

import codecs
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echo_sessions.attendance.imports import read
from echo_sessions.attendance.reading import read_command
from echo_sessions.attendance.rules import people_of
from echo_sessions.errors import BadInput

ZOOM = "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest\n"
ADA = "Ada Okoro,ada@clinic.example,01/26/2023 03:00:00 PM,01/26/2023 03:30:30 PM,31,No\n"
ADA_AGAIN = "Ada Okoro,ada@clinic.example,01/26/2023 03:40:00 PM,01/26/2023 04:00:00 PM,20,No\n"
BEN = "Ben Mwangi,,01/26/2023 03:10:00 PM,01/26/2023 03:50:00 PM,40,Yes\n"


def seconds(text: str | bytes, **settings: str) -> dict[str, int | None]:
    """Seconds by first name or address of everybody in the file."""
    data = text if isinstance(text, bytes) else text.encode()
    found = read_command(data, "report.csv", **settings)
    return {person["email"] or person["names"][0]: person["seconds"] for person in found["people"]}


def kind(text: str | bytes, **settings: str) -> tuple[str, str, str | None]:
    data = text if isinstance(text, bytes) else text.encode()
    found = read_command(data, "report.csv", **settings)
    return found["provider"], found["layout"], found["date_order"]


# ---- Zoom ----

ONE = {"ada@clinic.example": 3030, "Ben Mwangi": 2400}

ZOOM_LAYOUTS = [
    pytest.param(ZOOM + ADA + ADA_AGAIN + BEN, "participants", id="2021 with guests"),
    pytest.param(ZOOM + BEN + ADA_AGAIN + ADA, "participants", id="rows out of order"),
    pytest.param(ZOOM + ADA + ADA + ADA_AGAIN + BEN, "participants", id="a row twice"),
    pytest.param(
        "\n".join(line.rsplit(",", 1)[0] for line in (ZOOM + ADA + ADA_AGAIN + BEN).splitlines()),
        "participants",
        id="2020 without guests, no newline at the end",
    ),
    pytest.param(
        "Name (original name),Email,Join time,Leave time,Duration (minutes),Guest\n" + ADA + ADA_AGAIN + BEN,
        "participants",
        id="2024 in sentence case",
    ),
    pytest.param(
        "Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants,\n"
        '912,"TB, HIV",01/26/2023 03:00:00 PM,01/26/2023 04:00:00 PM,hub@x.example,60,2,\n\n'
        + ZOOM
        + ADA
        + ADA_AGAIN
        + BEN,
        "participants with meeting data",
        id="meeting data on top, old",
    ),
    pytest.param(
        "Topic,ID,Host,Duration (minutes),Start time,End time,Participants\n"
        'TB,912,Hub (hub@x.example),60,"01/26/2023 03:00:00 PM","01/26/2023 04:00:00 PM",2\n\n'
        "Name (original name),Email,Join time,Leave time,Duration (minutes),Guest\n" + ADA + ADA_AGAIN + BEN,
        "participants with meeting data",
        id="meeting data on top, new",
    ),
    pytest.param(ZOOM + ADA + ADA_AGAIN + ZOOM + BEN, "participants", id="two reports pasted together"),
    pytest.param(
        ZOOM + ADA.replace("\n", ",,,\n") + "\n,,,,,\n" + ADA_AGAIN + BEN + "Total,,,,91,\nExported by the hub\n",
        "participants",
        id="trailing commas, blank lines, totals, a last word",
    ),
    pytest.param(
        "User Email,Guest,Name (Original Name),Leave Time,Join Time\n"
        "ada@clinic.example,No,Ada Okoro,01/26/2023 03:30:30 PM,01/26/2023 03:00:00 PM\n"
        "ada@clinic.example,No,Ada Okoro,01/26/2023 04:00:00 PM,01/26/2023 03:40:00 PM\n"
        ",Yes,Ben Mwangi,01/26/2023 03:50:00 PM,01/26/2023 03:10:00 PM\n",
        "participants",
        id="columns in another order",
    ),
    pytest.param(
        "sep=;\n" + (ZOOM + ADA + ADA_AGAIN + BEN).replace(",", ";"), "participants", id="semicolons, and Excel's hint"
    ),
    pytest.param((ZOOM + ADA + ADA_AGAIN + BEN).replace(",", "\t"), "participants", id="tabs"),
    pytest.param(
        "".join(f'"{line}";;\n' for line in (ZOOM + ADA + ADA_AGAIN + BEN).splitlines()),
        "participants",
        id="each whole line in one cell",
    ),
]


@pytest.mark.parametrize(("text", "layout"), ZOOM_LAYOUTS)
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_zoom_layouts(text: str, layout: str, ending: str) -> None:
    text = text.replace("\n", ending)
    assert kind(text) == ("zoom", layout, "mdy")
    assert seconds(text) == ONE


def test_the_waiting_room_is_counted_apart() -> None:
    header = ZOOM.strip() + ",Recording Consent,In Waiting Room\n"
    text = header + ADA.strip() + ",,Yes\n" + ADA_AGAIN.strip() + ",,No\n" + BEN.strip() + ",Y,\n"
    found = read_command(text.encode())
    assert found["waiting_room_rows"] == 1
    assert [person["seconds"] for person in found["people"]] == [1200, 2400]
    assert [len(person["stays"]) for person in found["people"]] == [1, 1]


def test_unique_users_have_minutes_and_no_times() -> None:
    text = "Name (Original Name),User Email,Total Duration (Minutes),Guest\nAda,ada@clinic.example,62,No\nBen,,5,Yes\n"
    found = read_command(text.encode())
    assert found["layout"] == "unique users"
    assert [(p["seconds"], p["claimed_minutes"], p["stays"]) for p in found["people"]] == [
        (None, 62, []),
        (None, 5, []),
    ]


def test_a_bulk_export_takes_the_persons_minutes_and_keeps_meetings_apart() -> None:
    header = "Topic,Type,ID,Host name,Host email,Start time,Duration (minutes),Participants,Creation time,"
    person = "Name (original name),Email,Join time,Leave time,Duration (minutes),Guest\n"
    one = 'TB,Meeting,812,Hub,hub@x.example,"03/04/2026 09:00:00 AM",60,2,"02/26/2026 09:00:00 AM",'
    two = 'HIV,Meeting,999,Hub,hub@x.example,"03/11/2026 09:00:00 AM",60,1,"02/26/2026 09:00:00 AM",'
    text = (
        header
        + person
        + one
        + 'Ada,ada@clinic.example,"03/04/2026 09:00:00 AM","03/04/2026 09:30:00 AM",30,No\n'
        + ",,,,,,,,,"
        + 'Ben,,"03/04/2026 09:00:00 AM","03/04/2026 10:00:00 AM",60,Yes\n\n'
        + two
        + 'Ada,ada@clinic.example,"03/11/2026 09:00:00 AM","03/11/2026 09:20:00 AM",20,No\n'
    )
    reading = read(text.encode())
    assert (reading.layout, reading.date_order) == ("bulk export", "mdy")
    assert [(row.meeting, row.claimed_minutes) for row in reading.rows] == [("812", 30), ("812", 60), ("999", 20)]
    assert seconds(text) == {"ada@clinic.example": 3000, "Ben": 3600}
    assert "The file holds 2 meetings." in map(str, reading.warnings)


WEBINAR = """Attendee Report,
Report Generated:,"Apr 09, 2020 8:50 PM"
Topic,Webinar ID,Actual Start Time,Actual Duration (minutes),# Registered,# Cancelled,Unique Viewers,Total Users
Tele-mentoring,328-972-509,"Mar 28, 2020 8:07 AM",60,4,0,3,4
Host Details,
Attended,User Name,Email,Join Time,Leave Time,Time in Session (minutes),Country/Region Name
Yes,Hub,hub@x.example,"Mar 28, 2020 08:00:00","Mar 28, 2020 09:00:00",60,Uganda
Panelist Details,
"Attended","User Name","Email","Join Time","Leave Time","Time in Session (minutes)","Country/Region Name"
"Yes","Ada Okoro","ada@clinic.example","Mar 28, 2020 08:10:00","Mar 28, 2020 08:20:00",10,"Uganda"
Attendee Details,
Attended,User Name (Original Name),First Name,Last Name,Email,Registration Time,Approval Status,Join Time,Leave Time,\
Time in Session (minutes),Is Guest,Country/Region Name
Yes,Ada,Ada,Okoro,ada@clinic.example,"Mar 20, 2020 09:07:11",approved,"Mar 28, 2020 08:15:00","Mar 28, 2020 08:30:00",15,No,Uganda,
No,--,Ben,Mwangi,ben@x.example,"Mar 20, 2020 09:07:11",approved,--,--,--,--,Uganda,
Other Attended
User Name,Join Time,Leave Time,Time in Session (minutes),Country/Region Name
1505***0142,"Mar 28, 2020 08:00:00","Mar 28, 2020 08:05:00",5,Uganda
"""


def test_a_webinar_report_has_sections_and_no_shows() -> None:
    found = read_command(WEBINAR.encode())
    assert found["layout"] == "webinar attendees"
    people = {person["email"] or person["phone"]: person for person in found["people"]}
    assert {who: person["seconds"] for who, person in people.items()} == {
        "hub@x.example": 3600,
        "ada@clinic.example": 1200,
        "1505***0142": 300,
    }
    assert people["ada@clinic.example"]["names"] == ["Ada Okoro", "Ada"]
    assert any("did not come" in warning for warning in found["warnings"])


def test_rows_of_the_programming_interface_count_seconds() -> None:
    text = (
        "name,user_email,join_time,leave_time,duration,registrant_id,status\n"
        "Ada,a@b.example,2026-04-15T13:50:00Z,2026-04-15T14:00:00Z,600,r1,in_waiting_room\n"
        "Ada,a@b.example,2026-04-15T14:00:00Z,2026-04-15T15:00:00Z,3600,r1,in_meeting\n"
    )
    found = read_command(text.encode(), timezone="Africa/Kampala")
    [ada] = found["people"]
    assert (ada["registrant"], ada["seconds"], ada["claimed_minutes"]) == ("r1", 3600, 60)
    assert ada["stays"][0]["joined"] == "2026-04-15T17:00:00+03:00"


@pytest.mark.parametrize(
    ("header", "day"),
    [
        (
            "Nombre (nombre original),E-mail del usuario,Hora para unirse,Hora para salir,Duración (minutos)",
            "26/01/2023",
        ),
        ("Nombre (nombre original),Correo electrónico,Hora de entrada,Hora de salida,Duración (minutos)", "26/01/2023"),
        ("Nombre de usuario,E-mail de usuario,Hora de ingreso,Hora de salida,Duración (minutos)", "26/01/2023"),
        ("Nome (nome original),E-mail,Ingressar na hora,Hora de saída,Duração (minutos)", "26/01/2023"),
        ("Nome (nome original),E-mail do usuário,Hora de entrada,Hora de saída,Duração (minutos)", "26/01/2023"),
        (
            "Nom (nom original),Adresse e-mail de l’utilisateur,Heure d’arrivée,Heure de départ,Durée (minutes)",
            "26/01/2023",
        ),
        ("Nom (nom d'origine),E-mail,Heure de connexion,Heure de déconnexion,Durée (minutes)", "26/01/2023"),
        ("Name (ursprünglicher Name),Benutzer-E-Mail,Beitrittszeit,Austrittszeit,Dauer (Minuten)", "26.01.2023"),
        ("Nome (nome originale),E-mail utente,Ora di ingresso,Ora di uscita,Durata (minuti)", "26/01/2023"),
        ("Naam (oorspronkelijke naam),E-mail,Tijd van deelname,Tijd van vertrek,Duur (minuten)", "26-01-2023"),
        ("Имя (настоящее имя),Электронная почта,Время входа,Время выхода,Длительность (минуты)", "26.01.2023"),
        ("Ad (Orijinal Ad),Kullanıcı E-postası,Katılma Zamanı,Ayrılma Zamanı,Süre (Dakika)", "26.01.2023"),
        ("名前（元の名前）,ユーザーのメールアドレス,参加時刻,退出時刻,期間（分）", "2023/01/26"),
        ("名称（原始名称）,用户电子邮件,加入时间,离开时间,时长（分钟）", "2023/01/26"),
        ("이름(원래 이름),사용자 이메일,참가 시간,나간 시간,기간(분)", "2023/01/26"),
        ("Tên (tên gốc),Email người dùng,Thời gian tham gia,Thời gian rời,Thời lượng (phút)", "26/01/2023"),
        ("Nama (Nama Asli),Email Pengguna,Waktu Bergabung,Waktu Keluar,Durasi (Menit)", "26/01/2023"),
    ],
)
def test_translated_headers(header: str, day: str) -> None:
    text = f"{header}\nZoë Ñandú,zoe@x.example,{day} 15:00:00,{day} 15:30:00,30\n"
    found = read_command(text.encode())
    [zoe] = found["people"]
    assert (zoe["names"], zoe["email"], zoe["seconds"], zoe["claimed_minutes"]) == (
        ["Zoë Ñandú"],
        "zoe@x.example",
        1800,
        30,
    )
    assert zoe["stays"][0]["joined"] == "2023-01-26T15:00:00"
    assert found["questions"] == []


def test_an_unknown_language_is_read_by_its_contents_and_asked_about() -> None:
    text = (
        "Jina (jina halisi),Barua pepe,Wakati wa kujiunga,Wakati wa kuondoka,Muda (dakika)\n"
        "Ada,ada@x.example,26/01/2023 07:45:00,26/01/2023 08:45:00,60\n"
        "Ben,,26/01/2023 07:45:00,26/01/2023 08:15:10,31\n"
    )
    found = read_command(text.encode())
    assert [person["seconds"] for person in found["people"]] == [3600, 1810]
    assert ["“Wakati wa kujiunga”" in question for question in found["questions"]] == [True]


def test_columns_may_be_mapped_by_hand() -> None:
    text = "Wer,Rein,Raus\nAda,26/01/2023 07:45:00,26/01/2023 08:45:00\n"
    with pytest.raises(BadInput, match="“Wer”, “Rein”, “Raus”"):
        read(text.encode())
    reading = read(text.encode(), columns={"wer": "name", "REIN": "joined", "Raus": "left"})
    assert people_of(reading)[0].seconds == 3600
    with pytest.raises(BadInput, match="cannot be mapped"):
        read(text.encode(), columns={"Wer": "nonsense"})


# ---- Encodings and cells ----


def _utf16be(text: str) -> bytes:
    return codecs.BOM_UTF16_BE + text.encode("utf-16-be")


ENCODINGS: list[tuple[str, Callable[[str], bytes]]] = [
    ("utf-8", lambda text: text.encode()),
    ("utf-8 with a mark", lambda text: text.encode("utf-8-sig")),
    ("two marks", lambda text: ("\ufeff\ufeff" + text).encode()),
    ("utf-16 little", lambda text: text.encode("utf-16")),
    ("utf-16 big", _utf16be),
    ("utf-16 little without a mark", lambda text: text.encode("utf-16-le")),
    ("utf-16 big without a mark", lambda text: text.encode("utf-16-be")),
    ("windows-1252", lambda text: text.encode("cp1252")),
    ("saved twice", lambda text: text.encode().decode("cp1252").encode()),
]


@pytest.mark.parametrize("encode", [pytest.param(how, id=name) for name, how in ENCODINGS])
def test_encodings(encode: Callable[[str], bytes]) -> None:
    text = "Nombre (nombre original);Hora de entrada;Hora de salida;Duración (minutos)\nJosé Núñez;26/01/2023 7:45;26/01/2023 8:45;60\n"
    [jose] = read_command(encode(text))["people"]
    assert (jose["names"], jose["seconds"]) == (["José Núñez"], 3600)


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ('"Okoro, Ada",,01/26/2023 03:00:00 PM,01/26/2023 03:30:00 PM,30,No', "Okoro, Ada"),
        ("Okoro, Ada,,01/26/2023 03:00:00 PM,01/26/2023 03:30:00 PM,30,No", "Okoro, Ada"),
        ('"Ada ""Addy"" Okoro",,01/26/2023 03:00:00 PM,01/26/2023 03:30:00 PM,30,No', 'Ada "Addy" Okoro'),
        ('"Ada Okoro,,01/26/2023 03:00:00 PM,01/26/2023 03:30:00 PM,30,No', "Ada Okoro"),
        ('="Ada Okoro",,="01/26/2023 03:00:00 PM","=""01/26/2023 03:30:00 PM""",30,No', "Ada Okoro"),
        ('"Ada\nOkoro",,01/26/2023 03:00:00 PM,01/26/2023 03:30:00 PM,30,No', "Ada Okoro"),
        ("Ada\u00a0Okoro\u200b,,01/26/2023 03:00:00\u202fPM,01/26/2023 03:30:00\u202fPM,30,No", "Ada Okoro"),
    ],
)
def test_cells_as_they_come(row: str, name: str) -> None:
    found = read_command((ZOOM + row + "\n" + BEN).encode())
    assert [(person["names"], person["seconds"]) for person in found["people"]] == [
        ([name], 1800),
        (["Ben Mwangi"], 2400),
    ]


# ---- Days and months ----


@pytest.mark.parametrize(
    ("joined", "left", "order", "day"),
    [
        pytest.param("01/26/2023 03:00:00 PM", "01/26/2023 03:30:00 PM", "mdy", date(2023, 1, 26), id="Zoom"),
        pytest.param("26/01/2023 03:00:00 PM", "26/01/2023 03:30:00 PM", "dmy", date(2023, 1, 26), id="day first"),
        pytest.param("1/26/2023 15:00", "1/26/2023 15:30", "mdy", date(2023, 1, 26), id="saved by Excel"),
        pytest.param("26.1.2023 15.00", "26.1.2023 15.30", "dmy", date(2023, 1, 26), id="dots everywhere"),
        pytest.param("05.03.2023 15:00", "05.03.2023 15:30", "dmy", date(2023, 3, 5), id="dots tell the day first"),
        pytest.param("26-01-2023 15:00", "26-01-2023 15:30", "dmy", date(2023, 1, 26), id="hyphens"),
        pytest.param("14/11/22, 15:00:00", "14/11/22, 15:30:00", "dmy", date(2022, 11, 14), id="short years"),
        pytest.param("2023-01-26 15:00:00", "2023-01-26 15:30:00", "ymd", date(2023, 1, 26), id="year first"),
        pytest.param("2023/1/26 3:00:00 p. m.", "2023/1/26 3:30:00 p. m.", "ymd", date(2023, 1, 26), id="p. m."),
        pytest.param("Jan 26, 2023 15:00:00", "Jan 26, 2023 15:30:00", "mdy", date(2023, 1, 26), id="months in words"),
        pytest.param("26 ene. 2023 15:00", "26 ene. 2023 15:30", "dmy", date(2023, 1, 26), id="Spanish months"),
        pytest.param("19/01/2021 à 15:00:00", "19/01/2021 à 15:30:00", "dmy", date(2021, 1, 19), id="with à"),
        pytest.param("05/05/2023 15:00", "05/05/2023 15:30", "dmy", date(2023, 5, 5), id="the same either way"),
        pytest.param("44952.625", "44952,64583", None, date(2023, 1, 26), id="days counted by Excel"),
    ],
)
def test_dates_that_need_no_question(joined: str, left: str, order: str | None, day: date) -> None:
    text = f'Name (Original Name);Join Time;Leave Time\nAda;"{joined}";"{left}"\n'
    found = read_command(text.encode())
    [ada] = found["people"]
    assert (found["date_order"], found["questions"]) == (order, [])
    assert ada["stays"][0]["joined"] == f"{day}T15:00:00"
    assert ada["seconds"] == pytest.approx(1800, abs=1)


AMBIGUOUS = ZOOM + "Ada,,05/03/2023 10:00:00 AM,05/03/2023 11:00:30 AM,61,Yes\n"


def test_an_open_order_is_asked_and_nothing_is_claimed() -> None:
    found = read_command(AMBIGUOUS.encode(), "report.csv")
    [question] = found["questions"]
    assert found["date_order"] is None
    assert all(word in question for word in ("line 2", "2023-05-03", "2023-03-05", "mdy", "dmy"))
    assert found["people"][0]["seconds"] == 3630


@pytest.mark.parametrize(
    ("text", "filename", "order"),
    [
        pytest.param(AMBIGUOUS + BEN.replace("2023", "2023").replace("01/26", "04/26"), "", "mdy", id="another row"),
        pytest.param(
            ZOOM + "Ada,,05/03/2023 11:30:00 PM,05/04/2023 12:10:00 AM,40,No\n", "", "mdy", id="a stay over midnight"
        ),
        pytest.param(
            ZOOM + "Ada,,04/05/2023 11:30:00 PM,05/05/2023 12:10:00 AM,40,No\n", "", "dmy", id="the same, day first"
        ),
        pytest.param(
            "Topic,ID,Host,Start time,End time\nTB,1,Hub,26/02/2023 10:00:00 AM,26/02/2023 11:00:00 AM\n\n" + AMBIGUOUS,
            "",
            "dmy",
            id="the meeting data",
        ),
        pytest.param(AMBIGUOUS, "report-2023-03-05.csv", "dmy", id="the file's name"),
    ],
)
def test_what_else_tells_the_order(text: str, filename: str, order: str) -> None:
    found = read_command(text.encode(), filename)
    assert (found["date_order"], found["questions"]) == (order, [])


@pytest.mark.parametrize(
    ("day", "order"),
    [
        pytest.param(date(2023, 3, 5), "dmy", id="that very day"),
        pytest.param(date(2023, 5, 2), "mdy", id="the day before, in the exporter's zone"),
        pytest.param(date(2023, 9, 9), None, id="neither"),
    ],
)
def test_the_day_of_the_session_tells_the_order(day: date, order: str | None) -> None:
    assert read(AMBIGUOUS.encode(), day=day).date_order == order


def test_two_sessions_in_one_file_do_not_decide_the_order() -> None:
    """The fifth of April and of May, or two days in a row: both happen."""
    rows = [f"Ada,,0{month}/05/2023 10:00:00 AM,0{month}/05/2023 11:00:00 AM,60,No\n" for month in (4, 5)]
    found = read_command((ZOOM + "".join(rows)).encode())
    assert (found["date_order"], len(found["questions"])) == (None, 1)


@pytest.mark.parametrize(("order", "day"), [("mdy", "2023-05-03"), ("dmy", "2023-03-05")])
def test_a_given_order_settles_it(order: str, day: str) -> None:
    found = read_command(AMBIGUOUS.encode(), date_order=order)
    assert (found["date_order"], found["questions"]) == (order, [])
    assert found["people"][0]["stays"][0]["joined"].startswith(day)


def test_short_years_may_stand_in_front_where_somebody_says_so() -> None:
    text = "Name,Join Time,Leave Time\nAda,23/01/02 10:00,23/01/02 11:00\n"
    [ada] = read_command(text.encode(), date_order="ymd")["people"]
    assert ada["stays"][0]["joined"] == "2023-01-02T10:00:00"


# ---- Zones ----


def test_with_a_zone_moments_carry_their_offset() -> None:
    [ada] = read_command((ZOOM + ADA).encode(), timezone="Africa/Kampala")["people"]
    assert ada["stays"] == [{"joined": "2023-01-26T15:00:00+03:00", "left": "2023-01-26T15:30:30+03:00"}]
    [row] = read((ZOOM + ADA).encode(), timezone="Africa/Kampala").rows
    assert row.joined == datetime(2023, 1, 26, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("joined", "left", "length"),
    [
        pytest.param("03/08/2026 01:30:00 AM", "03/08/2026 03:30:00 AM", 3600, id="the hour that spring skips"),
        pytest.param("11/01/2026 12:30:00 AM", "11/01/2026 03:30:00 AM", 4 * 3600, id="the hour that autumn repeats"),
        pytest.param("11/01/2026 01:50:00 AM", "11/01/2026 01:10:00 AM", 1200, id="left in the second such hour"),
    ],
)
def test_stays_through_a_change_of_clocks(joined: str, left: str, length: int) -> None:
    text = f"{ZOOM}Ada,,{joined},{left},60,No\n"
    assert seconds(text, timezone="America/New_York", date_order="mdy") == {"Ada": length}


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "../../etc/passwd", "Europe", "\x00"])
def test_unknown_zones_are_refused(zone: str) -> None:
    with pytest.raises(BadInput, match="no time zone"):
        read((ZOOM + ADA).encode(), timezone=zone)


# ---- Odd rows ----


@pytest.mark.parametrize(
    ("joined", "left", "open_rows", "warning"),
    [
        pytest.param(
            "01/26/2023 03:00:00 PM", "01/26/2023 02:00:00 PM", 0, "before the joining (line 2)", id="left first"
        ),
        pytest.param("01/26/2023 03:00:00 PM", "01/26/2023 03:00:00 PM", 0, "same moment (line 2)", id="no length"),
        pytest.param("01/26/2023 03:00:00 PM", "", 1, "No leaving time is written (line 2)", id="never left"),
        pytest.param("", "01/26/2023 03:00:00 PM", 0, "No joining time is written (line 2)", id="never came"),
    ],
)
def test_odd_rows_are_kept_and_told(joined: str, left: str, open_rows: int, warning: str) -> None:
    found = read_command(f"{ZOOM}Ada,,{joined},{left},,No\n".encode())
    [ada] = found["people"]
    assert (ada["seconds"], found["open_rows"]) == (0, open_rows)
    assert any(warning in said for said in found["warnings"])


def test_a_header_without_people_is_told() -> None:
    assert read_command(ZOOM.encode())["warnings"] == ["The file has a header and no people below it."]


# ---- Teams ----

LOG = "Full Name\tUser Action\tTimestamp\n"


@pytest.mark.parametrize(
    ("rows", "lengths", "open_rows"),
    [
        pytest.param(
            "Ada\tJoined\t11/14/2022, 5:30:00 PM\nAda\tLeft\t11/14/2022, 5:45:00 PM\n",
            {"Ada": 900},
            0,
            id="came and went",
        ),
        pytest.param("Ada\tJoined before\t11/14/2022, 5:30:00 PM\n", {"Ada": 0}, 1, id="was there and stayed"),
        pytest.param(
            "Ada\tJoined\t11/14/2022, 5:30:00 PM\nBen\tJoined\t11/14/2022, 5:31:00 PM\nAda\tLeft\t11/14/2022, 5:40:00 PM\n"
            "Ada\tJoined\t11/14/2022, 5:50:00 PM\nAda\tLeft\t11/14/2022, 6:00:00 PM\nBen\tLeft\t11/14/2022, 6:01:00 PM\n",
            {"Ada": 1200, "Ben": 1800},
            0,
            id="came back",
        ),
        pytest.param(
            "Ada\tJoined\t11/14/2022, 5:30:00 PM\nAda\tJoined\t11/14/2022, 5:35:00 PM\nAda\tLeft\t11/14/2022, 5:40:00 PM\n"
            "Ada\tLeft\t11/14/2022, 6:00:00 PM\n",
            {"Ada": 1800},
            0,
            id="two devices",
        ),
        pytest.param(
            "Ada\tLeft\t11/14/2022, 5:45:00 PM\nAda\tJoined\t11/14/2022, 5:30:00 PM\n",
            {"Ada": 900},
            0,
            id="newest first",
        ),
        pytest.param("Ada\tLeft\t11/14/2022, 5:45:00 PM\n", {"Ada": 0}, 0, id="a going without a coming"),
    ],
)
def test_teams_logs(rows: str, lengths: dict[str, int], open_rows: int) -> None:
    data = (LOG + rows).encode("utf-16")
    assert kind(data) == ("teams", "attendance log", "mdy")
    assert seconds(data) == lengths
    assert read_command(data)["open_rows"] == open_rows


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            'Full Name,User Action,Timestamp\nAda,Joined,"4/23/2021, 6:44:00 PM"\nAda,Left,"4/23/2021, 6:54:00 PM"\n',
            id="commas",
        ),
        pytest.param(
            "Full Name,User Action,Timestamp\nAda,Joined,4/23/2021, 6:44:00 PM\nAda,Left,4/23/2021, 6:54:00 PM\n",
            id="unquoted",
        ),
        pytest.param(
            '"Full Name,User Action,Timestamp,"\n"Ada,Joined,4/23/2021, 6:44:00 PM"\n"Ada,Left,4/23/2021, 6:54:00 PM"\n',
            id="whole lines quoted",
        ),
        pytest.param("Ada\tJoined\t4/23/2021, 6:44:00 PM\nAda\tLeft\t4/23/2021, 6:54:00 PM\n", id="no header"),
        pytest.param(
            "Nome Completo\tAção do Usuário\tCarimbo de data/hora\nAda\tEntrou\t23/04/2021 18:44:00\nAda\tSaiu\t23/04/2021 18:54:00\n",
            id="Portuguese",
        ),
        pytest.param(
            "Nombre completo\tAcción del usuario\tMarca de tiempo\nAda\tSe unió\t23/4/2021 18:44:00\nAda\tHa abandonado\t23/4/2021 18:54:00\n",
            id="Spanish",
        ),
        pytest.param(
            "Nom complet\tAction de l’utilisateur\tDate et heure\nAda\tRejoint\t23/04/2021 à 18:44:00\nAda\tA quitté l'appel\t23/04/2021 à 18:54:00\n",
            id="French",
        ),
        pytest.param(
            "Vollständiger Name\tBenutzeraktion\tZeitstempel\nAda\tBeigetreten\t23.4.2021, 18:44:00\nAda\tVerlassen\t23.4.2021, 18:54:00\n",
            id="German",
        ),
    ],
)
def test_teams_logs_in_other_shapes(text: str) -> None:
    assert kind(text)[:2] == ("teams", "attendance log")
    assert seconds(text) == {"Ada": 600}


def test_an_unknown_word_in_a_log_is_asked_about() -> None:
    found = read_command((LOG + "Ada\tamejiunga\t2026-03-03 17:00:00\nAda\tametoka\t2026-03-03 17:30:00\n").encode())
    assert found["people"][0]["seconds"] == 1800
    assert ["amejiunga" in question for question in found["questions"]] == [True]


SECTIONS = """1. Summary
Meeting title\tTele-mentoring
Attended participants\t3
Start time\t14/11/22, 09:29:07
End time\t14/11/22, 09:50:14

2. Participants
Name\tFirst join\tLast leave\tIn-meeting duration\tEmail\tParticipant ID (UPN)\tRole
Ada Okoro\t14/11/22, 09:30:00\t14/11/22, 09:50:00\t15m 0s\tada@clinic.example\tada@clinic.example\tOrganizer
Ben Mwangi (Guest)\t14/11/22, 09:30:00\t14/11/22, 09:40:00\t10m 0s\t\t\tAttendee
Late Comer\t14/11/22, 09:49:00\t14/11/22, 09:50:00\t1m 0s\tlate@x.example\t\tAttendee

3. In-Meeting activities
Name\tJoin time\tLeave time\tDuration\tEmail\tRole
Ada Okoro\t14/11/22, 09:30:00\t14/11/22, 09:40:00\t10m 0s\tada@clinic.example\tOrganizer
Ada Okoro\t14/11/22, 09:45:00\t14/11/22, 09:50:00\t5m 0s\tada@clinic.example\tOrganizer
Ben Mwangi (Guest)\t14/11/22, 09:30:00\t14/11/22, 09:40:00\t10m 0s\t\tAttendee
"""


def test_teams_sections_count_each_person_once() -> None:
    data = SECTIONS.encode("utf-16")
    assert kind(data) == ("teams", "sections", "dmy")
    assert seconds(data) == {"ada@clinic.example": 900, "Ben Mwangi": 600, "late@x.example": 60}
    assert any("section 2 only" in warning for warning in read_command(data)["warnings"])


def test_teams_sections_with_date_and_time_in_cells_of_their_own() -> None:
    assert seconds(SECTIONS.replace("\t", ",")) == {"ada@clinic.example": 900, "Ben Mwangi": 600, "late@x.example": 60}


def test_teams_sections_in_any_language_keep_their_places() -> None:
    text = SECTIONS
    for title in (
        "Name",
        "First join",
        "Last leave",
        "In-meeting duration",
        "Join time",
        "Leave time",
        "Duration",
        "Email",
    ):
        text = text.replace(f"{title}\t", f"{title[::-1]}\t")
    assert seconds(text)["Ben Mwangi"] == 600
    assert seconds(text)["ada@clinic.example"] == 900


def test_first_and_last_alone_tell_that_somebody_was_away() -> None:
    text = SECTIONS.split("3. In-Meeting")[0]
    found = read_command(text.encode())
    assert found["layout"] == "sections, first and last only"
    assert any("away in between, " in warning and "line 9" in warning for warning in found["warnings"])
    assert [person["claimed_minutes"] for person in found["people"]] == [15, 10, 1]


def test_teams_flat_list_of_2021() -> None:
    text = (
        "Meeting Summary\nTotal Number of Participants\t2\nMeeting Title\tTB\nMeeting Start Time\t9/13/2021, 10:00:00 AM\n\n"
        "Full Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole\tParticipant ID (UPN)\n"
        "Ada\t9/13/2021, 10:00:00 AM\t9/13/2021, 10:30:00 AM\t30m\tada@clinic.example\tOrganizer\tada@clinic.example\n"
        "Ada\t9/13/2021, 10:20:00 AM\t9/13/2021, 10:40:00 AM\t20m\tada@clinic.example\tOrganizer\tada@clinic.example\n"
    )
    assert kind(text) == ("teams", "attendance list", "mdy")
    assert seconds(text) == {"ada@clinic.example": 2400}


# ---- Meet and Webex ----

MEET = (
    "First name,Last name,Email,Duration,Time joined,Time exited\n"
    "Ada,Okoro,ada@clinic.example,1 hr 2 min,10:00 AM,11:02 AM\nBen,Mwangi,,58 min,11:40 PM,12:38 AM\n"
)


def test_meet_has_no_date_and_asks_for_it() -> None:
    found = read_command(MEET.encode())
    assert (found["provider"], [person["seconds"] for person in found["people"]]) == ("meet", [3720, 3480])
    assert ["which day" in question for question in found["questions"]] == [True]


@pytest.mark.parametrize(
    ("text", "filename", "day"),
    [
        pytest.param(MEET, "", date(2026, 5, 11), id="given"),
        pytest.param(MEET, "abc-defg 2026-05-11 10_00 - Attendance.csv", None, id="in the file's name"),
        pytest.param(
            "Meeting title,Date,Start time,End time\nTB,2026-05-11,09:00,10:00\n\n" + MEET, "", None, id="on top"
        ),
    ],
)
def test_meet_with_a_day(text: str, filename: str, day: date | None) -> None:
    reading = read(text.encode(), filename=filename, day=day)
    assert reading.questions == ()
    assert reading.rows[1].joined == datetime(2026, 5, 11, 23, 40)
    assert reading.rows[1].left == datetime(2026, 5, 12, 0, 38)


def test_meet_in_french_and_with_lengths_only() -> None:
    assert (
        kind("Prénom,Nom,E-mail,Durée,Heure d'arrivée,Heure de départ\nAda,Okoro,a@x.example,1 h 2 min,10:00,11:02\n")[
            0
        ]
        == "meet"
    )
    found = read_command(b"First name,Last name,Email,Duration\nAda,Okoro,a@x.example,1 hr 2 min\n")
    assert (found["provider"], found["layout"]) == ("meet", "lengths only")
    assert [(p["names"], p["seconds"], p["claimed_minutes"]) for p in found["people"]] == [(["Ada Okoro"], None, 62)]


def test_webex_wraps_its_cells() -> None:
    titles = "Meeting Name\tMeeting Start Time\tMeeting End Time\tDisplay Name\tFirst Name\tLast Name\tRole\tAttendee Email\tJoin Time\tLeave Time\tAttendance Duration\tConnection Type\n"
    cells = [
        "TB",
        "2026-10-12 09:00:00",
        "2026-10-12 10:05:00",
        "Ada Okoro",
        "Ada",
        "Okoro",
        "Host",
        "ada@clinic.example",
    ]
    cells += ["2026-10-12 09:01:00", "2026-10-12 10:04:00", "63 mins", "Desktop app"]
    row = "\t".join(f'="{cell}"' for cell in cells)
    [ada] = read_command((titles + row + "\n").encode("utf-16"))["people"]
    assert kind((titles + row + "\n").encode("utf-16")) == ("webex", "attendance", "ymd")
    assert (ada["names"], ada["email"], ada["seconds"], ada["claimed_minutes"]) == (
        ["Ada Okoro"],
        "ada@clinic.example",
        3780,
        63,
    )


# ---- What cannot be read ----


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"", "report.csv is empty", id="nothing"),
        pytest.param(b"\xef\xbb\xbf\r\n,,\r\n", "report.csv is empty", id="nothing but a mark"),
        pytest.param(b"PK\x03\x04rest", "Excel workbook or a zip", id="a workbook"),
        pytest.param(b"\xd0\xcf\x11\xe0rest", "old Excel", id="an old workbook"),
        pytest.param(b"%PDF-1.7", "a PDF", id="a PDF"),
        pytest.param(b"\x89PNG\r\n", "a picture", id="a picture"),
        pytest.param(b"<!DOCTYPE html><html>", "a web page", id="a page"),
        pytest.param(b'{"participants": []}', "is JSON", id="JSON"),
        pytest.param(bytes(range(32)) * 40, "not a text file", id="bytes"),
        pytest.param(b"email,name,site\na@b.example,Ada,Gulu\n", "“email”, “name”, “site”", id="a list of people"),
        pytest.param(b"hello world", "no header of an attendance report", id="a sentence"),
        pytest.param(
            ZOOM.encode() + b"Ada,,02/30/2023 10:00:00 AM,,,\n",
            "line 2, Join Time: “02/30/2023 10:00:00 AM” is not a day",
            id="30 February",
        ),
        pytest.param(
            ZOOM.encode() + b"Ada,,01/26/2023 10:00:00 AM,soon,,\n",
            "line 2, Leave Time: “soon” is not a date",
            id="no time at all",
        ),
        pytest.param(ZOOM.encode() + b"Ada,,45:50.0,50:10.0,5,\n", "Excel kept only minutes", id="hours lost in Excel"),
        pytest.param(
            (ZOOM + ADA + ADA.replace("01/26", "26/01")).encode(),
            "mixes two ways of writing dates",
            id="both orders at once",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(data: bytes, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_command(data, "uploads/report.csv")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("order", ["dmy", "ymd"])
def test_an_order_that_does_not_fit_is_refused_with_its_line(order: str) -> None:
    with pytest.raises(BadInput, match="line 2"):
        read((ZOOM + ADA).encode(), date_order=order)


def test_an_order_that_is_none_is_refused() -> None:
    with pytest.raises(BadInput, match="mdy, dmy or ymd"):
        read((ZOOM + ADA).encode(), date_order="myd")


KNOWN_FILES = [
    (ZOOM + ADA + ADA_AGAIN + BEN).encode(),
    WEBINAR.encode(),
    SECTIONS.encode("utf-16"),
    (LOG + "Ada\tJoined\t11/14/2022, 5:30:00 PM\nAda\tLeft\t11/14/2022, 5:45:00 PM\n").encode(),
    MEET.encode(),
]


def reads_or_refuses(data: bytes) -> None:
    try:
        found = read_command(data, "report.csv", timezone="Africa/Kampala")
    except BadInput as refused:
        assert str(refused)
    else:
        assert all(person["seconds"] is None or person["seconds"] >= 0 for person in found["people"])


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    reads_or_refuses(data)


@settings(max_examples=200)
@given(st.sampled_from(KNOWN_FILES), st.data())
def test_any_damage_is_read_or_refused(file: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(file)))
    length = data.draw(st.integers(0, 40))
    reads_or_refuses(file[:start] + data.draw(st.binary(max_size=20)) + file[start + length :])


words = st.text(max_size=12) | st.sampled_from(
    [
        "Name",
        "Join Time",
        "Leave Time",
        "Joined",
        "1. Summary",
        "2. Participants",
        "3. x",
        '"',
        "01/26/2023 03:00 PM",
        "26/01/2023 15:00",
        "10:00",
        "31",
        "a@b.example",
    ]
)


@settings(max_examples=200)
@given(st.lists(st.lists(words, max_size=8), max_size=10), st.sampled_from(",;\t"))
def test_any_table_is_read_or_refused(table: list[list[str]], separator: str) -> None:
    reads_or_refuses("\n".join(separator.join(row) for row in table).encode(errors="replace"))


people = st.lists(
    st.tuples(st.sampled_from(["Ada", "Ben", "Cleo"]), st.integers(0, 3000), st.integers(1, 3000)),
    min_size=1,
    max_size=12,
)


@given(people, st.randoms())
def test_the_order_of_rows_does_not_matter(rows: list[tuple[str, int, int]], random) -> None:  # type: ignore[no-untyped-def]  # a stdlib Random
    def clock(second: int) -> str:
        return f"01/26/2023 {9 + second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d} AM"

    lines = [f"{name},,{clock(start)},{clock(start + length)},,No\n" for name, start, length in rows]
    shuffled = lines[:]
    random.shuffle(shuffled)
    assert seconds(ZOOM + "".join(lines)) == seconds(ZOOM + "".join(shuffled))
