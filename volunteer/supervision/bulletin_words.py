"""What a bulletin says, in official words, the same on the page and on paper. Pure."""

from collections.abc import Iterator
from datetime import datetime
from functools import reduce
from typing import Any

from volunteer.areas.rules import AreaLevel
from volunteer.kernel.clock import local_day
from volunteer.kernel.periods import days_in_words
from volunteer.kernel.ratio import decimal_down, thousands
from volunteer.kernel.speech import say_clock, say_date, say_month
from volunteer.kernel.text import N_, Words
from volunteer.metrics.rules import INDICATORS
from volunteer.supervision.bulletin_rules import Content
from volunteer.supervision.scores import Row

SALUTATIONS = {
    AreaLevel.CITY: N_("各区县、各街道（乡镇）、各社区（村）："),
    AreaLevel.DISTRICT: N_("各街道（乡镇）、各社区（村）："),
}
SMALL_CELLS = N_("“*”表示涉及人数过少，为保护个人信息不列出数值，也不打分、不排名。")
REMARKED = N_("“△”表示自测，或样本太少：列出数值，不判断是否达标，也不计分。")
NO_DATA = N_("“—”表示没有数据；得分、比例和小时数保留两位小数，只舍不入。")
MOST_NAMED = 8
LEVEL_TITLES = {
    AreaLevel.DISTRICT: N_("区县"),
    AreaLevel.STREET: N_("街道（乡镇）"),
    AreaLevel.COMMUNITY: N_("社区（村）"),
}


def title(content: Content) -> Words:
    """Return the bulletin's title."""
    return Words(
        N_("关于 %(year)s 年 %(month)s%(area)s志愿服务指标完成情况的通报"),
        {"year": content.month.year, "month": say_month(content.month.month), "area": content.area_name},
    )


def usual_opening(content: Content) -> Words:
    """Return what the bulletin opens with where nobody has written anything else."""
    told = {"area": content.area_name, "day": say_date(content.as_of)}
    return Words(N_("现将截至 %(day)s%(area)s志愿服务各项指标的完成情况通报如下。"), told)


USUAL_CLOSING = N_("请各单位对照差距，抓紧整改；被督办的单位按期签收、按期答复。")


def standing(content: Content) -> Iterator[Words]:
    """Yield how the whole area stands, an indicator a sentence."""
    for sentence, (code, part) in zip(content.sentences, content.whole.parts.items(), strict=True):
        told: dict[str, Any] = {"name": Words(INDICATORS[code].name), "sentence": sentence, "remark": part.remark}
        if part.is_met is None:
            yield Words(
                N_("%(name)s：%(sentence)s。%(remark)s。") if part.remark else N_("%(name)s：%(sentence)s。"), told
            )
            continue
        told |= {"threshold": content.threshold(code), "gap": part.gap}
        if part.is_met:
            yield Words(N_("%(name)s：%(sentence)s，达到标准（%(threshold)s）。"), told)
        else:
            yield Words(N_("%(name)s：%(sentence)s，没有达到标准（%(threshold)s），%(gap)s。"), told)


def why_best(row: Row) -> Words:
    """Return in one sentence why an area leads."""
    told = {"name": row.called, "score": row.score_text, "met": row.met_count, "place": row.place}
    if row.improvement and row.improvement < 1:
        told["share"] = decimal_down(row.improvement * 100)
        words = N_("%(name)s得 %(score)s 分，列第 %(place)s 位：%(met)s 项指标达标，本月补上了上月差距的 %(share)s%%。")
        return Words(words, told)
    return Words(N_("%(name)s得 %(score)s 分，列第 %(place)s 位：%(met)s 项指标达标。"), told)


def why_lagging(row: Row) -> Words:
    """Return in one sentence what an area lacks most."""
    short = sorted(
        (part for part in row.parts.values() if part.is_met is False and part.gap), key=lambda part: part.reached or 0
    )
    told = {"name": row.called, "score": row.score_text, "place": row.place}
    if not short:
        return Words(N_("%(name)s得 %(score)s 分，列第 %(place)s 位。"), told)
    lacks = [
        Words(
            N_("%(name)s %(value)s，%(gap)s"),
            {"name": Words(INDICATORS[part.code].short_name), "value": part.value_text, "gap": part.gap},
        )
        for part in short[:2]
    ]
    both = lacks[0] if len(lacks) == 1 else Words(N_("%(one)s；%(two)s"), {"one": lacks[0], "two": lacks[1]})
    return Words(N_("%(name)s得 %(score)s 分，列第 %(place)s 位：%(lacks)s。"), {**told, "lacks": both})


