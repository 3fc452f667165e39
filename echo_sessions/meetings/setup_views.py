"""The set-up page of the hub's account at a provider: its owners connect it, its coordinators see how it is.

Credentials and secrets are typed in and never shown again. Nothing here speaks to the provider: jobs do, and the page
shows what they found.
"""

import re
from datetime import datetime
from typing import Any

from flask import abort, current_app, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from echo_sessions import clock
from echo_sessions.config import Settings
from echo_sessions.database import transaction
from echo_sessions.errors import BadInput, Refused
from echo_sessions.meetings import health, hosts, policy, providers, setup, trial
from echo_sessions.meetings.blueprint import bp
from echo_sessions.meetings.models import Host, ProviderAccount
from echo_sessions.meetings.rules import BUFFER_MINUTES
from echo_sessions.meetings.setup import AT_ONCE_MOST, RECORDINGS_DAYS, Choice
from echo_sessions.meetings.setup_forms import CredentialsForm, HookSecretForm, RulesForm
from echo_sessions.meetings.setup_words import EVENTS, HOST_STATES, PURPOSES, REFUSED_WORDS
from echo_sessions.web.faults import see_other, words_of
from echo_sessions.web.guard import me, only_if, signed_in
from echo_sessions.web.paging import page_of

ZOOM, BBB = "zoom", "bbb"
EVERY_SECONDS = 3
NO_ACCOUNT = {"version": "0", "buffer_minutes": BUFFER_MINUTES, "recordings_days": RECORDINGS_DAYS}
"""What holds before anybody has said otherwise."""
WAS = re.compile(r"([01]):(\d{1,2})")


@bp.get("/hub/meetings")
@signed_in
def set_up() -> ResponseReturnValue:
    """How the hub's accounts at providers are, and what to do next."""
    _look()
    now, account = clock.now(), health.account_of(ZOOM)
    kept = health.checked(account)
    tested = health.trial(account)
    return render_template(
        "meetings/set_up.html", now=now, account=account, checked=kept, tested=tested, steps=trial.STEPS,
        buffer=account.buffer_minutes if account else BUFFER_MINUTES,
        days_kept=account.recordings_days if account else RECORDINGS_DAYS,
        sets_up=policy.may_set_up(me()), by_environment=bool(_settings().zoom_account_id), set_by=health.changed_by(account),
        configured=providers.provider(ZOOM).configured(), needs=_needs(kept), counts=health.host_counts(ZOOM),
        coming=health.coming_by_provider(now), address=url_for("meetings.zoom_hook", _external=True),
        secure=_settings().secure, secrets=_secrets(account), fixed_secrets=len(_settings().zoom_webhook_secrets),
        events=EVENTS, last_hook=health.last_hook(ZOOM), days=health.days(ZOOM, now), refused_words=REFUSED_WORDS,
        busy=_busy(kept, tested, now), late=kept.waiting is not None and now - kept.waiting > health.LATE,
        every=EVERY_SECONDS, bbb=_bbb(),
    )  # fmt: skip


@bp.route("/hub/meetings/credentials", methods=["GET", "POST"])
@signed_in
def credentials() -> ResponseReturnValue:
    """Paste the three values of the app at Zoom, or other ones. Where the environment sets them, there is no form."""
    _own()
    if _settings().zoom_account_id:
        abort(404)
    account = health.account_of(ZOOM)
    known = account is not None and account.client_id is not None
    form = CredentialsForm(data=_shown(account))
    if form.validate_on_submit() and (not known or form.catches_up(account)):
        try:
            with transaction():
                setup.save_credentials(
                    ZOOM, account_ref=form.account_ref.data or "", client_id=form.client_id.data or "",
                    client_secret=form.client_secret.data or "", by=me(), now=clock.now(),
                )  # fmt: skip
        except Refused as fault:
            form.client_secret.errors = [words_of(fault)]
        else:
            flash(_("Kept. Zoom is being asked now."))
            return see_other(url_for("meetings.set_up"))
    status = 422 if form.errors or form.form_errors else 200
    return render_template("meetings/credentials.html", form=form, known=known), status


