"""Attendance on paper: the photo, the lines, the second person, and who may look."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from models.activities import Shift
from models.base import db
from models.hours import PaperSheet
from models.organizations import Organization
from tests.client import Browser
from tests.integration.hours.conftest import Scene, at, page, photo
from volunteer.checkin.rules import Method
from volunteer.hours import jobs, paper_queries
from volunteer.hours.rules import Cause, ProposalState
from volunteer.kernel import clock
from volunteer.kernel.volunteer_numbers import make_volunteer_number
from volunteer.organizations.rules import OrganizationStatus


def upload(desk: Browser, shift: Shift, data: bytes, name: str = "sheet.jpg", expect: int = 302) -> Any:
    """Send the form as one body, so that nothing but the server opens files."""
    part = b'--paper\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    file = b'--paper\r\nContent-Disposition: form-data; name="photo"; filename="%s"\r\n\r\n%s\r\n--paper--\r\n'
    body = part % (b"shift", shift.public_id.encode()) + file % (name.encode(), data)
    return desk.post("/hours/sheets/new", body, expect=expect, content_type="multipart/form-data; boundary=paper")


def sheet_of(desk: Browser, shift: Shift) -> str:
    return str(upload(desk, shift, photo()).headers["Location"])


def line(number: str, position: int = 0, start: str = "14:00", end: str = "16:00", **more: str) -> dict[str, str]:
    row = f"rows-{position}-"
    typed = {"volunteer_number": number, "started_at": start, "ended_at": end, **more}
    return {f"{row}{name}": value for name, value in typed.items()}


def sheets(scene: Scene) -> list[PaperSheet]:
    with scene.cast.app.app_context():
        return list(db.session.query(PaperSheet).order_by(PaperSheet.id))


REASON = {"reason": "停电了，扫不了码"}


class TestPhoto:
    def test_is_kept_drawn_anew_and_leads_to_the_lines(self, scene: Scene, as_: Any) -> None:
        shift = scene.shift()
        desk = as_(scene.owner)
        exif = Image.Exif()
        exif[0x010F] = "CameraMaker"
        exif[0x0112] = 6
        path = upload(desk, shift, photo(2400, 1200, exif=exif)).headers["Location"]
        assert "照签到表录入" in page(desk.get(path))
        answer = desk.get(f"{path}/picture")
        assert (answer.mimetype, answer.headers["Cache-Control"]) == ("image/jpeg", "no-store")
        assert b"CameraMaker" not in answer.data
        assert Image.open(BytesIO(answer.data)).size == (1000, 2000)

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"", "请选一张照片"),
            (b"<html>", "打不开这张照片"),
            (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
            (photo() + b"\0" * 12 * 1024 * 1024, "最大 12 MB"),
            (photo(60, 60), "看不清字"),
        ],
    )
    def test_is_refused_in_words_beside_its_field(self, scene: Scene, as_: Any, data: bytes, words: str) -> None:
        name = "sheet.jpg" if data else ""
        assert words in page(upload(as_(scene.owner), scene.shift(), data, name, expect=422))
        assert sheets(scene) == []

    def test_of_a_size_beyond_all_reason_is_not_even_read(self, scene: Scene, as_: Any) -> None:
        upload(as_(scene.owner), scene.shift(), b"\0" * 16 * 1024 * 1024, expect=413)

    def test_is_seen_by_the_organization_and_its_office_and_nobody_else(self, scene: Scene, as_: Any) -> None:
        path = sheet_of(as_(scene.owner), scene.shift())
        for reader in (scene.second, scene.cast.office()):
            as_(reader).get(f"{path}/picture")
        stranger = scene.cast.account("别的人")
        scene.cast.organization(stranger, name="别的队")
        as_(stranger).get(f"{path}/picture", expect=404)
        as_(stranger).get(path, expect=404)
        as_(scene.cast.office(code="420606")).get(f"{path}/picture", expect=404)
        as_(scene.account).get(f"{path}/picture", expect=403)
        Browser(scene.cast.app).get(f"{path}/picture", expect=302)

    def test_waits_on_the_list_until_something_is_typed_in(self, scene: Scene, as_: Any) -> None:
        desk = as_(scene.owner)
        path = sheet_of(desk, scene.shift())
        assert path in page(desk.get("/hours/awaiting"))
        desk.post(path, {**line(scene.volunteer.number), **REASON})
        assert "还没有录入的签到表" not in page(desk.get("/hours/awaiting"))


class TestLines:
    def test_open_with_the_people_of_the_list_and_the_planned_times(self, scene: Scene, as_: Any) -> None:
        shift = scene.shift("13:30", 150)
        scene.cast.signup(shift, scene.volunteer)
        desk = as_(scene.owner)
        text = page(desk.get(sheet_of(desk, shift)))
        for words in ("李晓梅", scene.volunteer.number, 'value="13:30"', 'value="16:00"', "第 5 行志愿者编号"):
            assert words in text

    def test_open_with_who_was_seen_there_but_not_with_a_coming_that_was_put_right(self, scene: Scene) -> None:
        shift = scene.shift()
        scene.arrive(shift, at("14:00"), volunteer=scene.cast.volunteer(name="张三"))
        scene.arrive(shift, at("14:00"))
        scene.leave(shift, at("14:00"), Method.MENDED)
        with scene.writing():
            assert [one.name for one in paper_queries.people_expected(shift.id)] == ["张三"]

    def test_become_records_that_a_second_person_confirms_before_the_photo(self, scene: Scene, as_: Any) -> None:
        shift = scene.shift()
        scene.cast.signup(shift, scene.volunteer)
        desk = as_(scene.owner)
        path = sheet_of(desk, shift)
        desk.post(path, {**line(scene.volunteer.number, start="14:05", is_here="y"), **REASON})
        (proposal,) = scene.proposals()
        assert (proposal.cause, proposal.minutes, proposal.reason) == (Cause.PAPER, 115, REASON["reason"])
        assert f"{path}/picture" in page(as_(scene.second).get("/hours/awaiting"))
        own = page(as_(scene.account).get(f"/hours/{proposal.public_id}"))
        assert "有一张签到表照片" in own
        assert "/picture" not in own

        assert scene.confirm(proposal).state is ProposalState.ON_NOTICE
        assert scene.minutes() == 0
        end_notice(scene)
        assert scene.minutes() == 115

    def test_that_are_not_ticked_or_empty_do_not_count(self, scene: Scene, as_: Any) -> None:
        shift = scene.shift()
        scene.cast.signup(shift, scene.volunteer)
        desk = as_(scene.owner)
        path = sheet_of(desk, shift)
        empty = {**line(scene.volunteer.number), **line("", 1), **REASON}
        assert "请至少勾选一个人" in page(desk.post(path, empty, expect=422))
        assert scene.proposals() == []

    def test_say_what_is_wrong_where_it_is_and_keep_the_rest(self, scene: Scene, as_: Any) -> None:
        desk = as_(scene.owner)
        path = sheet_of(desk, scene.shift())
        typed = {
            **line(scene.volunteer.number, 0),
            **line(scene.volunteer.number, 1),
            **line("V123", 2, "14:10", "15:20"),
            **line(make_volunteer_number("420602", at("12:00").date(), 999), 3, "25:00", "16:00"),
            **line("", 4),
        }
        refused = page(desk.post(path, {**typed, **REASON}, expect=422))
        assert "请填时间，比如 14:00" in refused
        typed |= line(scene.volunteer.number, 3, "13:00", "16:00")
        refused = page(desk.post(path, {**typed, **REASON}, expect=422))
        for words in (
            "已经有一条在等确认",
            "志愿者编号",
            "到达时间要在计划的 14:00–16:00 以内",
            'value="15:20"',
            "停电了",
        ):
            assert words in refused
        assert 'id="rows-2-volunteer_number-error"' in refused
        assert 'id="rows-3-started_at-error"' in refused
        assert 'id="rows-1-started_at-error"' in refused
        assert 'id="rows-0-started_at-error"' not in refused
        assert scene.proposals() == []
        assert len(sheets(scene)) == 1

    def test_of_somebody_who_is_recorded_already_are_not_offered_again(self, scene: Scene, as_: Any) -> None:
        shift = scene.shift()
        scene.cast.signup(shift, scene.volunteer)
        scene.serve(shift, at("14:00"), at("16:00"))
        desk = as_(scene.owner)
        path = sheet_of(desk, shift)
        assert "不用再录的 1 人" in page(desk.get(path))
        refused = page(desk.post(path, {**line(scene.volunteer.number, is_here="y"), **REASON}, expect=422))
        assert "同一段时间只能记一次" in refused

    def test_past_midnight_belong_to_the_day_that_they_mean(self, scene: Scene, as_: Any) -> None:
        desk = as_(scene.owner)
        path = sheet_of(desk, scene.shift("22:00", 240))
        desk.post(path, {**line(scene.volunteer.number, start="23:00", end="01:30"), **REASON})
        assert [one.minutes for one in scene.proposals()] == [60, 90]

    @pytest.mark.parametrize("rows", ["rows-x-is_here", "rows-99999-volunteer_number", "rows-²-started_at", "rows"])
    def test_that_no_page_of_ours_sends_do_no_harm(self, scene: Scene, as_: Any, rows: str) -> None:
        desk = as_(scene.owner)
        desk.post(sheet_of(desk, scene.shift()), {rows: "V1", **REASON}, expect=422)


class TestSecondPerson:
    def test_is_neither_who_typed_nor_who_brought_the_photo(self, scene: Scene, as_: Any) -> None:
        path = sheet_of(as_(scene.second), scene.shift())
        as_(scene.owner).post(path, {**line(scene.volunteer.number), **REASON})
        (proposal,) = scene.proposals()
        for checker, words in ((scene.owner, "您自己提出的"), (scene.second, "照片")):
            answer = page(as_(checker).post(f"/hours/awaiting/{proposal.public_id}/confirmation", expect=409))
            assert words in answer
        assert scene.confirm(proposal, by=scene.third()).state is ProposalState.ON_NOTICE


class TestSuspended:
    @pytest.fixture
    def suspended(self, scene: Scene) -> Callable[[], None]:
        def suspend() -> None:
            with scene.writing():
                kept = db.session.get_one(Organization, scene.organization.id)
                kept.status = OrganizationStatus.SUSPENDED

        return suspend

    def test_organizations_bring_no_sheet_and_type_nothing_in(self, scene: Scene, as_: Any, suspended: Any) -> None:
        shift = scene.shift()
        desk = as_(scene.owner)
        path = sheet_of(desk, shift)
        suspended()
        words = "这个组织已暂停"
        assert words in page(upload(desk, shift, photo(), expect=422))
        assert words in page(desk.post(path, {**line(scene.volunteer.number), **REASON}, expect=422))
        typed = {
            "volunteer_number": scene.volunteer.number,
            "shift": shift.public_id,
            "started_at": f"{clock.to_local(shift.starts_at):%Y-%m-%dT%H:%M}",
            "ended_at": f"{clock.to_local(shift.ends_at):%Y-%m-%dT%H:%M}",
            "reason": "断网",
            "evidence": "签到表",
            "photo": (BytesIO(photo()), "sheet.jpg"),
        }
        assert words in page(desk.post("/hours/new", typed, expect=422))
        assert scene.proposals() == []


def end_notice(scene: Scene) -> None:
    import time_machine

    with time_machine.travel(at("01:00", -8)), scene.cast.app.app_context():
        jobs.end_public_notices()
