"""The pages of this room."""

import secrets
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from forms.accounts import ChangePasswordForm, GuardedForm, ResetPasswordForm, SignInForm, SignUpForm
from models.accounts import Account, AccountSession
from volunteer.accounts import guessing, operations, queries
from volunteer.accounts.operations import OpenedSession
from volunteer.accounts.passwords import hash_password
from volunteer.accounts.rules import (
    PRIVACY_NOTICE_VERSION,
    SIGN_UP_LIMIT,
    WITHDRAWABLE,
    ConsentKind,
    Display,
    address_subject,
    check_password,
    spoken_password,
)
from volunteer.accounts.sign_in import drop_cookie, set_cookie
from volunteer.kernel import clock
from volunteer.kernel.devices import device_label
from volunteer.kernel.errors import Invalid, NotFound
from volunteer.kernel.keys import KeyRing
from volunteer.kernel.permissions import OFFICE_ROLES, Permission
from volunteer.kernel.phones import check_phone
from volunteer.kernel.text import N_
from volunteer.web.access import RETURN_TO, access, principal
from volunteer.web.context import CONTRAST_KEY, LOCALE_KEY, SIZE_KEY, chosen_contrast, chosen_locale, chosen_text_size
from volunteer.web.transactions import attempt, keep_despite_refusal

bp = Blueprint("accounts", __name__, url_prefix="/accounts")
JUST_CHOSEN = "text_size_just_chosen"


# --- in and out ---


@bp.route("/sign-up", methods=["GET", "POST"])
@access(Permission.PUBLIC)
def sign_up() -> ResponseReturnValue:
    """Make an account and go on to the first volunteer."""
    form = SignUpForm()
    opened = attempt(form, lambda: _register(form))
    if opened is None:
        return _asked_again("accounts/sign_up.html", form)
    # Registering the first volunteer leads back there (volunteers.create).
    waits = RETURN_TO in session
    flash(_("账号开好了。登记完志愿者，就回到刚才的页面") if waits else _("账号开好了"), "success")
    return _enter(opened, url_for("volunteers.create"))


def _register(form: SignUpForm) -> OpenedSession:
    subject = guessing.subject_of(_keys(), "sign_up", address_subject(request.remote_addr))
    claim = guessing.claim_try("sign_up", subject, SIGN_UP_LIMIT, clock.now())
    keep_despite_refusal()
    account = operations.sign_up(
        phone=form.phone.data,
        password=form.password.data,
        display_name=form.display_name.data,
        has_consented=form.consent.data,
        display=_display(),
    )
    guessing.forgive(claim)
    return operations.open_session(account_id=account.id, device_label=_device())


@bp.route("/sign-in", methods=["GET", "POST"])
@access(Permission.PUBLIC)
def sign_in() -> ResponseReturnValue:
    """Let somebody in and bring them where they wanted to go."""
    if request.method == "GET" and principal().is_authenticated:
        return redirect(_desk(_own_id()))
    form = SignInForm()
    opened = attempt(form, lambda: _let_in(form))
    if opened is None:
        return _asked_again("accounts/sign_in.html", form)
    return _enter(opened, session.pop(RETURN_TO, "") or _desk(opened.account_id))


def _let_in(form: SignInForm) -> OpenedSession:
    account_id = _verified(check_phone(form.phone.data), form.password.data)
    # Who made the text large on the way in needs it large inside; what an earlier reader of this browser had is theirs.
    if session.pop(JUST_CHOSEN, "") == "large":
        operations.enlarge_text(account_id)
    return operations.open_session(account_id=account_id, device_label=_device())


def _verified(phone: str, password: str) -> int:
    """Return the account whose password this is; the try is counted first, the hash is computed in no transaction."""
    claim = guessing.claim_login(phone, request.remote_addr, _keys(), clock.now())
    credentials = operations.credentials_of(phone)
    keep_despite_refusal()
    account_id = operations.verify(credentials, password)
    guessing.forgive_login(claim)
    return account_id