@bp.route("/hub/meetings/disconnect", methods=["GET", "POST"])
@signed_in
def disconnect() -> ResponseReturnValue:
    """Take the credentials away, after saying what that means."""
    _own()
    if _settings().zoom_account_id:
        abort(404)
    if request.method == "GET":
        return render_template("meetings/disconnect.html", coming=health.coming_by_provider(clock.now()).get(ZOOM, 0))
    with transaction():
        setup.forget_credentials(ZOOM, by=me(), now=clock.now())
    flash(_("The credentials are gone. No call goes out to Zoom any more."))
    return see_other(url_for("meetings.set_up"))


@bp.post("/hub/meetings/start-again")
@signed_in
def start_again() -> ResponseReturnValue:
    """Speak to Zoom again, after it had told us to stop."""
    _own()
    with transaction():
        setup.start_again(ZOOM, by=me(), now=clock.now())
    flash(_("Zoom is being asked now."))
    return see_other(url_for("meetings.set_up"))


@bp.post("/hub/meetings/check")
@signed_in
def check() -> ResponseReturnValue:
    """Have the provider asked how it is."""
    _own()
    name = request.form.get("provider", ZOOM)
    if name not in {ZOOM, BBB}:
        abort(404)
    with transaction():
        setup.ask_check(name, now=clock.now())
    flash(_("The provider is being asked now; this takes a few seconds."))
    return see_other(url_for("meetings.set_up"))


@bp.post("/hub/meetings/test")
@signed_in
def test() -> ResponseReturnValue:
    """Have a test meeting made and taken away again."""
    _own()
    with transaction():
        trial.ask(ZOOM, by=me(), now=clock.now())
    flash(_("The test has begun."))
    return see_other(url_for("meetings.set_up", _anchor="test"))


@bp.route("/hub/meetings/secrets", methods=["GET", "POST"])
@signed_in
def hook_secrets() -> ResponseReturnValue:
    """The secrets that hooks may be signed with: add one that Zoom made, or take one away."""
    _own()
    form = HookSecretForm()
    if form.validate_on_submit():
        try:
            with transaction():
                setup.add_hook_secret(ZOOM, form.secret.data or "", by=me(), now=clock.now())
        except Refused as fault:
            form.secret.errors = [words_of(fault)]
        else:
            flash(_("Kept. Hooks signed with it are believed from now on."))
            return see_other(url_for("meetings.hook_secrets"))
    return render_template(
        "meetings/hook_secrets.html", form=form, secrets=_secrets(health.account_of(ZOOM)),
        fixed=len(_settings().zoom_webhook_secrets), address=url_for("meetings.zoom_hook", _external=True),
    ), 422 if form.errors else 200  # fmt: skip


@bp.post("/hub/meetings/secrets/remove")
@signed_in
def remove_hook_secret() -> ResponseReturnValue:
    """Believe hooks signed with one of the secrets no more."""
    _own()
    with transaction():
        setup.remove_hook_secret(ZOOM, request.form.get("mark", ""), by=me(), now=clock.now())
    flash(_("Taken away. Hooks signed with it are refused from now on."))
    return see_other(url_for("meetings.hook_secrets"))


@bp.route("/hub/meetings/rules", methods=["GET", "POST"])
@signed_in
def rules() -> ResponseReturnValue:
    """What is kept free between meetings, and for how long recordings are kept."""
    _own()
    account = health.account_of(ZOOM)
    form = RulesForm(obj=account) if account is not None else RulesForm(data=NO_ACCOUNT)
    if form.validate_on_submit() and (account is None or form.catches_up(account)):
        with transaction():
            setup.set_rules(
                setup.account(ZOOM), buffer_minutes=form.buffer_minutes.data or 0,
                recordings_days=form.recordings_days.data or 0, by=me(), now=clock.now(),
            )  # fmt: skip
        flash(_("Saved. It holds from now on."))
        return see_other(url_for("meetings.set_up"))
    return render_template("meetings/rules.html", form=form), 422 if form.errors or form.form_errors else 200


