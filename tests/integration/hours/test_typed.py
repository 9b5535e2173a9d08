"""Typing in: the photo, the times, the limits."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from io import BytesIO
from threading import Barrier
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from models.accounts import Account
from models.base import db
from models.hours import PaperSheet, Proposal
from tests.integration.hours.conftest import Scene, at, page, photo
from volunteer.hours import limit_queries, limits, proposals
from volunteer.hours.limits import ORGANIZATION_MINUTES, VOLUNTEER_MINUTES
from volunteer.hours.minutes import RULES_VERSION, Source
from volunteer.hours.rules import Cause, ProposalState
from volunteer.kernel import clock
from volunteer.kernel.errors import DomainError, Invalid
from volunteer.kernel.volunteer_numbers import make_volunteer_number


def asked(scene: Scene, shift: Any, **changes: Any) -> dict[str, Any]:
    return {
        "volunteer_number": scene.volunteer.number,
        "shift": shift.public_id,
        "started_at": f"{clock.to_local(shift.starts_at):%Y-%m-%dT%H:%M}",
        "ended_at": f"{clock.to_local(shift.ends_at):%Y-%m-%dT%H:%M}",
        "reason": "现场断网",
        "evidence": "签到表在居委会",
        "photo": (BytesIO(photo()), "sheet.jpg"),
        **changes,
    }


def rows(scene: Scene, table: Any) -> list[Any]:
    with scene.cast.app.app_context():
        found = list(db.session.scalars(select(table).order_by(table.id)))
        db.session.expunge_all()
        return found


def typed_before(scene: Scene, minutes: int, maker: Account | None = None, days_ago: int = 1, **changes: Any) -> None:
    """Leave minutes that were typed in some days ago, for many volunteers at once."""
    shift = scene.shift(days_ago=40, minutes=120)
    made_at = clock.now() - timedelta(days=days_ago)
    while minutes:
        part = min(minutes, 600)
        minutes -= part
        volunteer_id = changes.get("volunteer_id") or scene.cast.volunteer(name="别的人").id
        values = {
            "volunteer_id": volunteer_id,
            "shift_id": shift.id,
            "organization_id": scene.organization.id,
            "served_on": clock.local_day(shift.starts_at),
            "started_at": shift.starts_at,
            "ended_at": shift.ends_at,
            "minutes": part,
            "source": Source.MANUAL,
            "rules_version": RULES_VERSION,
            "derivation": {},
            "cause": Cause.MANUAL,
            "state": ProposalState.ON_NOTICE,
            "made_by": (maker or scene.third()).id,
            "made_at": made_at,
            **changes,
        }
        scene.cast.add(Proposal(**values))


def bomb() -> bytes:
    out = BytesIO()
    Image.new("1", (9000, 9000)).save(out, "PNG")
    return out.getvalue()


def gif() -> bytes:
    out = BytesIO()
    Image.new("L", (600, 600)).save(out, "GIF")
    return out.getvalue()


class TestPhoto:
    def test_is_drawn_anew_and_shown_to_who_confirms(self, scene: Scene, as_: Any) -> None:
        exif = Image.Exif()
        exif[0x8825] = {1: "N", 2: (32.0, 0.0, 0.0)}
        data = photo(exif=exif)
        as_(scene.owner).submit("/hours/new", asked(scene, scene.shift(), photo=(BytesIO(data), "IMG.jpg")))
        (sheet,), (proposal,) = rows(scene, PaperSheet), scene.proposals()
        assert proposal.sheet_id == sheet.id
        shown = as_(scene.second).get(f"/hours/sheets/{sheet.public_id}/picture").data
        assert not Image.open(BytesIO(shown)).getexif()
        assert f"/hours/sheets/{sheet.public_id}/picture" in page(as_(scene.second).get("/hours/awaiting"))

    @pytest.mark.parametrize(
        ("data", "name", "words"),
        [
            (b"", "sheet.jpg", "打不开这张照片"),
            (b"<!doctype html><script>alert(1)</script>", "sheet.jpg", "打不开这张照片"),
            (gif(), "sheet.jpg", "打不开这张照片"),
            (bomb(), "sheet.png", "像素太多"),
            (photo(60, 60), "sheet.jpg", "看不清字"),
        ],
    )
    def test_that_is_none_is_refused_with_what_was_typed_kept(
        self, scene: Scene, as_: Any, data: bytes, name: str, words: str
    ) -> None:
        refused = page(
            as_(scene.owner).post("/hours/new", asked(scene, scene.shift(), photo=(BytesIO(data), name)), expect=422)
        )
        assert words in refused
        assert "现场断网" in refused
        assert (scene.proposals(), rows(scene, PaperSheet)) == ([], [])

    def test_has_to_be_there(self, scene: Scene, as_: Any) -> None:
        without = asked(scene, scene.shift())
        del without["photo"]
        assert "请选一张照片" in page(as_(scene.owner).post("/hours/new", without, expect=422))

    def test_of_fifty_megabytes_is_not_read(self, scene: Scene, as_: Any) -> None:
        head = b'--typed\r\nContent-Disposition: form-data; name="photo"; filename="sheet.jpg"\r\n\r\n'
        body = head + b"\0" * 50 * 1024 * 1024 + b"\r\n--typed--\r\n"
        as_(scene.owner).post("/hours/new", body, expect=413, content_type="multipart/form-data; boundary=typed")
        assert scene.proposals() == []


class TestTimes:
    @pytest.mark.parametrize(
        ("started", "ended", "words"),
        [
            ("14:00", "13:00", "离开时间要晚于到达时间"),
            ("14:00", "14:00", "离开时间要晚于到达时间"),
            ("14:00", "16:01", "以内"),
            ("13:59", "16:00", "以内"),
        ],
    )
    def test_cross_or_go_beyond_the_shift(self, scene: Scene, as_: Any, started: str, ended: str, words: str) -> None:
        moments = {"started_at": f"{at(started):%Y-%m-%dT%H:%M}", "ended_at": f"{at(ended):%Y-%m-%dT%H:%M}"}
        assert words in page(as_(scene.owner).post("/hours/new", asked(scene, scene.shift(), **moments), expect=422))
        assert scene.proposals() == []

    @pytest.mark.parametrize("typed", ["-1", "0", "1.5", "1e9", "25:00", "2026-11-18T25:00"])
    def test_that_are_none_are_refused(self, scene: Scene, as_: Any, typed: str) -> None:
        refused = page(as_(scene.owner).post("/hours/new", asked(scene, scene.shift(), ended_at=typed), expect=422))
        assert "日期" in refused

    def test_left_out_are_the_planned_of_the_chosen_shift(self, scene: Scene, as_: Any) -> None:
        scene.shift(days_ago=1)
        chosen = scene.shift(days_ago=3)
        as_(scene.owner).submit("/hours/new", asked(scene, chosen, started_at="", ended_at=""))
        (made,) = scene.proposals()
        assert (made.started_at, made.ended_at) == (chosen.starts_at, chosen.ends_at)

    def test_are_both_given_or_none(self, scene: Scene, as_: Any) -> None:
        assert "请选日期和时间" in page(
            as_(scene.owner).post("/hours/new", asked(scene, scene.shift(), ended_at=""), expect=422)
        )
        assert scene.proposals() == []

    def test_in_full_width_digits_are_times(self, scene: Scene, as_: Any) -> None:
        as_(scene.owner).submit("/hours/new", asked(scene, scene.shift(), ended_at="２０２６-１１-１８ １６:００"))
        assert [one.minutes for one in scene.proposals()] == [120]

    def test_of_a_day_of_twenty_five_hours_are_refused(self, scene: Scene) -> None:
        with pytest.raises(Invalid, match="一天最多记 12 小时"):
            scene.typed(scene.shift("00:00", 25 * 60, days_ago=3))
        assert scene.proposals() == []


class TestLimits:
    def test_are_told_before_and_refused_with_what_is_left(self, scene: Scene, as_: Any) -> None:
        typed_before(scene, limits.MAKER_MINUTES - 60, scene.owner)
        desk = as_(scene.owner)
        assert "您还能补录 1.00 小时，全组织还能补录 401.00 小时" in page(desk.get("/hours/new"))
        refused = page(desk.post("/hours/new", asked(scene, scene.shift()), expect=422))
        assert "您 30 天内还能补录 1.00 小时，这次是 2.00 小时" in refused
        assert "主管单位" in refused

    def test_of_an_organization_hold_whoever_types(self, scene: Scene) -> None:
        typed_before(scene, ORGANIZATION_MINUTES - 119)
        with pytest.raises(Invalid, match="周公庙社区志愿服务队") as refused:
            scene.typed(scene.shift())
        assert "还能补录 1.98 小时" in str(refused.value)

    def test_of_a_volunteer_hold_at_all_organizations(self, scene: Scene) -> None:
        elsewhere = scene.cast.organization(name="别的队")
        somebody: dict[str, Any] = {"organization_id": elsewhere.id, "volunteer_id": scene.volunteer.id}
        typed_before(scene, VOLUNTEER_MINUTES - 60, **somebody)
        with pytest.raises(Invalid, match="这位志愿者") as refused:
            scene.typed(scene.shift())
        assert refused.value.field == "volunteer_number"

    def test_forget_what_was_returned_and_what_is_thirty_days_old(self, scene: Scene) -> None:
        typed_before(scene, VOLUNTEER_MINUTES, volunteer_id=scene.volunteer.id, state=ProposalState.RETURNED)
        typed_before(scene, VOLUNTEER_MINUTES, volunteer_id=scene.volunteer.id, days_ago=30)
        assert scene.typed(scene.shift()).minutes == 120

    def test_are_not_touched_by_what_was_scanned(self, scene: Scene) -> None:
        typed_before(scene, ORGANIZATION_MINUTES, cause=Cause.LONG_DAY)
        assert scene.typed(scene.shift()).minutes == 120

    def test_hold_with_two_who_type_at_once(self, scene: Scene) -> None:
        told = two_at_once(scene)
        assert sum("还能补录 0.00 小时" in words for words in told) == 1
        assert sum(one.minutes for one in scene.proposals()) == ORGANIZATION_MINUTES

    def test_would_not_hold_without_the_rows_that_are_taken(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with scene.cast.app.app_context():
            if db.engine.dialect.name == "sqlite":
                pytest.skip("has one writer at a time anyway")
        both_have_read = Barrier(2)

        def read(*asked: Any) -> limits.Typed:
            typed = limit_queries.typed_by(*asked)
            both_have_read.wait(timeout=20)
            return typed

        monkeypatch.setattr(proposals, "take_limits", lambda *asked: None)
        monkeypatch.setattr(proposals, "typed_by", read)
        two_at_once(scene)
        assert sum(one.minutes for one in scene.proposals()) == ORGANIZATION_MINUTES + 120


def two_at_once(scene: Scene) -> list[str]:
    """Let two people type in two hours each where two are left; return ids of what was proposed, or why it was not."""
    typed_before(scene, ORGANIZATION_MINUTES - 120)
    shift = scene.shift()
    numbers = [scene.volunteer.number, second_number(scene)]

    def type_in(which: tuple[Account, str]) -> str:
        try:
            return scene.typed(shift, by=which[0], volunteer_number=which[1]).public_id
        except DomainError as refused:
            return str(refused)

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(type_in, zip([scene.owner, scene.second], numbers, strict=True)))


def second_number(scene: Scene) -> str:
    """Return the number of one more volunteer."""
    number = make_volunteer_number("420602", date(2025, 3, 1), 8)
    scene.cast.volunteer(name="张建军", number=number)
    return number
