"""The pages of attendance as a coordinator works through them, and nobody else."""

import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from echo_sessions.attendance import queries, service
from echo_sessions.attendance.models import Alias, Identification, Upload
from echo_sessions.credit.models import Award
from echo_sessions.database import db, transaction
from echo_sessions.files.models import File
from echo_sessions.programs.rules import Role
from tests.attendance import reports
from tests.client import Page, StrictClient, check


@pytest.fixture
def ana(over, client) -> StrictClient:
    return client.as_(over.coordinator)


def base(over: Any) -> str:
    return f"/sessions/{over.session.code}"


def choose(ana: StrictClient, over: Any, *files: bytes, status: int = 200, **values: str) -> Page:
    """Upload files; the preview that comes back."""
    sent = [(io.BytesIO(data), f"participants_{number}.csv") for number, data in enumerate(files)]
    return ana.submit(f"{base(over)}/attendance", status=status, action="/attendance", files=sent, **values)


def answer(ana: StrictClient, over: Any, preview: Page, do: str = "take", status: int = 303, **values: str) -> Page:
    """Press a button of the preview."""
    reply = ana.post(f"{base(over)}/attendance/preview", data={**preview.fields("/preview"), "do": do, **values})
    assert reply.status_code == status, Page(reply).text()[:500]
    if status == 303:
        return ana.get_page(reply.headers["Location"])
    page = Page(reply)
    check(page, "preview")
    return page


def press(ana: StrictClient, over: Any, name: str, choice: str, status: int = 303, remember: bool = True) -> Page:
    """Settle one line of the queue by a button."""
    db.session.rollback()
    stay = next(seen.stay_id for seen in over.register().seen.values() if seen.name == name)
    page = ana.get_page(f"{base(over)}/attendance/queue/{stay}")
    data = {"csrf_token": page.fields()["csrf_token"], "choice": choice} | ({"remember": "1"} if remember else {})
    reply = ana.post(f"{base(over)}/attendance/queue/{stay}", data=data)
    assert reply.status_code == status, Page(reply).text()[:500]
    return ana.get_page(reply.headers["Location"]) if status == 303 else Page(reply)


# Upload


def test_a_report_is_shown_before_it_is_taken_and_then_leads_on(over, ana):
    over.make.enrol(over.series, over.make.person("Ada Okoro", email="ada@clinic.test"))
    data = reports.zoom([over.stay("Ada Okoro", email="ada@clinic.test"), over.stay("Mama Zawadi", 10, 50)])
    preview = choose(ana, over, data)
    words = preview.text()
    assert "Zoom" in words and "2 rows" in words and "1 at once; 1 will wait for you" in words
    assert db.session.scalars(select(Upload)).all() == []
    page = answer(ana, over, preview)
    assert "1 people are known; one line waits for you" in page.text() and "Mama Zawadi" in page.text()
    [file] = db.session.scalars(select(File))
    assert over.app.extensions["storage"].get(file.key) == data


def test_the_same_file_again_says_so_and_does_nothing(over, ana):
    data = reports.zoom([over.stay("Ada Okoro")])
    answer(ana, over, choose(ana, over, data))
    preview = choose(ana, over, data)
    assert "taking it again changes nothing" in preview.text() and "Take this file" not in preview.text()
    answer(ana, over, preview, status=422)
    assert len(db.session.scalars(select(Upload)).all()) == 1


def test_times_that_miss_the_session_are_doubted_and_the_right_zone_is_named(over, ana):
    data = reports.zoom([over.stay("Ada Okoro")])
    preview = choose(ana, over, data, zone="Africa/Nairobi")
    assert "Is the zone right?" in preview.text() and "They would fit in Denver time" in preview.text()
    again = answer(ana, over, preview, status=200, zone="America/Denver")
    assert "this is how it reads now" in again.text() and "Is the zone right?" not in again.text()
    answer(ana, over, again)
    assert db.session.scalars(select(Upload)).one().zone == "America/Denver"


