"""What answers say together, and what is not told of few."""

from collections import Counter
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from volunteer.surveys.questions import KNOWN_TO_OTHERS, NEWEST, QUESTION_SETS, SUPPORT
from volunteer.surveys.rules import LEAST_CELL, Channel, wilson
from volunteer.surveys.tabulation import Sheet, Tally, anonymous_rows, cells, tally, too_small, weighted_share

QUESTIONS = QUESTION_SETS[NEWEST]


def sheet(community: str = "a", support: str = "strongly", **more: str) -> Sheet:
    return Sheet(community, community[:1], Channel.TICKET, {SUPPORT: support, **more})


def test_the_two_best_of_five_answers_count_as_support():
    counted = tally([sheet(support=one.code) for one in QUESTIONS.question(SUPPORT).choices], QUESTIONS)
    assert counted == Tally(2, 5)


def test_wilson_agrees_with_the_published_example():
    low, high = wilson(15, 50)  # Newcombe 1998, table I: 0.1910 to 0.4375
    assert (round(float(low), 3), round(float(high), 3)) == (0.191, 0.438)
    assert wilson(0, 0) is None


def test_a_sheet_with_a_missing_or_made_up_answer_is_no_sheet():
    full = {one.code: one.choices[0].code for one in QUESTIONS.questions}
    assert QUESTIONS.checked(full) == full
    assert QUESTIONS.checked({**full, "age": "", "unknown": "x"}) == {k: v for k, v in full.items() if k != "age"}
    for wrong in ({SUPPORT: ""}, {SUPPORT: "maybe"}, {SUPPORT: ["strongly"]}, {"age": "17"}):
        assert QUESTIONS.checked({**full, **wrong}) is None


@given(st.dictionaries(st.integers(), st.integers(0, 40), max_size=8))
def test_hidden_groups_are_never_fewer_than_the_least_together(counts):
    hidden = too_small(counts)
    assert all(count >= LEAST_CELL for key, count in counts.items() if key not in hidden and count)
    together = sum(counts[key] for key in hidden)
    assert not hidden or together >= LEAST_CELL or len(hidden) == sum(1 for count in counts.values() if count)


def sheets_of(branch: str, community: str, count: int, supporting: int, **more: str) -> list[Sheet]:
    return [
        sheet(community, "strongly" if number < supporting else "hardly", **more)._replace(branch=branch)
        for number in range(count)
    ]


def test_weights_lift_those_who_were_asked_too_seldom():
    asked = [*sheets_of("大", "大一", 10, 5), *sheets_of("小", "小一", 20, 18)]
    share = weighted_share(asked, QUESTIONS, {"大": 900, "小": 100, "无": 50})
    assert share == Fraction(1, 2) * Fraction(9, 10) + Fraction(9, 10) * Fraction(1, 10)


def test_no_weight_is_told_that_solves_for_a_few():
    # Two equations, the whole and the weighted share, would tell how the four answered.
    few = [*sheets_of("大", "大一", 40, 33), *sheets_of("小", "小一", 4, 1)]
    assert weighted_share(few, QUESTIONS, {"大": 900, "小": 100}) is None
    together = [*sheets_of("大", "大一", 20, 10), *sheets_of("小", "小一", 4, 4), *sheets_of("末", "末一", 6, 6)]
    assert weighted_share(together, QUESTIONS, {"大": 100, "小": 60, "末": 40}) == Fraction(3, 4)


def test_communities_are_judged_within_what_is_told_above_them():
    told = cells([*sheets_of("甲", "甲一", 60, 50), *sheets_of("甲", "甲二", 3, 0), *sheets_of("乙", "乙一", 40, 20)])
    # 甲 is told as 63: with 甲一 beside it the three of 甲二 would be too.
    assert told == {"甲一": ("甲", ""), "甲二": ("甲", ""), "乙一": ("乙", "乙一")}


@given(st.dictionaries(st.tuples(st.sampled_from("abcd"), st.sampled_from("123")), st.integers(1, 25), min_size=1))
def test_every_cell_counts_the_least_and_what_is_told_is_made_of_whole_cells(counts):
    everybody = [one for (a, b), count in counts.items() for one in sheets_of(a, a + b, count, 0)]
    if len(everybody) < LEAST_CELL:
        return
    places = cells(everybody)
    sizes = Counter(places[one.community] for one in everybody)
    assert min(sizes.values()) >= LEAST_CELL
    hidden = too_small(Counter(one.branch for one in everybody))
    assert all(places[one.community][0] == ("" if one.branch in hidden else one.branch) for one in everybody)


@given(st.lists(st.builds(sheet, st.sampled_from("abc"), age=st.sampled_from(["young", "old"])), min_size=30))
def test_no_row_tells_of_fewer_people_than_the_least_cell(sheets):
    rows = anonymous_rows(sheets, QUESTIONS)
    assert len(rows) == len(sheets)
    places = Counter(place for place, _ in rows)
    assert all(count >= LEAST_CELL for count in places.values())
    assert not any(set(KNOWN_TO_OTHERS) & set(one.choices) for _, one in rows)
