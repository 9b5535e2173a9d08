"""What an organization is measured by, and beside whom."""

from fractions import Fraction

import pytest

from volunteer.hours.minutes import Source
from volunteer.integrity.rules import MEASURES, PEER_MINUTES, Counts, MeasureCode, district_of, peers
from volunteer.integrity.shares import texts_of

SCANNED = MEASURES[MeasureCode.SCANNED]


def counts(scanned: int, manual: int) -> Counts:
    return Counts(minutes={Source.SCAN: scanned, Source.MANUAL: manual})


def test_a_share_of_nothing_is_none() -> None:
    assert SCANNED.value(Counts()) is None
    assert SCANNED.text(None) == "—"


def test_more_taken_back_than_recorded_is_no_share() -> None:
    assert SCANNED.value(counts(-60, 120)) is None


@pytest.mark.parametrize(
    ("code", "given", "shown"),
    [
        (MeasureCode.SCANNED, counts(2, 1), "66.6%"),
        (MeasureCode.OBJECTIONS, Counts(minutes={Source.SCAN: 60_000}, objections=3), "3.0"),
        (MeasureCode.CORRECTIONS, Counts(credits=200, corrections=3), "1.5"),
        (MeasureCode.OVERDUE, Counts(shifts=8, late=1), "12.5"),
        (MeasureCode.IN_TIME, Counts(due=3, in_time=2), "66.6%"),
    ],
)
def test_values_are_shown_in_their_unit_rounded_down(code: MeasureCode, given: Counts, shown: str) -> None:
    assert MEASURES[code].text(MEASURES[code].value(given)) == shown


@pytest.mark.parametrize(
    ("scanned", "manual", "expected"),
    [
        (890, 109, ("89.1%", "10.9%")),
        (2, 1, ("66.7%", "33.3%")),
        (1, 1, ("50.0%", "50.0%")),
        (5, 0, ("100.0%", "0.0%")),
    ],
)
def test_the_shares_of_a_row_add_up(scanned: int, manual: int, expected: tuple[str, str]) -> None:
    texts = texts_of(counts(scanned, manual))
    assert (texts[MeasureCode.SCANNED], texts[MeasureCode.MANUAL]) == expected
    assert texts[MeasureCode.PAPER] == "0.0%"


def test_a_row_with_a_share_below_nothing_stays_as_it_is() -> None:
    texts = texts_of(counts(-60, 120))
    assert (texts[MeasureCode.SCANNED], texts_of(Counts())[MeasureCode.MANUAL]) == ("—", "—")


def test_who_recorded_little_is_nobodys_peer() -> None:
    assert len(peers([counts(PEER_MINUTES, 0), counts(PEER_MINUTES - 1, 0)]).counts) == 1


def test_a_median_needs_three() -> None:
    two = [counts(600, 0), counts(0, 600)]
    assert peers(two).median(SCANNED) is None
    assert peers([*two, counts(300, 300)]).median(SCANNED) == Fraction(1, 2)


def test_a_place_is_counted_from_the_largest_among_peers_and_itself() -> None:
    others = peers([counts(600, 0), counts(300, 300), counts(0, 600)])
    assert others.place(SCANNED, counts(300, 300)) == (2, 4)
    assert others.place(SCANNED, Counts()) is None


def test_a_community_lies_in_its_district_and_the_city_in_itself() -> None:
    assert district_of("420600/420602/420602001") == "420600/420602"
    assert district_of("420600") == "420600"
