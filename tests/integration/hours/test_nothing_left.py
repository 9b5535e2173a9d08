"""Erasing keeps its promise: nothing that names the person is left anywhere, and what stays still holds."""

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from models.base import Base, db
from models.checkin import PresenceEvent, PresenceRefusal
from models.hours import Proposal
from models.notices import Notice
from models.volunteers import Volunteer
from tests.integration.hours.conftest import Scene, at
from volunteer.checkin.rules import Method
from volunteer.hours import operations, questions
from volunteer.hours.objections import object_to
from volunteer.hours.records import record_by_public_id
from volunteer.kernel.names import ERASED_NAME
from volunteer.kernel.text import Words
from volunteer.notices.operations import tell
from volunteer.notices.rules import NoticeKind
from volunteer.volunteers.operations import erase_volunteer

NAME, PHONE, DEVICE = "尉迟霁月", "13799990417", "d3v1ce-of-hers"
PLACE = {"latitude": 32.0123456, "longitude": 112.1234567, "accuracy_metres": 17.25, "device": DEVICE}


def plant(scene: Scene) -> None:
    """Give somebody with a rare name a story that gets the name into other people's accounts too."""
    with scene.writing():
        person = db.session.get_one(Volunteer, scene.volunteer.id)
        person.name, person.phone, person.account.display_name = NAME, PHONE, NAME
    shift = scene.shift("08:00")
    scene.arrive(shift, shift.starts_at, **PLACE)
    scene.leave(shift, shift.ends_at, **PLACE)
    scene.confirm(proposal := scene.typed(scene.shift("14:00")))
    with scene.writing():
        object_to(db.session.get_one(Proposal, proposal.id), text="当天没看见人", account_id=None)
        about = record_by_public_id(proposal.public_id)
        questions.ask_question(about, text="是几点到几点", account_id=scene.account.id)
    with scene.writing():
        db.session.add(
            PresenceRefusal(
                refused_at=at("08:01"),
                asked_at=at("08:01"),
                volunteer_id=scene.volunteer.id,
                method=Method.VENUE_CODE,
                rule="stale",
                told="过期了",
                device=DEVICE,
                request_key="refused-once",
            )
        )
        kept = db.session.get_one(Proposal, proposal.id)
        operations.return_proposal(kept, reason="核实不了", account_id=scene.owner.id)


def erase(scene: Scene) -> None:
    with scene.writing():
        person = db.session.get_one(Volunteer, scene.volunteer.id)
        erase_volunteer(volunteer=person, account_id=scene.account.id, confirmation=person.name)


def where_is(*planted: str) -> set[str]:
    """Return the columns of all tables in which one of these texts stands."""
    found = set()
    for table in Base.metadata.sorted_tables:
        for row in db.session.execute(select(table)):
            found |= {
                f"{table.name}.{column.name}"
                for column, value in zip(table.columns, row, strict=True)
                if any(one in str(value) for one in planted)
            }
    return found


def test_no_table_holds_name_phone_places_or_devices(scene: Scene) -> None:
    plant(scene)
    planted = (NAME, PHONE, DEVICE, "32.0123456", "112.1234567", "17.25")
    with scene.cast.app.app_context():
        # The control: what has to go was really there.
        assert where_is(*planted) == {
            *("volunteer.name", "volunteer.phone", "account.display_name", "notice.params"),
            *(f"presence_event.{one}" for one in PLACE),
            "presence_refusal.device",
        }
        named = db.session.scalars(select(Notice.account_id).where(Notice.volunteer_id == scene.volunteer.id)).all()
        assert {scene.account.id, scene.owner.id} <= set(named)
    erase(scene)
    with scene.cast.app.app_context():
        assert where_is(*planted) == set()
        assert db.session.get_one(Volunteer, scene.volunteer.id).account.display_name == ERASED_NAME
        kept = db.session.scalars(select(Notice).where(Notice.volunteer_id == scene.volunteer.id)).all()
        assert len(kept) == len(named)
        assert {one.params["name"] for one in kept} == {ERASED_NAME}


def test_namesakes_keep_their_notices(scene: Scene) -> None:
    plant(scene)
    other = scene.cast.volunteer(name=NAME)
    with scene.writing():
        words = Words("%(name)s的服务时长到 %(hours)s 小时", {"name": NAME, "hours": "100"})
        notice_id = tell(scene.owner.id, NoticeKind.STAR, words, about=other.id).id
    erase(scene)
    with scene.cast.app.app_context():
        assert db.session.get_one(Notice, notice_id).params["name"] == NAME


def test_a_notice_that_names_nobody_in_particular_is_refused(scene: Scene) -> None:
    with scene.cast.app.app_context(), pytest.raises(ValueError, match="which"):
        tell(scene.owner.id, NoticeKind.STAR, Words("%(name)s", {"name": NAME}))


def test_a_family_member_who_is_erased_leaves_the_name_of_the_account(scene: Scene) -> None:
    plant(scene)
    child = scene.cast.volunteer(scene.account, "尉迟小满", relation="child")
    with scene.writing():
        person = db.session.get_one(Volunteer, child.id)
        erase_volunteer(volunteer=person, account_id=scene.account.id, confirmation=person.name)
        assert person.account.display_name == NAME


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE presence_event SET latitude = NULL, longitude = NULL, accuracy_metres = NULL, device = ''",
        "UPDATE presence_refusal SET device = ''",
    ],
)
def test_places_go_with_their_person_alone(scene: Scene, statement: str) -> None:
    plant(scene)
    with scene.cast.app.app_context():
        with pytest.raises(DatabaseError, match="append-only"):
            db.session.execute(text(statement))
        db.session.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE presence_event SET latitude = 31, longitude = 112",
        "UPDATE presence_event SET device = 'x'",
        "UPDATE presence_event SET device = '', happened_at = received_at",
        "UPDATE presence_refusal SET device = 'x'",
        "UPDATE presence_refusal SET told = ''",
    ],
)
def test_of_an_erased_person_too_nothing_else_changes(scene: Scene, statement: str) -> None:
    plant(scene)
    erase(scene)
    with scene.cast.app.app_context():
        with pytest.raises(DatabaseError, match="append-only"):
            db.session.execute(text(statement))
        db.session.rollback()
        assert db.session.scalar(select(func.count()).select_from(PresenceEvent)) == 2
