"""Those whom interviewers approached without an answer: counted once, bounded, and taken back while it is fresh."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select, update

from models.areas import Area
from models.base import db, upsert
from models.surveys import SurveyCampaign, SurveyMiss
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.text import N_
from volunteer.surveys import campaign_queries as queries
from volunteer.surveys.rules import TAKE_BACK_WITHIN, Miss, may_take_back, most_misses
from volunteer.surveys.sampling import tickets_for


@dataclass(frozen=True, slots=True)
class Missed:
    """Who was missed and when, by the device's clock; `taken_back_at` where that was a mistake."""

    kind: Miss
    at: datetime | None = None
    taken_back_at: datetime | None = None


def note(campaign: SurveyCampaign, area: Area, key: str, on: date, missed: Missed) -> bool:
    """Count a miss, or take it back; return False where the same was here before.

    Whether it is fresh enough to be taken back is judged by what is kept of it and by our clock: the device's moments
    count only for one that was taken back before it was ever sent. Raises Invalid for moments that cannot be, Conflict
    where the community has too many or it is too late.
    """
    _require_day(on, missed)
    if _there(campaign, area, key) is None:
        if missed.taken_back_at is None:
            _require_room(campaign, area)
        _require_fresh(missed)
        return _store(campaign, area, key, on, missed)
    if missed.taken_back_at is not None:
        take_back(campaign, area, key)
    return False


def noted_just_now(campaign: SurveyCampaign, area: Area, key: str) -> SurveyMiss | None:
    """Return the miss under a key, while it may be taken back."""
    found = _there(campaign, area, key)
    if found is None or found.taken_back_at is not None or found.noted_at is None:
        return None
    return found if may_take_back(found.noted_at, _to_minute(clock.now())) else None


def take_back(campaign: SurveyCampaign, area: Area, key: str) -> None:
    """Let a miss count no more, which it does not already where it was taken back; raise Conflict when too late."""
    found = _there(campaign, area, key)
    if found is not None and found.taken_back_at is not None:
        return
    if noted_just_now(campaign, area, key) is None:
        raise _too_late()
    _mark(key, _to_minute(clock.now()))


def _there(campaign: SurveyCampaign, area: Area, key: str) -> SurveyMiss | None:
    here = (SurveyMiss.key == key, SurveyMiss.campaign_id == campaign.id, SurveyMiss.area_id == area.id)
    return db.session.scalar(select(SurveyMiss).where(*here))


def _require_day(on: date, missed: Missed) -> None:
    if missed.at is not None and clock.local_day(missed.at) != on:
        raise Invalid(N_("送来的内容读不懂"))


def _require_fresh(missed: Missed) -> None:
    at, back = missed.at, missed.taken_back_at
    if back is not None and (at is None or not may_take_back(at, back)):
        raise _too_late()


def _too_late() -> Conflict:
    return Conflict(N_("记下超过 %(minutes)s 分钟，不能撤回了"), minutes=TAKE_BACK_WITHIN.seconds // 60)


def _require_room(campaign: SurveyCampaign, area: Area) -> None:
    most = most_misses(tickets_for(queries.held_quota(campaign, area), campaign.reserve_percent))
    mine = (SurveyMiss.campaign_id == campaign.id, SurveyMiss.area_id == area.id, SurveyMiss.taken_back_at.is_(None))
    if (db.session.scalar(select(func.count()).select_from(SurveyMiss).where(*mine)) or 0) >= most:
        raise Conflict(N_("这个社区的拒访和未遇已经记了 %(most)s 次，不能再记，请跟主管单位说"), most=most)


def _store(campaign: SurveyCampaign, area: Area, key: str, on: date, missed: Missed) -> bool:
    at = None if missed.at is None else _to_minute(min(missed.at, clock.now()))
    values = {"campaign_id": campaign.id, "area_id": area.id, "kind": missed.kind, "met_on": on, "noted_at": at}
    back = None if missed.taken_back_at is None else _to_minute(min(missed.taken_back_at, clock.now()))
    stored = upsert(SurveyMiss).values(key=key, taken_back_at=back, **values)
    return db.session.execute(stored.on_conflict_do_nothing().returning(SurveyMiss.key)).first() is not None


def _mark(key: str, at: datetime) -> None:
    fresh = (SurveyMiss.key == key, SurveyMiss.taken_back_at.is_(None))
    db.session.execute(update(SurveyMiss).where(*fresh).values(taken_back_at=at))


def _to_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
