"""What the office keeps in one district, an object of each kind; see world.py."""

from datetime import timedelta

from sqlalchemy import select

from models.api import ApiToken
from models.areas import PopulationChange, PopulationFile
from models.base import db
from models.evidence import Dossier, DossierFile, DossierItem, DossierPackage
from models.maps import AreaBoundary, BoundaryFile
from models.metrics import Edition, EditionClause
from models.screen import ScreenPass
from models.surveys import SurveyCampaign, SurveyPass, SurveyQuota
from models.tasks import Task
from tests.cast import Cast
from volunteer.kernel import clock
from volunteer.metrics.editions import MaterialKind
from volunteer.surveys.answering import make_pass, make_tickets
from volunteer.surveys.questions import NEWEST
from volunteer.tasks.rules import TaskStatus

HERE, THERE = "420602", "420606"


def clause_of(cast: Cast, edition: Edition) -> str:
    """Return the public id of a clause of an edition."""
    clause = EditionClause(edition_id=edition.id, code="1", position=0, title="组织", words="", wants=["note"])
    return str(cast.add(clause).public_id)


def token(cast: Cast, account_id: int) -> str:
    """Return the public id of a token for the district's figures."""
    now = clock.now()
    row = ApiToken(
        name="平台",
        area_id=cast.area(HERE).id,
        digest="0" * 64,
        made_at=now,
        made_by=account_id,
        ends_on=clock.today() + timedelta(days=1),
    )
    return str(cast.add(row).public_id)


def drawn(cast: Cast, account_id: int | None) -> dict[str, str]:
    """Return boundaries of the district, saved and still a draft, a pass for its wall, and a task that is done."""
    now, area = clock.now(), cast.area(HERE)
    square = [[[[0, 0], [9, 0], [9, 9]]]]
    held = {"shapes": {HERE: square}, "unmatched": [], "unmatched_count": 0, "doubled": {}, "points": 3}
    file = {"name": "区.geojson", "source": "市局", "content": b"{}", "digest": "0" * 64, "size": 2, "read": held}
    file |= {"uploaded_at": now, "uploaded_by": account_id}
    saved, draft = cast.add(BoundaryFile(**file, saved_at=now, saved_by=account_id)), cast.add(BoundaryFile(**file))
    cast.add(AreaBoundary(area_id=area.id, file_id=saved.id, shape={"polygons": square}, drawn_at=now))
    days = {"made_at": now, "made_by": account_id, "ends_on": clock.today()}
    wall = cast.add(ScreenPass(area_id=area.id, name="值班室", digest="0" * 64, **days))
    asked = {"kind": "admin.audit", "title": "操作记录", "params": {}, "lineage": area.lineage, "requested_at": now}
    task = cast.add(Task(**asked, requested_by=account_id, status=TaskStatus.DONE, result=b"", finished_at=now))
    return {
        "task": task.public_id,
        "boundaries": saved.public_id,
        "draft boundaries": draft.public_id,
        "screen pass": wall.public_id,
    }


def population_file(cast: Cast) -> str:
    """Return the public id of a file out of which one community of the district got its figure."""
    file = cast.add(PopulationFile(name="a.csv", digest="0" * 64, content=b"a", recorded_at=clock.now()))
    figure = {"year": 2026, "residents": 30, "is_built_up": True, "source": "台账", "recorded_at": clock.now()}
    cast.add(PopulationChange(area_id=cast.area(f"{HERE}001001").id, file_id=file.id, **figure))
    return str(file.public_id)


def dossier(cast: Cast, edition: Edition) -> dict[str, str]:
    """Return a dossier of the district with a picture and a package, by public ids."""
    now = clock.now()
    made = cast.add(Dossier(area_id=cast.area(HERE).id, year=now.year, edition_id=edition.id, opened_at=now))
    content = {"digest": "0" * 64, "size": 2, "content": b"\xff\xd8"}
    file = cast.add(DossierFile(name="a.jpg", type="image/jpeg", width=1, height=1, uploaded_at=now, **content))
    caption = {
        "taken_on": now.date().isoformat(),
        "place": "广场",
        "people": "志愿者",
        "theme": "集市",
        "event": "磨刀",
    }
    item = cast.add(
        DossierItem(
            dossier_id=made.id,
            clause_code="1",
            number=1,
            kind=MaterialKind.PICTURE,
            title="集市",
            facts=caption,
            file_id=file.id,
            added_at=now,
        )
    )
    told = {"edition": "试用版", "items": 1, "pages": 1, "share": "", "pdf": "0" * 64, "ledger_size": None}
    package = cast.add(
        DossierPackage(dossier_id=made.id, number=1, name="a.zip", contents=told, made_at=now, **content)
    )
    facts = {"subject": "trainings", "as_of": now.date().isoformat(), "window": "calendar_year", "total": "inclusive"}
    told = {"clause_code": "1", "number": 2, "kind": MaterialKind.TABLE, "title": "培训一览", "added_at": now}
    table = cast.add(DossierItem(dossier_id=made.id, facts=facts, **told))
    return {
        "dossier": made.public_id,
        "item": item.public_id,
        "package": package.public_id,
        "table item": table.public_id,
    }


def survey(cast: Cast) -> dict[str, str]:
    """Return a survey of the district that is open, with a ticket and an interviewer's link of a community."""
    today, area, community = clock.today(), cast.area(HERE), cast.area(f"{HERE}001001")
    told = {"is_official": False, "wanted": 1, "reserve_percent": 0, "population_year": today.year, "frame": {}}
    days = {"opens_on": today, "closes_on": today, "made_at": clock.now(), "published_at": clock.now()}
    campaign = cast.add(SurveyCampaign(area_id=area.id, title="问卷", question_set=NEWEST, **told, **days))
    cast.add(SurveyQuota(campaign_id=campaign.id, area_id=community.id, branch=community.code, wanted=1, residents=9))
    ring = cast.app.config["SETTINGS"].keys["index"]
    with cast.app.app_context():
        ((_, (ticket,)),) = make_tickets(campaign, area, ring, account_id=None)
        link = make_pass(campaign, community, "小陈", ring, account_id=None)
        db.session.commit()
        found = db.session.scalars(select(SurveyPass.public_id)).one()
    return {
        "survey": campaign.public_id,
        "survey community": community.code,
        "survey ticket": ticket,
        "survey pass": found,
        "survey link": link,
    }
