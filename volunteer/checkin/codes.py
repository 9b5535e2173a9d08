"""The venue's code and the volunteer's own, and the claim that a scan leaves in one browser; pure.

Lifetimes are our decision. Keys and the present moment are arguments throughout.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hmac import compare_digest

from volunteer.accounts.rules import Limit
from volunteer.checkin.rules import Direction, Method
from volunteer.kernel.decisions import Refusal
from volunteer.kernel.keys import Key, KeyRing
from volunteer.kernel.sealing import blind_index
from volunteer.kernel.signing import (
    MAC_BYTES,
    digits,
    encode_base64,
    public_points,
    secret_for,
    sign,
    sign_openly,
    unsign,
    unsign_openly,
)
from volunteer.kernel.text import N_, Words

STEP_SECONDS = 10
CODE_LIFE = timedelta(seconds=20)
PERSONAL_CODE_LIFE = timedelta(seconds=30)
CLAIM_LIFE = timedelta(minutes=15)
# Two of our servers may disagree by this much about what time it is.
CLOCK_SKEW = timedelta(seconds=2)
SHORT_CODE_DIGITS = 6
SHORT_CODE_LIMIT = Limit(5, timedelta(minutes=5))
PERSONAL_CODE_RENEWED = timedelta(seconds=15)

_CODE, _PERSONAL, _CLAIM, _NOTE = "venue-code", "personal-code", "scan-claim", "refused-scan"
_BROWSER = "browser-name"
_KEY = re.compile(r"[0-9a-z-]{1,40}")
_CARD = re.compile(r"/volunteers/([0-9a-z]{20})/badge")
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class VenueCode:
    """What a venue's code says: which shift and phase, at which station, made when."""

    shift: str
    phase: Direction
    station: str
    made_at: datetime


def step_at(moment: datetime) -> int:
    """Return the number of the ten-second step in which a moment falls."""
    return (moment - _EPOCH) // timedelta(seconds=STEP_SECONDS)


def step_starts_at(step: int) -> datetime:
    """Return when a step begins, which is when its code is made."""
    return _EPOCH + step * timedelta(seconds=STEP_SECONDS)


def next_code_at(now: datetime) -> datetime:
    """Return when the venue shows its next code."""
    return step_starts_at(step_at(now) + 1)


def make_code(ring: KeyRing, *, shift: str, phase: Direction, station: str = "1", step: int) -> str:
    """Return the signed token that a venue shows during `step`; shift and station are of `[0-9a-z-]`, 1 to 40."""
    return sign(ring, _CODE, _code_body(shift, phase, station, step))


def read_code(
    ring: KeyRing,
    token: str,
    now: datetime,
    *,
    shift: str | None = None,
    phase: Direction | None = None,
    station: str | None = None,
) -> VenueCode:
    """Return what a scanned token says, or raise `Refusal`.

    Rules: `forged_code`, `stale_code`; against what the caller expects, `other_shift`, `other_phase`, `other_station`.
    """
    try:
        told_shift, told_phase, told_station, step = unsign(ring, _CODE, token).split(".")
    except ValueError:
        raise _refused_scan("forged_code") from None
    code = VenueCode(told_shift, Direction(told_phase), told_station, step_starts_at(int(step)))
    if not is_fresh(code.made_at, now, CODE_LIFE):
        raise _refused_scan("stale_code")
    _require_expected(code, shift, phase, station)
    return code


# Why a scan by itself is refused, before anybody says who is present.
REFUSED_SCANS = {
    "forged_code": N_("这个码不是签到码，请扫现场屏幕上的码"),
    "stale_code": N_("这个码过期了，请对着现场屏幕重新扫一次"),
    "forged_poster": N_("这个码不是签到海报上的码，请扫现场的码"),
    "poster_not_allowed": N_("这个班次不用海报码了，请扫现场屏幕上的码，或找现场的组织者"),
}


def _refused_scan(rule: str) -> Refusal:
    return Refusal(rule, Words(REFUSED_SCANS[rule]))


