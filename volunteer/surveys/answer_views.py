"""The questionnaire for whoever holds a ticket: no sign-in, no script, nothing noted but the answers."""

from flask import Response, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from forms.surveys import CodeForm, answer_form
from volunteer.kernel.errors import DomainError
from volunteer.kernel.permissions import Permission
from volunteer.surveys import answering
from volunteer.surveys.codes import plain_code
from volunteer.surveys.desk import bp, keys
from volunteer.web.access import access
from volunteer.web.transactions import attempt

CODE = "<string(maxlength=40):code>"


@bp.route("/answer", methods=["GET", "POST"])
@access(Permission.PUBLIC)
def enter_code() -> ResponseReturnValue:
    """Type the code of a ticket."""
    form = CodeForm()
    if attempt(form, lambda: answering.desk_of_ticket(form.code.data or "", keys())) is not None:
        return redirect(url_for(".answer", code=plain_code(form.code.data or "")))
    page = render_template("surveys/enter_code.html", form=form)
    return page, 422 if form.is_submitted() else 200


@bp.route(f"/answer/{CODE}", methods=["GET", "POST"])
@access(Permission.PUBLIC)
def answer(code: str) -> ResponseReturnValue:
    """Answer the questions once."""
    try:
        desk = answering.desk_of_ticket(code, keys())
    except DomainError as refusal:
        return _refused(refusal)
    form = answer_form(desk.questions)
    if attempt(form, lambda: answering.answer_by_ticket(code, form.sent(), keys())) is not None:
        return redirect(url_for(".thank"))
    page = render_template("surveys/answer.html", form=form, desk=desk)
    return _unseen(page, 422 if form.is_submitted() else 200)


@bp.get("/answer/thanks")
@access(Permission.PUBLIC)
def thank() -> ResponseReturnValue:
    """Thank for the answers."""
    return render_template("surveys/thank.html")


def _refused(refusal: DomainError) -> Response:
    return _unseen(render_template("surveys/refused.html", refusal=refusal), refusal.status)


def _unseen(page: str, status: int) -> Response:
    """Answer with a page that no browser keeps and that tells no other site where it was."""
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
