"""The ways in: a link or code by mail, a passkey; and the one door behind them and the password, where a second factor is asked."""

from datetime import datetime, timedelta

from flask import abort, current_app, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import logout_user
from flask_security import login_user

from echo_sessions import clock
from echo_sessions.database import transaction
from echo_sessions.errors import Refused
from echo_sessions.jobs import service as jobs
from echo_sessions.mail import service as mail
from echo_sessions.people import emails, one_time, passkeys, queries, second_factor, service, sign_ins, tries
from echo_sessions.people.blueprint import bp
from echo_sessions.people.devices import device_words
from echo_sessions.people.forms import LinkForm
from echo_sessions.people.models import Account, SignIn
from echo_sessions.people.passkeys import House
from echo_sessions.people.rules import SecondFactor, SignInWay, Stay, stay_of
from echo_sessions.people.security_forms import AppCodeForm, CodeForm, RecoveryForm, StayForm
from echo_sessions.people.sign_in import HINT, SECRET, spoken_wait
from echo_sessions.people.waits import Kind, network_of
from echo_sessions.programs import queries as programs
from echo_sessions.web.address import inside
from echo_sessions.web.context import hub_name
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import always, me, open_to_all, signed_in
from echo_sessions.web.limits import limiter
from echo_sessions.words import Said

ASKED, QUESTION = "asked", "question"
"""In the browser's cookie: the secret of an asked letter, the question to a passkey."""
WRONG_BEFORE_A_LETTER = 5
PER_VISITOR = "30 per minute"


def enter(
    account: Account, way: SignInWay, *, stay: Stay, next_url: str | None, second: SecondFactor | None = None
) -> ResponseReturnValue:
    """Somebody has shown who they are, by whatever way. Those who have a second factor are asked for it; others are in.

    `second`: what has proved it at the same time. The browser gets a new secret, and the session it had before ends.
    """
    if not account.active:
        abort(403)
    now = clock.now()
    half = account.second_factor_since is not None and second is None
    with transaction():
        if g.get("sign_in") is not None:
            sign_ins.end(g.sign_in, by=sign_ins.REPLACED, now=now)
        if account.second_factor_asked_at is None and programs.needs_second_factor(account.person_id):
            account.second_factor_asked_at = now
        _row, secret = sign_ins.begin(
            account, way=way, second=second, stay=stay, device=device_words(request.user_agent.string), half=half,
            next_url=inside(next_url), now=now,
        )  # fmt: skip
    session.clear()
    session[SECRET] = secret
    if half:
        return see_other(url_for("people.second"))
    return _inside(account, way, stay, next_url)


def _inside(account: Account, way: SignInWay, stay: Stay, next_url: str | None) -> ResponseReturnValue:
    """The session is whole: tell the library, and go where the visitor wanted to go."""
    session.permanent = stay is Stay.KEPT
    login_user(account, remember=False, authn_via=[way])
    return see_other(inside(next_url) or "/")


@bp.get("/sign-in/")
@open_to_all
def sign_in() -> ResponseReturnValue:
    """The way in, kept as a name of ours: anybody may stand at the door. Says so when a session has run out."""
    if g.person is None and session.get(SECRET) and session.get("_user_id"):
        session.clear()
        flash(_("Your session has ended. Sign in again; what you saved is there."), "info")
    return redirect(url_for("security.login", next=inside(request.args.get("next"))))


@bp.post("/sign-in/link")
@open_to_all
def ask_link() -> ResponseReturnValue:
    """Ask for a letter with a link and a code. The answer is the same whether the address is known or not."""
    form, now, network = LinkForm(), clock.now(), network_of(request.remote_addr)
    onward = inside(request.form.get("next"))
    if not form.validate_on_submit():
        flash(_("Write your e-mail address."), "attention")
        return see_other(url_for("security.login", next=onward))
    typed = form.email.data
    try:
        person = queries.by_address(typed)
    except Refused:
        person = None
    hub = queries.hub()
    if person is not None and person.account is not None and not person.account.active:
        person = None
    to = queries.reached_at(person, typed) if person else None
    wait = tries.wait_of(Kind.LINK, typed, network, now=now)
    if wait is None and hub is not None:
        with transaction():
            wait = tries.take(Kind.LINK, typed, network, now=now)
            if wait is None:
                row, session[ASKED] = one_time.ask(person, about=typed, to=to, next_url=onward, now=now)
                jobs.queue("people.write_letter", {"ask": row.id}, now=now)
    if wait is not None:
        flash(_("Too many letters were asked for. Wait %(wait)s; the last letter still works.", wait=spoken_wait(wait)), "attention")  # fmt: skip
        return see_other(url_for("security.login", next=onward))
    return see_other(url_for("people.link_sent"))


