"""What the server and the scanning page must agree on, as data: `tests/expected/presence_vectors.json`.

Written by the Python rules: `ZHIYUANTAI_REWRITE=1 python -m pytest tests/unit/stations/test_vectors.py`.
"""

import hmac
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from volunteer.activities.rules import ActivityStatus
from volunteer.activities.shift_rules import PlannedShift
from volunteer.checkin.codes import (
    PERSONAL_CODE_LIFE,
    make_personal_code,
    personal_code_points,
    read_card,
    read_personal_code,
)
from volunteer.checkin.rules import (
    Direction,
    OpenPresence,
    PresenceState,
    ShiftFacts,
    check_in_opens_at,
    check_out_closes_at,
    may_check_in,
    may_check_out,
)
from volunteer.kernel.decisions import Refusal
from volunteer.kernel.errors import Invalid
from volunteer.kernel.keys import Key, KeyRing
from volunteer.kernel.signing import decode_base64, encode_base64
from volunteer.kernel.volunteer_numbers import check_volunteer_number, make_volunteer_number
from volunteer.signups.rules import SignupStatus
from volunteer.stations.rules import Kind, Sent, canonical, initials, milliseconds, moment, station_key

FILE = Path(__file__).parent / "expected" / "presence_vectors.json"
ABOUT = (
    "Times are milliseconds since 1970 UTC; rule is the empty text where the answer is yes. "
    "codes: card_keys (key id to P-256 point, base64url) and cases; at each case's now, the text typed is the code of "
    "volunteer made at made_at, or is refused by rule (forged_personal_code, stale_personal_code); "
    "code_life and clock_skew are in limits. "
    "texts: kind says what a typed text is by its looks; volunteer is whom a card of the installation at address "
    "names, or null; rule says why it is refused. "
    "numbers: number is how the typed text is kept, or null when it is wrong (length, shape, check character). "
    "macs: key is the station's secret (base64url), mac the HMAC-SHA256 over the record's lines. "
    "initials: what stands for a name. "
    "presence: at a shift, a person (the row of the roster: state and since; null is nobody on the list) asks to go "
    "in or out at a moment; rule is what the page must say. A cancelled shift (is_running false) lets people out."
)
RING = KeyRing((Key("k2", b"n" * 32), Key("k1", b"o" * 32)))
MADE = datetime(2026, 11, 21, 0, 30, 0, 123456, tzinfo=UTC)
WHO = "0a1b2c3d4e5f6g7h8j9k"
ADDRESS = "https://zhiyuan.example"
CLOCK_SKEW_MS = 2_000