def peek_code(ring: KeyRing, token: str) -> VenueCode | None:
    """Return what a genuine code of any age says, to tell which shift a refused scan was for; None for a forged one."""
    try:
        shift, phase, station, step = unsign(ring, _CODE, token).split(".")
    except ValueError:
        return None
    return VenueCode(shift, Direction(phase), station, step_starts_at(int(step)))


def _require_expected(code: VenueCode, shift: str | None, phase: Direction | None, station: str | None) -> None:
    if shift is not None and code.shift != shift:
        raise Refusal("other_shift", Words(N_("这是另一个班次的码，请扫这个班次的码")))
    if phase is not None and code.phase is not phase:
        raise Refusal("other_phase", Words(_OTHER_PHASE[code.phase]))
    if station is not None and code.station != station:
        raise Refusal("other_station", Words(N_("这是另一个签到点的码，请扫面前这一块屏幕上的码")))


def is_fresh(made_at: datetime, now: datetime, life: timedelta) -> bool:
    """Return whether something made then may still be used: at its full age yes, a moment later no."""
    return -CLOCK_SKEW <= now - made_at <= life


def short_code(ring: KeyRing, *, shift: str, phase: Direction, station: str = "1", step: int) -> str:
    """Return the six digits that the venue shows beside its code, for who cannot scan."""
    return digits(ring.current, _CODE, _code_body(shift, phase, station, step), SHORT_CODE_DIGITS)


def read_short_code(
    ring: KeyRing, typed: str, now: datetime, *, shift: str, phase: Direction, station: str = "1"
) -> VenueCode:
    """Return what six typed digits mean at this shift and phase, or raise `Refusal`.

    Full-width digits and spaces are understood. Three codes of a million are right at a time: limit who may guess.
    Rules: `short_code_format`, `wrong_short_code`.
    """
    canonical = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", typed[:40]))
    if not re.fullmatch(r"[0-9]{6}", canonical):
        raise Refusal("short_code_format", Words(N_("现场数字码是 6 位数字，请照着屏幕输入")), field="short_code")
    for step in range(step_at(now), step_at(now - CODE_LIFE) - 1, -1):
        made_at = step_starts_at(step)
        body = _code_body(shift, phase, station, step)
        is_right = any(digits(key, _CODE, body, SHORT_CODE_DIGITS) == canonical for key in ring.keys)
        if is_right and is_fresh(made_at, now, CODE_LIFE):
            return VenueCode(shift, phase, station, made_at)
    words = Words(N_("数字码不对或已经换了，请输入屏幕上现在的 6 位数字"))
    raise Refusal("wrong_short_code", words, field="short_code")


def read_any_short_code(ring: KeyRing, typed: str, now: datetime, *, shift: str) -> VenueCode:
    """Return what six typed digits mean at this shift, for coming or for going; raises like `read_short_code`."""
    try:
        return read_short_code(ring, typed, now, shift=shift, phase=Direction.IN)
    except Refusal:
        return read_short_code(ring, typed, now, shift=shift, phase=Direction.OUT)


@dataclass(frozen=True, slots=True)
class PersonalCode:
    """What a volunteer's own code says: who showed it, and when our server made it."""

    volunteer: str
    made_at: datetime


def make_personal_code(ring: KeyRing, volunteer: str, now: datetime) -> str:
    """Return the token behind a volunteer's own code, which an organizer scans within 30 seconds.

    A station verifies it without a network by `personal_code_points`, and cannot make one.
    """
    return sign_openly(ring, _PERSONAL, _key(volunteer), _packed(now))


def verify_personal_code(ring: KeyRing, token: str) -> PersonalCode:
    """Return what a personal code of any age says, or raise `Refusal`: `forged_personal_code`."""
    try:
        volunteer, made_at = unsign_openly(ring, _PERSONAL, token)
        return PersonalCode(volunteer, _unpacked(made_at))
    except ValueError:
        raise Refusal("forged_personal_code", Words(N_("这不是志愿者的个人码，请志愿者打开“我的码”"))) from None


