"""What waits for an organization, in one list: also what stations could not record, and sheets nobody has read."""

from models.stations import Station, StationRecord
from tests.client import Browser
from tests.integration.hours.conftest import Scene
from volunteer.checkin.rules import Direction
from volunteer.hours.queries import stations_to_review
from volunteer.kernel import clock
from volunteer.kernel.permissions import Role
from volunteer.stations.rules import Kind, Outcome


def station_record(scene: Scene, outcome: Outcome = Outcome.REVIEW, key: str = "k") -> None:
    now = clock.now()
    station = scene.cast.add(Station(shift_id=scene.shift().id, name="东门", opened_by=scene.owner.id, opened_at=now))
    scene.cast.add(
        StationRecord(
            station_id=station.id,
            record_key=key * 20,
            body_digest="0" * 64,
            kind=Kind.CODE,
            typed="",
            direction=Direction.IN,
            device_at=now,
            happened_at=now,
            received_at=now,
            volunteer_id=scene.volunteer.id,
            outcome=outcome,
            rule="not_signed_up",
        )
    )


def page(browser: Browser, path: str = "/hours/awaiting") -> str:
    return str(browser.get(path).get_data(as_text=True))


def test_records_of_stations_lead_those_who_run_shifts_to_their_review(scene: Scene) -> None:
    station_record(scene)
    station_record(scene, Outcome.RECORDED, "l")
    organizer = scene.cast.account("小张")
    scene.cast.grant(organizer, Role.ORGANIZER, organization=scene.organization)
    text = page(Browser(scene.cast.app).sign_in(organizer))
    assert "有 1 条扫到了却记不上" in text
    assert "没有要确认的" not in text
    checker = page(Browser(scene.cast.app).sign_in(scene.second))
    assert "扫到了却记不上" not in checker
    assert "没有要确认的" in checker


def test_records_of_stations_are_counted_for_these_organizations_alone(scene: Scene) -> None:
    station_record(scene)
    other = scene.cast.organization(scene.cast.account("别的人"), name="别的队")
    with scene.cast.app.app_context():
        assert [stations_to_review([one.id]) for one in (scene.organization, other)] == [1, 0]
        assert stations_to_review([]) == 0
