"""The office's page of tokens: who may read which figures, until when; a new one is shown once."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.api import TokenForm
from models.api import ApiToken
from volunteer.api import operations, queries
from volunteer.api.desk import bp
from volunteer.areas.overview import area_choices
from volunteer.areas.queries import area_by_code, full_names
from volunteer.kernel import clock
from volunteer.kernel.errors import NotFound
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.text import N_
from volunteer.web.access import access, own_id, principal, require_at
from volunteer.web.transactions import attempt

MANAGE = Permission.MANAGE_API


@bp.route("/tokens", methods=["GET", "POST"])
@access(MANAGE)
def list_tokens() -> ResponseReturnValue:
    """Show the tokens of the reader's areas; make one, and show its text this once."""
    lineages = principal().lineages(MANAGE)
    form = TokenForm(area_choices(lineages))
    made = attempt(form, lambda: _make(form))
    tokens, today = queries.tokens_below(lineages), clock.today()
    page = render_template(
        "api/list_tokens.html",
        form=form,
        made=made,
        tokens=[(token, queries.standing(token, today)) for token in tokens],
        names=full_names(token.area.lineage for token in tokens),
        today=today,
    )
    return page, 422 if request.method == "POST" and made is None else 200


@bp.post("/tokens/<string(length=20):token_id>/revocation")
@access(MANAGE)
def revoke_token(token_id: str) -> ResponseReturnValue:
    """Close a token."""
    token = queries.token_by_public_id(token_id)
    if token is None:
        raise NotFound(N_("没有找到这个令牌"))
    require_at(MANAGE, Scope(token.area.lineage))
    operations.revoke_token(token, account_id=own_id())
    flash(_("已停用“%(name)s”，用它的系统马上读不到了", name=token.name), "success")
    return redirect(url_for(".list_tokens"))


def _make(form: TokenForm) -> tuple[ApiToken, str]:
    area = area_by_code(form.area.data)
    if area is None:
        raise NotFound(N_("没有找到这个页面"))
    require_at(MANAGE, Scope(area.lineage))
    return operations.make_token(
        area,
        form.name.data,
        ends_on=form.ends_on.data,  # type: ignore[arg-type]  # the form asks for it
        account_id=own_id(),
    )
