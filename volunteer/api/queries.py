"""Reading tokens: the one that a request brings, and those that an office keeps."""

import hmac
from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from models.api import ApiToken
from models.areas import Area
from models.base import db
from volunteer.accounts.queries import digest_of, principal_now
from volunteer.api.rules import Standing, may_be_token, standing_of
from volunteer.areas.overview import inside
from volunteer.areas.rules import AreaLevel
from volunteer.kernel.permissions import Permission, Scope


def token_of(text: str) -> ApiToken | None:
    """Return the token that a request brings, also one that may no longer be used; None for an unknown one."""
    if not may_be_token(text):
        return None
    digest = digest_of(text)
    token = db.session.scalar(select(ApiToken).options(joinedload(ApiToken.area)).where(ApiToken.digest == digest))
    return token if token and hmac.compare_digest(token.digest, digest) else None


def is_in_hands(token: ApiToken) -> bool:
    """Return whether who made a token may still make one for its area: whoever leaves the office takes no key along."""
    maker = principal_now(token.made_by)
    return maker.may_at(Permission.MANAGE_API, Scope(token.area.lineage))


def tokens_below(lineages: Iterable[str]) -> Sequence[ApiToken]:
    """Return the tokens of areas at or below any of `lineages`, the newest first."""
    query = select(ApiToken).join(Area, Area.id == ApiToken.area_id).where(inside(lineages))
    shown = query.options(joinedload(ApiToken.area), joinedload(ApiToken.maker))
    return db.session.scalars(shown.order_by(ApiToken.id.desc())).all()


def token_by_public_id(public_id: str) -> ApiToken | None:
    """Return a token by its public id, or None."""
    return db.session.scalar(select(ApiToken).where(ApiToken.public_id == public_id))


def standing(token: ApiToken, today: date) -> Standing:
    """Return how a token stands on a day."""
    return standing_of(
        revoked=token.revoked_at is not None, ends_on=token.ends_on, in_hands=is_in_hands(token), today=today
    )


def areas_from(lineage: str, above: Area | None, level: AreaLevel | None) -> Select[Area]:
    """Select the areas at and below a lineage, or those below `above` alone, of one level where given, by code."""
    found = select(Area).where(inside((lineage,)))
    if above is not None:
        found = found.where(inside((above.lineage,)), Area.id != above.id)
    return (found.where(Area.level == level) if level else found).order_by(Area.code)
