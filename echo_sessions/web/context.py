"""What every page's frame needs to know: who reads, the menu, the hub, the zone."""

from typing import Any

from flask import Flask, g, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from echo_sessions.config import Settings
from echo_sessions.moments import zone_city
from echo_sessions.people import queries

RTL = frozenset({"ar", "fa", "he", "ur"})


def connect(app: Flask, settings: Settings) -> None:
    """Give the frame's values to all templates."""

    @app.context_processor
    def frame() -> dict[str, Any]:
        language = str(get_locale() or "en")
        person = g.get("person")
        return {
            "lang": language.replace("_", "-"),
            "direction": "rtl" if language.split("_")[0] in RTL else "ltr",
            "navigation": navigation(app),
            "hub_name": hub_name(),
            "zone_name": _("%(city)s time", city=zone_city(person.zone)) if person else None,
            "me_url": "/me",
            "sign_out_url": url_for("people.sign_out") if person else None,
            "report_url": report_url(app) if person else None,
            "demo": settings.demo,
            "existing_pages": app.view_functions,
        }


def report_url(app: Flask) -> str | None:
    """Where something is reported, with the code of the thing this page shows."""
    if "conduct.report" not in app.view_functions:
        return None
    given = {} if request.blueprint == "conduct" else request.view_args or {}
    return url_for("conduct.report", about=given.get("person_code") or given.get("code"))


def hub_name() -> str:
    """The hub's name, read once a request."""
    if "hub_name" not in g:
        hub = queries.hub()
        g.hub_name = hub.name if hub else "ECHO Sessions"
    name: str = g.hub_name
    return name


def navigation(app: Flask) -> list[tuple[str, str, bool]]:
    """The menu: a coordinator's rooms, or a participant's own pages. Only what exists is listed."""
    if g.get("person") is None:
        return []
    if g.get("runs") or g.get("audits"):
        wanted = [(_("Today"), "today.show")] if g.get("runs") else [(_("My page"), "today.me")]
        wanted += [
            (_("Programs"), "programs.list_programs"),
            (_("Sessions"), "sessions.list_sessions"),
            (_("Cases"), "cases.list_cases"),
            (_("People"), "programs.list_people"),
        ]
        wanted += [(_("Hub"), "oversight.hub")] if g.get("runs") else []
    else:
        wanted = [
            (_("My page"), "today.me"),
            (_("Programs"), "programs.list_programs"),
            (_("Cases"), "cases.list_cases"),
        ]
    if app.extensions["settings"].demo:
        wanted.append((_("Inbox"), "demo.inbox"))
    return [(label, url_for(end), _is_here(end)) for label, end in wanted if end in app.view_functions]


_ROOMS = {
    "programs.list_people": (
        "merging.",
        "programs.list_people",
        "programs.show_person",
        "programs.change_person",
        "programs.list_sites",
        "programs.show_site",
        "programs.edit_site",
        "programs.new_site",
    ),
    "oversight.hub": (
        "oversight.hub",
        "oversight.staff",
        "oversight.appoint_staff",
        "oversight.dismiss_staff",
        "mail.",
        "jobs.",
        "audit.list_entries",
        "alarms.",
        "privacy.list_requests",
        "privacy.retention",
        "privacy.set_period",
        "conduct.list_incidents",
        "conduct.show",
        "verification.list_waiting",
        "verification.show",
        "cases.list_recalls",
        "cases.set_law",
    ),
    "today.show": ("today.show",),
    "today.me": ("today.me", "people.settings", "credit.claim"),
    "programs.list_programs": ("programs.", "credit."),
    "sessions.list_sessions": ("sessions.", "attendance.", "experts.", "certificates."),
}


def _is_here(endpoint: str) -> bool:
    """Whether the page that is shown belongs to this entry of the menu, and to no narrower one."""
    here = request.endpoint or ""
    people = here in _ROOMS["programs.list_people"]
    if endpoint == "programs.list_programs" and people:
        return False
    return here.startswith(_ROOMS.get(endpoint, (endpoint.split(".")[0] + ".",)))
