"""A check-out becomes minutes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from models.base import db
from models.hours import CreditedSpan
from models.volunteers import FigureChange
from tests.integration.hours.conftest import Scene, at
from volunteer.activities.rules import ActivityStatus
from volunteer.activities.shift_rules import ShiftStatus
from volunteer.checkin.rules import Method
from volunteer.hours import doubts, operations
from volunteer.hours.minutes import Derivation, Source
from volunteer.hours.rules import Cause, ProposalState
from volunteer.kernel.errors import Conflict
from volunteer.kernel.text import Words


def test_a_typical_presence_takes_effect_at_once(scene: Scene) -> None:
    said = scene.serve(scene.shift(), at("13:55"), at("16:10"))

    (entry,) = scene.entries()
    assert str(said) == "已记入 120 分钟：13:55–16:10 在场，计划 14:00 开始，计划到 16:00 → 120 分钟"
    assert (entry.minutes, entry.source, entry.started_at, entry.ended_at) == (
        120,
        Source.SCAN,
        at("14:00"),
        at("16:00"),
    )
    assert Derivation.from_json(entry.derivation).minutes == 120
    assert scene.minutes() == 120
    with scene.writing():
        assert db.session.scalar(select(func.count(CreditedSpan.entry_id))) == 1
        assert db.session.scalars(select(FigureChange.entry_id).where(FigureChange.entry_id.is_not(None))).all() == [
            entry.id
        ]


def test_a_presence_over_midnight_gives_each_day_its_own(scene: Scene) -> None:
    scene.serve(scene.shift("22:00", 240), at("22:00"), at("02:00", 1))

    assert [(one.served_on, one.minutes) for one in scene.entries()] == [
        (at("22:00").date(), 120),
        (at("02:00", 1).date(), 120),
    ]


def test_a_break_is_taken_off_and_an_extension_counts(scene: Scene) -> None:
    scene.serve(scene.shift(minutes=180, break_minutes=30), at("14:00"), at("17:00"))
    extended = scene.shift("18:00", 60, extended_until=at("19:30"), extension_reason="雨停了才收摊")
    scene.serve(extended, at("18:00"), at("19:30"))

    assert [one.minutes for one in scene.entries()] == [150, 90]


def test_more_than_eight_hours_a_day_wait_for_a_second_person(scene: Scene) -> None:
    scene.serve(scene.shift("07:00", 360), at("07:00"), at("13:00"))
    said = scene.serve(scene.shift("14:00", 180), at("14:00"), at("17:00"))

    (proposal,) = scene.proposals()
    assert str(said) == "180 分钟等第二个人确认后记入：当天共 9.00 小时，超过 8 小时，要第二个人确认"
    assert (proposal.state, proposal.cause, proposal.source) == (ProposalState.AWAITING, Cause.LONG_DAY, Source.SCAN)
    assert scene.minutes() == 360


def test_more_than_twelve_hours_a_day_are_returned_with_the_reason(scene: Scene) -> None:
    scene.serve(scene.shift("05:00", 480), at("05:00"), at("13:00"))
    scene.serve(scene.shift("14:00", 300), at("14:00"), at("19:00"))

    (proposal,) = scene.proposals()
    assert (proposal.state, proposal.answer) == (ProposalState.RETURNED, "当天共 13.00 小时，一天最多记 12 小时")
    assert scene.minutes() == 480


def test_a_presence_longer_than_an_entry_can_hold_is_kept_as_returned(scene: Scene) -> None:
    scene.serve(scene.shift("05:00", 960), at("05:00"), at("21:00"))

    (proposal,) = scene.proposals()
    assert (proposal.minutes, proposal.state) == (960, ProposalState.RETURNED)


def test_what_was_recorded_by_hand_waits_and_names_who_did_it(scene: Scene) -> None:
    shift = scene.shift()
    scene.serve(
        shift, at("14:00"), at("16:00"), method_out=Method.BY_HAND, recorded_by=scene.owner.id, reason="手机没电"
    )

    (proposal,) = scene.proposals()
    assert (proposal.cause, proposal.made_by, proposal.reason) == (Cause.BY_HAND, scene.owner.id, "手机没电")
    assert proposal.source is Source.MANUAL
    assert scene.entries() == []


def test_two_ends_written_by_hand_go_on_public_notice(scene: Scene) -> None:
    by_hand = Method.BY_HAND
    scene.serve(scene.shift(), at("14:00"), at("16:00"), by_hand, by_hand, recorded_by=scene.owner.id, reason="没电")

    (proposal,) = scene.proposals()
    assert (proposal.cause, proposal.made_by) == (Cause.ALL_BY_HAND, scene.owner.id)
    assert scene.confirm(proposal).state is ProposalState.ON_NOTICE
    assert scene.minutes() == 0


@pytest.mark.parametrize("what", ["shift", "activity"])
def test_a_check_out_from_what_was_cancelled_waits_for_a_second_person_and_the_public(scene: Scene, what: str) -> None:
    if what == "shift":
        shift = scene.shift(status=ShiftStatus.CANCELLED)
    else:
        shift = scene.shift(activity=scene.cast.activity(scene.organization, status=ActivityStatus.CANCELLED))
    said = scene.serve(shift, at("13:50"), at("14:30"))

    (proposal,) = scene.proposals()
    assert str(said) == "30 分钟等第二个人确认后记入：班次已经取消，要核实有没有服务"
    assert (proposal.cause, proposal.state) == (Cause.CANCELLED_SHIFT, ProposalState.AWAITING)
    assert scene.entries() == []
    assert scene.confirm(proposal).state is ProposalState.ON_NOTICE


def test_what_a_room_above_doubts_waits_with_its_words_and_nothing_else_does(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    doubted = scene.shift()

    def doubt(*, volunteer_id: int, shift_id: int, check_out_event_id: int) -> Words | None:
        return Words("位置在 %(metres)d 米外", {"metres": 900}) if shift_id == doubted.id else None

    monkeypatch.setattr(doubts, "doubts", [doubt])
    said = scene.serve(doubted, at("14:00"), at("16:00"))
    scene.serve(scene.shift("17:00", 60), at("17:00"), at("18:00"))

    (proposal,) = scene.proposals()
    assert str(said) == "120 分钟等第二个人确认后记入：有异常提示，要人看一看"
    assert (proposal.cause, proposal.reason, proposal.made_by) == (Cause.SIGNAL, "位置在 900 米外", None)
    assert [entry.minutes for entry in scene.entries()] == [60]
    assert scene.confirm(proposal).state is ProposalState.EFFECTIVE


def test_a_doubt_about_what_was_written_by_hand_stands_beside_its_reason(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doubts, "doubts", [lambda **_: Words("两处相隔太远")])
    by_hand = Method.BY_HAND
    scene.serve(
        scene.shift(), at("14:00"), at("16:00"), method_out=by_hand, recorded_by=scene.owner.id, reason="手机没电"
    )

    (proposal,) = scene.proposals()
    assert (proposal.cause, proposal.reason) == (Cause.BY_HAND, "手机没电；两处相隔太远")


def test_what_is_typed_in_for_who_forgot_to_leave_says_what_is_odd_about_the_presence(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doubts, "doubts", [lambda **_: Words("两处相隔太远")])
    shift = scene.shift()
    scene.forget(shift)
    assert scene.typed(shift).reason == "现场断网；两处相隔太远"
    assert scene.typed(scene.shift(days_ago=3)).reason == "现场断网"


def test_two_codes_scanned_without_a_network_wait_for_somebody_who_did_not_scan(scene: Scene) -> None:
    offline, by_owner = Method.OFFLINE, {"recorded_by": scene.owner.id}
    shift = scene.shift()
    scene.arrive(shift, at("14:00"), offline, **by_owner)
    left = scene.leave(shift, at("16:00"), offline, **by_owner)
    with scene.writing():
        said = operations.settle_presence(
            scene.volunteer.id, shift.id, at("14:00"), at("16:00"), offline, offline, left.id
        )

    (proposal,) = scene.proposals()
    assert str(said) == "120 分钟等第二个人确认后记入：签到、签退都是断网时扫的"
    assert (proposal.cause, proposal.state, proposal.made_by) == (Cause.OFFLINE, ProposalState.AWAITING, None)
    with pytest.raises(Conflict, match="是您经手的"):
        scene.confirm(proposal, by=scene.owner)
    assert scene.minutes() == 0
    assert scene.confirm(proposal).state is ProposalState.EFFECTIVE
    assert [(one.minutes, one.source) for one in scene.entries()] == [(120, Source.ORGANIZER_SCAN)]


def test_one_of_two_ends_scanned_while_the_server_looked_on_takes_effect_at_once(scene: Scene) -> None:
    scene.serve(scene.shift(), at("14:00"), at("16:00"), Method.OFFLINE, Method.VENUE_CODE)
    assert (scene.minutes(), scene.proposals()) == (120, [])


def test_what_the_system_closed_is_worth_nothing_yet(scene: Scene) -> None:
    said = scene.serve(scene.shift(), at("14:00"), at("17:00"), method_out=Method.AUTO_CLOSE)

    assert "填几点离开的" in str(said)
    assert (scene.entries(), scene.proposals()) == ([], [])


def test_less_than_a_minute_makes_no_row(scene: Scene) -> None:
    shift = scene.shift()
    said = scene.serve(shift, at("14:00"), at("14:00") + timedelta(seconds=59))

    assert "不到 1 分钟" in str(said)
    assert scene.entries() == []


def test_a_check_out_is_settled_once_and_said_the_same_again(scene: Scene) -> None:
    shift = scene.shift()
    told = scene.serve(shift, at("14:00"), at("16:00"))
    (entry,) = scene.entries()

    with scene.writing():
        said = operations.settle_presence(
            volunteer_id=scene.volunteer.id,
            shift_id=shift.id,
            arrived_at=at("14:00"),
            left_at=at("16:00"),
            method_in=Method.VENUE_CODE,
            method_out=Method.VENUE_CODE,
            check_out_event_id=entry.presence_event_id or 0,
        )

    assert str(said) == str(told) == "已记入 120 分钟：14:00–16:00 在场 → 120 分钟"
    assert len(scene.entries()) == 1


def test_time_that_is_credited_already_is_not_credited_again(scene: Scene) -> None:
    scene.serve(scene.shift(), at("14:00"), at("16:00"))
    said = scene.serve(scene.shift("15:00", 120), at("15:00"), at("17:00"))

    (proposal,) = scene.proposals()
    assert "已经有别的服务记录" in str(said)
    assert (proposal.state, proposal.minutes) == (ProposalState.RETURNED, 120)


@pytest.mark.parametrize("times", [8])
def test_settlements_at_once_never_pass_the_daily_limit(scene: Scene, times: int) -> None:
    presences = []
    for place in range(times):
        shift = scene.shift(f"{6 + 2 * place:02d}:00", 120)
        scene.arrive(shift, shift.starts_at)
        presences.append((shift, scene.leave(shift, shift.ends_at)))

    def settle(presence: tuple) -> None:
        shift, event = presence
        with scene.writing():
            operations.settle_presence(
                volunteer_id=scene.volunteer.id,
                shift_id=shift.id,
                arrived_at=shift.starts_at,
                left_at=shift.ends_at,
                method_in=Method.VENUE_CODE,
                method_out=Method.VENUE_CODE,
                check_out_event_id=event.id,
            )

    with ThreadPoolExecutor(times) as pool:
        list(pool.map(settle, presences))

    assert scene.minutes() == 480
    assert len(scene.entries()) == 4
    assert [one.state for one in scene.proposals()] == [ProposalState.AWAITING] * 4


def test_the_same_check_out_settled_many_times_at_once_gives_one_entry(scene: Scene) -> None:
    shift = scene.shift()
    scene.arrive(shift, at("14:00"))
    event = scene.leave(shift, at("16:00"))

    def settle(_: int) -> str:
        with scene.writing():
            return str(
                operations.settle_presence(
                    volunteer_id=scene.volunteer.id,
                    shift_id=shift.id,
                    arrived_at=at("14:00"),
                    left_at=at("16:00"),
                    method_in=Method.VENUE_CODE,
                    method_out=Method.VENUE_CODE,
                    check_out_event_id=event.id,
                )
            )

    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(settle, range(6)))

    assert set(said) == {"已记入 120 分钟：14:00–16:00 在场 → 120 分钟"}
    assert len(scene.entries()) == 1