def _enter(opened: OpenedSession, path: str) -> Response:
    """Begin a new session in this browser and end the one that it had; forms made for the earlier reader go stale."""
    if session_id := principal().session_id:
        operations.revoke_session(session_id)
    session.pop("csrf_token", None)
    response = make_response(redirect(path if _is_ours(path) else url_for("home.show_front")))
    set_cookie(response, opened.token, opened.seconds)
    return response


def _desk(account_id: int) -> str:
    """Return the page that each sits down at: the office, an organizer, a resident."""
    roles = queries.roles_of(account_id)
    if roles & OFFICE_ROLES:
        return url_for("metrics.show_dashboard")
    return url_for("home.show_today") if roles else url_for("home.show_front")


@bp.post("/sign-out")
@access(Permission.PUBLIC)
def sign_out() -> ResponseReturnValue:
    """End this browser's session; it keeps only how pages look, which an elder needs to sign in again."""
    if session_id := principal().session_id:
        operations.revoke_session(session_id)
    display = _display()
    session.clear()
    _remember(display)
    response = make_response(redirect(url_for("home.show_front")))
    drop_cookie(response)
    return response


# --- the account's own settings ---


@bp.get("/sessions")
@access(Permission.OWN)
def list_sessions() -> ResponseReturnValue:
    """Show where the account is signed in."""
    sessions = queries.open_sessions(_own_id(), clock.now())
    return render_template("accounts/list_sessions.html", sessions=sessions, here=principal().session_id)


@bp.post("/sessions/<address>/end")
@access(Permission.OWN)
def end_session(address: str) -> ResponseReturnValue:
    """End one session of one's own."""
    found = _own_session(address)
    operations.revoke_session(found.id)
    if found.id == principal().session_id:
        return redirect(url_for("accounts.sign_in"))
    flash(_("那台设备已退出登录"), "success")
    return redirect(url_for("accounts.list_sessions"))


@bp.post("/sessions/end-others")
@access(Permission.OWN)
def end_other_sessions() -> ResponseReturnValue:
    """End all sessions but this one."""
    operations.revoke_sessions(_own_id(), keep_session_id=principal().session_id)
    flash(_("其他设备都已退出登录"), "success")
    return redirect(url_for("accounts.list_sessions"))


@bp.route("/password", methods=["GET", "POST"])
@access(Permission.OWN)
def change_password() -> ResponseReturnValue:
    """Change the password; other devices have to sign in anew. Nobody gets further with one that was read out."""
    form = ChangePasswordForm()
    is_lent = principal().must_change_password
    if attempt(form, lambda: _change_password(form)) is None:
        return _asked_again("accounts/change_password.html", form)
    flash(_("密码改好了，其他设备都已退出登录"), "success")
    return redirect(_desk(_own_id()) if is_lent else url_for("volunteers.show_own"))


def _change_password(form: ChangePasswordForm) -> bool:
    phone = queries.account_by_id(_own_id()).phone
    check_password(form.password.data, phone=phone)
    if form.password.data == form.present.data:
        raise Invalid(N_("新密码和现在的一样，请换一个"), field="password")
    session_id = principal().session_id
    try:
        account_id = _verified(phone, form.present.data)
    except Invalid as error:
        raise Invalid(N_("现在的密码不对，请再核对一遍"), field="present") from error
    keep_despite_refusal()
    new_hash = hash_password(form.password.data)
    operations.change_password(account_id=account_id, new_hash=new_hash, keep_session_id=session_id)
    return True


@bp.route("/reset", methods=["GET", "POST"])
@access(Permission.MANAGE_STAFF)
def reset_password() -> ResponseReturnValue:
    """Give somebody who lost theirs a new password, shown once to be read out."""
    form = ResetPasswordForm()
    fresh = spoken_password(secrets.choice)
    account = attempt(form, lambda: _reset_password(form, fresh))
    if account is None:
        return render_template("accounts/reset_password.html", form=form), 422 if form.is_submitted() else 200
    return render_template("accounts/tell_password.html", account=account, password=fresh)