def test_a_file_taken_in_the_wrong_zone_is_taken_again_in_the_right_one(over, ana):
    ada = over.make.enrol(over.series, over.make.person("Ada Okoro", email="ada@clinic.test"))
    data = reports.zoom([over.stay("Ada Okoro", email="ada@clinic.test")])
    answer(ana, over, choose(ana, over, data, zone="Africa/Nairobi"))
    preview = choose(ana, over, data, zone="America/Denver")
    assert "in the place of that one" in preview.text()
    answer(ana, over, preview)
    assert over.minutes(ada) == 90
    page = ana.get_page(f"{base(over)}/attendance").text()
    assert "Does not count" in page and "withdrawn by Ana Ruiz" in page


def test_two_files_at_once(over, ana):
    ada = over.make.enrol(over.series, over.make.person("Ada Okoro", email="ada@clinic.test"))
    preview = choose(
        ana,
        over,
        reports.zoom([over.stay("Ada Okoro", 0, 40, "ada@clinic.test")]),
        reports.zoom([over.stay("Ada Okoro", 30, 70, "ada@clinic.test")]),
    )
    answer(ana, over, preview)
    assert over.minutes(ada) == 70


def undecided(over: Any) -> tuple[datetime, bytes]:
    """The last day that can be read both ways (the 5th of November, say), and a report of it with the day first."""
    day = over.now.astimezone(reports.DENVER).replace(hour=12, minute=30) - timedelta(days=1)
    while day.day > 12 or day.day == day.month:
        day -= timedelta(days=1)
    line = f"Ada Okoro,,{day:%d/%m/%Y} 12:30,{day:%d/%m/%Y} 13:30,60,Yes"
    return day.astimezone(
        UTC
    ), f"Name (original name),Email,Join time,Leave time,Duration (minutes),Guest\n{line}\n".encode()


def test_the_order_of_day_and_month_is_taken_from_the_session(over, ana):
    starts_at, data = undecided(over)
    over.session = over.make.session(over.series, starts_at=starts_at)
    preview = choose(ana, over, data)
    assert "Which comes first" not in preview.text() and "taken from the day of the session" in " ".join(
        "".join(li.itertext()) for li in preview.all("li")
    )
    answer(ana, over, preview)
    assert db.session.scalars(select(Upload)).one().date_order == "dmy"


def test_an_open_order_is_asked_and_nothing_is_taken_before(over, ana):
    _starts_at, data = undecided(over)
    preview = choose(ana, over, data)
    assert "Which comes first in the dates" in preview.text() and "Take this file" not in preview.text()
    again = answer(ana, over, preview, do="read", status=200, **{"order-0": "dmy"})
    assert "Take this file" in again.text()


def test_unknown_titles_are_mapped_by_hand_and_remembered(over, ana):
    def strange(minute: int) -> bytes:
        start = over.stay("x", minute, 60)
        came, went = (
            f"{moment.astimezone(reports.DENVER):%Y-%m-%d %H:%M}" for moment in (start["joined"], start["left"])
        )
        return f"Quien,Alfa,Omega\nAda Okoro,{came},{went}\n".encode()

    preview = choose(ana, over, strange(0))
    assert "Cannot be read" in preview.text() and "Say which column is which" in preview.text()
    mapped = {
        **preview.fields("/preview"),
        "do": "read",
        "title-0": ["Quien", "Alfa", "Omega"],
        "column-0": ["name", "joined", "left"],
    }
    page = Page(ana.post(f"{base(over)}/attendance/preview", data=mapped))
    assert "Take this file" in page.text(), page.text()
    answered = {**page.fields("/preview"), "do": "take", "title-0": mapped["title-0"], "column-0": mapped["column-0"]}
    assert ana.post(f"{base(over)}/attendance/preview", data=answered).status_code == 303
    assert "Take this file" in choose(ana, over, strange(5)).text()


def test_what_is_no_report_is_refused_with_a_sentence(over, ana):
    preview = choose(ana, over, b"%PDF-1.7 nothing to see")
    assert "Cannot be read" in preview.text() and "Take this file" not in preview.text()


def test_no_file_is_a_fault_of_the_form(over, ana):
    page = ana.submit(f"{base(over)}/attendance", action="/attendance", status=422)
    assert "Choose the file that you exported" in page.text()


