"""What the job sees of shifts that are over; looking again changes nothing."""

from datetime import datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from models.activities import Shift
from models.base import db
from models.checkin import SpotCheck
from models.hours import Proposal
from models.signals import Signal
from models.volunteers import Volunteer
from tests.integration.checkin.test_speed import statements
from tests.integration.signals.conftest import NOW, PHONE, STARTS_AT, Field
from volunteer.checkin.rules import Direction, Method
from volunteer.hours.minutes import Source
from volunteer.hours.rules import Cause
from volunteer.scheduler import JOBS
from volunteer.signals import jobs, looking, operations
from volunteer.signals.rules import SignalKind

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


def kinds(scene: Field) -> list[SignalKind]:
    return [one.kind for one in scene.signals()]


def typed(scene: Field, volunteer: Volunteer, made_at: datetime, shift: Shift | None = None) -> Proposal:
    shift = shift or scene.shift
    row = Proposal(
        volunteer_id=volunteer.id,
        shift_id=shift.id,
        organization_id=scene.organization.id,
        served_on=shift.starts_at.date(),
        started_at=shift.starts_at,
        ended_at=shift.ends_at,
        minutes=120,
        source=Source.MANUAL,
        rules_version="1",
        derivation={},
        cause=Cause.MANUAL,
        made_by=scene.owner.id,
        made_at=made_at,
    )
    proposal: Proposal = scene.cast.add(row)
    return proposal


def test_the_scheduler_runs_it_every_ten_minutes() -> None:
    (job,) = [job for job in JOBS if job.name == "signals.look"]
    assert job.run is jobs.look
    assert "0:10:00" in str(job.trigger)


def test_an_honest_day_leaves_nothing(scene: Field) -> None:
    for number in range(6):
        one = scene.person(f"甲{number}")
        scene.come(one, number * MINUTE, device=f"{number}" * 32)
        scene.leave(one, 2 * HOUR + number * SECOND, device=f"{number}" * 32)
    scene.look()

    assert kinds(scene) == []


class TestSameSeconds:
    def serve(self, scene: Field, people: int, **more: object) -> None:
        for number in range(people):
            scene.serve(scene.person(f"甲{number}"), **more)

    def test_four_who_come_and_go_in_the_same_seconds_are_one_signal_that_names_them(self, scene: Field) -> None:
        self.serve(scene, 4)
        late = scene.person("晚到")
        scene.come(late, SECOND)
        scene.leave(late)
        scene.look()

        (signal,) = scene.signals()
        assert (signal.kind, signal.facts["people"], signal.volunteer_id) == (SignalKind.SAME_SECONDS, 4, None)
        assert len(signal.facts["volunteers"]) == 4
        assert late.public_id not in signal.facts["volunteers"]
        assert len(scene.entries()) == 5

    def test_three_and_a_list_marked_by_hand_are_nothing(self, scene: Field) -> None:
        self.serve(scene, 3)
        self.serve(scene, 5, method=Method.BY_HAND, recorded_by=scene.owner.id)
        scene.look()

        assert kinds(scene) == []


def test_a_shared_telephone_of_people_who_never_left_is_seen_afterwards(scene: Field) -> None:
    for name in ("甲一", "乙二", "丙三"):
        one = scene.person(name)
        scene.come(one, device=PHONE)
        scene.leave(one, 3 * HOUR, method=Method.AUTO_CLOSE)
    assert kinds(scene) == []
    scene.look()

    (signal,) = scene.signals()
    assert (signal.kind, signal.facts["accounts"]) == (SignalKind.ONE_DEVICE, 3)