def read_personal_code(ring: KeyRing, token: str, now: datetime) -> str:
    """Return the volunteer of a personal code, or raise `Refusal`: `forged_personal_code`, `stale_personal_code`."""
    code = verify_personal_code(ring, token)
    if not is_fresh(code.made_at, now, PERSONAL_CODE_LIFE):
        raise Refusal("stale_personal_code", Words(N_("个人码过期了，请志愿者刷新“我的码”再扫")))
    return code.volunteer


def read_card(typed: str, address: str) -> str | None:
    """Return the volunteer behind a printed card of the installation at `address`; None for anybody else's picture."""
    card = _CARD.fullmatch(typed.strip().removeprefix(address)) if typed.strip().startswith(address) else None
    return card[1] if card else None


def personal_code_points(ring: KeyRing) -> dict[str, str]:
    """Return by key id the points that verify personal codes, in base64url."""
    return {key_id: encode_base64(point) for key_id, point in public_points(ring, _PERSONAL).items()}


@dataclass(frozen=True, slots=True)
class Claim:
    """A scan, kept while its holder signs in and says who is present. `scanned_at` is when presence happened.

    `is_free`: nobody was signed in yet, so that it is whoever's signs in.
    """

    shift: str
    phase: Direction
    station: str
    scanned_at: datetime
    method: Method = Method.VENUE_CODE
    is_free: bool = True


def make_claim(
    ring: KeyRing,
    code: VenueCode,
    scanned_at: datetime,
    browser: str,
    method: Method = Method.VENUE_CODE,
    account_id: int | None = None,
) -> str:
    """Return the signed claim of one scan, worth something only to the browser whose secret name is `browser`.

    Of somebody who is signed in it is worth something to their account alone.
    """
    whose = (_bond(ring.current, browser), _bond(ring.current, browser, account_id) if account_id is not None else "")
    return sign(ring, _CLAIM, ".".join((code.shift, code.phase, code.station, _packed(scanned_at), method, *whose)))


def bind_claim(ring: KeyRing, claim: Claim, browser: str, account_id: int) -> str:
    """Return the claim of a scan made before signing in, as the account's own."""
    code = VenueCode(claim.shift, claim.phase, claim.station, claim.scanned_at)
    return make_claim(ring, code, claim.scanned_at, browser, claim.method, account_id)


def read_claim(ring: KeyRing, token: str, now: datetime, browser: str, account_id: int | None = None) -> Claim:
    """Return the claim as the account reads it (None: nobody is signed in), or raise `Refusal`.

    Rules: `forged_claim` (also from another browser), `other_account`, `stale_claim`.
    """
    claim, of_browser, of_account = _parts_of_claim(ring, token) or (None, "", "")
    if claim is None or not _is_bond(ring, of_browser, browser):
        raise Refusal("forged_claim", Words(N_("这次扫码不是在这个浏览器里扫的，请在这里重新扫一次")))
    if not (claim.is_free or account_id is None or _is_bond(ring, of_account, browser, account_id)):
        raise Refusal("other_account", Words(N_("这次扫码是用另一个账号扫的，请用现在的账号重新扫一次")))
    if not is_fresh(claim.scanned_at, now, CLAIM_LIFE):
        raise Refusal("stale_claim", Words(N_("扫码过了 15 分钟，请到现场重新扫一次")))
    return claim


def peek_claim(ring: KeyRing, token: str) -> Claim | None:
    """Return what a claim of ours says, whosever and however old, to tell which shift a refusal was for."""
    found = _parts_of_claim(ring, token)
    return found[0] if found else None


def _parts_of_claim(ring: KeyRing, token: str) -> tuple[Claim, str, str] | None:
    try:
        shift, phase, station, scanned_at, method, browser, account = unsign(ring, _CLAIM, token).split(".")
    except ValueError:
        return None
    claim = Claim(shift, Direction(phase), station, _unpacked(scanned_at), Method(method), is_free=not account)
    return claim, browser, account


def _bond(key: Key, *whom: object) -> str:
    return encode_base64(secret_for(key, _CLAIM, " ".join(map(str, whom)))[:MAC_BYTES])


def _is_bond(ring: KeyRing, bond: str, *whom: object) -> bool:
    return any(compare_digest(bond, _bond(key, *whom)) for key in ring.keys)