@pytest.mark.parametrize("data", ["teams", "meet", "totals"])
def test_other_reports_are_read_too(over, ana, data):
    ada = over.make.enrol(over.series, over.make.person("Ada Okoro", email="ada@clinic.test"))
    start, end = over.stay("x")["joined"], over.stay("x")["left"]
    clocks = (f"{moment.astimezone(reports.DENVER):%I:%M %p}" for moment in (start, end))
    files = {
        "teams": reports.teams([("Ada Okoro", "ada@clinic.test", start, end)]),
        "meet": reports.meet([("Ada", "Okoro", "ada@clinic.test", *clocks)]),
        "totals": reports.zoom_totals([("Ada Okoro", "ada@clinic.test", 77)]),
    }
    answer(ana, over, choose(ana, over, files[data]))
    assert over.minutes(ada) == (0 if data == "totals" else 90)


def test_claimed_minutes_are_shown_and_count_on_demand(over, ana):
    ada = over.make.enrol(over.series, over.make.person("Ada Okoro", email="ada@clinic.test"))
    preview = choose(ana, over, reports.zoom_totals([("Ada Okoro", "ada@clinic.test", 77)]))
    assert "totals only" in preview.text()
    page = answer(ana, over, preview)
    assert "77 claimed" in page.text()
    ana.submit(f"{base(over)}/register", action="/claims", reason="Zoom gave no times")
    assert over.minutes(ada) == 77


def test_a_file_is_withdrawn_put_back_and_given_out_as_it_came(over, ana):
    data = reports.zoom([over.stay("Ada Okoro")])
    answer(ana, over, choose(ana, over, data))
    [upload] = db.session.scalars(select(Upload))
    number = upload.id
    assert ana.get(f"{base(over)}/attendance/files/{number}").get_data() == data
    assert "counts no more" in ana.submit(f"{base(over)}/attendance", action="/withdraw").text()
    assert "counts again" in ana.submit(f"{base(over)}/attendance", action="/restore").text()


def test_a_chosen_file_of_somebody_else_cannot_be_taken(over, ana, client):
    preview = choose(ana, over, reports.zoom([over.stay("Ada Okoro")]))
    other = client.as_(over.make.coordinator("Ben Other"))
    fields = other.get_page(f"{base(over)}/attendance").fields()
    data = {**preview.fields("/preview"), "csrf_token": fields["csrf_token"], "do": "take"}
    assert other.post(f"{base(over)}/attendance/preview", data=data).status_code == 404


# Queue


def test_the_queue_works_without_keys_and_script_and_undoes(over, ana):
    ada = over.make.enrol(over.series, over.make.person("Ada Okoro"))
    over.take(over.stay("Okoro Ada A."), over.stay("Otter.ai"))
    page = ana.get_page(f"{base(over)}/attendance/queue")
    assert "0 of 2 settled" in page.text()
    [first] = [button for button in page.all("button") if button.get("data-key") == "a"]
    assert first.get("value") == f"person:{ada.code}"
    page = press(ana, over, "Okoro Ada A.", f"person:{ada.code}")
    assert "“Okoro Ada A.” is Ada Okoro." in page.text() and "1 of 2 settled" in page.text()
    undo = next(form.get("action") for form in page.all("form") if (form.get("action") or "").endswith("/undo"))
    page = ana.get_page(ana.post(undo, data={"csrf_token": page.fields()["csrf_token"]}).headers["Location"])
    assert "0 of 2 settled" in page.text() and db.session.scalars(select(Alias)).all() == []


def test_the_last_one_leads_on(over, ana):
    over.take(over.stay("Otter.ai"))
    page = press(ana, over, "Otter.ai", "nobody")
    assert "Everybody in the report is somebody now" in page.text()
    assert f"{base(over)}/close" in page.links()


def test_a_name_is_not_remembered_when_the_tick_is_taken_away(over, ana):
    ada = over.make.enrol(over.series, over.make.person("Ada Okoro"))
    over.take(over.stay("iPad 7"))
    press(ana, over, "iPad 7", f"person:{ada.code}", remember=False)
    assert over.minutes(ada) == 90 and db.session.scalars(select(Alias)).all() == []