class TestFreshActivity:
    def published(self, scene: Field, published_at: datetime, **more: object) -> Shift:
        told = {"created_at": published_at, "published_at": published_at, **more}
        shift: Shift = scene.cast.shift(scene.cast.activity(scene.organization, "临时活动", **told), STARTS_AT)
        return shift

    @pytest.mark.parametrize(("after", "is_seen"), [(29 * MINUTE, True), (30 * MINUTE, False)])
    def test_a_first_presence_within_half_an_hour_of_publishing(
        self, scene: Field, after: timedelta, is_seen: bool
    ) -> None:
        shift = self.published(scene, STARTS_AT)
        one = scene.person("李晓梅")
        scene.come(one, after, shift=shift)
        scene.look()

        assert kinds(scene) == ([SignalKind.FRESH_ACTIVITY] if is_seen else [])

    def test_a_typed_entry_within_half_an_hour_of_publishing(self, scene: Field) -> None:
        shift = self.published(scene, NOW - HOUR, created_at=STARTS_AT)
        typed(scene, scene.person("李晓梅"), NOW - HOUR + 5 * MINUTE, shift)
        scene.look()

        (signal,) = scene.signals()
        assert (signal.kind, signal.shift_id, signal.account_id) == (
            SignalKind.FRESH_ACTIVITY,
            shift.id,
            scene.owner.id,
        )

    def test_a_shift_that_was_over_before_its_activity_existed(self, scene: Field) -> None:
        shift = self.published(scene, STARTS_AT + 3 * HOUR)
        typed(scene, scene.person("李晓梅"), STARTS_AT + 4 * HOUR, shift)
        scene.look()

        assert kinds(scene) == [SignalKind.FRESH_ACTIVITY]


class TestManyByHand:
    def by_hand(self, scene: Field, count: int) -> None:
        for number in range(count):
            scene.come(scene.person(f"手{number}"), method=Method.BY_HAND, recorded_by=scene.owner.id)

    @pytest.mark.parametrize(("by_hand", "is_seen"), [(13, True), (12, False)])
    def test_twenty_written_down_or_typed_in_by_one_person(self, scene: Field, by_hand: int, is_seen: bool) -> None:
        self.by_hand(scene, by_hand)
        for number in range(7):
            typed(scene, scene.person(f"补{number}"), NOW - number * 24 * HOUR + MINUTE)
        scene.look()

        signals = scene.signals()
        assert [one.kind for one in signals] == ([SignalKind.MANY_BY_HAND] if is_seen else [])
        assert all((one.account_id, one.facts["by_hand"]) == (scene.owner.id, 20) for one in signals)

    @pytest.mark.parametrize(("scanned", "is_seen"), [(46, True), (47, False)])
    def test_only_when_they_are_more_than_three_in_ten_of_all(self, scene: Field, scanned: int, is_seen: bool) -> None:
        self.by_hand(scene, 20)
        for number in range(scanned):
            scene.come(scene.person(f"扫{number}"), number * SECOND)
        scene.look()

        assert kinds(scene) == ([SignalKind.MANY_BY_HAND] if is_seen else [])

    @pytest.mark.parametrize(("standing", "is_seen"), [(20, True), (19, False)])
    def test_what_was_taken_back_is_nobodys_hand_and_nobodys_visit(
        self, scene: Field, standing: int, is_seen: bool
    ) -> None:
        self.by_hand(scene, standing)
        for number in range(60):
            wrong = scene.person(f"错{number}")
            scene.come(wrong, method=Method.BY_HAND, recorded_by=scene.owner.id)
            scene.event(wrong, STARTS_AT, direction=Direction.OUT, method=Method.MENDED, recorded_by=scene.owner.id)
        scene.look()

        assert [one.facts["by_hand"] for one in scene.signals()] == ([20] if is_seen else [])
        assert [one.facts["total"] for one in scene.signals()] == ([20] if is_seen else [])

    def test_the_same_person_is_told_of_again_only_after_a_week(self, scene: Field) -> None:
        self.by_hand(scene, 20)
        for days in (0, 1, 6):
            with time_machine.travel(NOW + days * 24 * HOUR):
                scene.look()

        assert kinds(scene) == [SignalKind.MANY_BY_HAND]


