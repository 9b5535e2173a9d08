"""Making and revoking the links that open the wall's page on a computer where nobody is signed in."""

import secrets
from datetime import date

from models.areas import Area
from models.base import db
from models.screen import ScreenPass
from volunteer.audit.operations import record
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.text import N_
from volunteer.screen.queries import digest_of
from volunteer.screen.rules import LONGEST_PASS


def make_pass(area: Area, *, name: str, ends_on: date, account_id: int) -> tuple[ScreenPass, str]:
    """Make a pass and return it with its secret, which is shown once; raise Invalid on "ends_on"."""
    today = clock.today()
    if not today <= ends_on <= today + LONGEST_PASS:
        raise Invalid(N_("到期日要在今天以后，最长一年"), field="ends_on")
    token = secrets.token_urlsafe(32)
    made = ScreenPass(
        area_id=area.id,
        name=name,
        digest=digest_of(token),
        made_at=clock.now(),
        made_by=account_id,
        ends_on=ends_on,
    )
    db.session.add(made)
    db.session.flush()
    record("screen.make_pass", "screen_pass", made.public_id, account_id=account_id, lineage=area.lineage, name=name)
    return made, token


def revoke_pass(held: ScreenPass, *, account_id: int) -> None:
    """End a pass at once; raise Conflict where it was ended already."""
    if held.revoked_at is not None:
        raise Conflict(N_("这个链接已经停用了"))
    held.revoked_at, held.revoked_by = clock.now(), account_id
    lineage = held.area.lineage
    record("screen.revoke_pass", "screen_pass", held.public_id, account_id=account_id, lineage=lineage, name=held.name)
