"""The scene of the seller's story: a team, its people, somebody who pays, and what they do without a page."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import BytesIO

from flask import Flask
from PIL import Image, ImageDraw
from playwright.sync_api import FilePayload
from sqlalchemy import func, select

from models.accounts import Account
from models.activities import Activity, Shift
from models.base import db
from models.hours import Entry, Proposal
from models.organizations import Organization
from models.volunteers import Volunteer
from tests.cast import Cast
from tests.journeys.reader import Reader
from volunteer.checkin.rules import Method
from volunteer.hours import operations, proposing, queries
from volunteer.kernel import clock
from volunteer.kernel.id_documents import DocumentKind, check_character, check_document
from volunteer.kernel.permissions import Role
from volunteer.kernel.volunteer_numbers import make_volunteer_number
from volunteer.volunteers.rules import Relation
from volunteer.volunteers.vault import Vault

TITLE, TEAM = "广场文明劝导", "万山社区志愿服务队"
# A dozen days of eight hours: what the buyer really did.
HONEST_DAYS, HONEST_MINUTES = 12, 12 * 480
SOLD_MINUTES = 300
YEAR_AGO = date(2025, 3, 1)
SELLERS_DOCUMENT = "42060219750402017" + check_character("42060219750402017")


@dataclass(frozen=True)
class Sale:
    """A shift of five hours that was yesterday; nobody of those who are named here was there."""

    app: Flask
    cast: Cast
    organization: Organization
    activity: Activity
    shift: Shift
    seller: Account
    second_account: Account
    colleague: Account
    nameless: Account
    accountant: Account
    buyer: Account
    bought_for: Volunteer
    office: Account

    def ledger(self) -> tuple[int, int]:
        """Return how many rows the ledger has, and the buyer's effective minutes."""
        with self.app.app_context():
            rows = db.session.scalar(select(func.count(Entry.id))) or 0
            return rows, queries.effective_minutes(self.bought_for.id)

    def proposals(self) -> int:
        """Return how many wishes to credit there are."""
        with self.app.app_context():
            return db.session.scalar(select(func.count(Proposal.id))) or 0

    def type_in(self, shift: Shift, volunteer: Volunteer, by: Account) -> str:
        """Type in the whole shift, as the page does; return the proposal's public id."""
        with self.cast.writing():
            (made, *_) = proposing.propose_typed(
                db.session.get_one(Shift, shift.id),
                volunteer_number=volunteer.number,
                started_at=shift.starts_at,
                ended_at=shift.ends_at,
                reason="现场太忙，没来得及签到",
                evidence="签到表在办公室",
                photo=old_photo(),
                account_id=by.id,
            )
            return made.public_id

    def confirm(self, proposal_id: str, by: Account) -> None:
        """Say yes as the second person."""
        with self.cast.writing():
            operations.confirm(queries.proposal_by_public_id(proposal_id), account_id=by.id)

    def own_volunteer(self, number: str) -> Volunteer:
        """Give the seller's own person a number that can be typed, and return it."""
        with self.cast.writing() as session:
            query = select(Volunteer).where(Volunteer.account_id == self.seller.id, Volunteer.relation == Relation.SELF)
            found = session.scalars(query).one()
            found.number = number
            return found

    def customer(self, number: int) -> Volunteer:
        """Return one more person who pays."""
        return self.cast.volunteer(name=f"顾客{number}", number=number_of(number))


def number_of(serial: int) -> str:
    """Return a volunteer number of the city."""
    return make_volunteer_number("420602", YEAR_AGO, serial)


def old_photo() -> bytes:
    """Return a photo of some square on some day."""
    image, held = Image.new("RGB", (1200, 900), (198, 214, 226)), BytesIO()
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 560, 1200, 900), fill=(152, 150, 142))
    for left in (180, 420, 700, 930):
        draw.ellipse((left, 430, left + 60, 490), fill=(120, 84, 66))
        draw.rectangle((left - 10, 490, left + 70, 660), fill=(196, 60, 48))
    image.save(held, "JPEG", quality=80)
    return held.getvalue()


def at(clock_time: str, days_ago: int) -> datetime:
    """Return the moment of a local wall time some days ago."""
    day = clock.today() - timedelta(days=days_ago)
    return datetime.combine(day, time.fromisoformat(clock_time), clock.LOCAL_ZONE)


def long_ago() -> dict[str, datetime]:
    """Return when an activity was published that nothing is odd about."""
    return dict.fromkeys(("created_at", "published_at"), clock.now() - timedelta(days=70))


