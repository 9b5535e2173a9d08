"""What every door shares: the token is asked for before anything else, and every refusal is problem+json."""

import hashlib
import json
from typing import Any

from flask import Blueprint, Response, current_app, g, make_response, request

from models.areas import Area
from models.engine import is_reading
from volunteer.api import operations
from volunteer.api.answers import Problem, WrongParameter, as_json
from volunteer.api.documents import PROBLEM_TYPE
from volunteer.api.doors import DOOR_OF, PREFIX
from volunteer.api.rules import ProblemKind, Refused, bearer_token, problem_of
from volunteer.areas.queries import area_by_code
from volunteer.areas.tree import is_at_or_below
from volunteer.kernel.errors import DomainError, Invalid, NotFound, TooMany
from volunteer.kernel.permissions import VISITOR
from volunteer.kernel.text import N_, Words
from volunteer.web.addresses import public_origin
from volunteer.web.transactions import keep_despite_refusal, only_read_from_here
from volunteer.web.words import say

bp = Blueprint("api", __name__, url_prefix="/api")

# Below PREFIX these alone are told to anybody; whatever else stands there asks for a token.
OPEN_TO_ALL = frozenset({"api.show_openapi"})
_WRONG_PLACES = frozenset({"token", "access_token", "api_key"})
_LOCALES = {"zh": "zh_Hans_CN", "en": "en"}


@bp.before_request
def ask_for_token() -> None:
    """Let in nobody without a token; cookies mean nothing here, and the language is the request's own."""
    if not request.path.startswith(f"{PREFIX}/"):
        return
    g._login_user = VISITOR
    speak_as_asked()
    if request.endpoint in OPEN_TO_ALL:
        return
    if not _WRONG_PLACES.isdisjoint(request.args):
        raise Refused(
            ProblemKind.TOKEN_IN_ADDRESS,
            N_("网址会被记进日志。令牌只能放在请求头 Authorization 里；写进过网址的，请停用后换一个"),
        )
    _let_in(bearer_token(request.headers.get("Authorization", "")))
    _refuse_unknown_parameters()


def speak_as_asked() -> None:
    """Answer in the language of Accept-Language: Chinese, or English where it is preferred."""
    g.asked_locale = _LOCALES[request.accept_languages.best_match(list(_LOCALES), default="zh")]


def _let_in(text: str) -> None:
    """Count the request and note the day of use, which a reading request must be allowed to write."""
    is_reading.set(False)
    try:
        token = operations.let_in(text, request.remote_addr, current_app.config["SETTINGS"].keys["address"])
        g.api_lineage = token.area.lineage
    except DomainError:
        keep_despite_refusal()
        raise
    only_read_from_here()


def _refuse_unknown_parameters() -> None:
    door = DOOR_OF.get((request.endpoint or "").rpartition(".")[2])
    unknown = sorted(set(request.args) - (door.asked_with if door else frozenset()))
    if unknown:
        raise Invalid(N_("没有“%(name)s”这个参数，请对照接口说明"), field=unknown[0], name=unknown[0])


def area_of_token(code: str) -> Area:
    """Return an area that the token reaches; any other is as unknown as one that does not exist."""
    area = area_by_code(code)
    if area is None or not is_at_or_below(area.lineage, g.api_lineage):
        raise NotFound(N_("这个令牌管的范围里没有区划 %(code)s"), code=code)
    return area


def answered(answer: Any, version: int | None = None) -> Response:
    """Return an answer with its mark: what the client has already is not sent again."""
    body = json.dumps(as_json(answer), ensure_ascii=False, separators=(",", ":")).encode()
    response = make_response(body)
    response.content_type = "application/json"
    mark = hashlib.sha256(body).hexdigest()[:20]
    response.set_etag(mark if version is None else f"{version}-{mark}")
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Authorization, Accept-Language"
    response.make_conditional(request)
    return response


class WrongParameters(Invalid):
    """Several parameters of one request are wrong."""

    def __init__(self, errors: tuple[WrongParameter, ...]) -> None:
        super().__init__(N_("有参数不对，见 errors"))
        self.errors = errors


def answer_refusal(status: int, words: Words | str, error: Exception | None) -> Response:
    """Return a refusal below PREFIX, whoever made it; `error_pages` asks for it."""
    speak_as_asked()
    kind = error.kind if isinstance(error, Refused) else problem_of(status)
    response = problem(kind, say(words), _wrong(error), status)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _wrong(error: Exception | None) -> tuple[WrongParameter, ...]:
    if isinstance(error, WrongParameters):
        return error.errors
    if isinstance(error, DomainError) and error.field:
        return (WrongParameter(error.field, say(error.words)),)
    return ()


def problem(kind: ProblemKind, detail: str, errors: tuple[WrongParameter, ...], status: int) -> Response:
    """Return a refusal as RFC 9457 has it."""
    address = f"{public_origin()}/api/#{kind.value}"
    told = Problem(address, say(kind.heading), status, detail, errors)
    response = make_response(json.dumps(as_json(told), ensure_ascii=False), status)
    response.content_type = PROBLEM_TYPE
    response.headers["Cache-Control"] = "no-store"
    if status == 401:
        is_missing = kind is ProblemKind.TOKEN_MISSING
        response.headers["WWW-Authenticate"] = "Bearer" if is_missing else 'Bearer error="invalid_token"'
    return response
