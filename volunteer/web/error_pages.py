"""Every refusal becomes a page in our words with a way on."""

import logging
from collections.abc import Callable

from flask import Flask, Response, g, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError, TimeoutError
from werkzeug.exceptions import HTTPException

from models.base import db
from volunteer.kernel.errors import DomainError, TooMany
from volunteer.kernel.permissions import VISITOR
from volunteer.kernel.text import N_, Words
from volunteer.web.words import say

log = logging.getLogger(__name__)

WORDS = {
    400: N_("这个请求不完整，请返回上一页再试一次"),
    401: N_("登录已经过期，请重新登录"),
    403: N_("您的账号没有办这件事的权限"),
    404: N_("没有找到这个页面"),
    405: N_("这个地址不能这样打开"),
    409: N_("情况已经变了，请刷新后再看"),
    413: N_("内容太大了，请减少一些再提交"),
    422: N_("填写的内容有问题，请改一改再提交"),
    429: N_("试得太频繁了，请稍后再来"),
    500: N_("系统出了点问题，刚才的操作没有保存，请稍后再试"),
    503: N_("现在人太多，刚才的操作没有保存，请过几秒再试"),
}


Answer = Callable[[int, Words | str, Exception | None], Response]
ANSWERS: dict[str, Answer] = {}
"""Who answers a refusal below an address in its own form, by how the address begins; filled by `app.py`."""


def install(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(DomainError, answer_domain_error)
    app.register_error_handler(CSRFError, answer_csrf_error)
    app.register_error_handler(HTTPException, answer_http_exception)
    for error in (OperationalError, InterfaceError, TimeoutError):
        app.register_error_handler(error, answer_busy_database)
    app.register_error_handler(Exception, answer_fault)


def error_page(status: int, words: Words | str, error: Exception | None = None) -> Response:
    """Return the error page with `status` that says `words`; JSON where JSON was asked for or sent."""
    for begins, answer in ANSWERS.items():
        if request.path.startswith(begins):
            return answer(status, words, error)
    spoken = say(words)
    if request.is_json or request.accept_mimetypes.best == "application/json":
        response = make_response({"error": spoken}, status)
    else:
        response = make_response(render_template("errors/error.html", status=status, words=spoken), status)
    return response


def answer_domain_error(error: DomainError) -> Response:
    """Say what the rules said."""
    db.session.rollback()
    response = error_page(error.status, error.words, error)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def answer_csrf_error(error: CSRFError) -> Response:
    """Say that the page is too old."""
    return error_page(400, N_("这个页面打开太久了，请返回上一页刷新后再提交"))


def answer_http_exception(error: HTTPException) -> Response:
    """Say what Flask or Werkzeug refused; redirects pass."""
    status = error.code or 500
    if status < 400:
        return make_response(error.get_response())
    return error_page(status, WORDS.get(status, WORDS[400 if status < 500 else 500]))


def answer_busy_database(error: SQLAlchemyError) -> Response:
    """Say that the database could not take it now; a client may send the same again."""
    db.session.rollback()
    log.exception("database")
    if not hasattr(g, "_login_user"):
        # The page would ask who reads it, and the database is away.
        g._login_user = VISITOR
    response = error_page(503, WORDS[503])
    response.headers["Retry-After"] = "3"
    return response


def answer_fault(error: Exception) -> Response:
    """Log what we did wrong and say that nothing was saved."""
    db.session.rollback()
    log.exception("fault")
    return error_page(500, WORDS[500])