def until_november() -> int:
    """Return the days until a Friday in November, whose last weeks are of its own year."""
    today = clock.today()
    friday = date(today.year, 11, 20)
    friday += timedelta(days=(4 - friday.weekday()) % 7)
    return (friday - today).days


def arrange(app: Flask, cast: Cast) -> Sale:
    """Return the people of the story, the evening before they begin."""
    seller, colleague, accountant = cast.account("王主任"), cast.account("陈姐"), cast.account("刘会计")
    second_account, nameless, buyer = cast.account("王主任二号"), cast.account("小张"), cast.account("李晓梅")
    organization = cast.organization(seller, TEAM)
    for account in (colleague, accountant, second_account, nameless):
        cast.grant(account, Role.CHECKER, organization=organization)
    document = check_document(DocumentKind.RESIDENT_ID, SELLERS_DOCUMENT, clock.today())
    digest = Vault.of(app.config["SETTINGS"].keys).digest_of(document)
    cast.volunteer(seller, "王建国", document_digest=digest)
    cast.volunteer(colleague, "陈桂兰")
    cast.volunteer(accountant, "刘敏")
    bought_for = cast.volunteer(buyer, "李晓梅", number=number_of(7))
    activity = cast.activity(organization, TITLE, place="万山广场", **long_ago())
    shift = cast.shift(activity, at("08:00", 1), SOLD_MINUTES)
    return Sale(
        app,
        cast,
        organization,
        activity,
        shift,
        seller,
        second_account,
        colleague,
        nameless,
        accountant,
        buyer,
        bought_for,
        cast.office(),
    )


def serve_honestly(sale: Sale, days: int, *, minutes: int = 480) -> None:
    """Let the buyer serve whole days, both ends scanned."""
    activity = sale.cast.activity(sale.organization, **long_ago())
    for number in range(days):
        shift = sale.cast.shift(activity, at("08:00", 5 + number), minutes)
        scanned(sale, shift, sale.bought_for, 2 * number + 1)


def scanned(sale: Sale, shift: Shift, volunteer: Volunteer, ordinal: int) -> None:
    """Let somebody come and go by the code on the wall."""
    sale.cast.presence(shift, volunteer, ordinal, happened_at=shift.starts_at, received_at=shift.starts_at)
    gone = sale.cast.presence(shift, volunteer, ordinal + 1, happened_at=shift.ends_at, received_at=shift.ends_at)
    with sale.cast.writing():
        operations.settle_presence(
            volunteer_id=volunteer.id,
            shift_id=shift.id,
            arrived_at=shift.starts_at,
            left_at=shift.ends_at,
            method_in=Method.VENUE_CODE,
            method_out=Method.VENUE_CODE,
            check_out_event_id=gone.id,
        )


def waiting(reader: Reader) -> list[str]:
    """Return the public ids of what waits for a second person on the page."""
    links = reader.page.locator("a[href*='/hours/awaiting/'][href$='/return']")
    return [link.get_attribute("href").split("/")[3] for link in links.all()]


def token_of(reader: Reader) -> str:
    """Return what a form of this reader has to carry."""
    return reader.page.locator("input[name=csrf_token]").first.get_attribute("value") or ""


def confirm_anyway(reader: Reader, proposal_id: str) -> int:
    """Send the yes that the page does not offer; return the answer's status."""
    path = f"{reader.origin}/hours/awaiting/{proposal_id}/confirmation"
    sent = {"csrf_token": token_of(reader)}
    return reader.context.request.post(path, form=sent, max_redirects=0).status


def fill_in(seller: Reader, sale: Sale, *, photo: bytes | None = None, **typed: str) -> Reader:
    """Fill the form for typing in with what is right but for `typed`, and send it past the browser's own questions."""
    wanted = {
        "志愿者编号": sale.bought_for.number,
        "到达时间": f"{clock.to_local(sale.shift.starts_at):%Y-%m-%dT%H:%M}",
        "离开时间": f"{clock.to_local(sale.shift.ends_at):%Y-%m-%dT%H:%M}",
        "补录原因": "现场太忙，没来得及签到",
        "凭据": "签到表在办公室",
        **typed,
    }
    for label, value in wanted.items():
        seller.fill(label, value)
    if photo is not None:
        file = FilePayload(name="IMG_0412.jpg", mimeType="image/jpeg", buffer=photo)
        seller.page.locator("input[type=file]").set_input_files(file)
    seller.page.locator("main form").evaluate("form => { form.noValidate = true }")
    return seller.press("提出补录")
