"""What a station scans is recorded once, at the right moment, by the same rules as everything else."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models.base import db
from models.checkin import SpotCheck
from models.organizations import Organization
from models.stations import Station
from models.volunteers import Volunteer
from tests.client import Browser
from tests.integration.stations.conftest import ADDRESS, JSON, MINUTE, NOW, Desk
from volunteer.checkin import spot_checks
from volunteer.checkin.rules import Direction, Method
from volunteer.kernel import clock
from volunteer.kernel.permissions import Role
from volunteer.stations.rules import Outcome, milliseconds, moment

SECOND = timedelta(seconds=1)


class TestWithANetwork:
    def test_a_fresh_code_is_recorded_now(self, desk: Desk) -> None:
        someone = desk.volunteer()
        before = clock.now()
        answer = desk.send_one(desk.scan(someone, ago=20 * SECOND))
        [event] = desk.events()
        assert (answer["outcome"], answer["rule"], answer["state"]) == ("recorded", "", "in")
        assert (answer["volunteer"], answer["name"], answer["initials"]) == (someone.public_id, "李晓梅", "晓梅")
        assert answer["words"].endswith("签到成功")
        assert (event.method, event.direction, event.reason) == (Method.ORGANIZER_SCAN, Direction.IN, "")
        assert (event.recorded_by, event.station) == (desk.organizer.id, desk.station)
        assert event.happened_at >= before
        assert answer["happened_at"] == milliseconds(event.happened_at)

    def test_a_card_and_a_number_are_written_by_hand_with_a_reason(self, desk: Desk) -> None:
        desk.send(desk.card(desk.volunteer("有卡")), desk.number(desk.volunteer("报号")))
        assert {(event.method, event.reason) for event in desk.events()} == {
            (Method.BY_HAND, "现场扫志愿者卡"),
            (Method.BY_HAND, "现场输入志愿者编号"),
        }

    def test_a_refusal_is_told_at_once_and_kept(self, desk: Desk) -> None:
        someone = desk.volunteer()
        answer = desk.send_one(desk.scan(someone, "out"))
        assert (answer["outcome"], answer["rule"], answer["state"]) == ("refused", "not_in", "missing")
        assert answer["words"] == "还没有签到，请先扫签到码"
        [refusal] = desk.refusals()
        assert (refusal.rule, refusal.volunteer_id, refusal.account_id) == ("not_in", someone.id, desk.organizer.id)
        assert (refusal.shift_id, refusal.direction) == (desk.shift.id, Direction.OUT)
        assert [record.outcome for record in desk.records()] == [Outcome.REFUSED]
        assert desk.events() == []

    def test_a_code_that_was_old_when_it_was_scanned_is_refused(self, desk: Desk) -> None:
        someone = desk.volunteer()
        answer = desk.send_one(desk.record(desk.code(someone, ago=40 * SECOND), ago=2 * SECOND))
        assert (answer["outcome"], answer["rule"]) == ("refused", "stale_personal_code")
        assert desk.events() == []

    def test_a_code_that_was_fresh_when_it_was_scanned_counts_although_its_sending_took_a_while(
        self, desk: Desk
    ) -> None:
        code = desk.code(desk.volunteer(), ago=50 * SECOND)
        answer = desk.send_one(desk.record(code, ago=40 * SECOND))
        assert answer["outcome"] == "recorded"
        [event] = desk.events()
        assert event.method is Method.OFFLINE

    def test_who_was_drawn_for_a_second_look_is_seen_by_a_fresh_code_and_by_nothing_else(self, desk: Desk) -> None:
        someone = desk.volunteer()
        desk.send_one(desk.scan(someone))
        assert desk.send_one(desk.scan(someone))["rule"] == "already_in"
        with desk.app.app_context():
            [drawn] = spot_checks.draw(desk.shift.public_id, count=1, account_id=desk.organizer.id)
            db.session.commit()
        assert drawn.volunteer == someone.public_id
        for other in (desk.card(someone), desk.number(someone)):
            assert desk.send_one(other)["rule"] == "already_in"
        seen = desk.scan(someone)
        answer = desk.send_one(seen)
        assert (answer["outcome"], answer["rule"], answer["state"]) == ("recorded", "spot_check", "in")
        assert answer["words"] == "李晓梅在现场，抽查看到了"
        assert desk.send_one(seen) == answer
        [check] = desk.rows(select(SpotCheck))
        assert (check.shown_by, check.method) == (desk.organizer.id, Method.ORGANIZER_SCAN)
        assert desk.send_one(desk.scan(someone))["rule"] == "already_in"
        assert len(desk.events()) == 1

    def test_nobody_records_their_own_family(self, desk: Desk) -> None:
        child = desk.volunteer("我家孩子", account=desk.organizer)
        for record in (desk.scan(child), desk.card(child), desk.number(child)):
            assert desk.send_one(record)["rule"] == "own_family"
        assert desk.events() == []


class TestWithoutANetwork:
    def test_what_the_page_had_only_kept_is_left_to_people_however_soon_it_comes(self, desk: Desk) -> None:
        for scan in (desk.scan, desk.card, desk.number):
            stranger = desk.volunteer("名单外的人", has_place=False)
            live, kept = scan(stranger, ago=20 * SECOND), {**scan(stranger, ago=20 * SECOND), "kept": True}
            answers = desk.send(live, kept, {**live, "kept": True})
            assert [answer["outcome"] for answer in answers] == ["refused", "review", "refused"]
            assert {answer["rule"] for answer in answers} == {"not_signed_up"}
        assert desk.send_one({**desk.scan(desk.volunteer()), "kept": True})["outcome"] == "recorded"
        [event] = desk.events()
        assert event.method is Method.ORGANIZER_SCAN

    def test_a_code_counts_at_the_moment_that_our_server_put_into_it(self, desk: Desk) -> None:
        someone = desk.volunteer()
        coming, going = desk.scan(someone, ago=50 * MINUTE), desk.scan(someone, "out", ago=10 * MINUTE)
        answers = desk.send(coming, going)
        assert [answer["outcome"] for answer in answers] == ["recorded", "recorded"]
        arrived, left = desk.events()
        assert (arrived.method, left.method) == (Method.OFFLINE, Method.OFFLINE)
        assert answers[0]["happened_at"] == milliseconds(arrived.happened_at)
        assert abs(left.happened_at - arrived.happened_at - 40 * MINUTE) < SECOND
        assert answers[1]["state"] == "left"

    @pytest.mark.parametrize("wrong", [timedelta(days=-300), timedelta(hours=-1), timedelta(hours=9)])
    def test_a_wrong_clock_moves_nothing(self, desk: Desk, wrong: timedelta) -> None:
        with_code, with_card = desk.volunteer("有码"), desk.volunteer("有卡")
        now = clock.now()
        code = desk.code(with_code, ago=30 * MINUTE)
        device_at = milliseconds(now - 30 * MINUTE + wrong)
        card = f"{ADDRESS}/volunteers/{with_card.public_id}/badge"
        records = (desk.record(code, device_at=device_at), desk.record(card, kind="card", device_at=device_at))
        answers = desk.send(*records, sent_at=now + wrong)
        assert [answer["outcome"] for answer in answers] == ["recorded", "recorded"]
        for event in desk.events():
            assert abs(now - 30 * MINUTE - event.happened_at) < 5 * SECOND
        assert {record.device_at for record in desk.records()} == {moment(device_at)}

    def test_a_forged_device_time_cannot_make_a_code_older_or_younger(self, desk: Desk) -> None:
        someone = desk.volunteer()
        code = desk.code(someone, ago=20 * MINUTE)
        early, late = desk.record(code, ago=55 * MINUTE), desk.record(code, ago=2 * MINUTE)
        assert [answer["rule"] for answer in desk.send(early, late)] == ["device_clock", "stale_personal_code"]
        assert [record.outcome for record in desk.records()] == [Outcome.REVIEW, Outcome.REVIEW]
        assert desk.events() == []

    @pytest.mark.parametrize(("ago", "rule"), [(130 * MINUTE, "before_opening"), (-1 * MINUTE, "device_clock")])
    def test_a_card_counts_only_between_the_opening_and_the_arrival(
        self, desk: Desk, ago: timedelta, rule: str
    ) -> None:
        assert desk.send_one(desk.card(desk.volunteer(), ago=ago))["rule"] == rule
        assert [record.outcome for record in desk.records()] == [Outcome.REVIEW]
        assert desk.events() == []

    def test_what_the_rules_refuse_is_looked_at_by_a_person(self, desk: Desk) -> None:
        answer = desk.send_one(desk.scan(desk.volunteer(has_place=False), ago=30 * MINUTE))
        assert (answer["outcome"], answer["rule"], answer["state"]) == ("review", "not_signed_up", "")
        assert (desk.events(), desk.refusals()) == ([], [])

    def test_who_is_not_on_the_list_may_join_a_shift_that_is_open_to_all(self, desk: Desk) -> None:
        activity = desk.activity
        desk.shift = desk.cast.shift(activity, desk.shift.starts_at, allows_walk_in=True)
        desk.open()
        answer = desk.send_one(desk.scan(desk.volunteer("路过的人", has_place=False), ago=30 * MINUTE))
        assert (answer["outcome"], answer["name"], answer["state"]) == ("recorded", "路过的人", "in")

    def test_a_week_late_is_too_late(self, desk: Desk) -> None:
        desk.shift = desk.cast.shift(desk.activity, clock.now() - timedelta(days=7))
        desk.open(ago=timedelta(days=7, hours=1))
        someone = desk.volunteer()
        answer = desk.send_one(desk.scan(someone, ago=timedelta(days=7) - 10 * MINUTE))
        assert (answer["outcome"], answer["rule"]) == ("review", "too_late_to_sync")
        assert desk.events() == []

    def test_a_name_on_no_list_is_not_given_away_for_a_number(self, desk: Desk) -> None:
        stranger = desk.volunteer("陌生人", has_place=False)
        answer = desk.send_one(desk.number(stranger))
        assert (answer["name"], answer["initials"], answer["volunteer"]) == ("陌**", "陌", "")

    @pytest.mark.parametrize(("ago", "rule"), [(NOW, "in_elsewhere"), (40 * MINUTE, "out_of_order")])
    def test_a_number_does_not_tell_where_its_volunteer_is(self, desk: Desk, ago: timedelta, rule: str) -> None:
        someone = desk.volunteer("张三丰", has_place=False)
        self.let_in_elsewhere(desk, someone, is_over=rule == "out_of_order")
        answer = desk.send_one(desk.number(someone, ago=ago))
        told = [answer["words"], *(one.told for one in (*desk.records(), *desk.refusals()))]
        assert answer["rule"] == rule
        assert not [words for words in told if "互助会" in words or ":" in words]
        page = desk.browser.post(
            f"/checkin/shifts/{desk.shift.public_id}/scan", {"code": someone.number, "phase": "in"}, expect=422
        ).text
        assert "互助会" not in page

    def test_within_one_organization_it_is_told_where_somebody_is(self, desk: Desk) -> None:
        """The control: their own people are their business."""
        someone = desk.volunteer("张三丰", has_place=False)
        self.let_in_elsewhere(desk, someone, organization=desk.organization)
        assert "互助会" in desk.send_one(desk.number(someone))["words"]

    def let_in_elsewhere(
        self, desk: Desk, someone: Volunteer, *, is_over: bool = False, organization: Organization | None = None
    ) -> None:
        organization = organization or desk.cast.organization(desk.cast.account("别处"), name="另一个组织")
        activity = desk.cast.activity(organization, title="互助会志愿服务")
        shift = desk.cast.shift(activity, desk.shift.starts_at)
        desk.cast.presence(shift, someone, happened_at=clock.now() - 30 * MINUTE)
        if is_over:
            desk.cast.presence(shift, someone, 2, direction=Direction.OUT, happened_at=clock.now() - 20 * MINUTE)


class TestOrder:
    def test_a_batch_sent_in_any_order_gives_one_interval(self, desk: Desk) -> None:
        someone = desk.volunteer()
        coming, going = desk.scan(someone, ago=50 * MINUTE), desk.scan(someone, "out", ago=10 * MINUTE)
        answers = desk.send(going, coming)
        assert [answer["outcome"] for answer in answers] == ["recorded", "recorded"]
        assert [answer["key"] for answer in answers] == [going["key"], coming["key"]]
        assert [event.direction for event in desk.events()] == [Direction.IN, Direction.OUT]

    def test_a_going_that_arrives_before_its_coming_is_put_right_when_that_arrives(self, desk: Desk) -> None:
        someone = desk.volunteer()
        coming, going = desk.scan(someone, ago=50 * MINUTE), desk.scan(someone, "out", ago=10 * MINUTE)
        assert desk.send_one(going)["rule"] == "not_in"
        assert desk.send_one(coming)["outcome"] == "recorded"
        assert [event.direction for event in desk.events()] == [Direction.IN, Direction.OUT]
        again = desk.send_one(going)
        assert (again["outcome"], again["rule"], again["state"]) == ("recorded", "", "left")
        assert again["words"].endswith("签退成功")

    def test_the_other_half_may_come_from_another_station(self, desk: Desk) -> None:
        someone = desk.volunteer()
        assert desk.send_one(desk.scan(someone, "out", ago=10 * MINUTE))["outcome"] == "review"
        desk.open()
        assert desk.send_one(desk.card(someone, ago=50 * MINUTE))["outcome"] == "recorded"
        assert [event.method for event in desk.events()] == [Method.BY_HAND, Method.OFFLINE]

    def test_what_is_older_than_what_is_known_is_looked_at(self, desk: Desk) -> None:
        someone = desk.volunteer()
        desk.send(desk.scan(someone, ago=30 * MINUTE), desk.scan(someone, "out", ago=20 * MINUTE))
        answer = desk.send_one(desk.scan(someone, ago=40 * MINUTE))
        assert (answer["outcome"], answer["rule"]) == ("review", "out_of_order")
        assert len(desk.events()) == 2

    def test_one_bad_record_spoils_no_other(self, desk: Desk) -> None:
        good = [desk.volunteer(f"好{place}") for place in "甲乙丙"]
        bad = [
            desk.record("nonsense", kind="code"),
            desk.record("https://evil.example/volunteers/0a1b2c3d4e5f6g7h8j9k/badge", kind="card"),
            desk.record(f"{ADDRESS}/volunteers/0a1b2c3d4e5f6g7h8j9k/badge", kind="card"),
            desk.record("V42", kind="number"),
            desk.record("\0\n\ud83d", kind="number", mac="x"),
            desk.scan(desk.volunteer(has_place=False)),
        ]
        records = [good_or_bad for pair in zip(map(desk.scan, good), bad, strict=False) for good_or_bad in pair]
        answers = desk.send(*records, *bad[3:])
        outcomes = [answer["outcome"] for answer in answers]
        assert outcomes == ["recorded", "refused"] * 3 + ["refused"] * 3
        assert [answer["rule"] for answer in answers if answer["rule"]] == [
            "forged_personal_code",
            "unknown_card",
            "unknown_card",
            "wrong_number",
            "forged_record",
            "not_signed_up",
        ]
        assert len(desk.events()) == 3
        assert len(desk.records()) == 9


class TestRevoked:
    def test_what_a_stopped_station_still_sends_is_looked_at(self, desk: Desk) -> None:
        record = desk.scan(desk.volunteer(), ago=10 * MINUTE)
        desk.close()
        answer = desk.send_one(record)
        assert (answer["outcome"], answer["rule"]) == ("review", "revoked_station")
        assert desk.events() == []

    def test_what_it_sent_before_stays_as_it_was(self, desk: Desk) -> None:
        record = desk.scan(desk.volunteer())
        desk.send_one(record)
        desk.close()
        assert desk.send_one(record)["outcome"] == "recorded"
        assert len(desk.events()) == 1

    def test_it_is_told_that_it_is_closed(self, desk: Desk) -> None:
        assert desk.browser.client.get(f"/stations/{desk.station}", headers=JSON).status_code == 200
        desk.close()
        response = desk.browser.client.get(f"/stations/{desk.station}", headers=JSON)
        assert (response.status_code, response.get_json()) == (410, {"error": "这个扫码台已经停用"})


class TestWhoMaySend:
    def test_only_the_account_that_opened_it(self, desk: Desk) -> None:
        record = desk.scan(desk.volunteer())
        colleague = desk.cast.account("同事")
        desk.cast.grant(colleague, Role.ORGANIZER, organization=desk.organization)
        desk.browser = Browser(desk.app).sign_in(colleague)
        response = desk.post({"sent_at": milliseconds(clock.now()), "records": [record]})
        assert response.status_code == 403
        assert "用打开它的账号登录" in response.get_json()["error"]
        assert desk.browser.client.get(f"/stations/{desk.station}", headers=JSON).status_code == 403
        assert (desk.records(), desk.events()) == ([], [])
        desk.browser = Browser(desk.app).sign_in(desk.organizer)
        assert desk.send_one(record)["outcome"] == "recorded"

    def test_not_whose_role_was_taken_away(self, desk: Desk) -> None:
        stranger = desk.cast.account("别处的人")
        desk.cast.organization(stranger)
        desk.browser = Browser(desk.app).sign_in(stranger)
        assert desk.post({"sent_at": 0, "records": []}).status_code == 404

    def test_nobody_who_is_not_signed_in(self, desk: Desk) -> None:
        desk.browser = Browser(desk.app)
        assert desk.post({"sent_at": 0, "records": []}).status_code == 401
        assert desk.browser.client.get(f"/stations/{desk.station}", headers=JSON).status_code == 401


class TestTheShift:
    def test_a_station_learns_all_it_works_with_and_nothing_more(self, desk: Desk) -> None:
        someone = desk.volunteer("欧阳建国", phone="13912345678")
        desk.send_one(desk.scan(someone))
        told = desk.browser.client.get(f"/stations/{desk.station}", headers=JSON).get_json()
        [row] = told["roster"]
        assert {name: row[name] for name in ("volunteer", "number", "name", "initials", "state")} == {
            "volunteer": someone.public_id,
            "number": someone.number,
            "name": "欧阳建国",
            "initials": "建国",
            "state": "in",
        }
        assert row["since"] == milliseconds(desk.events()[0].happened_at)
        assert "key" not in told
        assert told["shift"]["is_running"] is True
        assert told["shift"]["starts_at"] == milliseconds(desk.shift.starts_at)
        assert "13912345678" not in str(told)
        assert "420***" not in str(told)

    def test_the_secret_is_kept_nowhere(self, desk: Desk) -> None:
        [station] = desk.rows(select(Station))
        assert len(desk.secret) == 32
        assert desk.told["key"] not in str(vars(station))

    @pytest.mark.parametrize("how", ["cancelled", "suspended"])
    def test_a_shift_that_does_not_run_takes_nobody_in_and_lets_those_leave_who_are_in(
        self, desk: Desk, how: str
    ) -> None:
        inside, late = desk.volunteer("来了的"), desk.volunteer("晚来的")
        desk.send_one(desk.scan(inside))
        desk.stop(how)
        told = desk.browser.client.get(f"/stations/{desk.station}", headers=JSON).get_json()
        assert told["shift"]["is_running"] is False
        assert desk.send_one(desk.scan(late))["outcome"] == "refused"
        assert desk.send_one(desk.scan(inside, "out"))["outcome"] == "recorded"
