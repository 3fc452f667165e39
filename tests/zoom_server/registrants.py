"""Operations on registrants: one, thirty at once, the list, approving and cancelling."""

from typing import TYPE_CHECKING, Any

from tests.zoom_server import schema
from tests.zoom_server.answers import Answer, Refusal, invalid
from tests.zoom_server.schema import said
from tests.zoom_server.state import Meeting, Registrant

if TYPE_CHECKING:
    from tests.zoom_server.server import Ask, ZoomServer

AT_ONCE = 30
STATES = {"approve": "approved", "deny": "denied", "cancel": "cancelled"}


def _open(zoom: "ZoomServer", ask: "Ask") -> Meeting:
    """The meeting, if one can register for it."""
    meeting = zoom.meeting(ask.parts["meeting"])
    host = zoom.users.get(meeting.host_id)
    if host is None or host.type == 1:
        raise Refusal(400, 200, "Only available for Paid users.")
    if meeting.settings["approval_type"] == 2:
        raise Refusal(404, 300, "Registration has not been enabled for this meeting.")
    if meeting.settings["close_registration"] or zoom.over(meeting, ask.now):
        raise Refusal(400, 3038, "Meeting is over, you can not register now.")
    return meeting


def _added(zoom: "ZoomServer", ask: "Ask", meeting: Meeting, one: dict[str, Any], auto: bool) -> Registrant:
    """One registrant: the same address gets the same one again, and may ask three times a day."""
    key = one["email"].casefold()
    if key in zoom.hosting(meeting):
        raise Refusal(400, 3027, "Host can not register.")
    zoom.limits.an_add(meeting.id, key, ask.now)
    known = meeting.registrants.get(key)
    if known is not None and known.status in {"approved", "pending"}:
        zoom.note(f"registered again: somebody was added to meeting {meeting.id} who is there already", ask.call)
        return known
    standing = [r for r in meeting.registrants.values() if r.status in {"approved", "pending"}]
    if len(standing) >= zoom.limits.most_registrants:
        raise Refusal(400, 3043, "Meeting has reached maximum attendee capacity.")
    by_hand = zoom.account.approves_by_hand or (meeting.settings["approval_type"] == 1 and not auto)
    registrant = Registrant(
        known.id if known else zoom.names.word(22),
        one["email"].lower(),
        one["first_name"], one.get("last_name", ""),
        "pending" if by_hand else "approved", ask.now,
        zoom.fresh_secret(f"https://us02web.zoom.us/w/{meeting.id}?tk=") + f"&pwd={zoom.kept(f'pwd {meeting.id}')}",
    )  # fmt: skip
    meeting.registrants[key] = registrant
    zoom.texts += [registrant.first_name, registrant.last_name]
    zoom.tell_registration("meeting.registration_created", meeting, registrant, ask.now)
    return registrant


def add(zoom: "ZoomServer", ask: "Ask") -> Answer:
    body = schema.checked(ask.body, schema.REGISTRANT, needed=("email", "first_name"))
    meeting = _open(zoom, ask)
    one = _added(zoom, ask, meeting, body, bool(body.get("auto_approve")))
    answer: dict[str, Any] = {
        "id": meeting.id, "registrant_id": one.id, "topic": meeting.topic,
        "start_time": said(meeting.start_time) if meeting.start_time else "", "participant_pin_code": 380_303,
    }  # fmt: skip
    if one.status == "approved":
        answer["join_url"] = one.join_url
    return Answer(201, answer)


