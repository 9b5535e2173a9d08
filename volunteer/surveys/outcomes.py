"""What a frozen campaign found, put together for its page and its files; nothing small is told below the whole."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from models.surveys import SurveyCampaign
from volunteer.kernel.ratio import percent, thousands
from volunteer.kernel.speech import say_date
from volunteer.kernel.tables import Table
from volunteer.kernel.text import N_, Words
from volunteer.surveys import campaign_queries as queries
from volunteer.surveys.documents import outcome_table, rows_table
from volunteer.surveys.questions import AGE, AWARE, JOINED, KNOWN_TO_OTHERS, QUESTION_SETS, SEX, QuestionSet
from volunteer.surveys.rules import LEAST_ANSWERS, LEAST_CELL, SELF_TEST, Channel, LeftOut, last_day
from volunteer.surveys.tabulation import (
    Sheet,
    Tally,
    anonymous_rows,
    cells,
    distribution,
    tallies,
    tally,
    too_small,
    weighted_share,
)

TICKET_FORMULA = N_("答题票：收到的答卷 ÷ 印发且没有作废的答题票")
INTERVIEW_FORMULA = N_("访问员：完成的答卷 ÷（完成 + 拒访 + 未遇）")
WEIGHTING = N_(
    "按下一级区划的常住人口加权：各区划的支持率 × 人口，相加后除以总人口；答卷太少的区划合在一起算，没有答卷的不算在内"
)
SMALL = N_("不到 %(least)s 份答卷的分组不单独列出；为了不让人倒推，有时相邻的分组也不列出")
LEFT_OUT = N_("另有 %(count)s 份答卷打不开，没有计入；当时写的原因：%(why)s")
NO_BREAKDOWN = N_("只有 %(count)s 份答卷，不到 %(least)s 份：不判断是否达标，也不分组列出")


@dataclass(frozen=True, slots=True)
class Group:
    """One row below the whole; `tally` is None where it is too small to be told."""

    name: str
    tally: Tally | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found: the whole, the weighted share, groups by kind, and how often each answer was ticked."""

    whole: Tally
    weighted: Fraction | None
    groups: Mapping[str, Sequence[Group]]
    ticks: Sequence[tuple[str, Sequence[tuple[str, int]]]]
    left_out: LeftOut | None = None

    @property
    def is_too_small(self) -> bool:
        """Return whether too few answered to tell more than the whole."""
        return self.whole.answers < LEAST_ANSWERS


_KINDS = {
    "branch": N_("下一级区划"),
    "community": N_("社区（村）"),
    AWARE: N_("见没见过志愿服务"),
    JOINED: N_("参加没参加过"),
    AGE: N_("年龄段"),
    SEX: N_("性别"),
}


def outcome_of(campaign: SurveyCampaign) -> Outcome:
    """Return what a campaign found, out of its stored answers."""
    questions, sheets = QUESTION_SETS[campaign.question_set], queries.sheets_of(campaign)
    whole, left_out = tally(sheets, questions), queries.left_out_of(campaign)
    if whole.answers < LEAST_ANSWERS:
        return Outcome(whole, None, {}, (), left_out)
    weighted = weighted_share(sheets, questions, campaign.frame)
    kinds = _kinds_of(sheets)
    groups = {_KINDS[kind]: _groups(sheets, questions, kind) for kind in kinds}
    return Outcome(whole, weighted, groups, _ticks(sheets, questions), left_out)


def _kinds_of(sheets: Sequence[Sheet]) -> list[str]:
    """Return how answers are grouped; where communities are right below, once is enough."""
    is_same = all(sheet.branch == sheet.community for sheet in sheets)
    return [kind for kind in _KINDS if not (kind == "branch" and is_same)]


def _groups(sheets: Sequence[Sheet], questions: QuestionSet, kind: str) -> list[Group]:
    found = tallies(sheets, questions, kind)
    hidden = _hidden(sheets, kind, {key: one.answers for key, one in found.items()})
    names = _names(found, questions, kind)
    return [Group(names[key], None if key in hidden else found[key]) for key in names]