def name_for_browser(ring: KeyRing, name: str) -> str:
    """Return a browser's secret name as its cookie holds it: signed, so that nobody chooses a name."""
    return sign(ring, _BROWSER, name)


def read_browser_name(ring: KeyRing, cookie: str) -> str:
    """Return the secret name that a cookie holds, "" for one that we did not make."""
    try:
        return unsign(ring, _BROWSER, cookie)
    except ValueError:
        return ""


@dataclass(frozen=True, slots=True)
class RefusalNote:
    """A refused scan that reports itself: of which shift ("" for a forged one), when, and by which rule.

    `request_key` is the same for the same note, so that reporting it again keeps one row.
    """

    shift: str
    phase: Direction | None
    rule: str
    asked_at: datetime
    request_key: str

    @property
    def refusal(self) -> Refusal:
        """Return what the page said."""
        return _refused_scan(self.rule)


def make_refusal_note(
    ring: KeyRing, browser: str, *, rule: str, asked_at: datetime, shift: str = "", phase: Direction | None = None
) -> str:
    """Return the signed note that a page about a refused scan posts back, since a GET writes nothing.

    `rule` is one of `REFUSED_SCANS`; the note is worth something only to the browser whose secret name is `browser`.
    """
    body = f"{_key(shift) if shift else ''}.{phase or ''}.{rule}.{_packed(asked_at)}"
    return sign(ring, _NOTE, body, bound_to=browser)


def read_refusal_note(ring: KeyRing, token: str, now: datetime, browser: str) -> RefusalNote:
    """Return the note, or raise `Refusal`: `forged_note` (also from another browser), `stale_note`."""
    try:
        shift, phase, rule, asked_at = unsign(ring, _NOTE, token, bound_to=browser).split(".")
    except ValueError:
        raise Refusal("forged_note", Words(N_("这个页面不完整，请重新扫一次码"))) from None
    key = hashlib.sha256(token.encode()).hexdigest()[:40]
    note = RefusalNote(shift, Direction(phase) if phase else None, rule, _unpacked(asked_at), key)
    if not is_fresh(note.asked_at, now, CLAIM_LIFE):
        raise Refusal("stale_note", Words(N_("扫码过了 15 分钟，请到现场重新扫一次")))
    return note


def device_of(ring: KeyRing, browser: str) -> str:
    """Return the keyed digest by which presence events of one browser are known, "" for none; `ring` is the index's.

    It is cut to 128 bits and cannot be turned back into the browser's name.
    """
    return blind_index(ring, "device", browser)[:32] if browser else ""


_OTHER_PHASE = {
    Direction.IN: N_("这是签到码，签退请扫签退码"),
    Direction.OUT: N_("这是签退码，签到请扫签到码"),
}


def _code_body(shift: str, phase: Direction, station: str, step: int) -> str:
    return f"{_key(shift)}.{phase}.{_key(station)}.{step}"


def _key(text: str) -> str:
    if not _KEY.fullmatch(text):
        raise ValueError(f"not a key that fits into a code: {text!r}")
    return text


def _packed(moment: datetime) -> str:
    return str((moment - _EPOCH) // _MICROSECOND)


def _unpacked(text: str) -> datetime:
    return _EPOCH + int(text) * _MICROSECOND


# A printed code has no time: it says only where, and whoever has its picture can scan it. So it proves less.

_POSTER, POSTER_STATION = "poster-code", "poster"


def make_poster_code(ring: KeyRing, *, shift: str, phase: Direction) -> str:
    """Return the signed token of a printed code for one shift and one phase."""
    return sign(ring, _POSTER, f"{_key(shift)}.{phase}")


def read_poster_code(ring: KeyRing, token: str, now: datetime) -> VenueCode:
    """Return what a printed code says, as scanned at `now`, or raise `Refusal`: `forged_poster`."""
    try:
        shift, phase = unsign(ring, _POSTER, token).split(".")
    except ValueError:
        raise _refused_scan("forged_poster") from None
    return VenueCode(shift, Direction(phase), POSTER_STATION, now)
