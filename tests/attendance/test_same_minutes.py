"""The proof: one session, told by hooks only, by the report only, by the file only, or by all of them twice in any order, gives
everybody the same minutes, and they are those that were true. Against our own Zoom, through the real door for its hooks."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select

from echo_sessions.attendance import collecting, naming, queries, service
from echo_sessions.attendance.imports import read
from echo_sessions.attendance.models import Upload
from echo_sessions.attendance.register import computed
from echo_sessions.attendance.rules import Source, Stay, minutes_present
from echo_sessions.database import db, transaction
from echo_sessions.files import service as files
from echo_sessions.people.models import Person
from echo_sessions.sessions.models import Session
from tests.meetings.season import Season
from tests.zoom_server.hooks import Delivery, doubled, shuffled, without
from tests.zoom_server.people import Held, Present
from tests.zoom_server.portal import portal_file

pytestmark = pytest.mark.once  # a provider over HTTP; how rows bear it is tested elsewhere, on both databases

MINUTE = timedelta(minutes=1)


@dataclass
class Story:
    """A session that was held, and the ways in which one can be told of it."""

    season: Season
    session: Session
    held: Held
    truth: dict[str, int]
    send: Callable[[Delivery], Any]
    walk_in: Person

    @property
    def meeting_id(self) -> int:
        number = self.session.meeting_id
        assert number is not None
        return number

    def tell(self, how: str, seed: int = 0) -> None:
        {"hooks": self.hooks, "report": self.report, "file": self.file}[how](seed)

    def hooks(self, seed: int = 0, deliveries: Sequence[Delivery] | None = None) -> None:
        """All of them delivered twice, in some order, signed when they are sent."""
        for delivery in doubled(shuffled(self.held.hooks if deliveries is None else deliveries, seed)):
            assert self.send(self.season.server.sign(delivery.raw)).status_code == 204
        db.session.rollback()
        collecting.take_hooks(self.meeting_id, self.season.now)

    def report(self, seed: int = 0) -> None:
        collecting.ask_report(self.meeting_id, self.season.now, asked=True)

    def file(self, seed: int = 0) -> None:
        data = portal_file(self.held, ["2024", "2021", "data"][seed % 3])
        stored = self.season.app.extensions["storage"].put(data, type="text/csv")
        with transaction():
            service.take_upload(
                self.session, file=files.keep(stored, now=self.season.now), file_name="participants.csv",
                reading=read(data, filename="participants.csv", timezone="America/Denver"), zone="America/Denver",
                by=self.season.hub, now=self.season.now,
            )  # fmt: skip

    def press(self) -> None:
        """The coordinator takes the names that one expected person bears."""
        shown = [(name.seen.stay_id, name.person.code) for name in naming.waiting_names(self.session)]
        with transaction():
            naming.take_names(self.session, shown, by=self.season.hub, now=self.season.now)

    def minutes(self) -> dict[str, int]:
        db.session.rollback()
        return {line.person.name: line.minutes for line in computed(self.session).lines}


@pytest.fixture
def story(app, make, zoom_server, client) -> Story:
    season = Season(app, make, zoom_server)
    ada, ben, cira, dan, eve = season.people(5)
    walk_in = make.enrol(season.series, make.person("Walk In"))
    [session] = season.announce(7)
    season.settle_down()
    zoom_server.hands.set(session.ends_at + 40 * MINUTE)
    people = [
        Present(email=ada.address, stays=((-5, 93),)),
        Present(email=ben.address, stays=((0, 30.4), (61.25, 90)), waiting=((-4, 0),)),
        Present(email=cira.address, stays=((3.1, 70),), breakout=((20, 45), (55, 60))),
        Present(email=dan.address, name="iPad", stays=((0, 45),)),
        Present(email=dan.address, name="Dan's telephone", stays=((40, 48), (53, 88.5))),
        Present(email=eve.address, stays=((10, 10.7), (30, 30.9), (85, 86.6))),
        Present(name="Walk In", registered=False, stays=((5, 65),)),
    ]
    held = zoom_server.hold_session(session.meeting.ref, people, instances=((-10, 50.5), (52, 96)))
    known = {one.address: one.name for one in (ada, ben, cira, dan, eve)} | {"walk in": "Walk In"}
    truth = {name: true_minutes(held, session, who) for who, name in known.items()}
    visitor = client.as_()
    return Story(
        season, session, held, truth, lambda one: visitor.post("/webhooks/zoom", data=one.raw, headers=one.headers), walk_in
    )  # fmt: skip


def true_minutes(held: Held, session: Session, who: str) -> int:
    stays = [Stay(held.at(begin), held.at(end)) for begin, end in held.spans[who.casefold()]]
    return minutes_present(stays, session.starts_at, session.ends_at)


def test_the_truth_is_no_trivial_one(story):
    assert sorted(story.truth.values()) == [3, 58, 59, 65, 83, 88]


@pytest.mark.parametrize("how", ["hooks", "report", "file"])
def test_each_source_alone_tells_the_truth(story, how):
    story.tell(how)
    story.press()
    assert story.minutes() == story.truth
    assert story.season.server.violations == []


ORDERS = [pytest.param(order, id=" then ".join(order)) for order in permutations(["hooks", "report", "file"])]


@pytest.mark.parametrize("order", ORDERS)
def test_all_of_them_twice_in_any_order_tell_the_same(story, order):
    for seed, how in enumerate([*order, *reversed(order)]):
        story.tell(how, seed)
    story.press()
    assert story.minutes() == story.truth
    assert {one.source for one in queries.uploads_of(story.session.id)} == {Source.HOOKS, Source.REPORT, Source.FILE}
    assert computed(story.session).waiting == []


def test_of_one_source_one_version_counts(story):
    for seed in range(3):
        story.hooks(seed)
        story.report(seed)
    counting = db.session.scalars(select(Upload.source).where(Upload.withdrawn_at.is_(None))).all()
    assert sorted(counting) == ["hooks", "report"]


@pytest.mark.parametrize(
    "lost", ["meeting.participant_left", "meeting.participant_joined", "meeting.ended", "meeting.started"]
)
def test_lost_hooks_are_mended_by_the_report_or_the_file(story, lost):
    story.hooks(deliveries=without(story.held.hooks, lost, every=2))
    for mends in ("file", "report"):
        story.tell(mends)
        story.press()
        assert story.minutes() == story.truth


def test_hooks_that_come_an_hour_late_make_a_new_snapshot(story):
    early = random.Random(3).sample(story.held.hooks, len(story.held.hooks) // 2)
    story.hooks(deliveries=early)
    story.season.server.hands.forward(minutes=60)
    story.hooks(deliveries=story.held.hooks)
    story.press()
    assert story.minutes() == story.truth
    snapshots = queries.told(story.session.id, Source.HOOKS)
    assert [one.withdrawn_at is None for one in snapshots] == [True, False]
    assert all(one.withdrawn_by_id is None for one in snapshots)


def test_people_who_went_on_in_teams_have_both(story):
    from tests.attendance import reports

    story.hooks()
    start = story.session.starts_at
    data = reports.teams([("Walk In", story.walk_in.address, start + 64 * MINUTE, start + 80 * MINUTE)])
    stored = story.season.app.extensions["storage"].put(data, type="text/csv")
    with transaction():
        service.take_upload(
            story.session, file=files.keep(stored, now=story.season.now), file_name="teams.csv",
            reading=read(data, filename="teams.csv", timezone="America/Denver"), zone="America/Denver", by=story.season.hub,
            now=story.season.now,
        )  # fmt: skip
    story.press()
    with transaction():
        for seen in computed(story.session).waiting:
            service.identify(
                story.session,
                seen.key,
                verdict="person",
                person=story.walk_in,
                by=story.season.hub,
                now=story.season.now,
            )
    assert story.minutes() == story.truth | {"Walk In": 73}