def test_a_decision_that_somebody_else_took_first_is_told(over, ana):
    ada, ben = (over.make.enrol(over.series, over.make.person(name)) for name in ("Ada Okoro", "Ben Mwangi"))
    over.take(over.stay("iPad 7"))
    press(ana, over, "iPad 7", f"person:{ada.code}")
    press(ana, over, "iPad 7", f"person:{ada.code}")
    assert len(db.session.scalars(select(Identification)).all()) == 1
    page = press(ana, over, "iPad 7", f"person:{ben.code}", status=409)
    assert "settled this already" in page.text()


def test_somebody_is_searched_beyond_the_series_and_somebody_new_is_added(over, ana):
    far = over.make.person("Zawadi Far", email="zawadi@far.test")
    over.take(over.stay("Mama Z"), over.stay("Newcomer One"))
    stay = over.register().seen[over.key("Mama Z")].stay_id
    page = ana.get_page(f"{base(over)}/attendance/queue/{stay}?q=zawadi+far.test")
    assert "Zawadi Far" in page.text()
    press(ana, over, "Mama Z", f"person:{far.code}")
    stay = over.register().seen[over.key("Newcomer One")].stay_id
    page = ana.get_page(f"{base(over)}/attendance/queue/{stay}")
    data = {
        "csrf_token": page.fields()["csrf_token"],
        "name": "Newcomer One",
        "email": "new@far.test",
        "profession": "Nurse",
        "remember": "y",
    }
    assert ana.post(f"{base(over)}/attendance/queue/{stay}", data=data).status_code == 303
    assert [(line.person.name, line.standing.role) for line in over.register().lines] == [
        ("Newcomer One", "guest"),
        ("Zawadi Far", "guest"),
    ]
    assert ana.post(f"{base(over)}/attendance/queue/{stay}", data={**data, "name": ""}).status_code == 422


def test_four_names_in_one_room_are_four_rows_attested_by_somebody(over, ana):
    site = over.make.site("Gulu Hospital")
    three = [
        over.make.enrol(over.series, over.make.person(name), site=site)
        for name in ("Ada Okoro", "Ben Mwangi", "Cira Odhiambo")
    ]
    codes = [person.code for person in three]
    over.take(over.stay("Gulu Hospital meeting room", 5, 85))
    stay = over.register().seen[over.key("Gulu Hospital meeting room")].stay_id
    url = f"{base(over)}/attendance/queue/{stay}/room"
    page = ana.submit(url, status=422, people=codes, attested_by="")
    assert "Say who saw them there" in page.text()
    page = ana.submit(url, status=422, people=codes[:2], new_names="Cira  ODHIAMBO", attested_by="Sister Grace")
    assert "Tick Cira Odhiambo in the list instead" in page.text()
    ana.submit(url, people=codes, new_names="Dora New\n\n", attested_by="Sister Grace")
    assert {line.person.name: (line.minutes, line.how) for line in over.register().lines} == {
        name: (80, ("room",)) for name in ("Ada Okoro", "Ben Mwangi", "Cira Odhiambo", "Dora New")
    }
    assert {mark.attested_by for mark in queries.marks_of(over.session.id)} == {"Sister Grace"}


def test_whoever_was_enrolled_meanwhile_is_recognised(over, ana):
    over.take(over.stay("Ada Okoro", email="ada@clinic.test"), over.stay("Otter.ai"))
    over.make.enrol(over.series, over.make.person("Ada Okoro", email="ada@clinic.test"))
    page = ana.submit(f"{base(over)}/attendance/queue", action="/match")
    assert "One more is recognised" in page.text() and "1 of 2 settled" in page.text()


def test_numbers_are_masked_on_the_screen(over, ana):
    over.take(over.stay("+1 505-555-0142"))
    stay = over.register().seen[over.key("+1 505-555-0142")].stay_id
    for page in ("attendance/queue", f"attendance/queue/{stay}", f"attendance/queue/{stay}/room"):
        text = ana.get_page(f"{base(over)}/{page}").text()
        assert "•••142" in text and "555-0142" not in text


# Names at one press


def names_shown(page: Page) -> list[str]:
    return [box.get("value") or "" for box in page.all("input") if box.get("name") == "name"]


