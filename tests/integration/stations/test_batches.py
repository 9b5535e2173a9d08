"""A batch that is sent again, torn, forged or from two threads at once."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select, text, update

from models.base import db
from models.stations import Station, StationRecord
from tests.client import Browser
from tests.integration.checkin.test_speed import statements
from tests.integration.stations.conftest import MINUTE, Desk
from volunteer.checkin import operations as checkin
from volunteer.checkin.queries import shift_card
from volunteer.checkin.rules import Direction
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict
from volunteer.stations.queries import listed
from volunteer.stations.rules import Outcome, milliseconds

Change = Callable[[dict[str, Any]], Any]


class TestAgain:
    def test_the_same_batch_gives_the_same_answers_and_no_new_row(self, desk: Desk) -> None:
        someone = desk.volunteer()
        records = [
            desk.scan(someone, ago=50 * MINUTE),
            desk.scan(someone, "out", ago=10 * MINUTE),
            desk.scan(desk.volunteer(has_place=False), ago=9 * MINUTE),
            desk.scan(desk.volunteer("还没来的人"), "out"),
        ]
        first = desk.send(*records)
        assert [answer["outcome"] for answer in first] == ["recorded", "recorded", "review", "refused"]
        kept = (len(desk.events()), len(desk.records()), len(desk.refusals()))
        assert kept == (2, 4, 1)
        for order in (records, records[::-1], records[:1], records * 2):
            answers = {answer["key"]: answer for answer in desk.send(*order)}
            assert [answers[one["key"]] for one in order] == [
                next(answer for answer in first if answer["key"] == one["key"]) for one in order
            ]
        assert (len(desk.events()), len(desk.records()), len(desk.refusals())) == kept

    def test_the_same_key_twice_in_one_batch_is_one_record(self, desk: Desk) -> None:
        record = desk.scan(desk.volunteer())
        first, second = desk.send(record, record)
        assert first == second
        assert len(desk.events()) == len(desk.records()) == 1

    def test_another_body_under_a_known_key_is_refused(self, desk: Desk) -> None:
        record = desk.scan(desk.volunteer())
        desk.send_one(record)
        other = desk.record(desk.code(desk.volunteer("别人")), key=record["key"])
        answer = desk.send_one(other)
        assert (answer["outcome"], answer["rule"]) == ("refused", "other_body")
        assert (answer["volunteer"], answer["name"]) == ("", "")
        assert len(desk.events()) == len(desk.records()) == 1
        assert desk.send_one(record)["outcome"] == "recorded"

    def test_a_forged_record_does_not_take_the_key_of_a_true_one_unseen(self, desk: Desk) -> None:
        record = desk.scan(desk.volunteer())
        assert desk.send_one({**record, "mac": "A" * 43})["rule"] == "forged_record"
        assert desk.send_one(record)["rule"] == "other_body"
        assert desk.events() == []

    def test_two_stations_may_use_the_same_key(self, desk: Desk) -> None:
        one, other = desk.volunteer("一个"), desk.volunteer("另一个")
        record = desk.scan(one)
        desk.send_one(record)
        desk.open()
        assert desk.send_one(desk.record(desk.code(other), key=record["key"]))["outcome"] == "recorded"
        assert len(desk.events()) == 2

    def test_threads_that_send_the_same_batch_record_it_once(self, desk: Desk) -> None:
        people = [desk.volunteer(f"第{place}位") for place in range(8)]
        records = [desk.scan(one, ago=30 * MINUTE) for one in people]
        records += [desk.scan(one, "out", ago=5 * MINUTE) for one in people]
        answers = _at_once(desk, [records] * 4)
        assert all(answer == answers[0] for answer in answers)
        assert {one["outcome"] for one in answers[0]} == {"recorded"}
        assert len(desk.events()) == len(desk.records()) == 16

    def test_two_stations_that_send_the_same_people_at_once_do_not_wait_for_each_other_for_ever(
        self, desk: Desk
    ) -> None:
        people = [desk.volunteer(f"第{place}位") for place in range(8)]
        first, station = [desk.scan(one) for one in people], desk.station
        desk.open()
        second = [desk.scan(one) for one in reversed(people)]
        answers = _at_once(desk, [first, second], [station, desk.station])
        outcomes = sorted(one["outcome"] for answer in answers for one in answer)
        assert outcomes == ["recorded"] * 8 + ["refused"] * 8
        assert len(desk.events()) == 8

    def test_volunteers_are_taken_in_the_order_of_their_rows(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        people = [desk.volunteer(f"第{place}位") for place in range(7)]
        assert [one.id for one in people] != [one.id for one in sorted(people, key=lambda one: one.public_id)]
        desk.send(*(desk.scan(one, ago=30 * MINUTE) for one in people))
        taken: list[int] = []
        note = lambda **told: taken.append(told["volunteer_id"])  # noqa: E731
        monkeypatch.setattr(checkin, "after_check_out", [note, *checkin.after_check_out])
        desk.send(*(desk.scan(one, "out", ago=5 * MINUTE) for one in reversed(people)))
        assert taken == [one.id for one in people]

    def test_what_somebody_tries_again_right_now_is_left_to_them(self, desk: Desk) -> None:
        someone = desk.volunteer()
        going = desk.scan(someone, "out", ago=10 * MINUTE)
        assert desk.send_one(going)["rule"] == "not_in"
        with desk.app.app_context(), db.engine.connect() as other:
            if db.engine.dialect.name == "sqlite":
                pytest.skip("SQLite has one writer at a time, so nobody else can be trying")
            other.execute(select(StationRecord.id).with_for_update())
            assert desk.send_one(desk.scan(someone, ago=50 * MINUTE))["outcome"] == "recorded"
        assert desk.send_one(going)["outcome"] == "review"
        desk.browser.submit(f"/stations/records/{desk.records()[0].public_id}/retry")
        assert [event.direction for event in desk.events()] == [Direction.IN, Direction.OUT]

    def test_a_stop_while_a_batch_waits_is_seen_by_it(self, desk: Desk) -> None:
        record = desk.scan(desk.volunteer())
        with desk.app.app_context(), db.engine.connect() as other, ThreadPoolExecutor(1) as pool:
            if db.engine.dialect.name == "sqlite":
                pytest.skip("SQLite has one writer at a time")
            other.execute(update(Station).values(revoked_at=clock.now()))
            sending = pool.submit(desk.send_one, record)
            while not sending.done() and not other.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                continue
            other.commit()
        assert sending.result()["rule"] == "revoked_station"
        assert desk.events() == []

    def test_a_record_that_fails_after_its_event_was_made_leaves_no_event(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        good, bad = desk.volunteer("好"), desk.volunteer("坏")
        desk.send(desk.scan(good, ago=30 * MINUTE), desk.scan(bad, ago=30 * MINUTE))

        def refuse(volunteer_id: int, **told: Any) -> None:
            if volunteer_id == bad.id:
                raise Conflict("现在算不出时长")

        monkeypatch.setattr(checkin, "after_check_out", [refuse])
        answers = desk.send(desk.scan(bad, "out", ago=5 * MINUTE), desk.scan(good, "out", ago=5 * MINUTE))
        assert [(one["outcome"], one["rule"]) for one in answers] == [("review", "conflict"), ("recorded", "")]
        assert [(one.volunteer_id, one.direction) for one in desk.events()] == [
            (good.id, Direction.IN),
            (good.id, Direction.OUT),
            (bad.id, Direction.IN),
        ]


class TestWhatItCosts:
    def test_a_record_more_costs_few_statements_and_a_list_more_costs_none(self, desk: Desk) -> None:
        people = [desk.volunteer(f"第{place}位") for place in range(12)]

        def cost(*records: dict[str, Any]) -> int:
            with statements() as seen:
                assert {answer["outcome"] for answer in desk.send(*records)} == {"recorded"}
            return len(seen)

        one = cost(desk.scan(people[0], ago=50 * MINUTE))
        eleven = cost(*(desk.scan(person, ago=50 * MINUTE) for person in people[1:]))
        assert (eleven - one) / 10 <= 7
        for place in range(5):
            desk.volunteer(f"还没来的{place}")
        assert cost(desk.number(desk.volunteer("报号"), ago=50 * MINUTE)) <= one + 1
        assert one <= 22

    def test_who_is_on_the_list_and_not_in_the_batch_is_not_read(self, desk: Desk) -> None:
        someone, other = desk.volunteer(), desk.volunteer("别人")
        with desk.app.app_context():
            card = shift_card(desk.shift.public_id)
            assert card is not None
            assert set(listed(card, clock.now(), {someone.id})) == {someone.public_id}
            assert set(listed(card, clock.now())) == {someone.public_id, other.public_id}


def _at_once(desk: Desk, batches: list[Any], stations: list[str] | None = None) -> list[Any]:
    browsers = [Browser(desk.app).sign_in(desk.organizer) for _ in batches]
    barrier, sent_at = Barrier(len(batches)), milliseconds(clock.now())

    def send(place: int) -> Any:
        barrier.wait()
        station = stations[place] if stations else desk.station
        response = browsers[place].client.post(
            f"/stations/{station}/records", json={"sent_at": sent_at, "records": batches[place]}
        )
        assert response.status_code == 200, response.text
        return response.get_json()["answers"]

    with ThreadPoolExecutor(len(batches)) as pool:
        return list(pool.map(send, range(len(batches))))


class TestForged:
    def test_one_bit_changed_anywhere_in_a_record_is_refused_and_kept(self, desk: Desk) -> None:
        someone, other = desk.volunteer(), desk.volunteer("别人")
        record = desk.card(someone)
        changes: list[dict[str, Any]] = [
            {"key": record["key"][:-1] + "z"},
            {"kind": "number"},
            {"direction": "out"},
            {"typed": record["typed"].replace(someone.public_id, other.public_id)},
            {"device_at": record["device_at"] ^ 1},
            {"mac": record["mac"][:-1] + ("A" if record["mac"][-1] != "A" else "E")},
            {"mac": record["mac"] + "="},
            {"mac": ""},
            {"mac": "\ud800"},
        ]
        for place, change in enumerate(changes):
            key = {} if "key" in change else {"key": f"{place:020d}"}
            answer = desk.send_one({**record, **key, **change})
            assert (answer["outcome"], answer["rule"]) == ("refused", "forged_record"), change
        assert desk.events() == []
        assert {(one.outcome, one.volunteer_id) for one in desk.records()} == {(Outcome.REFUSED, None)}
        assert len(desk.records()) == len(changes)

    def test_a_record_of_another_station_is_refused(self, desk: Desk) -> None:
        record, station = desk.scan(desk.volunteer()), desk.station
        desk.open()
        assert station != desk.station
        assert desk.send_one(record)["rule"] == "forged_record"

    def test_one_letter_changed_in_a_code_is_refused(self, desk: Desk) -> None:
        code = desk.code(desk.volunteer())
        places = range(0, len(code), 7)
        changed = [code[:place] + ("b" if code[place] != "b" else "c") + code[place + 1 :] for place in places]
        answers = desk.send(*(desk.record(text) for text in changed))
        assert {answer["rule"] for answer in answers} == {"forged_personal_code"}
        assert desk.events() == []
        assert desk.send_one(desk.record(code))["outcome"] == "recorded"


def _nothing_was_taken(desk: Desk) -> bool:
    return desk.records() == [] and desk.events() == []


class TestTorn:
    @pytest.mark.parametrize(
        "body",
        [
            "",
            "{",
            "null",
            "[]",
            '"x"',
            '{"sent_at": NaN, "records": []}',
            '{"sent_at": Infinity, "records": []}',
            "[" * 100_000,
            '{"sent_at": ' + "9" * 5000 + ', "records": []}',
            b"\xff\xfe",
        ],
    )
    def test_what_is_no_json_is_told_in_json(self, desk: Desk, body: str | bytes) -> None:
        response = desk.post(body)
        assert (response.status_code, response.mimetype) == (400, "application/json")
        assert "读不懂" in response.get_json()["error"]
        assert _nothing_was_taken(desk)

    @pytest.mark.parametrize(
        "change",
        [
            {"sent_at": None},
            {"sent_at": "now"},
            {"sent_at": 1.5},
            {"sent_at": True},
            {"sent_at": -1},
            {"sent_at": 10**18},
            {"records": None},
            {"records": {}},
            {"records": "x"},
            {"records": [1]},
            {"records": [[]]},
        ],
    )
    def test_a_batch_of_another_shape_is_refused_whole(self, desk: Desk, change: dict[str, Any]) -> None:
        response = desk.post({"sent_at": milliseconds(clock.now()), "records": [], **change})
        assert (response.status_code, response.mimetype) == (422, "application/json")
        assert response.get_json()["error"]
        assert _nothing_was_taken(desk)

    @pytest.mark.parametrize(
        "change",
        [
            {"key": 1},
            {"key": "short"},
            {"key": "x" * 41},
            {"key": "大" * 20},
            {"kind": "face"},
            {"kind": []},
            {"direction": "up"},
            {"typed": None},
            {"typed": "x" * 401},
            {"typed": {"a": 1}},
            {"device_at": "1"},
            {"device_at": 1e309},
            {"device_at": -1},
            {"device_at": 10**400},
            {"mac": 5},
        ],
    )
    def test_a_record_of_another_shape_is_refused_with_its_batch(self, desk: Desk, change: dict[str, Any]) -> None:
        good, bad = desk.scan(desk.volunteer()), desk.scan(desk.volunteer("别人"))
        body = json.dumps({"sent_at": milliseconds(clock.now()), "records": [good, {**bad, **change}]})
        response = desk.post(body.replace("Infinity", "1e309"))
        assert (response.status_code, response.mimetype) == (422, "application/json")
        assert _nothing_was_taken(desk)

    def test_fifty_records_are_taken_and_fifty_one_are_not(self, desk: Desk) -> None:
        records = [desk.record("V1", kind="number") for _ in range(51)]
        response = desk.post({"sent_at": milliseconds(clock.now()), "records": records})
        assert (response.status_code, response.get_json()) == (422, {"error": "一次最多发 50 条扫码记录"})
        assert _nothing_was_taken(desk)
        assert len(desk.send(*records[:50])) == 50

    def test_a_body_too_large_is_refused_before_it_is_read(self, desk: Desk) -> None:
        assert desk.post("x" * 300_000).status_code == 413

    def test_nothing_sent_is_nothing_answered(self, desk: Desk) -> None:
        assert desk.send() == []

    def test_a_station_that_nobody_opened_is_nothing(self, desk: Desk) -> None:
        assert desk.post({"sent_at": 0, "records": []}, station="0" * 20).status_code == 404


class TestTheToken:
    def test_a_batch_needs_the_token_that_the_station_was_told(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(desk.app.config, "WTF_CSRF_ENABLED", True)
        body = {"sent_at": milliseconds(clock.now()), "records": [desk.scan(desk.volunteer())]}
        response = desk.post(body)
        assert (response.status_code, response.mimetype) == (400, "application/json")
        assert _nothing_was_taken(desk)
        token = desk.browser.client.get(f"/stations/{desk.station}").get_json()["csrf_token"]
        path, headers = f"/stations/{desk.station}/records", {"X-CSRFToken": token}
        assert desk.browser.client.post(path, json=body, headers=headers).status_code == 200
        assert len(desk.events()) == 1


class TestOpening:
    @pytest.mark.parametrize(
        ("sent", "status"),
        [
            ({}, 404),
            ({"shift": 5}, 404),
            ({"shift": "\0"}, 404),
            ({"shift": "\ud800"}, 404),
            ({"shift": "0" * 20}, 404),
            ({"shift": "here", "name": 5}, 422),
            ({"shift": "here", "name": "长" * 41}, 422),
        ],
    )
    def test_what_cannot_be_opened_is_told_in_json(self, desk: Desk, sent: dict[str, Any], status: int) -> None:
        body = {**sent, "shift": desk.shift.public_id} if sent.get("shift") == "here" else sent
        response = desk.browser.client.post("/stations/", json=body)
        assert (response.status_code, response.mimetype) == (status, "application/json")

    def test_a_form_opens_it_too_and_a_station_without_a_name_is_called_after_its_browser(self, desk: Desk) -> None:
        response = desk.browser.client.post(
            "/stations/",
            data={"shift": desk.shift.public_id, "name": " "},
            headers={"User-Agent": "Mozilla/5.0 (Linux; Android 14) Mobile MicroMessenger/8.0"},
        )
        assert (response.status_code, response.get_json()["name"]) == (201, "微信 · 安卓手机")

    def test_every_station_has_a_secret_of_its_own(self, desk: Desk) -> None:
        first = desk.secret
        desk.open()
        assert desk.secret != first
