"""The crowd of one great day: each with an account, a session, a place on a shift, and a browser with its cookies."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask_migrate import upgrade
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import func, select, text

from models.accounts import Account, AccountSession, RoleGrant
from models.activities import Activity, Shift
from models.areas import Area
from models.audit import AuditEvent
from models.base import db
from models.checkin import PresenceEvent
from models.engine import standing_alone
from models.organizations import Organization
from models.signups import Signup
from models.volunteers import Volunteer
from volunteer.accounts.queries import digest_of
from volunteer.areas.operations import import_shipped_tree
from volunteer.areas.rules import AreaLevel
from volunteer.checkin import codes
from volunteer.checkin.codes import VenueCode
from volunteer.checkin.rules import Direction, Method
from volunteer.demo.bulk import Loader
from volunteer.kernel import clock
from volunteer.kernel.id_documents import DocumentKind, Gender
from volunteer.kernel.ids import new_public_id
from volunteer.kernel.permissions import Role
from volunteer.organizations.rules import OrganizationKind, OrganizationStatus
from volunteer.signups.rules import SignupStatus
from volunteer.volunteers.rules import Relation, VolunteerStatus

SHIFTS = 100
TABLES = (
    (Account, "id public_id phone password_hash display_name status text_size contrast locale created_at"),
    (AccountSession, "digest account_id device_label created_at last_seen_at idle_ends_at ends_at"),
    (
        Organization,
        (
            "id public_id name kind area_id introduction contact_name contact_phone status "
            "status_reason created_by created_at"
        ),
    ),
    (
        Volunteer,
        (
            "id public_id number account_id relation name document_kind document_cipher document_digest "
            "document_mask gender birth_on phone community_id skills categories status registered_at"
        ),
    ),
    (
        Activity,
        (
            "id public_id organization_id area_id title category description place contact_name contact_phone "
            "bring requirements minimum_age risk risks insurance gate status cancel_reason created_by created_at"
        ),
    ),
    (
        Shift,
        (
            "id public_id activity_id task starts_at ends_at break_minutes capacity taken "
            "allows_walk_in extension_reason status"
        ),
    ),
    (Signup, "id public_id shift_id volunteer_id account_id status created_at placed_at changes_seen_at"),
    (
        PresenceEvent,
        (
            "volunteer_id ordinal shift_id direction method happened_at received_at station "
            "recorded_by reason request_key"
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Comer:
    """Somebody about to check in: the shift, who, and the cookies of their browser, whose secret name is `name`."""

    volunteer: str
    shift: str
    session: str
    browser: str
    form_cookie: str
    form_token: str
    account_id: int
    name: str


class Crowd:
    """Fills a migrated, empty database with people who have a place today, and writes the requests they send.

    `spread` people have places on many shifts by turns, `together` people on one. All were somewhere a week ago.
    """

    def __init__(self, app: Flask, *, spread: int, together: int) -> None:
        self.app = app
        self._signer = URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="wtf-csrf-token")
        self._session = SecureCookieSessionInterface().get_signing_serializer(app)
        with app.app_context():
            upgrade()
            import_shipped_tree()
            db.session.flush()
            self._loader = Loader(db.session.connection(), *TABLES)
            self._now = clock.now()
            self._community = db.session.scalars(select(Area.id).where(Area.level == AreaLevel.COMMUNITY)).first()
            shifts = self._hold_shifts(capacity=max(1, spread, together))
            self.spread = iter([self._come(serial, 1 + serial % SHIFTS, shifts) for serial in range(spread)])
            self.together = iter([self._come(spread + serial, SHIFTS + 1, shifts) for serial in range(together)])
            self._loader.flush()
            self._loader.follow_sequences()
            db.session.commit()
            self._settle()

    def _settle(self) -> None:
        """Let PostgreSQL do now what it would do by itself while it is measured; SQLite does nothing unless told to."""
        if db.engine.dialect.name == "postgresql":
            with standing_alone().connect() as connection:
                connection.execute(text("VACUUM ANALYZE"))
                connection.execute(text("CHECKPOINT"))
        db.engine.dispose()

    def _hold_shifts(self, capacity: int) -> list[str]:
        now, add = self._now, self._loader.add
        self._add_account(1, "王主任", "13900000000")
        kind, approved = OrganizationKind.COMMUNITY, OrganizationStatus.APPROVED
        add(
            Organization,
            *(1, new_public_id(), "檀溪社区志愿服务队", kind, self._community, "", "王主任", "13900000000"),
            *(approved, "", 1, now),
        )
        public_ids = [new_public_id() for _ in range(SHIFTS + 2)]
        for number, public_id in enumerate(public_ids, start=1):
            title, description = f"清理护城河第 {number} 段", "沿护城河捡拾垃圾，分类装袋。"
            add(
                Activity,
                *(number, new_public_id(), 1, self._community, title, "environment", description, "护城河东门广场"),
                *("王主任", "13900000000", "", "", 8, "ordinary", "", "", {"danger": False}, "published", "", 1, now),
            )
            starts_at = now - (timedelta(minutes=10) if number <= SHIFTS + 1 else timedelta(days=7))
            ends_at = starts_at + timedelta(hours=3)
            add(Shift, number, public_id, number, "", starts_at, ends_at, 0, capacity, 0, False, "", "open")
        return public_ids

    def _add_account(self, number: int, name: str, phone: str) -> None:
        kept = ("active", "normal", "normal", "zh_Hans_CN", self._now)
        self._loader.add(Account, number, new_public_id(), phone, "no password", name, *kept)

    def _come(self, serial: int, shift: int, shifts: list[str]) -> Comer:
        """Make one person with a place on the shift of that number."""
        number, now, volunteer, session = serial + 2, self._now, new_public_id(), secrets.token_urlsafe(32)
        phone = f"{15_000_000_000 + serial}"
        self._add_account(number, "李晓梅", phone)
        self._loader.add(
            AccountSession,
            *(digest_of(session), number, "手机", now, now, now + timedelta(days=14), now + timedelta(days=30)),
        )
        self._loader.add(
            Volunteer,
            *(number, volunteer, f"42060226{serial:09d}", number, Relation.SELF, "李晓梅", DocumentKind.RESIDENT_ID),
            *(b"sealed", f"{serial:064d}", "420***********001X", Gender.FEMALE, date(1990, 5, 1), phone),
            *(self._community, [], [], VolunteerStatus.ACTIVE, now),
        )
        placed = (SignupStatus.PLACED, now, now, now)
        self._loader.add(Signup, number, new_public_id(), shift, number, number, *placed)
        for ordinal, direction in enumerate((Direction.IN, Direction.OUT), start=1):
            at = now - timedelta(days=7) + ordinal * timedelta(hours=1)
            how = (direction, Method.VENUE_CODE, at, at, "1", None, "", new_public_id())
            self._loader.add(PresenceEvent, number, ordinal, SHIFTS + 2, *how)
        if serial % 10_000 == 0:
            self._loader.flush()
        secret = secrets.token_hex(20)
        form_cookie = self._session.dumps({"csrf_token": secret})  # type: ignore[union-attr]
        name = secrets.token_urlsafe(16)
        return Comer(
            volunteer,
            shifts[shift - 1],
            session,
            codes.name_for_browser(self.app.config["SETTINGS"].keys["claim"], name),
            str(form_cookie),
            str(self._signer.dumps(secret)),
            number,
            name,
        )

    def organizer(self) -> str:
        """Open a session for who runs all the shifts, and return its secret."""
        session = secrets.token_urlsafe(32)
        with self.app.app_context():
            account = db.session.get_one(Account, 1)
            ends = {"idle_ends_at": self._now + timedelta(hours=12), "ends_at": self._now + timedelta(days=7)}
            opened = {"device_label": "电脑", "created_at": self._now, "last_seen_at": self._now, **ends}
            db.session.add(AccountSession(digest=digest_of(session), account_id=account.id, **opened))
            db.session.add(
                RoleGrant(account_id=account.id, role=Role.ORGANIZER, organization_id=1, granted_at=self._now)
            )
            db.session.commit()
            db.engine.dispose()
        return session

    def requests(self, comers: Iterator[Comer], count: int) -> list[bytes]:
        """Return what the next `count` of them send, each a moment after scanning the venue's code."""
        now = clock.now()
        return [self.request(next(comers), now, new_public_id()) for _ in range(count)]

    def token(self, comer: Comer) -> str:
        """Return the code that the screen at somebody's shift shows now."""
        step = codes.step_at(clock.now())
        return codes.make_code(
            self.app.config["SETTINGS"].keys["code"], shift=comer.shift, phase=Direction.IN, step=step
        )

    def claim(self, comer: Comer, scanned_at: datetime | None = None) -> str:
        """Return what the browser of somebody holds after scanning signed in, now or at that moment."""
        at = scanned_at or clock.now()
        code = VenueCode(comer.shift, Direction.IN, "1", codes.step_starts_at(codes.step_at(at)))
        ring = self.app.config["SETTINGS"].keys["claim"]
        return codes.make_claim(ring, code, at, comer.name, account_id=comer.account_id)

    def request(self, comer: Comer, now: datetime, request_key: str) -> bytes:
        """Return the check-in of one of them who scans now; the same key again asks for the same answer."""
        claim = self.claim(comer, now)
        sent = {"csrf_token": comer.form_token, "claim": claim, "request_key": request_key}
        body = urlencode({**sent, "volunteer": comer.volunteer})
        cookies = f"session_id={comer.session}; form={comer.form_cookie}; scan={claim}; browser={comer.browser}"
        return (
            "POST /checkin/record HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Mozilla/5.0 (Linux; Android 14)\r\n"
            "Accept: text/html\r\nAccept-Language: zh-CN,zh;q=0.9\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Cookie: {cookies}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def require_all_kept(self, answered: int) -> None:
        """Raise AssertionError unless each check-in that was answered is stored exactly once, with its audit row."""
        with self.app.app_context():
            today = PresenceEvent.shift_id <= SHIFTS + 1
            stored = db.session.scalar(select(func.count()).where(today))
            people = db.session.scalar(select(func.count(PresenceEvent.volunteer_id.distinct())).where(today))
            audited = db.session.scalar(
                select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "checkin.check_in")
            )
            db.session.rollback()
        told = f"check-in: {answered} answered, {stored} stored of {people} people, {audited} audited"
        assert stored == people == audited == answered, told
