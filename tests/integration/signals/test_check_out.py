"""What is odd about a presence is found at its check-out, kept, and holds its minutes; an honest one stays cheap."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from models.activities import Shift
from models.base import db
from tests.integration.checkin.test_speed import statements
from tests.integration.signals.conftest import FAR, OTHER_PHONE, PHONE, PIN, STARTS_AT, Field, at
from volunteer.checkin.rules import Direction, Method
from volunteer.hours import doubts as hours_doubts
from volunteer.hours.awaiting import forgotten_of_volunteers
from volunteer.hours.proposing import propose_end
from volunteer.hours.rules import Cause, ProposalState
from volunteer.signals.operations import doubt_presence
from volunteer.signals.rules import SignalKind, Verdict

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def test_an_honest_presence_is_credited_and_leaves_nothing(scene: Field) -> None:
    said = scene.serve(scene.person("李晓梅"), device=PHONE, location=at(PIN))

    assert str(said).startswith("已记入 120 分钟")
    assert (scene.signals(), scene.proposals()) == ([], [])


def test_looking_costs_an_honest_check_out_one_statement(scene: Field) -> None:
    volunteer = scene.person("李晓梅")
    scene.come(volunteer, device=PHONE, location=at(PIN))
    going = scene.event(volunteer, STARTS_AT + 2 * HOUR, device=PHONE, location=at(PIN))
    with scene.writing():
        db.session.connection()
        with statements() as seen:
            asked = {"volunteer_id": volunteer.id, "shift_id": scene.shift.id, "check_out_event_id": going.id}
            assert doubt_presence(**asked) is None
    assert len(seen) == 1, seen


class TestOneDevice:
    def test_the_third_account_of_a_telephone_waits_and_the_first_two_do_not(self, scene: Field) -> None:
        people = [scene.person(name) for name in ("甲一", "乙二", "丙三", "丁四")]
        for number, one in enumerate(people):
            scene.come(one, number * MINUTE, device=PHONE)
        for one in people:
            scene.leave(one, device=PHONE)

        held = scene.proposals()
        assert [one.volunteer_id for one in held] == [people[2].id, people[3].id]
        assert {(one.cause, one.state, one.reason) for one in held} == {
            (Cause.SIGNAL, ProposalState.AWAITING, "同一部手机在这个班次签了 4 个账号")
        }
        (signal,) = scene.signals()
        assert (signal.kind, signal.volunteer_id, signal.facts["accounts"]) == (SignalKind.ONE_DEVICE, None, 4)
        assert signal.facts["volunteers"] == [one.public_id for one in people]

    def test_two_accounts_and_a_family_of_one_account_are_nothing(self, scene: Field) -> None:
        family = scene.cast.account("一家之主")
        for one in (*(scene.person(name, family) for name in ("爸爸", "妈妈", "孩子")), scene.person("邻居")):
            scene.serve(one, device=PHONE)

        assert (scene.signals(), scene.proposals()) == ([], [])

    def test_minutes_that_were_settled_before_the_third_came_stay_and_the_signal_names_all(self, scene: Field) -> None:
        people = [scene.person(name) for name in ("甲一", "乙二", "丙三")]
        for one in people:
            scene.serve(one, device=PHONE)

        assert [one.volunteer_id for one in scene.entries()] == [people[0].id, people[1].id]
        assert [one.volunteer_id for one in scene.proposals()] == [people[2].id]
        (signal,) = scene.signals()
        assert len(signal.facts["volunteers"]) == 3

    def test_who_leaves_by_the_telephone_of_others_waits_too(self, scene: Field) -> None:
        people = [scene.person(name) for name in ("甲一", "乙二", "丙三")]
        for number, one in enumerate(people):
            scene.come(one, device=f"{number}" * 32)
        for one in people:
            scene.leave(one, device=OTHER_PHONE)

        assert [one.volunteer_id for one in scene.proposals()] == [people[2].id]

    def test_what_an_organizer_or_a_kiosk_records_is_no_persons_telephone(self, scene: Field) -> None:
        for number in range(4):
            scene.serve(scene.person(f"甲{number}"), device=PHONE, method=Method.ORGANIZER_SCAN)
            scene.serve(scene.person(f"乙{number}"), device=OTHER_PHONE, method=Method.KIOSK)

        assert scene.signals() == []

    def test_the_same_telephone_at_another_shift_starts_anew(self, scene: Field) -> None:
        evening = scene.cast.shift(scene.activity, STARTS_AT + 3 * HOUR)
        for name in ("甲一", "乙二"):
            scene.serve(scene.person(name), device=PHONE)
        for name in ("丙三", "丁四"):
            one = scene.person(name)
            scene.come(one, 3 * HOUR, shift=evening, device=PHONE)
            scene.leave(one, 5 * HOUR, shift=evening, device=PHONE)

        assert scene.signals() == []

    def test_a_judged_signal_keeps_what_was_judged(self, scene: Field) -> None:
        for name in ("甲一", "乙二", "丙三"):
            scene.serve(scene.person(name), device=PHONE)
        with scene.writing():
            signal = db.session.merge(scene.signals()[0])
            signal.verdict, signal.judged_at = Verdict.FINE, STARTS_AT
        scene.serve(scene.person("丁四"), device=PHONE)

        (signal,) = scene.signals()
        assert (signal.facts["accounts"], signal.verdict) == (3, Verdict.FINE)
        assert len(scene.proposals()) == 2


class TestOutsideCircle:
    @pytest.mark.parametrize("end", ["in", "out"])
    def test_a_telephone_elsewhere_at_either_end_holds_the_minutes(self, scene: Field, end: str) -> None:
        volunteer = scene.person("李晓梅")
        scene.come(volunteer, location=at(FAR if end == "in" else PIN))
        said = scene.leave(volunteer, location=at(FAR if end == "out" else PIN))

        (proposal,) = scene.proposals()
        assert str(said) == "120 分钟等第二个人确认后记入：有异常提示，要人看一看"
        assert proposal.reason == "手机报的位置离现场 54,597 米，误差 20 米"
        (signal,) = scene.signals()
        assert (signal.kind, signal.volunteer_id) == (SignalKind.OUTSIDE_CIRCLE, volunteer.id)

    def test_a_vague_place_and_an_activity_without_a_pin_say_nothing(self, scene: Field) -> None:
        scene.serve(scene.person("李晓梅"), location=at(FAR, 2_001))
        nowhere = scene.cast.shift(scene.cast.activity(scene.organization), STARTS_AT)
        one = scene.person("王芳")
        scene.come(one, shift=nowhere, location=at(FAR))
        scene.leave(one, shift=nowhere, location=at(FAR))

        assert (scene.signals(), len(scene.entries())) == ([], 2)


class TestTwoPlaces:
    def far_shift(self, scene: Field, after: timedelta) -> Shift:
        activity = scene.cast.activity(scene.organization, latitude=FAR[0], longitude=FAR[1])
        shift: Shift = scene.cast.shift(activity, STARTS_AT + after)
        return shift

    def test_fifty_kilometres_in_ten_minutes_wait(self, scene: Field) -> None:
        volunteer, far = scene.person("李晓梅"), self.far_shift(scene, 2 * HOUR)
        scene.serve(volunteer)
        scene.come(volunteer, 2 * HOUR + 10 * MINUTE, shift=far)
        scene.leave(volunteer, 4 * HOUR, shift=far)

        (proposal,) = scene.proposals()
        assert proposal.shift_id == far.id
        assert proposal.reason == "16:00 还在上一处，16:10 就在这里签到，两处至少相隔 53.6 公里"
        (signal,) = scene.signals()
        assert (signal.kind, signal.shift_id, signal.facts["metres"]) == (SignalKind.TWO_PLACES, far.id, 53_596)

    def test_fifty_kilometres_in_half_an_hour_can_be_driven(self, scene: Field) -> None:
        volunteer, far = scene.person("李晓梅"), self.far_shift(scene, 2 * HOUR)
        scene.serve(volunteer)
        scene.come(volunteer, 2 * HOUR + 30 * MINUTE, shift=far)
        scene.leave(volunteer, 4 * HOUR, shift=far)

        assert scene.signals() == []

    def test_where_the_system_closed_nobody_knows_when_they_left(self, scene: Field) -> None:
        volunteer, far = scene.person("李晓梅"), self.far_shift(scene, 3 * HOUR)
        scene.come(volunteer)
        scene.leave(volunteer, 3 * HOUR, method=Method.AUTO_CLOSE)
        scene.come(volunteer, 3 * HOUR + MINUTE, shift=far)
        scene.leave(volunteer, 4 * HOUR, shift=far)

        assert scene.signals() == []

    @pytest.mark.parametrize("times", [0, 1, 3])
    def test_comings_that_were_put_right_in_between_hide_nothing(self, scene: Field, times: int) -> None:
        volunteer, far = scene.person("李晓梅"), self.far_shift(scene, 2 * HOUR)
        scene.serve(volunteer)
        for minute in range(times):
            when = STARTS_AT + 2 * HOUR + minute * MINUTE
            scene.event(volunteer, when, shift=far)
            scene.event(volunteer, when, shift=far, direction=Direction.OUT, method=Method.MENDED)
        scene.come(volunteer, 2 * HOUR + 10 * MINUTE, shift=far)
        scene.leave(volunteer, 4 * HOUR, shift=far)

        assert [one.kind for one in scene.signals()] == [SignalKind.TWO_PLACES]
        assert [one.shift_id for one in scene.proposals()] == [far.id]

    def test_where_the_system_closed_their_coming_is_still_known(self, scene: Field) -> None:
        volunteer, far = scene.person("李晓梅"), self.far_shift(scene, HOUR)
        scene.come(volunteer, 55 * MINUTE)
        scene.leave(volunteer, HOUR, method=Method.AUTO_CLOSE)
        scene.come(volunteer, HOUR + MINUTE, shift=far)
        scene.leave(volunteer, 2 * HOUR, shift=far)

        assert [one.kind for one in scene.signals()] == [SignalKind.TWO_PLACES]


def test_everything_that_is_odd_is_said_and_kept_once(scene: Field) -> None:
    volunteer = scene.person("李晓梅")
    for name in ("甲一", "乙二"):
        scene.come(scene.person(name), device=PHONE)
    scene.come(volunteer, device=PHONE, location=at(FAR))
    going = scene.event(volunteer, STARTS_AT + 2 * HOUR, device=PHONE)
    for _ in range(2):
        with scene.writing():
            said = doubt_presence(volunteer_id=volunteer.id, shift_id=scene.shift.id, check_out_event_id=going.id)

    assert str(said) == "手机报的位置离现场 54,597 米，误差 20 米；同一部手机在这个班次签了 3 个账号"
    assert [one.kind for one in scene.signals()] == [SignalKind.OUTSIDE_CIRCLE, SignalKind.ONE_DEVICE]


def test_who_forgot_to_leave_is_doubted_when_somebody_tells_the_end(scene: Field) -> None:
    for name in ("甲一", "乙二"):
        scene.serve(scene.person(name), device=PHONE)
    late = scene.person("丙三")
    scene.come(late, device=PHONE)
    scene.leave(late, 3 * HOUR, method=Method.AUTO_CLOSE)
    assert scene.signals() == []
    with scene.writing():
        (forgotten,) = forgotten_of_volunteers([late.id])
        propose_end(forgotten, ended_at=STARTS_AT + HOUR, reason="手机没电", account_id=late.account_id)

    (proposal,) = scene.proposals()
    assert proposal.cause is Cause.FORGOTTEN_CHECK_OUT
    assert proposal.reason == "手机没电；同一部手机在这个班次签了 3 个账号"
    assert [one.kind for one in scene.signals()] == [SignalKind.ONE_DEVICE]


def test_without_the_signals_a_shared_telephone_would_be_credited(
    scene: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hours_doubts, "doubts", [])
    for name in ("甲一", "乙二", "丙三", "丁四"):
        scene.serve(scene.person(name), device=PHONE)

    assert (len(scene.entries()), scene.proposals(), scene.signals()) == (4, [], [])


def test_leaving_all_at_once_by_one_telephone_makes_one_signal(scene: Field) -> None:
    people = [scene.person(f"甲{number}") for number in range(6)]
    for number, one in enumerate(people):
        scene.come(one, number * MINUTE, device=PHONE)
    goings = [scene.event(one, STARTS_AT + 2 * HOUR, device=PHONE) for one in people]
    with ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(scene.settle, goings))

    (signal,) = scene.signals()
    assert signal.facts["accounts"] == 6
    assert sorted(one.volunteer_id for one in scene.entries()) == sorted(one.id for one in people[:2])
    assert sorted(one.volunteer_id for one in scene.proposals()) == sorted(one.id for one in people[2:])


def test_the_application_asks_the_signals_before_it_credits(scene: Field) -> None:
    assert hours_doubts.doubts == [doubt_presence]
