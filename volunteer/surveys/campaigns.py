"""Running a campaign: its plan and quotas, publishing, ending, and freezing what was found."""

import logging
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction

from sqlalchemy import delete, insert, select, update

from models.areas import Area
from models.base import db
from models.surveys import SurveyAnswer, SurveyCampaign, SurveyQuota, SurveyResult, SurveyTicket
from volunteer.audit.operations import record
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.ratio import thousands
from volunteer.kernel.text import N_, Words
from volunteer.surveys import campaign_queries as queries
from volunteer.surveys.questions import NEWEST, QUESTION_SETS
from volunteer.surveys.rules import GRACE, LeftOut, Stage, last_day, stage_of
from volunteer.surveys.sampling import MOST_ANSWERS, MOST_COMMUNITIES, Plan, allocate, draw, sample_size
from volunteer.surveys.sealed import open_all
from volunteer.surveys.tabulation import tally

log = logging.getLogger(__name__)

LONGEST_DAYS = 366


class Unreadable(Conflict):
    """Some answers of a campaign do not open; `count` says how many."""

    def __init__(self, count: int) -> None:
        super().__init__(N_("有 %(count)s 份答卷打不开，还没有出结果"), count=thousands(count))
        self.count = count


def create_campaign(area: Area, plan: Plan, *, account_id: int | None) -> SurveyCampaign:
    """Store a campaign as a draft with its quotas; raise Invalid on the field that cannot be."""
    _check_plan(plan)
    residents = queries.residents_of(area, plan.population_year)
    if not residents:
        raise Invalid(N_("这个范围没有录入这一年的常住人口"), field="population_year")
    wanted = plan.wanted
    if wanted is None:
        if plan.margin is None:
            raise Invalid(N_("请填写样本总数，或者填写允许的误差"), field="wanted")
        wanted = sample_size(sum(residents.values()), plan.margin)
    if not 1 <= wanted <= MOST_ANSWERS:
        raise Invalid(N_("样本总数要在 1 份到 100,000 份之间"), field="wanted")
    chosen = _chosen(residents, plan.communities)
    quotas = allocate(wanted, chosen, plan.least)
    branches = queries.branches_of(area)
    campaign = SurveyCampaign(
        area_id=area.id,
        title=plan.title,
        is_official=plan.is_official,
        conducted_by=plan.conducted_by,
        question_set=NEWEST,
        opens_on=plan.opens_on,
        closes_on=plan.closes_on,
        wanted=wanted,
        reserve_percent=plan.reserve_percent,
        population_year=plan.population_year,
        frame=queries.residents_by_branch(branches, residents),
        made_at=clock.now(),
        made_by=account_id,
    )
    db.session.add(campaign)
    db.session.flush()
    db.session.add_all(
        SurveyQuota(
            campaign_id=campaign.id,
            area_id=area_id,
            branch=branches[area_id],
            wanted=count,
            residents=residents[area_id],
        )
        for area_id, count in quotas.items()
    )
    db.session.flush()
    _note("surveys.create", campaign, area, account_id, name=plan.title, wanted=wanted)
    return campaign


def _check_plan(plan: Plan) -> None:
    if plan.closes_on < plan.opens_on:
        raise Invalid(N_("截止日期不能早于开始日期"), field="closes_on")
    if plan.closes_on < clock.today():
        raise Invalid(N_("截止日期已经过去"), field="closes_on")
    if (plan.closes_on - plan.opens_on).days > LONGEST_DAYS:
        raise Invalid(N_("一次调查最长一年"), field="closes_on")
    if plan.is_official and not plan.conducted_by:
        raise Invalid(N_("正式测评要写明由哪家单位实施"), field="conducted_by")


def _chosen(residents: Mapping[int, int], count: int | None) -> dict[int, int]:
    if count is None and len(residents) <= MOST_COMMUNITIES:
        return dict(residents)
    if count is None or not 1 <= count <= MOST_COMMUNITIES:
        raise Invalid(N_("一次最多在 %(most)s 个社区调查，请填写抽几个"), field="communities", most=MOST_COMMUNITIES)
    if count > len(residents):
        raise Invalid(N_("这个范围只有 %(count)s 个社区有常住人口"), field="communities", count=len(residents))
    start = Fraction(secrets.randbelow(1_000_000), 1_000_000)
    return {area_id: residents[area_id] for area_id in draw(list(residents), count, start)}


def set_quotas(campaign: SurveyCampaign, wanted: Mapping[str, int], *, account_id: int | None) -> int:
    """Set the quotas of a draft by community code; return their sum, which is the campaign's from now on."""
    _require(campaign, Stage.DRAFT)
    for quota in queries.quotas_of(campaign):
        count = wanted.get(quota.area.code, quota.wanted)
        if count > quota.residents:
            raise Invalid(N_("%(name)s的配额比常住人口还多"), field="quotas", name=quota.area.name)
        quota.wanted = count
    total = sum(quota.wanted for quota in queries.quotas_of(campaign))
    if not 1 <= total <= MOST_ANSWERS:
        raise Invalid(N_("样本总数要在 1 份到 100,000 份之间"), field="quotas")
    before, campaign.wanted = campaign.wanted, total
    _note("surveys.set_quotas", campaign, campaign.area, account_id, before=before, after=total)
    return total