def test_names_that_one_expected_person_bears_are_taken_at_one_press_and_given_back_at_one(over, ana):
    ada, ben = (over.make.enrol(over.series, over.make.person(name)) for name in ("Ada Okoro", "Ben Mwangi"))
    over.take(over.stay("Ada Okoro", 0, 60), over.stay("Ben Mwangi", 0, 70), over.stay("Otter.ai"), names=False)
    url = f"{base(over)}/attendance/queue"
    page = ana.get_page(url)
    assert "These 2 names are borne by exactly one expected person each: take them?" in page.text()
    assert over.register().lines == (), "nobody is credited by name alone"
    page = ana.submit(url, action="/names", name=names_shown(page))
    assert "2 names are taken." in page.text() and "2 of 3 settled" in page.text()
    assert {line.person.id: (line.minutes, line.how) for line in over.register().lines} == {
        ada.id: (60, ("name",)),
        ben.id: (70, ("name",)),
    }
    assert {one.by_id for one in queries.decisions_of(over.session.id).values()} == {over.coordinator.id}
    assert db.session.scalars(select(Alias)).all() == [], "next time they are asked about again"
    page = ana.submit(url, action="/undo", press="1")
    assert "Undone: 2 lines wait again." in page.text() and "0 of 3 settled" in page.text()


def test_a_name_without_its_tick_is_left_to_be_asked_about(over, ana):
    ada, _ben = (over.make.enrol(over.series, over.make.person(name)) for name in ("Ada Okoro", "Ben Mwangi"))
    over.take(over.stay("Ada Okoro"), over.stay("Ben Mwangi"), names=False)
    url = f"{base(over)}/attendance/queue"
    [ticked] = [value for value in names_shown(ana.get_page(url)) if value.endswith(ada.code)]
    page = ana.submit(url, action="/names", name=[ticked])
    assert "“Ada Okoro” is Ada Okoro." in page.text() and over.waiting() == ["Ben Mwangi"]
    assert "Tick at least one name" in ana.submit(url, action="/names", name=[]).text()


@pytest.mark.parametrize(
    "stays",
    [
        pytest.param([("Jane Achieng", "")], id="two expected people bear it"),
        pytest.param([("Ada Okoro", ""), ("Ada Okoro", "other@far.test")], id="two in the file bear it"),
        pytest.param([("Ada", "")], id="a first name alone"),
        pytest.param([("Stranger Once", "")], id="somebody who is not expected"),
        pytest.param([("Ada Okoro", "other@far.test")], id="an address that is not theirs"),
    ],
)
def test_never_at_one_press(over, ana, stays):
    for name in ("Jane Achieng", "Jane Achieng", "Ada Okoro"):
        over.make.enrol(over.series, over.make.person(name))
    over.make.person("Stranger Once")
    over.take(*(over.stay(name, 0, 80, email) for name, email in stays), names=False)
    page = ana.get_page(f"{base(over)}/attendance/queue")
    assert names_shown(page) == [] and over.register().lines == ()


def test_what_was_settled_meanwhile_is_not_taken_at_one_press(over, ana):
    ada, ben = (over.make.enrol(over.series, over.make.person(name)) for name in ("Ada Okoro", "Ben Mwangi"))
    over.take(over.stay("Ada Okoro"), over.stay("Ben Mwangi"), names=False)
    url = f"{base(over)}/attendance/queue"
    shown = names_shown(ana.get_page(url))
    over.identify("Ada Okoro", ben)
    page = ana.submit(url, action="/names", name=shown, status=409)
    assert "Nothing was taken" in page.text() and over.waiting() == ["Ben Mwangi"]
    assert ada.id not in {line.person.id for line in over.register().lines}


def test_a_name_is_asked_about_again_in_the_next_session(over):
    over.make.enrol(over.series, over.make.person("Ada Okoro"))
    over.take(over.stay("Ada Okoro"))
    following = over.another_session()
    over.take(reports.stay(following.starts_at, "Ada Okoro", 0, 90), session=following, names=False)
    assert over.waiting(following) == ["Ada Okoro"]


def test_no_suggestion_is_the_obvious_one_where_two_bear_the_name(over, ana):
    for _time in range(2):
        over.make.enrol(over.series, over.make.person("Jane Achieng"))
    over.take(over.stay("Jane Achieng"))
    buttons = ana.get_page(f"{base(over)}/attendance/queue").all("button")
    assert [button.get("data-key") for button in buttons if (button.get("value") or "").startswith("person:")] == [
        "1",
        "2",
    ]
    assert not any("btn-primary" in (button.get("class") or "") for button in buttons)