def _hidden(sheets: Sequence[Sheet], kind: str, counts: Mapping[str, int]) -> frozenset[str]:
    """Return the groups of a kind of which nothing is told; communities are judged within what is told above them."""
    if kind != "community":
        return too_small(counts)
    return frozenset(community for community, (_branch, told) in cells(sheets).items() if not told)


def _names(keys: Iterable[str], questions: QuestionSet, kind: str) -> dict[str, str]:
    """Return the names of groups in the order to be read: areas by code, answers as they are asked."""
    if kind in ("branch", "community"):
        return queries.names_of(keys)
    told = {choice.code: choice.words for choice in questions.question(kind).choices} | {"": N_("没有回答")}
    return {key: words for key, words in told.items() if key in set(keys)}


def _ticks(sheets: Sequence[Sheet], questions: QuestionSet) -> list[tuple[str, list[tuple[str, int]]]]:
    counted = distribution(sheets, questions)
    return [
        (one.words, [(choice.words, counted[one.code][choice.code]) for choice in one.choices])
        for one in questions.questions
        if one.code not in KNOWN_TO_OTHERS  # told above, by groups that are large enough
    ]


def table_of(campaign: SurveyCampaign, speak: Callable[[Words], str]) -> Table:
    """Return what was found as a table; of too few answers the whole alone."""
    outcome = outcome_of(campaign)
    groups = [
        (speak(Words(kind)), speak(Words(one.name)), one.tally or Tally(0, 0), one.tally is None)
        for kind, found in outcome.groups.items()
        for one in found
    ]
    notes = [*remarks_of(campaign, outcome), *_formulas(campaign, outcome, speak)]
    return outcome_table(campaign.title, groups, outcome.whole, outcome.weighted, notes, speak)


def answers_of(campaign: SurveyCampaign, speak: Callable[[Words], str]) -> Table:
    """Return the answers as rows that point at nobody; of too few answers none at all."""
    questions, sheets = QUESTION_SETS[campaign.question_set], queries.sheets_of(campaign)
    outcome = outcome_of(campaign)
    rows = [] if outcome.is_too_small else anonymous_rows(sheets, questions)
    names = queries.names_of({place for place, _sheet in rows})
    words = N_(
        "每行一份答卷，次序与答题先后无关；答卷少的社区并入“其他”；别人知道的事不列，免得认出人来：年龄、性别、参加没参加过、答题方式"
    )
    notes = [*remarks_of(campaign, outcome), Words(words)]
    return rows_table(f"{campaign.title}答卷", rows, names, questions, notes, speak)


def remarks_of(campaign: SurveyCampaign, outcome: Outcome) -> list[Words]:
    """Return what must be known of the numbers: that it is a self-test, what is left out, and that few answered."""
    remarks = [] if campaign.is_official else [Words(SELF_TEST)]
    if outcome.left_out:
        told = {"count": thousands(outcome.left_out.count), "why": outcome.left_out.why}
        remarks.append(Words(LEFT_OUT, told))
    if outcome.is_too_small:
        counts = {"count": thousands(outcome.whole.answers), "least": LEAST_ANSWERS}
        return [*remarks, Words(NO_BREAKDOWN, counts)]
    return [*remarks, Words(SMALL, {"least": LEAST_CELL})]


def _formulas(campaign: SurveyCampaign, outcome: Outcome, speak: Callable[[Words], str]) -> list[Words]:
    found = queries.responses(queries.progress_of(campaign))
    rates = [
        Words(
            N_("%(formula)s = %(answers)s ÷ %(approached)s = %(rate)s"),
            {
                "formula": speak(Words(formula)),
                "answers": found[channel].answers,
                "approached": found[channel].approached,
                "rate": percent(rate),
            },
        )
        for channel, formula in ((Channel.TICKET, TICKET_FORMULA), (Channel.INTERVIEW, INTERVIEW_FORMULA))
        if (rate := found[channel].rate) is not None
    ]
    held = Words(N_("截止日期：%(day)s"), {"day": say_date(last_day(campaign))})
    return [held, *([Words(WEIGHTING)] if outcome.weighted is not None else []), *rates]
