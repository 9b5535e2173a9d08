"""A printed code is never asked for where there is danger."""

import pytest

from volunteer.activities.publishing_rules import check_poster
from volunteer.activities.rules import RiskLevel
from volunteer.kernel.errors import Invalid


def test_a_dangerous_activity_cannot_ask_for_a_poster() -> None:
    with pytest.raises(Invalid) as refused:
        check_poster(True, RiskLevel.DANGEROUS)
    assert refused.value.field == "allows_poster"
    check_poster(True, RiskLevel.ORDINARY)
    check_poster(False, RiskLevel.DANGEROUS)
