"""The office uploads boundaries, sees what they draw, saves them, and reads its figures on the map."""

import io
import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from models.areas import Area
from models.audit import AuditEvent
from models.base import db
from models.maps import AreaBoundary, BoundaryFile
from tests.cast import Cast
from tests.client import Browser
from volunteer.kernel.permissions import Role
from volunteer.maps import reading

UPLOAD = "/maps/files/upload"
SHARE = "?indicator=registered_share"


@pytest.fixture
def city(cast: Cast, browser: Browser) -> Browser:
    """Return the browser of an administrator of the city."""
    return browser.sign_in(cast.office())


def box(west: float, **properties: Any) -> dict[str, Any]:
    ring = [[west, 32.0], [west + 0.1, 32.0], [west + 0.1, 32.1], [west, 32.1], [west, 32.0]]
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def collection(*features: dict[str, Any]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


DISTRICTS = collection(box(112.0, code="420602", name="襄城区"), box(112.1, name="樊城区"), box(113, name="月球"))
CROSSED = DISTRICTS.replace(b"[112.1, 32.1], [112.0, 32.1]", b"[112.0, 32.1], [112.1, 32.1]")


def upload(browser: Browser, content: bytes, name: str = "襄阳区县.geojson", **options: Any) -> str:
    form = {"file": (io.BytesIO(content), name), "source": "市局 2025 年区划图"}
    answer = browser.post(UPLOAD, form, content_type="multipart/form-data", **options)
    return answer.headers.get("Location", answer.text)


def save(browser: Browser, content: bytes = DISTRICTS) -> None:
    place = upload(browser, content)
    browser.get(place)
    browser.submit(f"{place}/save")


def standing(app_browser: Browser) -> dict[str, int]:
    with app_browser.app.app_context():
        rows = db.session.execute(
            select(Area.code, AreaBoundary.file_id)
            .join(Area, Area.id == AreaBoundary.area_id)
            .where(AreaBoundary.replaced_at.is_(None))
        )
        return dict(rows.all())


def test_a_map_without_boundaries_says_how_to_get_them(city: Browser):
    page = city.get("/maps/").text
    assert "还没有襄阳市下面各区划的边界" in page
    assert "GeoJSON" in page
    assert f'href="{UPLOAD}"' in page
    assert "同样的数字" in page


def test_a_file_is_shown_before_it_is_saved_and_drawn_after(city: Browser):
    place = upload(city, DISTRICTS)
    page = city.get(place).text
    assert "<title>襄城区</title>" in page
    assert "月球" in page
    assert standing(city) == {}
    assert "已保存 2 个区划的边界" in city.submit(f"{place}/save").text
    assert set(standing(city)) == {"420602", "420606"}
    page = city.get(f"/maps/420600{SHARE}&window=rolling_year&as_of=2026-01-31").text
    assert 'class="map-area" href="/metrics/areas/420606?as_of=2026-01-31&amp;window=rolling_year&amp;total=' in page
    assert "市局 2025 年区划图" in page
    assert "樊城区" in page
    city.get(place, expect=404)
    city.post(f"{place}/save", expect=404)


def test_the_file_is_kept_as_it_came_with_its_digest(city: Browser, cast: Cast):
    save(city)
    page = city.get("/maps/files").text
    assert "襄阳区县.geojson" in page
    with city.app.app_context():
        file = db.session.scalars(select(BoundaryFile)).one()
        assert (file.content, file.size) == (DISTRICTS, len(DISTRICTS))
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "maps.draw")).one()
        assert event.details["areas"] == 2
        place = f"/maps/files/{file.public_id}/original"
    answer = city.get(place)
    assert answer.data == DISTRICTS
    assert "UTF-8''%E8%A5%84" in answer.headers["Content-Disposition"]


def test_a_newer_file_takes_the_place_of_an_older_and_the_older_stays_in_the_history(city: Browser):
    save(city)
    first = standing(city)
    save(city, collection(box(112.05, code="420602")))
    second = standing(city)
    assert second["420606"] == first["420606"]
    assert second["420602"] != first["420602"]
    with city.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(AreaBoundary)) == 3
    assert city.get("/maps/files").text.count("襄阳区县.geojson") == 2


def test_whatever_level_is_there_is_drawn(city: Browser):
    save(city, collection(box(112, code="420602001"), box(112.1, code="420602001001")))
    assert "<title>真武山街道" in city.get("/maps/420602").text
    assert "还有 1 个区划没有边界" in city.get("/maps/420602").text
    assert "<title>周公庙社区" in city.get("/maps/420602001").text
    assert "<title>周公庙社区" in city.get("/maps/420602001001").text
    assert "还没有襄阳市下面各区划的边界" in city.get("/maps/420600").text