@bp.get("/sign-in/link-sent")
@open_to_all
def link_sent() -> ResponseReturnValue:
    """What to do now, and a place for the code where the letter opens elsewhere; tells nothing about anybody."""
    return render_template("people/link_sent.html", form=CodeForm() if ASKED in session else None)


@bp.post("/sign-in/code")
@open_to_all
def type_code() -> ResponseReturnValue:
    """The code from the letter, taken only in the browser that asked for it."""
    form, now, network = CodeForm(), clock.now(), network_of(request.remote_addr)
    browser = session.get(ASKED, "")
    asked = one_time.open_ask(browser, now=now) if browser else None
    if asked is None:
        session.pop(ASKED, None)
        flash(_("No code is taken here any more. Use the link in the letter, or ask for a new one."), "attention")
        return see_other(url_for("security.login"))
    if form.validate_on_submit():
        account = None
        with transaction():
            wait = tries.take(Kind.CODE, asked.about, network, now=now)
            link = one_time.try_code(asked, form.code.data, now=now) if wait is None else None
            if link is not None:
                tries.forgive(Kind.CODE, asked.about, network)
                link = service.use_found(link, now=now)
                account, onward = service.open_account(link.person, now=now), link.next_url
        if account is not None:
            return enter(account, SignInWay.CODE, stay=_stay(form), next_url=onward)
        form.code.errors = [
            _("Too many wrong codes were typed for this address. The link in the letter still works.")
            if wait is not None
            else _("This is not the code of the last letter. After five wrong ones only its link is taken.")
        ]
    return render_template("people/link_sent.html", form=form), 422


@bp.route("/sign-in/<token>", methods=["GET", "POST"])
@open_to_all
def use_link(token: str) -> ResponseReturnValue:
    """The link from the letter: looking shows a button, only pressing it signs in. The token is the proof."""
    now = clock.now()
    link = service.look_at_link(token, purpose="sign-in", now=now)
    if link is None:
        raise Refused("This link has been used or has ended. Ask for a new one.")
    form = StayForm()
    if not form.validate_on_submit():
        return render_template("people/use_link.html", name=link.person.name, form=form)
    with transaction():
        link = service.use_link(token, purpose="sign-in", now=now)
        account = service.open_account(link.person, now=now)
        onward = link.next_url
    return enter(account, SignInWay.LINK, stay=_stay(form), next_url=onward)


@bp.post("/sign-in/passkey/question")
@open_to_all
@limiter.limit(PER_VISITOR)
def passkey_question() -> ResponseReturnValue:
    """What a passkey is asked, as JSON: of whoever is half in, as a second factor; else of whoever comes."""
    now, row = clock.now(), _half()
    account = row.account if row else None
    with transaction():
        session[QUESTION] = one_time.make_challenge(now=now)
    return passkeys.ask_known(account, house(), session[QUESTION])


@bp.post("/sign-in/passkey")
@open_to_all
@limiter.limit(PER_VISITOR)
def by_passkey() -> ResponseReturnValue:
    """Signing in by a passkey alone: it checks its owner, and so is both factors."""
    form = StayForm()
    answer = passkey_answer(None) if form.validate_on_submit() else None
    if answer is None:
        flash(_("This passkey was not recognised. Sign in another way, or try once more."), "attention")
        return see_other(url_for("security.login", next=inside(request.form.get("next"))))
    return enter(
        answer.passkey.account, SignInWay.PASSKEY, stay=_stay(form), next_url=request.form.get("next"),
        second=SecondFactor.PASSKEY,
    )  # fmt: skip


def passkey_answer(account: Account | None) -> passkeys.Answer | None:
    """A genuine answer to the question this browser was asked, which is used up thereby; its use is noted."""
    now, challenge = clock.now(), session.pop(QUESTION, "")
    with transaction():
        if not one_time.use_challenge(challenge, now=now):
            return None
        answer = passkeys.judge(request.form.get("answer", ""), challenge=challenge, house=house(), account=account)
        if answer is not None:
            passkeys.used(answer, now=now)
    return answer


@bp.route("/sign-in/second", methods=["GET", "POST"])
@open_to_all
def second() -> ResponseReturnValue:
    """The second factor of whoever is half in: the app's code, or a recovery code. The first factor is the proof."""
    row = _half()
    if row is None:
        return redirect(url_for("security.login"))
    app_form, recovery = AppCodeForm(prefix="app"), RecoveryForm(prefix="recovery")
    if request.method == "POST":
        kind, form = (Kind.RECOVERY, recovery) if recovery.code.data else (Kind.SECOND, app_form)
        if form.validate_on_submit():
            passed = _try_second(row, kind, form.code.data)
            if isinstance(passed, SecondFactor):
                return _complete(row, passed)
            form.code.errors = [passed]
    methods = {"app": row.account.totp_secret is not None, "passkey": bool(row.account.passkeys)}
    left = second_factor.codes_left(row.account_id)
    page = render_template("people/second.html", app_form=app_form, recovery=recovery, left=left, **methods)
    return page, 422 if request.method == "POST" else 200


