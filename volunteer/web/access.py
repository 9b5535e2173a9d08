"""Doors: every route declares what it asks for, and one gate asks it before the view runs."""

from collections.abc import Callable
from typing import TypeVar, cast

from flask import Flask, abort, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from volunteer.kernel.errors import Forbidden, NotFound
from volunteer.kernel.permissions import Permission, Principal, Scope
from volunteer.kernel.text import N_

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])
RETURN_TO = "return_to"
LONGEST_RETURN = 1000
CHANGE_PASSWORD = "accounts.change_password"  # noqa: S105 - the name of a page
_DECLARED = "__access__"
_FRAMEWORK_METHODS = {"HEAD", "OPTIONS"}


class UndeclaredRoute(RuntimeError):
    """A route exists that does not say who may use it."""


def access(permission: Permission, **by_method: Permission) -> Callable[[View], View]:
    """Declare what a view asks for; `POST=Permission.X` overrides it for one method."""

    def declare(view: View) -> View:
        setattr(view, _DECLARED, {"*": permission, **by_method})
        return view

    return declare


def permission_for(app: Flask, endpoint: str, method: str) -> Permission:
    """Return what `endpoint` asks of `method`; raise `UndeclaredRoute` when it says nothing."""
    if endpoint.rpartition(".")[2] == "static":
        return Permission.PUBLIC
    declared = getattr(app.view_functions[endpoint], _DECLARED, None)
    if declared is None:
        raise UndeclaredRoute(f"{endpoint} ({method}) declares no permission")
    return cast(Permission, declared.get("GET" if method == "HEAD" else method, declared["*"]))


def refuse_undeclared_routes(app: Flask) -> None:
    """Stop the start when any route lacks its declaration."""
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - _FRAMEWORK_METHODS:
            permission_for(app, rule.endpoint, method)


def principal() -> Principal:
    """Return who asks in this request."""
    return cast(Principal, current_user._get_current_object())


def own_id() -> int:
    """Return the account that asks, behind a door that lets nobody in without one."""
    account_id = principal().account_id
    if account_id is None:
        raise Forbidden(N_("请先登录"))
    return account_id


def ask_at_the_door() -> ResponseReturnValue | None:
    """Let the request through, send a visitor to sign in, or refuse a reader without the right."""
    if request.endpoint is None:
        return None
    permission = permission_for(current_app, request.endpoint, request.method)
    if permission is Permission.PUBLIC:
        return None
    who = principal()
    if who.must_change_password and request.endpoint != CHANGE_PASSWORD:
        return redirect(url_for(CHANGE_PASSWORD))
    if who.may(permission):
        return None
    if who.is_authenticated:
        raise Forbidden(N_("您的账号没有办这件事的权限"))
    if request.method not in ("GET", "HEAD") or request.accept_mimetypes.best == "application/json":
        abort(401)
    # A longer address would make the cookie one that browsers drop, and the token of the sign-in page with it.
    if not request.headers.get("HX-Request") and len(request.full_path) <= LONGEST_RETURN:
        session[RETURN_TO] = request.full_path.rstrip("?")
    return redirect(url_for("accounts.sign_in"))


def require_at(permission: Permission, scope: Scope) -> None:
    """Pass when the principal holds `permission` at `scope`; else 403 to a reader of that scope, 404 to a stranger."""
    who = principal()
    if who.may_at(permission, scope):
        return
    if who.reaches(scope):
        raise Forbidden(N_("您能看到这里，但没有办这件事的权限"))
    raise NotFound(N_("没有找到这个页面"))