def test_two_shapes_of_one_area_are_listed_and_not_drawn(city: Browser):
    content = collection(
        box(112, code="420602", name="甲图"), box(113, code="420602", name="乙图"), box(114, code="420606")
    )
    place = upload(city, content)
    page = city.get(place).text
    assert "甲图、乙图" in page
    city.submit(f"{place}/save")
    assert set(standing(city)) == {"420606"}


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "读不懂"),
        (b"[" * 60_000, "读不懂"),
        (b"PK\x03\x04", "读不懂"),
        (collection(box(113, name="月球")), "没有一个对得上"),
        (
            DISTRICTS.replace(b"[112.1, 32.1], [112.0, 32.1]", b"[112.0, 32.1], [112.1, 32.1]"),
            "第 1 个图形“襄城区”（420602）的边界自己交叉",
        ),
    ],
)
def test_a_file_that_cannot_be_drawn_is_refused_in_words(city: Browser, content: bytes, words: str):
    assert words in upload(city, content, expect=422)
    with city.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(BoundaryFile)) == 0


def test_every_shape_that_is_wrong_is_named_by_its_place_its_area_and_its_code(city: Browser):
    features = json.loads(CROSSED)["features"]
    del features[0]["properties"]["name"]
    page = upload(city, collection(features[0], box(113, name="月球"), features[0]), expect=422)
    assert "第 1 个图形“襄城区”（420602）的边界自己交叉" in page  # the name is that of its code
    assert "第 3 个图形“襄城区”（420602）的边界自己交叉" in page
    assert "第 2 个图形" not in page


def test_fifty_megabytes_are_refused_by_their_size_alone(city: Browser):
    body, size = io.BytesIO(b"--x\r\n"), 50 * 1024 * 1024
    sent = {"CONTENT_LENGTH": str(size), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    answer = city.client.post(UPLOAD, input_stream=body, environ_overrides=sent)
    assert answer.status_code == 413
    assert "文件有 50 MB，最多 20 MB" in answer.text
    assert body.tell() == 0


def test_a_file_that_takes_too_long_ends_its_own_process_alone(city: Browser, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading.reader, "limits", replace(reading.reader.limits, seconds=0.01))
    assert "太复杂" in upload(city, DISTRICTS, expect=422)


def test_an_administrator_of_a_district_draws_that_district_alone(browser: Browser, cast: Cast):
    browser.sign_in(cast.office(code="420602"))
    content = collection(box(112, code="420602"), box(112.1, code="420606", name="樊城区"))
    place = upload(browser, content)
    assert "樊城区" in browser.get(place).text
    browser.submit(f"{place}/save")
    assert set(standing(browser)) == {"420602"}
    browser.get("/maps/420606", expect=404)


def test_a_draft_is_its_uploaders_alone(city: Browser, cast: Cast):
    place = upload(city, DISTRICTS)
    other = Browser(city.app).sign_in(cast.office(name="另一位"))
    other.get(place, expect=404)
    other.post(f"{place}/save", expect=404)
    staff = Browser(city.app).sign_in(cast.office(Role.OFFICE_STAFF, name="工作人员"))
    staff.get(UPLOAD, expect=403)
    assert "上传边界" not in staff.get("/maps/").text


def test_the_map_and_the_table_tell_the_same_and_keep_what_was_chosen(city: Browser, cast: Cast):
    cast.volunteer()
    save(city)
    page = city.get("/maps/420600?indicator=active_share&total=strict").text
    assert page.count("暂无数据") >= 2
    assert "indicator=hours_per_head" in page
    assert "total=strict" in page
    city.get("/maps/420600?as_of=2026-02-30", expect=422)
    city.get("/maps/420600?as_of=2999-01-01", expect=422)
    city.get("/maps/999999", expect=404)


@pytest.mark.parametrize("odd", ["\ud800x", "a\0b"])
def test_a_text_that_no_database_takes_is_mended_in_what_is_told(city: Browser, odd: str):
    place = upload(city, collection(box(112.0, code="420602"), box(112.1, name=odd, **{odd: odd})))
    assert "\ufffd" in city.get(place).text
    crossed = {"type": "Feature", "properties": {"name": odd}, "geometry": {"type": odd}}
    assert "\ufffd" in upload(city, collection(crossed), expect=422)


def test_a_file_name_keeps_what_can_be_seen_of_it(city: Browser):
    place = upload(city, DISTRICTS, "图/a\0b.geojson")
    with city.app.app_context():
        assert db.session.scalars(select(BoundaryFile.name)).one() == "ab.geojson"
    city.get(place)


def test_a_shape_across_the_180th_meridian_is_refused(city: Browser):
    ring = [[179, 1], [-179, 1], [-179, 2], [179, 2], [179, 1]]
    wide = {"type": "Feature", "properties": {"name": "襄城区"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    assert "“襄城区”东西宽超过 20 度" in upload(city, collection(wide), expect=422)
