"""The way from a scan to the ledger, through the room that records presence."""

from datetime import datetime

import time_machine

from models.signups import Signup
from tests.integration.hours.conftest import Scene, at
from volunteer.checkin.operations import Asked, Recorded, close_forgotten, record_presence
from volunteer.checkin.rules import Direction, Method
from volunteer.hours import awaiting
from volunteer.kernel import clock
from volunteer.kernel.ids import new_public_id
from volunteer.signups.rules import SignupStatus


def scan(scene: Scene, shift_id: str, direction: Direction, when: datetime) -> Recorded:
    asked = Asked(
        volunteer=scene.volunteer.public_id,
        shift=shift_id,
        direction=direction,
        happened_at=when,
        method=Method.VENUE_CODE,
        account_id=scene.account.id,
        request_key=new_public_id(),
    )
    with time_machine.travel(when), scene.writing():
        return record_presence(asked)


def placed(scene: Scene) -> str:
    shift = scene.shift(days_ago=0)
    scene.cast.add(
        Signup(
            shift_id=shift.id,
            volunteer_id=scene.volunteer.id,
            account_id=scene.account.id,
            status=SignupStatus.PLACED,
            created_at=clock.now(),
            changes_seen_at=clock.now(),
        )
    )
    return shift.public_id


def test_scanning_in_and_out_credits_the_time_and_says_how(scene: Scene) -> None:
    shift = placed(scene)
    scan(scene, shift, Direction.IN, at("13:55", 0))
    told = scan(scene, shift, Direction.OUT, at("16:10", 0))

    (entry,) = scene.entries()
    assert entry.minutes == 120
    assert str(told.derivation) == "已记入 120 分钟：13:55–16:10 在场，计划 14:00 开始，计划到 16:00 → 120 分钟"


def test_a_check_out_that_never_came_is_asked_for_and_not_credited(scene: Scene) -> None:
    shift = placed(scene)
    scan(scene, shift, Direction.IN, at("14:00", 0))
    with time_machine.travel(at("18:00", 0)), scene.writing():
        assert close_forgotten(clock.now()) == 1

    assert (scene.entries(), scene.proposals()) == ([], [])
    with scene.cast.app.app_context():
        (forgotten,) = awaiting.forgotten_of_volunteers([scene.volunteer.id])
    assert forgotten.arrived_at == at("14:00", 0)
