"""`flask ledger verify` says that all is well when it is, and names the first wrong row when it is not."""

from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from flask import Flask

from tests.cast import Cast
from tests.integration.integrity.ledgers import Ledgers, build
from volunteer.integrity.faults import Findings
from volunteer.integrity.verifying import verify_ledgers
from volunteer.kernel.clock import LOCAL_ZONE


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 20, 12, tzinfo=LOCAL_ZONE)):
        yield


@pytest.fixture
def ledgers(cast: Cast, context: Flask) -> Ledgers:
    return build(cast)


def said(findings: Findings) -> list[str]:
    return [str(one) for one in findings]


def test_untouched_ledgers_hold(ledgers: Ledgers) -> None:
    findings = verify_ledgers()
    assert said(findings) == []
    assert findings.counted["leaves"] == findings.counted["entries"] + 1 + 4 + 5
