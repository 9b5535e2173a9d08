"""Two surveys of the demo city: last year's official one with its result, and a self-test that is under way."""

import random
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, insert, select

from models.accounts import Account
from models.areas import Area
from models.base import db
from models.surveys import SurveyAnswer, SurveyCampaign, SurveyMiss, SurveyPass, SurveyQuota, SurveyResult, SurveyTicket
from volunteer.areas.rules import AreaLevel
from volunteer.kernel import clock
from volunteer.kernel.ids import new_public_id
from volunteer.surveys import campaign_queries as queries
from volunteer.surveys import campaigns
from volunteer.surveys.questions import QUESTION_SETS, SUPPORT, Question
from volunteer.surveys.rules import GRACE, Channel, Miss, last_day
from volunteer.surveys.sampling import Plan, tickets_for

_OFFICIAL, _SELF_TEST = 1_067, 200
_MOST_COMMUNITIES = 40
_BY_TICKET, _REFUSED, _NOT_MET = 0.6, 0.12, 0.2
# How willingly the answers of a question are ticked, from the first on; five of support give about 92 %.
_SUPPORT_WEIGHTS = (62, 30, 5, 2, 1)
_LEFT_OUT = 0.15
_ASKED_ON, _COUNTED_AFTER = (6, 20), timedelta(days=4)


def tell_of_self_tests(connection: Connection, years: Iterable[int]) -> None:
    """Record what each year's asking at the doors found, in the city and its districts, some days after it was held."""
    dice = random.Random(13)
    areas = connection.execute(
        select(Area.id, Area.level).where(Area.level.in_((AreaLevel.CITY, AreaLevel.DISTRICT))).order_by(Area.code)
    ).all()
    rows = []
    for year in years:
        held_on = date(year, *_ASKED_ON)
        if held_on + _COUNTED_AFTER >= clock.today():
            continue
        for area in areas:
            valid = 1_200 if area.level is AreaLevel.CITY else 400
            rows.append(
                {
                    "public_id": new_public_id(),
                    "area_id": area.id,
                    "held_on": held_on,
                    "supporting": round(valid * dice.uniform(0.87, 0.96)),
                    "valid_answers": valid,
                    "is_official": False,
                    "source": "演示数据：入户问卷（自测）",
                    "recorded_at": _at_nine(held_on + _COUNTED_AFTER),
                }
            )
    if rows:
        connection.execute(insert(SurveyResult), rows)


def tell_of_surveys(keeper: Account) -> None:
    """Hold both surveys, in the caller's transaction; a city without residents in last year has the newer alone."""
    city = db.session.scalars(select(Area).where(Area.level == AreaLevel.CITY).order_by(Area.code)).first()
    if city is None:
        return
    dice, today = random.Random(31), clock.today()
    last = today.year - 1
    if queries.residents_of(city, last):
        title = f"{last} 年志愿服务支持率调查"
        official = _plan(city, title, keeper, _OFFICIAL, last, conducted_by="襄阳民意调查中心（虚构）")
        _date(official, date(last, 11, 3), date(last, 11, 21))
        _answer(official, dice, 1.0)
        counted_at = _at_nine(last_day(official) + GRACE + timedelta(days=1))
        campaigns.freeze(official, account_id=keeper.id, at=min(counted_at, clock.now()))
    if queries.residents_of(city, today.year):
        running = _plan(city, f"{today.year} 年志愿服务支持率自测", keeper, _SELF_TEST, today.year)
        _date(running, today - timedelta(days=6), today + timedelta(days=12))
        _answer(running, dice, 0.4)
        first = queries.quotas_of(running)[0]
        person = {"name": "访问员小陈", "made_at": clock.now(), "made_by": keeper.id}
        link = SurveyPass(campaign_id=running.id, area_id=first.area_id, digest=_key(dice), **person)
        db.session.add(link)
    db.session.flush()


def _plan(city: Area, title: str, keeper: Account, wanted: int, year: int, *, conducted_by: str = "") -> SurveyCampaign:
    residents, today = queries.residents_of(city, year), clock.today()
    plan = Plan(
        title=title,
        is_official=bool(conducted_by),
        conducted_by=conducted_by,
        opens_on=today,
        closes_on=today,
        population_year=year,
        wanted=min(wanted, sum(residents.values())),
        margin=None,
        communities=min(_MOST_COMMUNITIES, len(residents)),
        least=1,
        reserve_percent=30,
    )
    campaign = campaigns.create_campaign(city, plan, account_id=keeper.id)
    campaigns.publish(campaign, account_id=keeper.id)
    return campaign


def _date(campaign: SurveyCampaign, opens_on: date, closes_on: date) -> None:
    campaign.opens_on, campaign.closes_on = opens_on, closes_on
    campaign.made_at = campaign.published_at = _at_nine(opens_on - timedelta(days=3))
    db.session.flush()


def _at_nine(day: date) -> datetime:
    return datetime.combine(day, time(9), clock.LOCAL_ZONE)


def _answer(campaign: SurveyCampaign, dice: random.Random, part: float) -> None:
    for quota in queries.quotas_of(campaign):
        _answer_in(campaign, quota, dice, round(quota.wanted * part))
    db.session.flush()


def _answer_in(campaign: SurveyCampaign, quota: SurveyQuota, dice: random.Random, count: int) -> None:
    place = {"campaign_id": campaign.id, "area_id": quota.area_id}
    printed, used = tickets_for(quota.wanted, campaign.reserve_percent), 0
    for _ in range(count):
        by_ticket = used < printed and dice.random() < _BY_TICKET
        used += by_ticket
        channel = Channel.TICKET if by_ticket else Channel.INTERVIEW
        on, choices = _day(campaign, dice), _ticks(campaign, dice)
        db.session.add(SurveyAnswer(key=_key(dice), channel=channel, choices=choices, **place))
        for kind, share in ((Miss.REFUSED, _REFUSED), (Miss.NOT_MET, _NOT_MET)):
            if not by_ticket and dice.random() < share:
                db.session.add(SurveyMiss(key=_key(dice), kind=kind, met_on=on, **place))
    for number in range(printed):
        db.session.add(SurveyTicket(digest=_key(dice), is_used=number < used, is_void=False, **place))


def _day(campaign: SurveyCampaign, dice: random.Random) -> date:
    last = min(campaign.closes_on, clock.today())
    return campaign.opens_on + timedelta(days=dice.randrange((last - campaign.opens_on).days + 1))


def _ticks(campaign: SurveyCampaign, dice: random.Random) -> dict[str, str]:
    asked = QUESTION_SETS[campaign.question_set].questions
    return {one.code: _tick(one, dice) for one in asked if one.is_required or dice.random() >= _LEFT_OUT}


def _tick(question: Question, dice: random.Random) -> str:
    codes = [choice.code for choice in question.choices]
    weights = _SUPPORT_WEIGHTS if question.code == SUPPORT else [len(codes) - place for place in range(len(codes))]
    return dice.choices(codes, weights)[0]


def _key(dice: random.Random) -> str:
    return f"{dice.getrandbits(256):064x}"