def _reset_password(form: ResetPasswordForm, fresh: str) -> Account:
    keep_despite_refusal()
    new_hash = hash_password(fresh)
    account = queries.account_by_phone(check_phone(form.phone.data))
    if account is None:
        raise NotFound(N_("没有这个手机号的账号"), field="phone")
    operations.reset_password(account=account, new_hash=new_hash, by=principal())
    return account


@bp.get("/consents")
@access(Permission.OWN)
def list_consents() -> ResponseReturnValue:
    """Show what was agreed to, in which version and when."""
    given = {kind: queries.current_consent(_own_id(), kind) for kind in WITHDRAWABLE}
    return render_template("accounts/list_consents.html", consents=queries.consents_of(_own_id()), given=given)


@bp.post("/consents/<any('location'):kind>")
@access(Permission.OWN)
def set_consent(kind: str) -> ResponseReturnValue:
    """Give or take back what one is free to agree to."""
    act = operations.withdraw_consent if request.form.get("agreed") == "no" else operations.give_consent
    act(_own_id(), ConsentKind(kind))
    flash(_("改好了"), "success")
    return redirect(url_for("accounts.list_consents"))


@bp.post("/display")
@access(Permission.PUBLIC)
def set_display() -> ResponseReturnValue:
    """Keep how pages shall look, for the account or for this browser, and go back to the page."""
    display = _display().changed(request.form)
    if account_id := principal().account_id:
        operations.set_display(account_id=account_id, display=display)
    else:
        _remember(display)
        session[JUST_CHOSEN] = display.text_size
    return redirect(_page_before())


@bp.get("/privacy")
@access(Permission.PUBLIC)
def show_privacy() -> ResponseReturnValue:
    """Show the privacy notice."""
    return render_template("accounts/show_privacy.html", version=PRIVACY_NOTICE_VERSION)


# --- what the views share ---


def _asked_again(template: str, form: GuardedForm) -> ResponseReturnValue:
    response = make_response(render_template(template, form=form), 422 if form.is_submitted() else 200)
    if form.retry_after:
        response.status_code = 429
        response.headers["Retry-After"] = str(form.retry_after)
    return response


def _own_id() -> int:
    account_id = principal().account_id
    if account_id is None:
        raise NotFound(N_("没有找到这个页面"))
    return account_id


def _own_session(address: str) -> AccountSession:
    for found in queries.open_sessions(_own_id(), clock.now()):
        if found.address == address:
            return found
    raise NotFound(N_("这台设备已经退出登录了"))


def _keys() -> KeyRing:
    keys: KeyRing = current_app.config["SETTINGS"].keys["address"]
    return keys


def _device() -> str:
    return device_label(request.user_agent.string)


def _display() -> Display:
    return Display(chosen_text_size(), chosen_contrast(), chosen_locale())


def _remember(display: Display) -> None:
    session.update({SIZE_KEY: display.text_size, CONTRAST_KEY: display.contrast, LOCALE_KEY: display.locale})


def _page_before() -> str:
    """Return the page of ours that the reader came from; there is no free-form way to name another."""
    before = urlsplit(request.referrer or "")
    path = before.path + (f"?{before.query}" if before.query else "")
    if before.netloc != request.host or not _is_ours(path):
        return url_for("home.show_front")
    return path


def _is_ours(path: str) -> bool:
    """Return whether `path` is a page of this application that can be opened."""
    if not path.startswith("/") or path.startswith(("//", "/\\")):
        return False
    try:
        current_app.create_url_adapter(request).match(path.partition("?")[0], method="GET")  # type: ignore[union-attr]
    except HTTPException:
        return False
    return True