def publish(campaign: SurveyCampaign, *, account_id: int | None) -> None:
    """Let the plan stand as it is; from now on tickets and interviewers' links can be made."""
    _require(campaign, Stage.DRAFT)
    if campaign.closes_on < clock.today():
        raise Conflict(N_("截止日期已经过去，请另建一次调查"))
    campaign.published_at = clock.now()
    _note("surveys.publish", campaign, campaign.area, account_id, name=campaign.title)


def end(campaign: SurveyCampaign, *, account_id: int | None) -> None:
    """Stop taking answers before the planned day; what interviewers have on their devices may still come in."""
    _require(campaign, Stage.OPEN)
    campaign.ended_on = clock.today()
    _note("surveys.end", campaign, campaign.area, account_id, name=campaign.title)


def freeze(
    campaign: SurveyCampaign, *, account_id: int | None, at: datetime | None = None, without: LeftOut | None = None
) -> SurveyResult | None:
    """Close the books, now or as it was done `at` a moment, and record what was found as a result of the area.

    None where nobody answered. Raises Unreadable where answers do not open, unless exactly so many are to be left out.
    """
    found = db.session.scalar(
        update(SurveyCampaign)
        .where(SurveyCampaign.id == campaign.id, SurveyCampaign.frozen_at.is_(None))
        .values(frozen_at=at or clock.now())
        .returning(SurveyCampaign.id)
        .execution_options(synchronize_session=False)
    )
    if found is None:
        raise Conflict(N_("这次调查已经出结果了"))
    if stage_of(campaign, clock.today()) is not Stage.WAITING:
        raise Conflict(N_("调查截止以后才能出结果"))
    db.session.refresh(campaign)
    left_out = _left_out(campaign, open_all(campaign), without)
    counted = tally(queries.sheets_of(campaign), QUESTION_SETS[campaign.question_set])
    if counted.answers:
        campaign.result = _result(campaign, counted.supporting, counted.answers, account_id, left_out)
    db.session.flush()
    _mix([campaign.id])
    told: dict[str, object] = {"supporting": counted.supporting, "valid_answers": counted.answers}
    if left_out:
        told |= {"left_out": left_out.count, "reason": left_out.why}
    _note("surveys.freeze", campaign, campaign.area, account_id, name=campaign.title, **told)
    return campaign.result


def _left_out(campaign: SurveyCampaign, count: int, without: LeftOut | None) -> LeftOut | None:
    """Return which answers are left out, none as a rule; raise Unreadable where nobody said so of just these."""
    if not count:
        return None
    log.error("survey %s: %s answers do not open: altered, or their key is missing", campaign.public_id, count)
    if without is None or without.count != count:
        raise Unreadable(count)
    return without


def _result(
    campaign: SurveyCampaign, supporting: int, answers: int, account_id: int | None, left_out: LeftOut | None
) -> SurveyResult:
    source = Words(N_("%(title)s（本平台匿名问卷）"), {"title": campaign.title})
    if campaign.conducted_by:
        words = N_("%(title)s（本平台匿名问卷，%(who)s实施）")
        source = Words(words, {"title": campaign.title, "who": campaign.conducted_by})
    if left_out:
        words = N_("%(source)s，%(count)s 份打不开的没有计入")
        source = Words(words, {"source": str(source), "count": thousands(left_out.count)})
    return SurveyResult(
        area_id=campaign.area_id,
        held_on=last_day(campaign),
        supporting=supporting,
        valid_answers=answers,
        is_official=campaign.is_official,
        source=str(source)[:300],
        recorded_at=campaign.frozen_at,
        recorded_by=account_id,
    )


def due_ids() -> list[int]:
    """Return the campaigns whose last answers can have come in."""
    return [one.id for one in queries.unfrozen() if clock.today() > last_day(one) + GRACE]


def freeze_due(campaign_id: int) -> None:
    """Freeze a campaign by the clock; raises as `freeze` does."""
    freeze(db.session.get_one(SurveyCampaign, campaign_id, populate_existing=True), account_id=None)


def mix() -> None:
    """Write the answers and tickets of running campaigns anew, in the order of their random keys.

    PostgreSQL keeps rows where and under the transaction that wrote them: until this has run, those two could be laid
    side by side by whoever reads its files; freezing does it a last time. SQLite keeps neither: these tables are
    ordered by their keys there.
    """
    _mix([one.id for one in queries.unfrozen()])


def _mix(campaign_ids: Sequence[int]) -> None:
    if db.session.get_bind().dialect.name != "postgresql":
        return
    for table, key in ((SurveyAnswer, "key"), (SurveyTicket, "digest")):
        columns = [column.name for column in table.__table__.columns]
        mixed = (
            delete(table).where(table.campaign_id.in_(campaign_ids)).returning(*table.__table__.columns).cte("mixed")
        )
        again = select(*(mixed.c[name] for name in columns)).order_by(mixed.c[key])
        db.session.execute(insert(table).from_select(columns, again))


def _require(campaign: SurveyCampaign, *stages: Stage) -> None:
    if stage_of(campaign, clock.today()) not in stages:
        raise Conflict(N_("这次调查已经不在这一步了，请刷新页面再看"))


def _note(verb: str, campaign: SurveyCampaign, area: Area, account_id: int | None, **details: object) -> None:
    record(verb, "survey_campaign", campaign.public_id, account_id=account_id, lineage=area.lineage, **details)