def orders(content: Content) -> Words:
    """Return how orders stand."""
    counts = content.orders
    if not (counts.sent or counts.settled or counts.still_open):
        return Words(N_("本月没有发出督办通知单，也没有在办的督办。"))
    told = {
        "sent": counts.sent,
        "settled": counts.settled,
        "still_open": counts.still_open,
        "overdue": counts.overdue,
    }
    words = N_(
        "本月发出督办通知单 %(sent)s 份，办结 %(settled)s 份；"
        "在办 %(still_open)s 份，其中逾期没有答复的 %(overdue)s 份。"
    )
    return Words(words, told)


def formula(content: Content) -> Iterator[Words]:
    """Yield how the scores were made, a rule a sentence."""
    weights = content.weights
    for code, points in weights.indicators.items():
        told: dict[str, Any] = {"name": Words(INDICATORS[code].name), "points": points}
        if code not in content.thresholds:
            yield Words(N_("%(name)s（%(points)s 分）：没有标准，不计。"), told)
            continue
        told |= {"threshold": content.threshold(code)}
        words = N_("%(name)s（%(points)s 分）：实际值 ÷ 标准 %(threshold)s × %(points)s，超过标准的按标准算。")
        yield Words(words, told)
    if content.month.month == 1:
        yield Words(N_("本月进步：1 月各项年度数字重新起算，和上年 12 月不可比，不计这一项。"))
    else:
        words = N_(
            "本月进步（%(points)s 分）：各项指标上月离标准的差距，本月补上了几分之几，按各项分值加权平均；"
            "上月和本月都达标的算全部补上，退步的算没有补。"
        )
        yield Words(words, {"points": weights.improvement})
    yield Words(N_("没有单独调查支持率的区划不计支持率，其余各项按分值折算成 100 分；其他指标没有数据的不排名。"))
    yield Words(N_("得分按精确分数比较，相同的并列，后面的名次顺延；同级之间排名，名次变化是和上月通报相比。"))


def unranked(content: Content, level: AreaLevel) -> Iterator[Words]:
    """Yield which areas of a level are not ranked and why; where they are many, how many they are."""
    title = Words(LEVEL_TITLES[level])
    if content.groups.get(level) and not content.ranked(level):
        yield Words(N_("这个月没有一个%(level)s排得出名次。"), {"level": title})
    for reason, rows in content.unranked(level):
        told: dict[str, Any] = {"count": thousands(len(rows)), "level": title, "why": reason}
        if len(rows) > MOST_NAMED:
            yield Words(N_("有 %(count)s 个%(level)s不排名：%(why)s。"), told)
            continue
        told["names"] = reduce(_listed, (Words(row.called) for row in rows))
        yield Words(N_("%(names)s不排名：%(why)s。"), told)


def _listed(one: Words, other: Words) -> Words:
    return Words(N_("%(one)s、%(other)s"), {"one": one, "other": other})


def sources(content: Content) -> Iterator[Words]:
    """Yield where the numbers come from."""
    days = days_in_words(content.first_on, content.as_of)
    yield Words(
        N_("统计期：%(days)s；口径：全部有效服务；标准：%(edition)s。"), {"days": days, "edition": content.edition}
    )
    made_at = datetime.fromisoformat(content.made_at)
    told = {"day": say_date(local_day(made_at)), "time": say_clock(made_at)}
    yield Words(N_("数据：志愿台 %(day)s %(time)s 的记录；以后补录、更正的记录不改变本通报。"), told)
    if content.checkpoint_size:
        yield Words(N_("当时已有 %(size)s 条记录存证，可以核对。"), {"size": f"{content.checkpoint_size:,}"})
    if content.compared_with:
        yield Words(N_("名次变化和%(number)s相比。"), {"number": content.compared_with})


def moved(row: Row) -> Words:
    """Return how an area's place changed: 升 2, 降 1, 持平, or a dash."""
    if row.moved is None:
        return Words("—")
    if row.moved == 0:
        return Words(N_("持平"))
    words = N_("升 %(places)s") if row.moved > 0 else N_("降 %(places)s")
    return Words(words, {"places": abs(row.moved)})
