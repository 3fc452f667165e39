"""Signing in through the hub's own provider (OpenID Connect), where one is configured."""

import hmac
from datetime import datetime

from flask import abort, current_app, flash, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.database import transaction
from echo_sessions.errors import GaveUp, Refused, TryLater
from echo_sessions.outside.oidc import Claims, Provider, Question
from echo_sessions.people import emails, identities, one_time
from echo_sessions.people.blueprint import bp
from echo_sessions.people.entry_views import PER_VISITOR, enter, tell
from echo_sessions.people.models import Account
from echo_sessions.people.rules import SecondFactor, SignInWay, stay_of
from echo_sessions.web.address import inside
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import open_to_all
from echo_sessions.web.limits import limiter

WAY = "way"
"""In the browser's cookie: what was asked of the provider, and where to go afterwards."""


@bp.post("/sign-in/provider")
@open_to_all
@limiter.limit(PER_VISITOR)
def by_provider() -> ResponseReturnValue:
    """Off to the provider; by a button, so that no other site can begin it."""
    with transaction():
        state = one_time.make_challenge(now=clock.now())
    question = Question.new(state)
    try:
        there = _provider().way_there(question, back=_back())
    except (TryLater, GaveUp) as fault:
        flash(_(fault.words), "attention")
        return see_other(url_for("security.login"))
    session[WAY] = {
        "state": question.state, "nonce": question.nonce, "verifier": question.verifier,
        "next": inside(request.form.get("next")), "shared": bool(request.form.get("shared")),
    }  # fmt: skip
    return see_other(there)


@bp.get("/sign-in/provider/back")
@open_to_all
@limiter.limit(PER_VISITOR)
def back_from_provider() -> ResponseReturnValue:
    """The way back: the state is the proof that this browser went there, the provider's token who it is."""
    way, now = session.pop(WAY, None), clock.now()
    try:
        claims = _claims(way, now)
        account = _account(claims, now)
    except (TryLater, GaveUp) as fault:
        flash(_(fault.words), "attention")
        return see_other(url_for("security.login"))
    except Refused as fault:
        flash(_(fault.message, **fault.values) if fault.values else _(fault.message), "attention")
        return see_other(url_for("security.login"))
    strong = identities.is_strong(claims.methods)
    return enter(
        account, SignInWay.PROVIDER, stay=stay_of(shared=way["shared"], kept=False), next_url=way["next"],
        second=SecondFactor.PROVIDER if strong else None,
    )  # fmt: skip


def _claims(way: dict[str, str] | None, now: datetime) -> Claims:
    """What the provider says, asked outside of any transaction; refused when this browser did not ask, or asked before."""
    state = request.args.get("state", "")
    with transaction():
        asked = way is not None and hmac.compare_digest(way["state"].encode(), state.encode())
        asked = one_time.use_challenge(state, now=now) and asked
    if way is None or not asked:
        raise Refused(
            "This way back from the organisation's sign-in was used before, or did not begin here. Try once more."
        )
    if "code" not in request.args:
        raise Refused("The organisation's sign-in was left without signing in.")
    question = Question(state=way["state"], nonce=way["nonce"], verifier=way["verifier"])
    return _provider().way_back(request.args["code"], question, back=_back(), now=int(now.timestamp()))


def _account(claims: Claims, now: datetime) -> Account:
    """Whose account it is: remembered by subject, else found by the address that the provider has verified."""
    with transaction():
        account, is_new = identities.recognise(
            issuer=claims.issuer, subject=claims.subject, email=claims.email if claims.email_verified else None, now=now
        )
        if is_new:
            tell(account, emails.PROVIDER_LINKED, now=now)
    return account


def _provider() -> Provider:
    provider: Provider | None = current_app.extensions["oidc"]
    return provider or abort(404)


def _back() -> str:
    return url_for("people.back_from_provider", _external=True)
