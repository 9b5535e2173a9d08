"""Where a printed code may stand for the one on the screen."""

import pytest

from volunteer.activities.rules import RiskLevel, check_poster, poster_decision
from volunteer.kernel.errors import Invalid


@pytest.mark.parametrize(
    ("allows", "risk", "rule"),
    [
        (True, RiskLevel.ORDINARY, "poster"),
        (False, RiskLevel.ORDINARY, "poster_not_allowed"),
        (True, RiskLevel.DANGEROUS, "poster_too_risky"),
        (False, RiskLevel.DANGEROUS, "poster_too_risky"),
    ],
)
def test_a_poster_counts_where_its_organizer_says_so_and_nobody_comes_to_harm(
    allows: bool, risk: RiskLevel, rule: str
) -> None:
    decision = poster_decision(allows, risk)
    assert (decision.rule, decision.allowed) == (rule, rule == "poster")


def test_a_dangerous_activity_cannot_ask_for_a_poster() -> None:
    with pytest.raises(Invalid) as refused:
        check_poster(True, RiskLevel.DANGEROUS)
    assert refused.value.field == "allows_poster"
    check_poster(True, RiskLevel.ORDINARY)
    check_poster(False, RiskLevel.DANGEROUS)
