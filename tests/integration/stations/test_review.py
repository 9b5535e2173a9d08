"""What no rule could record is put before a person, who has one act for each end that it can take."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from models.audit import AuditEvent
from models.base import db
from models.hours import Entry, Proposal
from models.stations import StationRecord
from models.volunteers import Volunteer
from tests.client import Browser
from tests.integration.stations.conftest import MINUTE, Desk
from volunteer.checkin.operations import close_forgotten
from volunteer.checkin.rules import Direction, Method
from volunteer.hours.minutes import Source
from volunteer.hours.rules import Cause, ProposalState
from volunteer.kernel import clock
from volunteer.kernel.permissions import Role
from volunteer.signups.rules import SignupStatus
from volunteer.stations.rules import Outcome, Resolution

REVIEW = "/stations/review"


def waiting(desk: Desk, someone: Volunteer | None = None, ago: timedelta = 30 * MINUTE) -> str:
    """Return the public id of a record that waits because its volunteer has no place."""
    someone = someone or desk.volunteer("张三丰", has_place=False)
    assert desk.send_one(desk.scan(someone, ago=ago))["outcome"] == "review"
    return desk.records()[-1].public_id


def colleague_of(desk: Desk) -> Browser:
    """Return the browser of another organizer of the shift."""
    colleague = desk.cast.account("同事")
    desk.cast.grant(colleague, Role.ORGANIZER, organization=desk.organization)
    return Browser(desk.app).sign_in(colleague)


def acts(desk: Desk) -> list[AuditEvent]:
    return [one for one in desk.rows(select(AuditEvent).order_by(AuditEvent.id)) if one.action.startswith("stations.")]


class TestTheList:
    def test_it_says_who_when_by_which_clock_what_was_scanned_and_why_not(self, desk: Desk) -> None:
        someone = desk.volunteer("张三丰", has_place=False)
        waiting(desk, someone)
        page = desk.browser.get(REVIEW).text
        for said in (
            "张三丰 · 签到",
            "没有报这个班次",
            "个人码 " + someone.number,
            "个人码里的时间",
            "东门，当时它的时钟是",
        ):
            assert said in page, said
        for act in ("再试一次", "改用补录", "不记"):
            assert act in page

    def test_a_card_is_told_by_the_devices_clock_and_a_stranger_by_half_a_name(self, desk: Desk) -> None:
        desk.send_one(desk.card(desk.volunteer("诸葛孔明", has_place=False), ago=30 * MINUTE))
        page = desk.browser.get(REVIEW).text
        assert "按扫码台的时钟推算" in page
        assert "诸** · 签到" in page
        assert "孔明" not in page

    def test_whom_somebody_took_back_is_a_stranger_again(self, desk: Desk) -> None:
        someone = desk.volunteer("诸葛孔明", has_place=False)
        for ordinal, method in enumerate((Method.BY_HAND, Method.MENDED), 1):
            direction = Direction.IN if ordinal == 1 else Direction.OUT
            desk.cast.presence(
                desk.shift, someone, ordinal, direction=direction, method=method, happened_at=clock.now() - 40 * MINUTE
            )
        desk.send_one(desk.card(someone, ago=30 * MINUTE))
        assert "孔明" not in desk.browser.get(REVIEW).text

    def test_a_reason_is_said_in_the_readers_language_at_first_and_again_and_holds_no_name(self, desk: Desk) -> None:
        someone = desk.volunteer("张三丰", has_place=False)
        record = desk.scan(someone, ago=30 * MINUTE)
        chinese = desk.send_one(record)["words"]
        desk.browser.post("/accounts/display", {"locale": "en"})
        english = desk.send_one(record)["words"]
        assert chinese != english
        assert english.isascii()
        assert english in unescape(desk.browser.get(REVIEW).text)
        desk.send_one(desk.scan(desk.volunteer("留下名字的人"), ago=30 * MINUTE))
        assert [one.told for one in desk.records() if one.outcome is Outcome.RECORDED] == [{}]
        assert not [one for one in desk.records() if "名字" in str(one.told) or "张" in str(one.told)]

    def test_who_cannot_be_made_out_is_said_to_be_nobody_known(self, desk: Desk) -> None:
        desk.send(
            desk.record("随便什么", kind="number", ago=30 * MINUTE),
            desk.record("https://evil.example/x", kind="card", ago=30 * MINUTE),
        )
        page = desk.browser.get(REVIEW).text
        assert "随便什么 · 签到" in page
        assert "看不出是谁 · 签到" in page
        assert "evil.example" not in page
        assert "再试一次" not in page

    def test_a_code_that_was_too_old_still_says_whose_it_is(self, desk: Desk) -> None:
        someone = desk.volunteer("陈建国")
        desk.send_one(desk.record(desk.code(someone, ago=30 * MINUTE), ago=5 * MINUTE))
        page = desk.browser.get(REVIEW).text
        assert "陈建国 · 签到" in page
        assert "扫的时候个人码已经过期" in page
        assert "再试一次" not in page

    def test_it_is_empty_when_nothing_waits(self, desk: Desk) -> None:
        desk.send_one(desk.scan(desk.volunteer()))
        desk.send_one(desk.scan(desk.volunteer(), "out"))
        assert "没有要看的扫码记录" in desk.browser.get(REVIEW).text

    def test_it_shows_the_reader_their_own_organizations_alone(self, desk: Desk) -> None:
        record = waiting(desk)
        stranger = desk.cast.account("外人")
        desk.cast.organization(stranger)
        elsewhere = Browser(desk.app).sign_in(stranger)
        assert "张三丰" not in elsewhere.get(REVIEW).text
        for act in ("retry", "typed-in", "dismiss"):
            elsewhere.post(f"/stations/records/{record}/{act}", expect=404)

    def test_many_are_told_in_pages(self, desk: Desk) -> None:
        desk.send(*(desk.record(f"V{place}", kind="number", ago=30 * MINUTE) for place in range(25)))
        assert desk.browser.get(REVIEW).text.count("改用补录") == 20
        assert desk.browser.get(f"{REVIEW}?page=2").text.count("改用补录") == 5


class TestRetry:
    def test_it_is_recorded_at_its_own_moment_once_the_reason_is_gone(self, desk: Desk) -> None:
        someone = desk.volunteer("张三丰", has_place=False)
        record = waiting(desk, someone)
        desk.cast.signup(desk.shift, someone, status=SignupStatus.PLACED)
        page = desk.browser.submit(f"/stations/records/{record}/retry").text
        assert "记上了：张三丰" in page
        [event] = desk.events()
        [kept] = desk.records()
        assert (event.happened_at, event.method) == (kept.happened_at, Method.OFFLINE)
        assert (kept.outcome, kept.resolution, kept.resolved_by) == (
            Outcome.RECORDED,
            Resolution.RECORDED,
            desk.organizer.id,
        )
        assert kept.presence_event_id == event.id
        assert acts(desk)[-1].details == {"resolution": "recorded", "reason": ""}

    def test_it_says_anew_why_not(self, desk: Desk) -> None:
        record = waiting(desk)
        desk.stop("cancelled")
        page = desk.browser.submit(f"/stations/records/{record}/retry").text
        assert "还是记不上：活动已取消" in page
        assert [one.rule for one in desk.records()] == ["cancelled"]
        assert desk.events() == []

    def test_what_is_no_good_evidence_is_not_tried_again(self, desk: Desk) -> None:
        code = desk.code(desk.volunteer(), ago=30 * MINUTE)
        desk.send_one(desk.record(code, ago=5 * MINUTE))
        [record] = desk.records()
        assert record.rule == "stale_personal_code"
        desk.browser.post(f"/stations/records/{record.public_id}/retry", expect=409)
        assert desk.events() == []

    def test_another_person_may_let_in_what_a_stopped_station_scanned_before(self, desk: Desk) -> None:
        record = desk.scan(desk.volunteer(), ago=20 * MINUTE)
        desk.close()
        assert desk.send_one(record)["rule"] == "revoked_station"
        path = f"/stations/records/{desk.records()[0].public_id}/retry"
        page = desk.browser.get(REVIEW).text
        assert "请另一位组织者" in page
        assert "再试一次" not in page
        desk.browser.post(path, expect=409)
        assert desk.events() == []
        colleague = colleague_of(desk)
        assert "再试一次" in colleague.get(REVIEW).text
        colleague.submit(path)
        assert len(desk.events()) == 1

    @pytest.mark.parametrize(
        ("opened_ago", "ago", "rule"),
        [(0 * MINUTE, 20 * MINUTE, "before_opening"), (26 * 60 * MINUTE, 25 * 60 * MINUTE, "too_late_to_sync")],
    )
    def test_stopping_a_station_makes_no_code_good_that_was_not(
        self, desk: Desk, opened_ago: timedelta, ago: timedelta, rule: str
    ) -> None:
        desk.shift = desk.cast.shift(desk.activity, clock.now() - ago - 10 * MINUTE)
        desk.open(ago=opened_ago)
        someone = desk.volunteer()
        control, record = desk.scan(someone, ago=ago), desk.scan(someone, ago=ago)
        assert desk.send_one(control)["rule"] == rule
        desk.close()
        assert desk.send_one(record)["rule"] == rule
        for one in desk.records():
            colleague_of(desk).post(f"/stations/records/{one.public_id}/retry", expect=409)
        assert desk.events() == []

    def test_nobody_lets_in_their_own_family(self, desk: Desk) -> None:
        mother = desk.cast.account("妈妈")
        desk.cast.grant(mother, Role.ORGANIZER, organization=desk.organization)
        record = waiting(desk, desk.volunteer("孩子", account=mother, has_place=False))
        Browser(desk.app).sign_in(mother).post(f"/stations/records/{record}/retry", expect=409)
        assert desk.events() == []


class TestOtherEnds:
    def test_hours_are_typed_in_instead(self, desk: Desk) -> None:
        someone = desk.volunteer("张三丰", has_place=False)
        desk.cast.volunteer(desk.organizer, desk.organizer.display_name)
        record = waiting(desk, someone)
        response = desk.browser.post(f"/stations/records/{record}/typed-in")
        address = urlsplit(response.headers["Location"])
        assert address.path == "/hours/new"
        assert parse_qs(address.query) == {"shift": [desk.shift.public_id], "volunteer": [someone.number]}
        assert someone.number in desk.browser.get(response.headers["Location"]).text
        assert [one.resolution for one in desk.records()] == [Resolution.TYPED_IN]
        assert "张三丰" not in desk.browser.get(REVIEW).text
        assert acts(desk)[-1].details["resolution"] == "typed_in"

    def test_of_whom_the_system_took_to_have_forgotten_only_the_end_is_typed_in(self, desk: Desk) -> None:
        desk.shift = desk.cast.shift(desk.activity, clock.now() - 300 * MINUTE)
        desk.open(ago=320 * MINUTE)
        someone = desk.volunteer()
        desk.cast.presence(desk.shift, someone, happened_at=clock.now() - 290 * MINUTE)
        with desk.app.app_context():
            assert close_forgotten(clock.now()) == 1
            db.session.commit()
        assert desk.send_one(desk.scan(someone, "out", ago=185 * MINUTE))["rule"] == "check_out_closed"
        response = desk.browser.post(f"/stations/records/{desk.records()[0].public_id}/typed-in")
        assert response.headers["Location"].endswith(f"{someone.public_id}/{desk.shift.public_id}")
        assert "李晓梅" in desk.browser.get(response.headers["Location"]).text

    def test_leaving_out_asks_for_a_reason_and_keeps_it(self, desk: Desk) -> None:
        path = f"/stations/records/{waiting(desk)}/dismiss"
        assert "张三丰" in desk.browser.get(path).text
        desk.browser.post(path, {"reason": "  "}, expect=422)
        assert [one.resolution for one in desk.records()] == [None]
        desk.browser.submit(path, {"reason": "扫错人了"})
        [record] = desk.records()
        assert (record.resolution, record.resolution_reason) == (Resolution.DISMISSED, "扫错人了")
        assert record.outcome is Outcome.REVIEW
        assert acts(desk)[-1].details == {"resolution": "dismissed", "reason": "扫错人了"}

    @pytest.mark.parametrize("then", ["retry", "typed-in", "dismiss"])
    def test_what_is_settled_is_settled(self, desk: Desk, then: str) -> None:
        path = f"/stations/records/{waiting(desk)}"
        desk.browser.submit(f"{path}/dismiss", {"reason": "扫错人了"})
        status = 422 if then == "dismiss" else 409
        page = desk.browser.post(f"{path}/{then}", {"reason": "再来"}, expect=status).text
        assert "已经有人处理了" in page
        assert [one.resolution_reason for one in desk.records()] == ["扫错人了"]

    def test_what_was_left_out_is_not_tried_again_by_itself(self, desk: Desk) -> None:
        someone = desk.volunteer()
        coming, going = desk.scan(someone, ago=50 * MINUTE), desk.scan(someone, "out", ago=10 * MINUTE)
        desk.send_one(going)
        desk.browser.submit(f"/stations/records/{desk.records()[0].public_id}/dismiss", {"reason": "不是这个人"})
        desk.send_one(coming)
        assert len(desk.events()) == 1


class TestStationsOfAShift:
    def test_each_is_listed_and_can_be_stopped(self, desk: Desk) -> None:
        path = f"/stations/shifts/{desk.shift.public_id}"
        page = desk.browser.get(path).text
        assert "东门" in page
        assert "王主任" in page
        assert "还没送来记录" in page
        desk.send_one(desk.scan(desk.volunteer()))
        assert "最近一次送来记录" in desk.browser.get(path).text
        page = desk.browser.submit(f"/stations/{desk.station}/close").text
        assert "已停用" in page
        assert not re.search(r">停用<", page)
        assert [one.action for one in acts(desk)] == ["stations.open", "stations.revoke"]

    def test_stopping_twice_is_one_act(self, desk: Desk) -> None:
        desk.close()
        desk.close()
        assert [one.action for one in acts(desk)] == ["stations.open", "stations.revoke"]

    def test_what_waits_is_counted_there(self, desk: Desk) -> None:
        waiting(desk)
        assert "有 1 条扫码记录要人看" in desk.browser.get(f"/stations/shifts/{desk.shift.public_id}").text


class TestMinutes:
    def test_codes_at_both_ends_that_came_late_wait_for_a_second_person(self, desk: Desk) -> None:
        someone = desk.volunteer()
        desk.send(desk.scan(someone, ago=55 * MINUTE), desk.scan(someone, "out", ago=5 * MINUTE))
        assert desk.rows(select(Entry)) == []
        [proposal] = desk.rows(select(Proposal))
        assert (proposal.cause, proposal.minutes, proposal.source) == (Cause.OFFLINE, 50, Source.ORGANIZER_SCAN)

    def test_codes_count_at_once_when_one_of_them_was_scanned_with_a_network(self, desk: Desk) -> None:
        someone = desk.volunteer()
        desk.send(desk.scan(someone, ago=50 * MINUTE))
        desk.send(desk.scan(someone, "out"))
        [entry] = desk.rows(select(Entry))
        assert (entry.minutes, entry.source) == (50, Source.ORGANIZER_SCAN)

    def test_cards_and_numbers_wait_for_a_second_person_who_did_not_scan(self, desk: Desk) -> None:
        someone, colleague = desk.volunteer(), desk.cast.account("同事")
        desk.cast.grant(colleague, Role.ORGANIZER, organization=desk.organization)
        for account in (desk.organizer, colleague):
            desk.cast.volunteer(account, account.display_name)
        desk.send(desk.card(someone, ago=55 * MINUTE), desk.number(someone, "out", ago=5 * MINUTE))
        assert desk.rows(select(Entry)) == []
        [proposal] = desk.rows(select(Proposal))
        assert (proposal.state, proposal.minutes) == (ProposalState.AWAITING, 50)
        path = f"/hours/awaiting/{proposal.public_id}/confirmation"
        desk.browser.post(path, expect=409)
        assert [one.state for one in desk.rows(select(Proposal))] == [ProposalState.AWAITING]
        Browser(desk.app).sign_in(colleague).submit(path)
        assert [one.state for one in desk.rows(select(Proposal))] == [ProposalState.ON_NOTICE]

    def test_a_record_never_names_another_moment_than_it_had(self, desk: Desk) -> None:
        someone = desk.volunteer()
        before = clock.now()
        desk.send_one(desk.scan(someone, ago=30 * MINUTE))
        [record] = desk.rows(select(StationRecord))
        assert record.received_at >= before
        assert before - 31 * MINUTE < record.happened_at < before - 29 * MINUTE