def vectors() -> dict[str, Any]:
    """Return the whole file."""
    return {
        "about": ABOUT,
        "limits": {"code_life": PERSONAL_CODE_LIFE // timedelta(milliseconds=1), "clock_skew": CLOCK_SKEW_MS},
        "codes": {"card_keys": personal_code_points(RING), "cases": _codes()},
        "texts": {"address": ADDRESS, "cases": _texts()},
        "numbers": _numbers(),
        "macs": _macs(),
        "initials": [{"name": name, "initials": initials(name)} for name in NAMES],
        "presence": _presence(),
    }


def written() -> str:
    """Return the file as it stands."""
    return json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n"


# --- personal codes ---


def _codes() -> list[dict[str, Any]]:
    code = make_personal_code(RING, WHO, MADE)
    old = make_personal_code(KeyRing((RING.keys[1],)), WHO, MADE)
    foreign = make_personal_code(KeyRing((Key("k2", b"x" * 32),)), WHO, MADE)
    key_id, who, made_at, signature = code.split(".")
    made = [
        ("fresh", code, 0),
        ("by a key that was replaced", old, 5_000),
        ("at its full age", code, 30_000),
        ("a moment too old", code, 30_001),
        ("a day old", code, 86_400_000),
        ("from the future, within the skew", code, -1_999),
        ("from the future", code, -2_001),
        ("another key's name", f"k1.{who}.{made_at}.{signature}", 0),
        ("an unknown key", f"k9.{who}.{made_at}.{signature}", 0),
        ("another volunteer", f"{key_id}.{who[::-1]}.{made_at}.{signature}", 0),
        ("another moment", f"{key_id}.{who}.{int(made_at) + 1}.{signature}", 0),
        ("another installation", foreign, 0),
        ("one letter of the signature", f"{key_id}.{who}.{made_at}.{_flipped(signature)}", 0),
        ("spare bits of the signature", code[:-1] + _next(code[-1]), 0),
        ("the equal signature with the larger s", f"{key_id}.{who}.{made_at}.{_mirrored(signature)}", 0),
        ("a field more", f"{key_id}.{who}.{made_at}.0.{signature}", 0),
        ("a field less", f"{key_id}.{who}.{signature}", 0),
        ("padded", code + "==", 0),
        ("torn", code[:-1], 0),
        ("nothing", "", 0),
    ]
    return [_code(name, typed, milliseconds(MADE) + later) for name, typed, later in made]


def _code(name: str, typed: str, now: int) -> dict[str, Any]:
    rule, volunteer = _rule(lambda: read_personal_code(RING, typed, moment(now)))
    return {
        "name": name,
        "typed": typed,
        "now": now,
        "volunteer": volunteer,
        "made_at": milliseconds(MADE) if volunteer else None,
        "rule": rule,
    }


def _rule(read: Callable[[], str]) -> tuple[str, str | None]:
    try:
        return "", read()
    except Refusal as refusal:
        return refusal.rule, None


def _flipped(signature: str) -> str:
    return ("B" if signature[0] == "A" else "A") + signature[1:]


def _next(letter: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return alphabet[alphabet.index(letter) + 1]


def _mirrored(signature: str) -> str:
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    raw = decode_base64(signature) or b""
    return encode_base64(raw[:32] + (order - int.from_bytes(raw[32:], "big")).to_bytes(32, "big"))


# --- what a text is ---

TYPED = (
    f"{ADDRESS}/volunteers/{WHO}/badge",
    f" {ADDRESS}/volunteers/{WHO}/badge\n",
    f"https://zhiyuan.example.evil.example/volunteers/{WHO}/badge",
    f"https://evil.example/volunteers/{WHO}/badge",
    f"http://zhiyuan.example/volunteers/{WHO}/badge",
    f"{ADDRESS}/volunteers/{WHO}/badge?x=1",
    f"{ADDRESS}/c/k1.something",
    f"/volunteers/{WHO}/badge",
    "WIFI:S:cafe;T:WPA;P:12345678;;",
    "javascript:alert(1)",
    "hello",
    "",
)


def _texts() -> list[dict[str, Any]]:
    code = make_personal_code(RING, WHO, MADE)
    number = make_volunteer_number("420602", MADE, 1)
    return [_text(typed) for typed in (*TYPED, code, number, number.lower())]


_ADDRESS = re.compile(r"(?i)[a-z][a-z0-9+.-]*:")
_CODE_SHAPE = re.compile(r"[0-9A-Za-z_-]+\.[0-9a-z-]+\.[0-9]+\.[0-9A-Za-z_-]+")


def _kind_of(typed: str) -> Kind:
    """Return what a page must take a text for by its looks; the server is told and only believes what proves itself."""
    if _ADDRESS.match(typed) or "/" in typed:
        return Kind.CARD
    return Kind.CODE if _CODE_SHAPE.fullmatch(typed) else Kind.NUMBER


def _text(typed: str) -> dict[str, Any]:
    kind = _kind_of(typed)
    volunteer = read_card(typed, ADDRESS) if kind is Kind.CARD else None
    rule = "unknown_card" if kind is Kind.CARD and volunteer is None else ""
    if kind is Kind.NUMBER and _number(typed) is None:
        rule = "wrong_number"
    return {"typed": typed, "kind": kind.value, "volunteer": volunteer, "rule": rule}


def _numbers() -> list[dict[str, Any]]:
    number = make_volunteer_number("420602", MADE, 1)
    other = make_volunteer_number("420606", MADE, 999_999)
    exchanged = number[:7] + number[8] + number[7] + number[9:]
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in number)
    letters = number.replace("0", "O").replace("1", "I")
    wrong = [number[:place] + ("8" if number[place] != "8" else "9") + number[place + 1 :] for place in range(1, 18)]
    tried = (
        number,
        other,
        number.lower(),
        f" {number[:7]} {number[7:11]}-{number[11:]} ",
        wide,
        letters,
        exchanged,
        number[:-1],
        number + "0",
        "X" + number[1:],
        "",
        "V",
        "张三",
        *wrong,
    )
    return [{"typed": typed, "number": _number(typed)} for typed in dict.fromkeys(tried)]


def _number(typed: str) -> str | None:
    try:
        return check_volunteer_number(typed)
    except Invalid:
        return None


# --- records ---


def _macs() -> list[dict[str, Any]]:
    secret = station_key(RING, "9k8j7h6g5f4e3d2c1b0a")
    key = "abcdefghjkmnpqrstvwx"
    records = (
        Sent(key, Kind.CODE, Direction.IN, make_personal_code(RING, WHO, MADE), milliseconds(MADE), ""),
        Sent(key, Kind.NUMBER, Direction.OUT, "V420602２６１１志愿者😀", 0, ""),
        Sent(key, Kind.CARD, Direction.IN, "two\nlines\0and nothing", 1, ""),
    )
    return [
        {
            "key": encode_base64(secret),
            "record": {
                "key": one.key,
                "kind": one.kind.value,
                "direction": one.direction.value,
                "typed": one.typed,
                "device_at": one.device_at,
            },
            "mac": encode_base64(hmac.digest(secret, canonical(one), "sha256")),
        }
        for one in records
    ]


NAMES = ("李晓梅", "王芳", "欧阳建国", "阿卜杜·热西提", "Anna Li", "anna", "李", "", "𠮷田一")


# --- coming and going ---

STARTS = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
PLAN = PlannedShift(STARTS, STARTS + timedelta(hours=2))
EXTENDED = PlannedShift(
    STARTS, STARTS + timedelta(hours=2), extended_until=STARTS + timedelta(hours=3), extension_reason="人多"
)
MINUTE = timedelta(minutes=1)
INSTANT = timedelta(milliseconds=1)
ENDS = PLAN.last_ends_at
EXPECTED, NOBODY = {"state": "expected", "since": None}, None


def _row(state: str, since: datetime) -> dict[str, Any]:
    return {"state": state, "since": milliseconds(since)}


def _presence() -> list[dict[str, Any]]:
    is_in = _row("in", STARTS)
    left = _row("left", STARTS + 30 * MINUTE)
    cases: tuple[tuple[str, dict[str, Any] | None, str, datetime, dict[str, Any]], ...] = (
        ("31 minutes before", EXPECTED, "in", STARTS - 31 * MINUTE, {}),
        ("an instant before the window", EXPECTED, "in", STARTS - 30 * MINUTE - INSTANT, {}),
        ("when the window opens", EXPECTED, "in", STARTS - 30 * MINUTE, {}),
        ("missing, and late", {"state": "missing", "since": None}, "in", STARTS + 10 * MINUTE, {}),
        ("the last instant", EXPECTED, "in", ENDS - INSTANT, {}),
        ("at the end", EXPECTED, "in", ENDS, {}),
        ("after the end", EXPECTED, "in", ENDS + MINUTE, {}),
        ("after the planned end of an extended shift", EXPECTED, "in", ENDS + MINUTE, {"plan": EXTENDED}),
        ("after the end of the extension", EXPECTED, "in", ENDS + 60 * MINUTE, {"plan": EXTENDED}),
        ("already in", is_in, "in", STARTS + 5 * MINUTE, {}),
        ("back again", left, "in", STARTS + 60 * MINUTE, {}),
        ("back before having left", left, "in", STARTS + 20 * MINUTE, {}),
        ("not on the list", NOBODY, "in", STARTS, {}),
        ("not on the list of a shift that is open to all", NOBODY, "in", STARTS, {"allows_walk_in": True}),
        ("open to all, but too early", NOBODY, "in", STARTS - 31 * MINUTE, {"allows_walk_in": True}),
        ("cancelled", EXPECTED, "in", STARTS, {"is_running": False}),
        ("cancelled, and not on the list", NOBODY, "in", STARTS, {"is_running": False}),
        ("out", is_in, "out", ENDS, {}),
        ("out at once", is_in, "out", STARTS, {}),
        ("out before having come", is_in, "out", STARTS - MINUTE, {}),
        ("out of a cancelled shift", is_in, "out", ENDS, {"is_running": False}),
        ("out at the last instant", is_in, "out", ENDS + 60 * MINUTE, {}),
        ("out too late", is_in, "out", ENDS + 60 * MINUTE + INSTANT, {}),
        ("out late of an extended shift", is_in, "out", ENDS + 61 * MINUTE, {"plan": EXTENDED}),
        ("out, not in", EXPECTED, "out", STARTS + MINUTE, {}),
        ("out, not in, after the end", EXPECTED, "out", ENDS + MINUTE, {}),
        ("out, not on the list", NOBODY, "out", STARTS, {"allows_walk_in": True}),
        ("out twice", left, "out", STARTS + 31 * MINUTE, {}),
    )
    return [_asked(name, person, Direction(way), at, **shift) for name, person, way, at, shift in cases]


def _asked(
    name: str,
    person: dict[str, Any] | None,
    direction: Direction,
    at: datetime,
    *,
    plan: PlannedShift = PLAN,
    allows_walk_in: bool = False,
    is_running: bool = True,
) -> dict[str, Any]:
    status = ActivityStatus.PUBLISHED if is_running else ActivityStatus.CANCELLED
    shift = ShiftFacts("here", plan, status, allows_walk_in=allows_walk_in)
    decide = may_check_in if direction is Direction.IN else may_check_out
    decision = decide(_state(person, plan), shift, at)
    return {
        "name": name,
        "shift": {
            "starts_at": milliseconds(plan.starts_at),
            "ends_at": milliseconds(plan.last_ends_at),
            "opens_at": milliseconds(check_in_opens_at(plan)),
            "closes_at": milliseconds(check_out_closes_at(plan)),
            "allows_walk_in": allows_walk_in,
            "is_running": is_running,
        },
        "person": person,
        "direction": direction.value,
        "at": milliseconds(at),
        "rule": "" if decision.allowed else decision.rule,
    }


def _state(person: dict[str, Any] | None, plan: PlannedShift) -> PresenceState:
    if person is None:
        return PresenceState()
    since = moment(person["since"]) if person["since"] is not None else None
    if person["state"] == "in" and since is not None:
        return PresenceState(SignupStatus.PLACED, OpenPresence("here", "这里", since, plan), last_at=since)
    return PresenceState(SignupStatus.PLACED, left_at=since, last_at=since)
