"""A thousand ways to change the ledgers by raw SQL, guards off and on again: all found, all located."""

import random
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine

from models.base import db
from tests.integration.integrity.ledgers import Ledgers
from tests.integration.integrity.mutations import MUTATIONS
from tests.integration.integrity.raw import Places, unguarded
from volunteer.integrity.faults import Fault, Findings, Found
from volunteer.integrity.trees import Signed, signed_outside
from volunteer.integrity.verifying import examine
from volunteer.kernel.clock import LOCAL_ZONE
from volunteer.ledger.marks import mark_file

# A thousand in all on SQLite, which takes them back fastest, in parts that can run beside each other.
PARTS = 4
ROUNDS = {"sqlite": 250, "postgresql": 40}


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 20, 12, tzinfo=LOCAL_ZONE), tick=False):
        yield


@pytest.fixture
def outside(ledgers: Ledgers) -> list[Signed]:
    return signed_outside("\n".join(ledgers.notes), "kept elsewhere")


def locates(found: Found, places: Places) -> bool:
    """Whether a fault names one of the places; "leaf in 7" is named by a stretch of leaves that 7 lies in."""
    return any(_is_in_stretch(found, place) if " in " in place else place in f"{found}," for place in places)


def _is_in_stretch(found: Found, place: str) -> bool:
    stretch = re.search(r"one of the leaves (\d+) to (\d+)", found.detail)
    position = int(place.rpartition(" ")[2])
    return found.fault is Fault.MARK_DIFFERS and bool(stretch) and int(stretch[1]) <= position <= int(stretch[2])


def mutate_and_look(name: str, chance: random.Random, outside: list[Signed]) -> tuple[Findings, Places]:
    """Change something, look, and take it back."""
    try:
        with unguarded():
            places = MUTATIONS[name](chance)
        db.session.expire_all()
        return examine(outside), places
    finally:
        db.session.rollback()


@pytest.mark.parametrize("part", range(PARTS))
def test_a_thousand_mutations_are_found_and_located_and_the_control_passes(
    ledgers: Ledgers, outside: list[Signed], part: int
) -> None:
    chance, names = random.Random(2026 + part), sorted(MUTATIONS)
    kind = db.engine.dialect.name
    missed: list[str] = []
    tried: Counter[str] = Counter()
    for turn in range(ROUNDS[kind]):
        name = names[turn % len(names)]
        findings, places = mutate_and_look(name, chance, outside)
        tried[name] += 1
        if not any(locates(one, places) for one in findings):
            told = "; ".join(map(str, findings.listed[:5])) or "nothing"
            missed.append(f"{name} at {list(places)[:3]}: {told}")
    assert missed == []
    assert set(tried) == set(MUTATIONS)
    assert list(examine(outside)) == []


def test_only_what_was_kept_outside_tells_of_history_rewritten_with_the_keys(
    ledgers: Ledgers, outside: list[Signed]
) -> None:
    found, _ = mutate_and_look("rewrite with the keys", random.Random(1), outside)
    assert {one.fault for one in found} == {Fault.MARK_DIFFERS}
    mark_file().unlink()
    unnoticed, _ = mutate_and_look("rewrite with the keys", random.Random(1), [])
    # That there is no mark is told; that history is another is not.
    assert [one.fault for one in unnoticed] == [Fault.MARK_GONE]