def test_no_name_and_no_address_stands_in_an_address_of_the_queue(over, ana):
    over.take(over.stay("Secretname Person", email="secretmail@far.test"))
    page = ana.get_page(f"{base(over)}/attendance/queue")
    links = page.links() + [form.get("action") or "" for form in page.all("form")]
    assert not any("secret" in link.casefold() for link in links)


# Register


def test_the_register_is_sorted_searched_and_taken_away(over, ana):
    site = over.make.site("Gulu Hospital")
    over.make.enrol(over.series, over.make.person("Ada Okoro", profession="Nurse"), site=site)
    over.make.enrol(over.series, over.make.person("=cmd|x", profession="@Nurse", email="cmd@clinic.test"))
    over.take(over.stay("Ada Okoro", 0, 30), over.stay("=cmd|x", 0, 60, email="cmd@clinic.test"))
    page = ana.get_page(f"{base(over)}/register?sort=minutes")
    assert page.text().index("60") < page.text().index("Ada Okoro")
    assert "Ada Okoro" in ana.get_page(f"{base(over)}/register?q=gulu+nurse").text()
    assert "Nobody here has these words" in ana.get_page(f"{base(over)}/register?q=nobodyatall").text()
    table = ana.get(f"{base(over)}/register.csv").get_data(as_text=True)
    assert table.splitlines()[0].endswith("matched_by,marked_by,adjusted,reason")
    assert not re.search(r"(^|,)[=@+]", table)


def test_minutes_by_hand_need_a_reason_and_show_in_the_export(over, ana):
    ada = over.make.enrol(over.series, over.make.person("Ada Okoro"))
    over.take(over.stay("Ada Okoro", 0, 30))
    url = f"{base(over)}/register/people/{ada.code}"
    assert "Say why" in ana.submit(url, action=ada.code, status=422, minutes="80").text()
    assert (
        "lasts 90 minutes"
        in ana.submit(url, action=ada.code, status=409, minutes="300", reason="Too long by far").text()
    )
    page = ana.submit(url, action=ada.code, minutes="80", reason="Zoom lost her line")
    assert "Changed" in page.text()
    table = ana.get(f"{base(over)}/register.csv").get_data(as_text=True)
    assert ",80,88," in table and "Ana Ruiz,yes,Zoom lost her line" in table
    page = ana.get_page(url)
    assert "Zoom lost her line" in page.text()
    undo = next(form.get("action") for form in page.all("form") if "/marks/" in (form.get("action") or ""))
    ana.post(undo, data={"csrf_token": page.fields()["csrf_token"]})
    assert over.minutes(ada) == 30


def test_people_no_file_shows_are_added_with_minutes_and_a_reason(over, ana):
    ada = over.make.enrol(over.series, over.make.person("Ada Okoro"))
    url = f"{base(over)}/register/add"
    assert "Say why" in ana.submit(url, status=422, people=[ada.code]).text()
    assert "Tick at least one" in ana.submit(url, status=422, reason="In the studio").text()
    ana.submit(url, people=[ada.code], reason="In the studio", minutes="45")
    assert over.minutes(ada) == 45


# Closing


def test_close_page_names_the_next_thing_at_every_stage(over, ana):
    url = f"{base(over)}/close"
    assert "No file yet" in ana.get_page(url).text()
    over.make.enrol(over.series, over.make.person("Ada Okoro"))
    over.take(over.stay("Ada Okoro"), over.stay("Otter.ai"))
    page = ana.get_page(url)
    assert "One line of the report waits for you" in page.text() and "What closing does" not in page.text()
    over.identify("Otter.ai", verdict="nobody")
    page = ana.get_page(url)
    assert "The register can be closed" in page.text() and "No credit policy covers this day" in page.text()
    page = ana.submit(url)
    assert "Closed: one person was there" in page.text() and "One person has no certificate yet" in page.text()
    assert len(db.session.scalars(select(Award)).all()) == 1
    assert "closed" in ana.get_page(f"{base(over)}/attendance/queue").text()


