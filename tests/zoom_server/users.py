"""Operations on the accounts of people: the list, one of them, and settings."""

from typing import TYPE_CHECKING, Any

from tests.zoom_server.answers import Answer, invalid, no_user
from tests.zoom_server.state import LICENSED, User

if TYPE_CHECKING:
    from tests.zoom_server.server import Ask, ZoomServer


def shown(user: User) -> dict[str, Any]:
    return {
        "id": user.id, "first_name": user.first_name, "last_name": user.last_name,
        "display_name": f"{user.first_name} {user.last_name}", "email": user.email, "type": user.type,
        "status": user.status, "timezone": "America/Denver", "verified": 1, "pmi": 5_551_234_567, "dept": "",
        "language": "en-US", "role_id": "2",
    }  # fmt: skip


def list_users(zoom: "ZoomServer", ask: "Ask") -> Answer:
    status = ask.query.get("status", "active")
    if status not in {"active", "inactive", "pending"}:
        raise invalid([("status", "is not active, inactive or pending")])
    users = [user for user in zoom.users.values() if user.status == status]
    rows, beside = zoom.pages.page(users, ask.query, f"users {status}", ask.now)
    return Answer(200, {**beside, "page_number": 1, "users": [shown(user) for user in rows]})


def get_user(zoom: "ZoomServer", ask: "Ask") -> Answer:
    if ask.parts["user"] == "me":
        raise no_user("me")
    return Answer(200, shown(zoom.user(ask.parts["user"])))


def user_settings(zoom: "ZoomServer", ask: "Ask") -> Answer:
    """The account's settings as this user has them; how many may come in stands under `feature`."""
    user = zoom.user(ask.parts["user"])
    feature = {
        "meeting_capacity": user.seats if user.type == LICENSED else 100,
        "large_meeting": False,
        "webinar": False,
    }
    told = {**{name: dict(values) for name, values in zoom.account.settings.items()}, "feature": feature}
    for name, values in user.settings.items():
        told[name] = {**told.get(name, {}), **values}
    return Answer(200, told)


def account_settings(zoom: "ZoomServer", ask: "Ask") -> Answer:
    if ask.parts["account"] not in {"me", zoom.account_id}:
        raise no_user(ask.parts["account"])
    return Answer(200, zoom.account.settings)


HANDLERS = {
    "users.list": list_users,
    "users.get": get_user,
    "users.settings": user_settings,
    "accounts.settings": account_settings,
}