@bp.post("/sign-in/second/passkey")
@open_to_all
def second_by_passkey() -> ResponseReturnValue:
    """The same by a passkey of this account."""
    row = _half()
    if row is None:
        return redirect(url_for("security.login"), code=303)
    if passkey_answer(row.account) is None:
        flash(_("This passkey was not recognised. Try once more, or use another second factor."), "attention")
        return see_other(url_for("people.second"))
    return _complete(row, SecondFactor.PASSKEY)


def _try_second(row: SignIn, kind: Kind, typed: str) -> SecondFactor | str:
    """Which factor this proves, or the sentence that says why not. Recovery codes are hashed before the transaction."""
    now, network, account = clock.now(), network_of(request.remote_addr), row.account
    about = f"account {account.id}"
    wait = tries.wait_of(kind, about, network, now=now)
    if wait is not None:
        return _too_many(wait)
    with transaction():
        wait = tries.take(kind, about, network, now=now)
    if wait is not None:
        return _too_many(wait)
    found = second_factor.find_code(account.id, typed) if kind is Kind.RECOVERY else None
    with transaction():
        if kind is Kind.RECOVERY:
            right = found is not None and second_factor.use_code(found, now=now)
        else:
            right = second_factor.use_app_code(account, typed, now=now)
        if right:
            tries.forgive(kind, about, network)
            if kind is Kind.RECOVERY:
                tell(account, emails.RECOVERY_USED, now=now)
        elif tries.count_of(kind, about, now=now) == WRONG_BEFORE_A_LETTER:
            tell(account, emails.SECOND_FAILING, now=now)
    if right:
        return SecondFactor.RECOVERY if kind is Kind.RECOVERY else SecondFactor.APP
    if kind is Kind.RECOVERY:
        return str(_("This is none of your unused recovery codes."))
    return str(_("This code is wrong, has run out, or was used before. Wait for the next one."))


def _complete(row: SignIn, passed: SecondFactor) -> ResponseReturnValue:
    """Both factors are there: the session is whole, under a new secret."""
    now, account, way, stay, onward = clock.now(), row.account, row.way, row.stay, row.next_url
    with transaction():
        secret = sign_ins.complete(row, second=passed, now=now)
    session.clear()
    session[SECRET] = secret
    if passed is SecondFactor.RECOVERY:
        flash(_("A recovery code is used up. If your second factor is lost, set up a new one now."), "attention")
        onward = url_for("people.security")
    return _inside(account, way, stay, onward)


@bp.route("/sign-in/again", methods=["GET", "POST"])
@signed_in
@always
def again() -> ResponseReturnValue:
    """Before how one signs in is changed: sign in once more, so that an open screen is not enough."""
    onward = inside(request.values.get("next")) or url_for("people.security")
    if request.method == "GET":
        return render_template("people/again.html", onward=onward)
    who = me().address
    _leave(sign_ins.REPLACED)
    session[HINT] = who
    return see_other(url_for("security.login", next=onward))


@bp.route("/sign-out", methods=["GET", "POST"])
@signed_in
@always
def sign_out() -> ResponseReturnValue:
    """Sign out, by a button; the browser is told to forget what it kept of us."""
    if request.method == "GET":
        return render_template("people/sign_out.html")
    _leave(sign_ins.SIGNED_OUT)
    answer = see_other(url_for("security.login"))
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'  # not "cookies": those of our neighbours would go too
    return answer


def _leave(by: str) -> None:
    with transaction():
        sign_ins.end(g.sign_in, by=by, now=clock.now())
    logout_user()
    session.clear()


def tell(account: Account, what: Said, *, now: datetime) -> None:
    """A letter about a change of how somebody signs in, to the first address."""
    hub = queries.hub()
    if hub is not None and account.person.address:
        mail.queue(emails.security_changed(account.person, hub, what), now=now, from_name=hub.name)


def house() -> House:
    """Who we are to passkeys."""
    return House(base_url=current_app.extensions["settings"].base_url, name=hub_name())


def _half() -> SignIn | None:
    secret = session.get(SECRET)
    return sign_ins.half(secret, now=clock.now()) if isinstance(secret, str) else None


def _stay(form: StayForm) -> Stay:
    return stay_of(shared=bool(form.shared.data), kept=bool(form.kept.data))


def _too_many(wait: timedelta) -> str:
    words: str = _("Too many tries. Wait %(wait)s, then try once more.", wait=spoken_wait(wait))
    return words