def test_a_closed_register_is_corrected_with_a_reason_and_credit_follows(over, ana):
    ada, late = (
        over.make.enrol(over.series, over.make.person("Ada Okoro")),
        over.make.enrol(over.series, over.make.person("Late Comer")),
    )
    over.take(over.stay("Ada Okoro", 0, 30))
    ana.submit(f"{base(over)}/close")
    page = ana.submit(f"{base(over)}/register/people/{ada.code}", minutes="88", reason="The panel saw her")
    assert "88" in page.text() and "Changed" in page.text()
    ana.submit(f"{base(over)}/register/add", people=[late.code], minutes="50", reason="Forgotten in the list")
    assert "30 became 88 minutes" in ana.get_page(f"{base(over)}/register/people/{ada.code}").text()
    held = {
        award.person_id: award.minutes for award in db.session.scalars(select(Award).where(Award.replaced_at.is_(None)))
    }
    assert held == {ada.id: 88, late.id: 50}


def test_closing_twice_is_refused(over, ana):
    over.make.enrol(over.series, over.make.person("Ada Okoro"))
    over.take(over.stay("Ada Okoro"))
    token = ana.get_page(f"{base(over)}/close").fields()["csrf_token"]
    assert ana.post(f"{base(over)}/close", data={"csrf_token": token}).status_code == 303
    assert ana.post(f"{base(over)}/close", data={"csrf_token": token}).status_code == 409


# Who may


PAGES = [
    "attendance",
    "attendance/queue",
    "attendance/queue/1",
    "attendance/queue/1/room",
    "attendance/files/1",
    "register",
    "register.csv",
    "register/add",
    "close",
]


@pytest.mark.parametrize("page", PAGES)
def test_only_who_runs_the_program_sees_that_there_is_attendance(over, client, page):
    upload = over.take(over.stay("Ada Okoro"))
    stay = over.register().seen[over.key("Ada Okoro")].stay_id
    url = f"{base(over)}/{page}".replace("queue/1", f"queue/{stay}").replace("files/1", f"files/{upload.id}")
    runs = over.make.member(over.series.program, Role.COORDINATOR)
    others = [over.make.enrol(over.series), over.make.member(over.series.program, Role.EXPERT), over.make.person()]
    assert client.as_(runs).get(url).status_code == 200
    assert [client.as_(person).get(url).status_code for person in others] == [404, 404, 404]
    assert client.as_().get(url).status_code == 302


@pytest.mark.parametrize("number", [pytest.param("queue/{}", id="a line"), pytest.param("files/{}", id="a file")])
def test_numbers_of_another_session_open_nothing(over, ana, number):
    upload = over.take(over.stay("Ada Okoro"))
    value = over.register().seen[over.key("Ada Okoro")].stay_id if number.startswith("queue") else upload.id
    other = over.another_session()
    assert ana.get(f"/sessions/{other.code}/attendance/{number.format(value)}").status_code == 404


# Many


@pytest.mark.parametrize("page", ["attendance", "attendance/queue", "register", "close"])
def test_pages_ask_a_constant_number_of_questions(over, ana, statements, page):
    def ask() -> int:
        return statements(lambda: ana.get_page(f"{base(over)}/{page}"))

    for number in range(3):
        over.make.enrol(over.series, over.make.person(f"Given{number:02} Family{number:02}", account=False))
    over.take(over.stay("Given00 Family00"), over.stay("Given01"), over.stay("Unknown One"))
    ask()
    few = ask()
    for number in range(3, 15):
        over.make.enrol(
            over.series, over.make.person(f"Given{number:02} Family{number:02}", account=False), site=over.make.site()
        )
    over.take(
        *(over.stay(f"Given{number:02} Family{number:02}") for number in range(3, 9)),
        *(over.stay(f"Given{number:02} F") for number in range(9, 15)),
    )
    assert ask() <= few + 1


def test_a_withdrawn_upload_can_be_looked_at_still(over, ana):
    upload = over.take(over.stay("Ada Okoro"))
    with transaction():
        service.withdraw_upload(upload, by=over.coordinator, now=over.now)
    assert ana.get(f"{base(over)}/attendance/files/{upload.id}").status_code == 200
