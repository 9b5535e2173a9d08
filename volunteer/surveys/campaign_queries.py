"""Reading campaigns: plans, how far they are, and their answers as sheets without anybody behind them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload

from models.areas import Area, AreaPopulation
from models.audit import AuditEvent
from models.base import db
from models.surveys import SurveyAnswer, SurveyCampaign, SurveyMiss, SurveyPass, SurveyQuota, SurveyTicket
from volunteer.areas.overview import inside
from volunteer.areas.queries import full_names
from volunteer.areas.rules import AreaLevel
from volunteer.surveys.rules import Channel, LeftOut, Miss, most_misses
from volunteer.surveys.sampling import tickets_for
from volunteer.surveys.sealed import is_unreadable
from volunteer.surveys.tabulation import Response, Sheet


@dataclass(frozen=True, slots=True)
class Progress:
    """One community of a campaign: its quota, what came in by channel, and what did not."""

    area: Area
    wanted: int
    reserve_percent: int
    tickets: int
    by_ticket: int
    by_interview: int
    refused: int
    not_met: int

    @property
    def answers(self) -> int:
        """Return the answers of both channels: they fill one quota."""
        return self.by_ticket + self.by_interview

    @property
    def most(self) -> int:
        """Return how many answers interviewers may bring it to: the quota and its reserve."""
        return tickets_for(self.wanted, self.reserve_percent)

    @property
    def misses_left(self) -> int:
        """Return how many more misses are taken."""
        return max(most_misses(self.most) - self.refused - self.not_met, 0)

    @property
    def left(self) -> int:
        """Return how many answers are still wanted."""
        return max(self.wanted - self.answers, 0)


def campaigns_below(lineages: Iterable[str]) -> Select[SurveyCampaign]:
    """Select the campaigns at or below any of `lineages`, the newest first."""
    return (
        select(SurveyCampaign)
        .join(Area, Area.id == SurveyCampaign.area_id)
        .options(joinedload(SurveyCampaign.area), joinedload(SurveyCampaign.result))
        .where(inside(lineages))
        .order_by(SurveyCampaign.opens_on.desc(), SurveyCampaign.id.desc())
    )


def campaign(public_id: str) -> SurveyCampaign | None:
    """Return one campaign, or None."""
    query = select(SurveyCampaign).options(joinedload(SurveyCampaign.area), joinedload(SurveyCampaign.result))
    return db.session.scalar(query.where(SurveyCampaign.public_id == public_id))


def unfrozen() -> Sequence[SurveyCampaign]:
    """Return the published campaigns without a result."""
    query = select(SurveyCampaign).options(joinedload(SurveyCampaign.area)).order_by(SurveyCampaign.id)
    shown = query.where(SurveyCampaign.published_at.is_not(None), SurveyCampaign.frozen_at.is_(None))
    return db.session.scalars(shown).all()


def counts_of(campaigns: Iterable[SurveyCampaign]) -> dict[int, int]:
    """Return by campaign id how many answers came in."""
    ids = [one.id for one in campaigns]
    query = select(SurveyAnswer.campaign_id, func.count()).where(SurveyAnswer.campaign_id.in_(ids))
    return {row[0]: row[1] for row in db.session.execute(query.group_by(SurveyAnswer.campaign_id))}


def residents_of(area: Area, year: int) -> dict[int, int]:
    """Return by id the communities at or below an area with residents in a year, in the order of their codes.

    Only those in the built-up area: it is their residents that the indicators are about.
    """
    rows = db.session.execute(
        select(Area.id, AreaPopulation.residents)
        .join(AreaPopulation, AreaPopulation.area_id == Area.id)
        .where(inside((area.lineage,)), Area.level == AreaLevel.COMMUNITY)
        .where(AreaPopulation.year == year, AreaPopulation.is_built_up, AreaPopulation.residents > 0)
        .order_by(Area.code)
    )
    return {row[0]: row[1] for row in rows}


def branches_of(area: Area) -> dict[int, str]:
    """Return by id of each area at or below one the code of the area right below on the way to it."""
    rows = db.session.execute(select(Area.id, Area.lineage).where(inside((area.lineage,))))
    return {area_id: branch_of(lineage, area) for area_id, lineage in rows}


def residents_by_branch(branches: Mapping[int, str], residents: Mapping[int, int]) -> dict[str, int]:
    """Return by code the residents of each branch."""
    sums: Counter[str] = Counter()
    for area_id, count in residents.items():
        sums[branches[area_id]] += count
    return dict(sorted(sums.items()))


def branch_of(lineage: str, area: Area) -> str:
    """Return the code right below `area` on the way to `lineage`; its own where nothing is below."""
    codes = lineage.split("/")
    return codes[min(len(area.lineage.split("/")), len(codes) - 1)]


def quotas_of(of: SurveyCampaign) -> Sequence[SurveyQuota]:
    """Return the quotas of a campaign by community code."""
    query = select(SurveyQuota).join(Area, Area.id == SurveyQuota.area_id).options(joinedload(SurveyQuota.area))
    return db.session.scalars(query.where(SurveyQuota.campaign_id == of.id).order_by(Area.code)).all()


def held_quota(of: SurveyCampaign, area: Area) -> int:
    """Return how many answers a community is to give, and hold its row until the end of the transaction.

    So of two interviewers at once none brings one too many.
    """
    here = (SurveyQuota.campaign_id == of.id, SurveyQuota.area_id == area.id)
    return db.session.scalar(select(SurveyQuota.wanted).where(*here).with_for_update()) or 0


def progress_of(of: SurveyCampaign) -> list[Progress]:
    """Return how far each community of a campaign is, by code."""
    answers = _counts(SurveyAnswer, SurveyAnswer.channel, of)
    misses = _counts(SurveyMiss, SurveyMiss.kind, of, SurveyMiss.taken_back_at.is_(None))
    tickets = tickets_out(of)
    return [
        Progress(
            area=quota.area,
            wanted=quota.wanted,
            reserve_percent=of.reserve_percent,
            tickets=tickets.get(quota.area_id, 0),
            by_ticket=answers.get((quota.area_id, Channel.TICKET), 0),
            by_interview=answers.get((quota.area_id, Channel.INTERVIEW), 0),
            refused=misses.get((quota.area_id, Miss.REFUSED), 0),
            not_met=misses.get((quota.area_id, Miss.NOT_MET), 0),
        )
        for quota in quotas_of(of)
    ]


def _counts(
    table: type[SurveyAnswer | SurveyMiss], kind: object, of: SurveyCampaign, *where: ColumnElement[bool]
) -> dict[tuple[int, Channel | Miss], int]:
    query = select(table.area_id, kind, func.count()).where(table.campaign_id == of.id, *where)  # type: ignore[call-overload]
    return {(row[0], row[1]): row[2] for row in db.session.execute(query.group_by(table.area_id, kind))}


def tickets_out(of: SurveyCampaign) -> dict[int, int]:
    """Return by community how many tickets were printed and not made void."""
    query = select(SurveyTicket.area_id, func.count()).where(SurveyTicket.campaign_id == of.id, ~SurveyTicket.is_void)
    return {row[0]: row[1] for row in db.session.execute(query.group_by(SurveyTicket.area_id))}


def to_print(of: SurveyCampaign, lineage: str) -> list[tuple[Area, int]]:
    """Return the communities at or below `lineage` whose tickets are not printed, each with how many it gets."""
    printed = tickets_out(of)
    return [
        (quota.area, tickets_for(quota.wanted, of.reserve_percent))
        for quota in quotas_of(of)
        if quota.wanted and quota.area_id not in printed and f"{quota.area.lineage}/".startswith(f"{lineage}/")
    ]


def responses(rows: Iterable[Progress]) -> dict[Channel, Response]:
    """Return the response by channel: answers of the tickets handed out, and of the doors knocked at."""
    found = list(rows)
    interviewed = sum(one.by_interview for one in found)
    knocked = interviewed + sum(one.refused + one.not_met for one in found)
    return {
        Channel.TICKET: Response(sum(one.by_ticket for one in found), sum(one.tickets for one in found)),
        Channel.INTERVIEW: Response(interviewed, knocked),
    }


def sheets_of(of: SurveyCampaign) -> list[Sheet]:
    """Return all answers of a campaign, placed as it was planned, ordered by their random keys.

    Those that did not open when it was frozen are not among them.
    """
    rows = db.session.execute(
        select(Area.code, func.coalesce(SurveyQuota.branch, Area.code), SurveyAnswer.channel, SurveyAnswer.choices)
        .join(Area, Area.id == SurveyAnswer.area_id)
        .outerjoin(SurveyQuota, (SurveyQuota.campaign_id == of.id) & (SurveyQuota.area_id == SurveyAnswer.area_id))
        .where(SurveyAnswer.campaign_id == of.id)
        .order_by(SurveyAnswer.key)
    )
    return [Sheet(*row) for row in rows if not is_unreadable(row.choices)]


def left_out_of(of: SurveyCampaign) -> LeftOut | None:
    """Return which answers a campaign was frozen without, as the audit trail says; None where it was with all."""
    query = select(AuditEvent.details).where(
        AuditEvent.subject_kind == "survey_campaign",
        AuditEvent.subject_id == of.public_id,
        AuditEvent.action == "surveys.freeze",
    )
    details = db.session.scalar(query.order_by(AuditEvent.id.desc()).limit(1)) or {}
    return LeftOut(int(details["left_out"]), str(details["reason"])) if "left_out" in details else None


def passes_of(of: SurveyCampaign) -> Sequence[SurveyPass]:
    """Return the interviewers' links of a campaign, the newest first."""
    query = select(SurveyPass).options(joinedload(SurveyPass.area)).where(SurveyPass.campaign_id == of.id)
    return db.session.scalars(query.order_by(SurveyPass.id.desc())).all()


def names_of(codes: Iterable[str]) -> dict[str, str]:
    """Return the names of areas from the district down, by code and in that order: a name alone is not unique."""
    rows = db.session.execute(select(Area.code, Area.lineage).where(Area.code.in_(list(codes))).order_by(Area.code))
    lineages = {row.code: row.lineage for row in rows}
    names = full_names(lineages.values())
    return {code: names[lineage] for code, lineage in lineages.items()}