def batch(zoom: "ZoomServer", ask: "Ask") -> Answer:
    """Thirty at most. All of them are looked at before one is added; the answer has them in another order."""
    body = schema.checked(ask.body, schema.BATCH, needed=("registrants",))
    people = [
        schema.checked(one, schema.IN_BATCH, needed=("email", "first_name"), within=f"registrants[{place}].")
        for place, one in enumerate(body["registrants"])
    ]
    if not 1 <= len(people) <= AT_ONCE:
        raise invalid([("registrants", f"are {len(people)}: between 1 and {AT_ONCE} at once")])
    addresses = [one["email"].casefold() for one in people]
    if len(set(addresses)) < len(addresses):
        raise invalid([("registrants", "one address stands in it twice")])
    meeting = _open(zoom, ask)
    if meeting.type != 2:
        raise Refusal(400, 303, "This API is only available for scheduled meetings with registration.")
    hosting = [address for address in addresses if address in zoom.hosting(meeting)]
    if hosting:
        raise Refusal(400, 3027, "Host can not register.")
    told = []
    for one in people:
        registrant = _added(zoom, ask, meeting, one, bool(body.get("auto_approve")))
        row = {"email": registrant.email, "registrant_id": registrant.id, "participant_pin_code": 380_303}
        told.append({**row, "join_url": registrant.join_url} if registrant.status == "approved" else row)
    return Answer(zoom.batch_status, {"registrants": told[::-1]})


def listing(zoom: "ZoomServer", ask: "Ask") -> Answer:
    status = ask.query.get("status", "approved")
    if status not in {"approved", "pending", "denied"}:
        raise invalid([("status", "is not approved, pending or denied")])
    if "page_number" in ask.query:
        zoom.note("page_number: is deprecated for registrants", ask.call)
    meeting = zoom.meeting(ask.parts["meeting"])
    if meeting.settings["approval_type"] == 2 and not meeting.registrants:
        raise Refusal(400, 300, "Registration has not been enabled for this meeting.")
    some = [one for one in meeting.registrants.values() if one.status == status]
    rows, beside = zoom.pages.page(some, ask.query, f"registrants {meeting.id} {status}", ask.now)
    return Answer(200, {**beside, "page_number": 1, "registrants": [_shown(one) for one in rows]})


def _shown(one: Registrant) -> dict[str, Any]:
    row = {
        "id": one.id, "email": one.email, "first_name": one.first_name, "last_name": one.last_name, "status": one.status,
        "create_time": said(one.created), "custom_questions": [], "participant_pin_code": 380_303,
    }  # fmt: skip
    return {**row, "join_url": one.join_url} if one.status == "approved" else row


def set_status(zoom: "ZoomServer", ask: "Ask") -> Answer:
    body = schema.checked(ask.body, schema.STATUS, needed=("action",))
    people = [
        schema.checked(one, schema.IN_STATUS, within=f"registrants[{place}].")
        for place, one in enumerate(body.get("registrants", []))
    ]
    if len(people) > AT_ONCE:
        raise invalid([("registrants", f"are {len(people)}: at most {AT_ONCE} at once")])
    meeting = zoom.meeting(ask.parts["meeting"])
    for one in people:
        found = [
            r for key, r in meeting.registrants.items()
            if (not one.get("id") or r.id == one["id"]) and (not one.get("email") or key == one["email"].casefold())
        ]  # fmt: skip
        if not one or not found:
            raise Refusal(404, 404, "Registrant does not exist.")
        zoom.limits.a_status(meeting.id, found[0].id, ask.now)
        found[0].status = STATES[body["action"]]
        zoom.tell_registration(f"meeting.registration_{STATES[body['action']]}", meeting, found[0], ask.now)
    return Answer(204)


def delete(zoom: "ZoomServer", ask: "Ask") -> Answer:
    meeting = zoom.meeting(ask.parts["meeting"])
    found = next((r for r in meeting.registrants.values() if r.id == ask.parts["registrant"]), None)
    if found is None or found.status == "cancelled":
        raise Refusal(400, 300, "Registrant does not exist.")
    found.status = "cancelled"
    zoom.tell_registration("meeting.registration_cancelled", meeting, found, ask.now)
    return Answer(204)


HANDLERS = {
    "registrants.add": add,
    "registrants.batch": batch,
    "registrants.list": listing,
    "registrants.status": set_status,
    "registrants.delete": delete,
}