class TestSpotChecks:
    def drawn(self, scene: Field, volunteer: Volunteer, **more: object) -> SpotCheck:
        drawn_at = STARTS_AT + HOUR
        values = {"drawn_at": drawn_at, "due_at": drawn_at + 10 * MINUTE, **more}
        check: SpotCheck = scene.cast.add(SpotCheck(shift_id=scene.shift.id, volunteer_id=volunteer.id, **values))
        return check

    def test_who_was_there_and_did_not_answer_is_seen_and_keeps_the_minutes(self, scene: Field) -> None:
        missing, shown, gone = (scene.person(name) for name in ("没应", "应了", "先走"))
        for one in (missing, shown):
            scene.come(one)
            scene.leave(one)
        scene.come(gone)
        scene.leave(gone, HOUR + 5 * MINUTE)
        for one in (missing, gone):
            self.drawn(scene, one)
        self.drawn(scene, shown, shown_at=STARTS_AT + HOUR + MINUTE)
        scene.look()

        (signal,) = scene.signals()
        assert (signal.kind, signal.volunteer_id) == (SignalKind.MISSED_SPOT_CHECK, missing.id)
        assert len(scene.entries()) == 3

    def test_one_that_is_not_due_yet_is_not_missed(self, scene: Field) -> None:
        one = scene.person("李晓梅")
        scene.come(one)
        self.drawn(scene, one, due_at=NOW + MINUTE)
        scene.look()

        assert kinds(scene) == []

    def test_many_cost_one_statement_a_batch_and_what_was_told_is_not_told_again(
        self, scene: Field, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(looking, "SPOT_CHECKS_AT_ONCE", 4)
        for number in range(6):
            one = scene.person(f"没应{number}")
            scene.come(one)
            scene.leave(one)
            self.drawn(scene, one)
        for number in range(5):
            one = scene.person(f"先走{number}")
            scene.come(one)
            scene.leave(one, HOUR + 5 * MINUTE, method=Method.BY_HAND)
            self.drawn(scene, one)
        seen_first, seen_again = self.look(scene), self.look(scene)

        assert len(scene.signals()) == 6
        assert [seen_first.count(word) for word in ("SELECT", "INSERT")] == [4, 6], seen_first
        assert seen_again == ["SELECT"] * 3, seen_again

    def look(self, scene: Field) -> list[str]:
        with scene.writing():
            db.session.connection()
            with statements() as seen:
                operations.look_at_spot_checks(NOW)
        return [one.split()[0] for one in seen]


def test_looking_again_adds_and_changes_nothing(scene: Field) -> None:
    for number in range(4):
        scene.serve(scene.person(f"甲{number}"), device=PHONE)
    for number in range(20):
        scene.come(scene.person(f"手{number}"), method=Method.BY_HAND, recorded_by=scene.owner.id)
    scene.look()
    before = [(one.id, one.subject_key, one.facts, one.seen_at) for one in scene.signals()]
    with time_machine.travel(NOW + 10 * MINUTE):
        scene.look()

    assert {one[1].partition(":")[0] for one in before} == {"one_device", "same_seconds", "many_by_hand"}
    assert [(one.id, one.subject_key, one.facts, one.seen_at) for one in scene.signals()] == before


def test_what_arrives_a_day_late_is_still_seen_and_older_shifts_rest(scene: Field) -> None:
    with scene.writing():
        assert list(looking.recent_shifts(NOW + 21 * HOUR)) == [[scene.shift.id]]
        assert list(looking.recent_shifts(NOW + 23 * HOUR)) == []


def test_many_shifts_are_looked_at_in_batches(scene: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    shifts = [scene.shift.id, *(scene.cast.shift(scene.activity, STARTS_AT).id for _ in range(4))]
    monkeypatch.setattr(looking, "SHIFTS_AT_ONCE", 2)
    with scene.writing():
        assert list(looking.recent_shifts(NOW)) == [shifts[:2], shifts[2:4], shifts[4:]]


def test_a_part_that_fails_leaves_what_came_before(scene: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(now: datetime) -> None:
        raise RuntimeError

    for number in range(4):
        scene.serve(scene.person(f"甲{number}"))
    monkeypatch.setattr(operations, "look_at_hands", fail)
    with pytest.raises(RuntimeError):
        scene.look()

    with scene.writing():
        assert db.session.scalar(select(func.count()).select_from(Signal)) == 1
