"""What answers say together, and what is not told of few."""

from collections import Counter
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from volunteer.surveys.questions import NEWEST, QUESTION_SETS, SUPPORT
from volunteer.surveys.rules import LEAST_CELL, Channel, wilson
from volunteer.surveys.tabulation import Sheet, Tally, anonymous_rows, tally, too_small, weighted_share

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


def test_weights_lift_those_who_were_asked_too_seldom():
    share = weighted_share({"大": Tally(1, 2), "小": Tally(9, 10), "无": Tally(0, 0)}, {"大": 900, "小": 100, "无": 50})
    assert share == Fraction(1, 2) * Fraction(9, 10) + Fraction(9, 10) * Fraction(1, 10)


@given(st.lists(st.builds(sheet, st.sampled_from("abc"), age=st.sampled_from(["young", "old"])), min_size=30))
def test_no_row_tells_of_fewer_people_than_the_least_cell(sheets):
    rows = anonymous_rows(sheets, QUESTIONS)
    assert len(rows) == len(sheets)
    places = Counter(place for place, _ in rows)
    assert all(count >= LEAST_CELL for count in places.values())
    people = Counter((place, one.choices["age"]) for place, one in rows if "age" in one.choices)
    assert all(count >= LEAST_CELL for count in people.values())
