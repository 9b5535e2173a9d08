"""Making tokens, taking them back, and letting one in."""

import secrets
from datetime import date

from sqlalchemy import or_, update

from models.api import ApiToken
from models.areas import Area
from models.base import db
from volunteer.accounts.guessing import claim_try, subject_of
from volunteer.accounts.queries import digest_of
from volunteer.accounts.rules import address_subject
from volunteer.api import queries
from volunteer.api.rules import ASKING, GUESSING, TOKEN_MARK, ProblemKind, Refused, check_life
from volunteer.audit.operations import record
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict
from volunteer.kernel.keys import KeyRing
from volunteer.kernel.text import N_

_TOO_OFTEN = N_("每 5 分钟最多问 %(most)s 次，请等一等再问")
_GUESSED = N_("从这个地址用错的令牌太多了，请等一等再试")


def make_token(area: Area, name: str, *, ends_on: date, account_id: int) -> tuple[ApiToken, str]:
    """Store a token for an area and return it with its text, which nobody can read again.

    Raises Invalid on "ends_on" for a day that has passed or lies beyond a year.
    """
    check_life(ends_on, clock.today())
    text = TOKEN_MARK + secrets.token_urlsafe(32)
    token = ApiToken(
        name=name,
        area_id=area.id,
        digest=digest_of(text),
        made_at=clock.now(),
        made_by=account_id,
        ends_on=ends_on,
    )
    db.session.add(token)
    db.session.flush()
    details = {"name": name, "ends_on": ends_on.isoformat()}
    record("api.make_token", "token", token.public_id, account_id=account_id, lineage=area.lineage, **details)
    return token, text


def revoke_token(token: ApiToken, *, account_id: int) -> None:
    """Close a token from now on; raise Conflict where it is closed."""
    closed = db.session.execute(
        update(ApiToken)
        .where(ApiToken.id == token.id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=clock.now(), revoked_by=account_id)
        .returning(ApiToken.id)
    )
    if closed.first() is None:
        raise Conflict(N_("这个令牌已经停用"))
    lineage = token.area.lineage
    record("api.revoke_token", "token", token.public_id, account_id=account_id, lineage=lineage, name=token.name)


def let_in(text: str, address: str | None, keys: KeyRing) -> ApiToken:
    """Return the token of a request, counted as asked; raise Refused or TooMany.

    Writes the count and the day of use; what was counted is to be committed also where it is refused.
    """
    now, today = clock.now(), clock.today()
    token = queries.token_of(text)
    if token is None:
        claim_try("api_guess", subject_of(keys, "api_guess", address_subject(address)), GUESSING, now, _GUESSED)
        raise Refused(ProblemKind.TOKEN_UNKNOWN, N_("没有这个令牌，请核对是不是整段复制了"))
    _refuse_closed(token, today)
    claim_try("api", subject_of(keys, "api", token.public_id), ASKING, now, _TOO_OFTEN)
    unused = or_(ApiToken.last_used_on.is_(None), ApiToken.last_used_on < today)
    db.session.execute(update(ApiToken).where(ApiToken.id == token.id, unused).values(last_used_on=today))
    return token


def _refuse_closed(token: ApiToken, today: date) -> None:
    if token.revoked_at is not None:
        raise Refused(ProblemKind.TOKEN_REVOKED, N_("这个令牌已经停用，请向主管单位要新的"))
    if today > token.ends_on:
        raise Refused(
            ProblemKind.TOKEN_EXPIRED,
            N_("这个令牌用到 %(day)s 为止，请向主管单位要新的"),
            day=token.ends_on.isoformat(),
        )
    if not queries.is_in_hands(token):
        raise Refused(ProblemKind.TOKEN_OUT_OF_HANDS, N_("发这个令牌的人已经不管这个区划，请主管单位另发一个"))
