"""Proposals that somebody wrote past the program: they never take effect, whoever asks."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import Table, delete, insert, select, update

from models.base import db
from models.hours import Objection, Proposal
from tests.integration.hours.conftest import Scene
from volunteer.hours import jobs, operations, proposal_seals, queries
from volunteer.hours.objections import answer_objection, object_to
from volunteer.hours.proposal_seals import SEALED, seal_older, unsealed
from volunteer.hours.rules import Cause, ObjectionOutcome, ProposalState
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict
from volunteer.ledger.rules import PROPOSAL, LeafKind

PROPOSALS: Table = Proposal.__table__  # type: ignore[assignment]
MENDED = (ProposalState.EFFECTIVE, 120)
LEFT = (ProposalState.ON_NOTICE, 0)


def write(scene: Scene, **values: Any) -> None:
    """Change the proposal past the program."""
    with scene.writing() as session:
        session.execute(update(PROPOSALS).values(values))


def after_notice(scene: Scene, days: int = 8) -> tuple[ProposalState, int]:
    """Let the job of the night run later, and return what became of the proposal and its volunteer's minutes."""
    with time_machine.travel(clock.now() + timedelta(days=days)), scene.cast.app.app_context():
        jobs.end_public_notices()
    return scene.proposals()[-1].state, scene.minutes()


def on_notice(scene: Scene) -> Proposal:
    return scene.confirm(scene.typed(scene.shift()))


def test_what_the_program_wrote_takes_effect(scene: Scene) -> None:
    on_notice(scene)
    assert after_notice(scene) == MENDED


def test_a_notice_that_was_shortened_never_ends(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    proposal = on_notice(scene)
    write(scene, notice_until_on=clock.today() - timedelta(days=1))
    assert after_notice(scene, 0) == LEFT
    assert after_notice(scene) == LEFT
    assert proposal.public_id in caplog.text


def test_control_without_the_seal_a_shortened_notice_ends(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    on_notice(scene)
    write(scene, notice_until_on=clock.today() - timedelta(days=1))
    monkeypatch.setattr(proposal_seals.seals, "holds", lambda *_: True)
    assert after_notice(scene, 0) == MENDED


@pytest.mark.parametrize("seal", ["", "f" * 64, "a copied one"])
def test_one_that_was_inserted_never_takes_effect(scene: Scene, seal: str) -> None:
    on_notice(scene)
    like = scene.proposals()[0]
    values = {name: getattr(like, name) for name in SEALED} | {"public_id": "x" * 20, "minutes": 100}
    values |= {"started_at": like.started_at + timedelta(days=1), "ended_at": like.ended_at + timedelta(days=1)}
    values |= {"served_on": like.served_on + timedelta(days=1), "seal": like.seal if "copied" in seal else seal}
    with scene.writing() as session:
        session.execute(insert(PROPOSALS).values(values))
    assert after_notice(scene) == (ProposalState.ON_NOTICE, 120)


@pytest.mark.parametrize(
    "values",
    [
        {"minutes": 130},
        {"reason": "另一个原因"},
        {"evidence": ""},
        {"cause": Cause.POSTER},
        {"made_by": None},
        {"seal": ""},
        {"seal": "0" * 64},
    ],
    ids=lambda values: "-".join(map(str, values)),
)
def test_what_waits_and_was_altered_is_neither_confirmed_nor_returned(scene: Scene, values: dict[str, Any]) -> None:
    proposal = scene.typed(scene.shift())
    write(scene, **values)
    with pytest.raises(Conflict, match="管理员"):
        scene.confirm(proposal)
    with scene.cast.app.app_context():
        kept = queries.proposal_by_public_id(proposal.public_id)
        with pytest.raises(Conflict, match="管理员"):
            operations.return_proposal(kept, reason="不对", account_id=scene.second.id)
        db.session.rollback()
    assert scene.proposals()[0].state is ProposalState.AWAITING


def objected(scene: Scene) -> Objection:
    proposal = on_notice(scene)
    with scene.writing():
        return object_to(db.session.get_one(Proposal, proposal.id), text="那天没有人", account_id=None)


def test_an_objection_that_was_deleted_leaves_the_minutes_waiting(scene: Scene) -> None:
    objected(scene)
    with scene.writing() as session:
        session.execute(delete(Objection.__table__))
    assert after_notice(scene) == (ProposalState.AWAITING, 0)
    with pytest.raises(Conflict, match="管理员"):
        scene.confirm(scene.proposals()[0], by=scene.third())


def test_an_objection_that_was_deleted_and_the_notice_put_back_leaves_them_too(scene: Scene) -> None:
    seal = on_notice(scene).seal
    with scene.writing():
        object_to(db.session.get_one(Proposal, scene.proposals()[0].id), text="那天没有人", account_id=None)
    with scene.writing() as session:
        session.execute(delete(Objection.__table__))
    write(scene, state=ProposalState.ON_NOTICE, notice_until_on=clock.today())
    assert after_notice(scene) == LEFT
    with scene.cast.app.app_context():
        assert scene.proposals()[0].seal != seal


def test_an_objection_that_was_answered_lets_the_new_notice_end(scene: Scene) -> None:
    objection, third = objected(scene), scene.third()
    with scene.writing():
        kept = db.session.get_one(Objection, objection.id)
        answer_objection(kept, outcome=ObjectionOutcome.DISMISSED, answer="查过了", account_id=third.id)
    assert after_notice(scene) == MENDED


def test_an_answer_that_was_written_past_the_program_is_none(scene: Scene) -> None:
    objected(scene)
    with scene.writing() as session:
        said = {"outcome": ObjectionOutcome.DISMISSED, "answer": "查过了", "answered_at": clock.now()}
        session.execute(update(Objection.__table__).values(said))
    with pytest.raises(Conflict, match="管理员"):
        scene.confirm(scene.proposals()[0], by=scene.third())


def test_older_ones_are_sealed_and_what_is_sealed_stays_as_it_is(scene: Scene) -> None:
    on_notice(scene)
    scene.typed(scene.shift("09:00", 60))
    first, second = scene.proposals()
    with scene.writing() as session:
        session.execute(update(PROPOSALS).where(PROPOSALS.c.id == first.id).values(seal=""))
        session.execute(update(PROPOSALS).where(PROPOSALS.c.id == second.id).values(seal="f" * 64))
    with scene.writing():
        seal_older()
    with scene.cast.app.app_context():
        assert unsealed(db.session.scalars(select(Proposal)).all()) == {second.id}
    assert scene.proposals()[0].seal == first.seal


def test_a_seal_is_of_its_own_kind() -> None:
    assert PROPOSAL not in set(LeafKind)