@bp.route("/hub/meetings/hosts", methods=["GET", "POST"])
@signed_in
def list_hosts() -> ResponseReturnValue:
    """The accounts at Zoom: which may open our meetings, and how many at a time."""
    (_look if request.method == "GET" else _own)()
    now, words, state = clock.now(), request.args.get("q", "").strip(), request.args.get("state", "")
    if request.method == "POST":
        with transaction():
            count = setup.choose_hosts(ZOOM, _choices(), by=me(), now=now)
        flash(ngettext("1 host changed.", "%(num)s hosts changed.", count) if count else _("Nothing was changed."))
        return see_other(request.full_path.rstrip("?"))
    page = page_of(health.hosts_listed(ZOOM, words=words, state=state))
    refs = [host.ref for host in page.rows]
    return render_template(
        "meetings/list_hosts.html", page=page, q=words, chosen=state, states=[(key, _(said)) for key, said in HOST_STATES.items()],
        left=hosts.calls_left(ZOOM, refs, now), coming=health.coming_by_host([host.id for host in page.rows], now),
        why=_why, sets_up=policy.may_set_up(me()), most=AT_ONCE_MOST,
    )  # fmt: skip


def _look() -> None:
    """For the hub's staff; to all others there is nothing here."""
    only_if(lambda: policy.may_see_set_up(me()), 404)


def _own() -> None:
    """For the hub's owners; its coordinators, who see the page, are told 403."""
    _look()
    only_if(lambda: policy.may_set_up(me()), 403)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _busy(kept: health.Checked, tested: health.Trial | None, now: datetime) -> bool:
    """Whether jobs are at it, so that the page follows them for a while."""
    waits = kept.waiting is not None and now - kept.waiting < health.LATE
    tries = tested is not None and tested.state == trial.RUNNING and now - tested.asked_at < health.LATE
    return waits or tries


def _needs(kept: health.Checked) -> list[tuple[str, str, str, bool, bool | None]]:
    """What each permission is for, in both ways of naming it, whether it is vital, and whether it was granted."""
    known = bool(kept.scopes)
    return [
        (_(why), need.new, need.old, need.vital, need.granted(kept.scopes) if known else None) for need, why in PURPOSES
    ]


def _secrets(account: ProviderAccount | None) -> list[tuple[str, str]]:
    """Each secret that was pasted here, by its mark and its last letters."""
    found = ((account.hook_secrets if account is not None else None) or "").split()
    return [(setup.mark_of(secret), f"…{secret[-4:]}") for secret in found]


def _bbb() -> dict[str, Any] | None:
    """The BigBlueButton server, where this deployment has one."""
    provider = providers.provider(BBB)
    if not provider.configured():
        return None
    account = health.account_of(BBB)
    return {
        "checked": health.checked(account),
        "last_hook": health.last_hook(BBB),
        "records": provider.capabilities.recordings,
    }


def _shown(account: ProviderAccount | None) -> dict[str, Any]:
    """What the form begins with: never the secret."""
    if account is None:
        return {"version": "0"}
    return {"account_ref": account.account_ref, "client_id": account.client_id, "version": str(account.version)}


def _choices() -> dict[str, tuple[Choice, Choice]]:
    """What was said of the hosts on the page, as each was when it was made and as it shall be."""
    picked = set(request.form.getlist("pool"))
    found = {}
    for code in request.form.getlist("shown"):
        was, wanted = WAS.fullmatch(request.form.get(f"was-{code}", "")), request.form.get(f"at_once-{code}", "")
        if was is None:
            abort(400)
        before = Choice(was[1] == "1", int(was[2]))
        if not wanted.isdecimal() or not 1 <= int(wanted) <= AT_ONCE_MOST:
            raise BadInput("A host opens 1 to %(most)s meetings at a time.", most=AT_ONCE_MOST)
        found[code] = (before, Choice(code in picked, int(wanted)))
    return found


def _why(host: Host) -> str:
    """Why an account cannot open meetings; nothing where it can."""
    if host.gone_at is not None:
        return str(_("Zoom no longer lists it, or it is inactive."))
    if not host.licensed:
        return str(_("Without a licence nobody can be registered for its meetings."))
    return ""
