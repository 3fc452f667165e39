"""The set-up of Zoom in a real browser, in each state it can be in: by phone and desk, light and dark."""

from datetime import timedelta

import pytest

from echo_sessions.database import db, transaction
from echo_sessions.meetings import setup
from echo_sessions.meetings.models import Hook, HookDay, ProviderAccount, ProviderCall
from echo_sessions.outside.meetings import Health
from echo_sessions.people import service as people
from echo_sessions.people.rules import StaffRole
from tests.browser import VIEWPORTS, sound
from tests.meetings import rows

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
PAGE = "/hub/meetings"
BAD = Health(
    ok=False, faults=(("Zoom could not be asked: %(words)s", {"words": "no"}),), warnings=(("The account saves chats.", {}),),
    scopes=("meeting:write:meeting:admin",), scopes_missing=("meeting:delete:meeting:admin",),
)  # fmt: skip
TRIAL = {"code": "TRY-1", "done": ["sign_in", "hosts", "made"], "state": "running", "host": "Hana One"}


@pytest.fixture
def owner(make):
    hub, person = make.hub(), make.person("Olga Owner")
    with transaction():
        people.appoint(db.session.merge(person), hub, StaffRole.OWNER, now=make.now)
    return person


def credentials(make, owner) -> None:
    with transaction():
        setup.save_credentials("zoom", account_ref="acc", client_id="c", client_secret="s" * 20, by=owner, now=make.now)


def empty(make, owner) -> None:
    """Nothing is there yet."""


def under_way(make, owner) -> None:
    credentials(make, owner)
    with transaction():
        setup.note(row(), {**row().checked, "trial": {**TRIAL, "asked_at": make.now.isoformat()}})


def unwell(make, owner) -> None:
    credentials(make, owner)
    with transaction():
        setup.note_health("zoom", BAD, now=make.now)


def well(make, owner) -> None:
    credentials(make, owner)
    rows.host(now=make.now)
    rows.host("Bea Basic", now=make.now, licensed=False)
    day = make.now.date()
    with transaction():
        setup.add_hook_secret("zoom", "token-of-the-hooks", by=owner, now=make.now)
        setup.note_health("zoom", Health(ok=True, scopes=("meeting:write:admin",)), now=make.now)
        done = {**TRIAL, "state": "failed", "words": "It did not.", "asked_at": make.now.isoformat()}
        setup.note(row(), {**row().checked, "trial": done})
        db.session.add(ProviderCall(provider="zoom", day=day, host="", kind="light", count=12, failed=1, limited=2))
        db.session.add(HookDay(provider="zoom", day=day - timedelta(days=1), why="forged", count=4))
        db.session.add(Hook(provider="zoom", sha256="a" * 64, name="x", raw="{}", received_at=make.now))


def stopped(make, owner) -> None:
    credentials(make, owner)
    with transaction():
        setup.deauthorised("zoom", now=make.now)


def row() -> ProviderAccount:
    return setup.account("zoom")


@pytest.mark.parametrize("state", [empty, under_way, unwell, well, stopped], ids=lambda state: state.__name__)
def test_the_page_is_sound_in_every_state(make, owner, browser_for, state):
    state(make, owner)
    with browser_for(owner) as window:
        window.open(PAGE)
        for name, theme in (("phone", "dark"), ("desk", "light")):
            window.wear(VIEWPORTS[name], theme)
            assert sound(window) == [], (name, theme)


def test_its_forms_are_sound_too(make, owner, browser_for):
    well(make, owner)
    with browser_for(owner) as window:
        window.wear(VIEWPORTS["phone"], "light")
        for form in ("hosts", "credentials", "secrets", "rules", "disconnect"):
            window.open(f"{PAGE}/{form}")
            assert sound(window) == [], form
