"""What people hold: a browser with its cookies, and a camera that reads what a screen shows. HTTP and nothing else."""

import json
import re
from dataclasses import dataclass, field
from html import unescape
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

import zxingcpp
from PIL import Image

_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
_HIDDEN = re.compile(r'<input\b(?=[^>]*type="hidden")(?=[^>]*name="([^"]*)")(?=[^>]*value="([^"]*)")')
_TOKEN = re.compile(r'name="csrf_token"[^>]*? value="([^"]*)"')
_RUN = re.compile(r"M(\d+) (\d+)h(\d+)v1h")
_BOX = re.compile(r'viewBox="0 0 (\d+) ')
_DOTS = (4, 3, 6, 8, 2)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    text: str
    location: str

    @property
    def token(self) -> str:
        """Return the CSRF token of the page's first form."""
        found = _TOKEN.search(self.text)
        assert found, f"no form on the page: {self.text[:300]}"
        return unescape(found[1])

    @property
    def gist(self) -> str:
        """Return what a reader would see of the page, its complaints first."""
        complaints = re.findall(r'class="invalid-feedback[^>]*>(.*?)</', self.text, re.DOTALL)
        words = re.sub(r"<[^>]*>|\s+", " ", self.text[self.text.find("<main") :])
        return " ".join((*complaints, words[:300]))

    def form(self, holding: str) -> tuple[str, dict[str, str]]:
        """Return where the form goes that holds this text, and its hidden fields; raise KeyError without one."""
        for head, body in _FORM.findall(self.text):
            if holding in head or holding in body:
                action = re.search(r'action="([^"]*)"', head)
                fields = {name: unescape(value) for name, value in _HIDDEN.findall(body)}
                return (unescape(action[1]) if action else ""), fields
        raise KeyError(holding)


class Unexpected(AssertionError):
    """The server answered something else than the story tells."""


@dataclass(slots=True)
class Phone:
    """One browser. Its holder is whoever's session it carries."""

    port: int = 0
    cookies: dict[str, str] = field(default_factory=dict)

    def sign_in(self, session: str) -> "Phone":
        """Carry a session."""
        self.cookies["session_id"] = session
        return self

    def get(self, path: str, expect: int = 200) -> Answer:
        """Open an address."""
        return self._ask("GET", path, b"", "", expect)

    def post(self, path: str, data: dict[str, Any], expect: int = 200) -> Answer:
        """Send a form."""
        return self._ask(
            "POST", path, urlencode(data, doseq=True).encode(), "application/x-www-form-urlencoded", expect
        )

    def post_photo(self, path: str, fields: dict[str, str], jpeg: bytes, expect: int = 200) -> Answer:
        """Send a form with a picture in its field `photo`."""
        edge = "edge-of-a-part"
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}' for name, text in fields.items()
        ]
        parts.append(
            f'--{edge}\r\nContent-Disposition: form-data; name="photo"; filename="sheet.jpg"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        )
        body = "\r\n".join(parts).encode() + jpeg + f"\r\n--{edge}--\r\n".encode()
        return self._ask("POST", path, body, f"multipart/form-data; boundary={edge}", expect)

    def post_json(self, path: str, told: Any, token: str, expect: int = 200) -> Any:
        """Send JSON and return what JSON comes back."""
        return json.loads(self._ask("POST", path, json.dumps(told).encode(), "application/json", expect, token).text)

    def _ask(self, method: str, path: str, body: bytes, kind: str, expect: int, token: str = "") -> Answer:
        wire = HTTPConnection("127.0.0.1", self.port, timeout=60)
        head = {"Host": "127.0.0.1", "User-Agent": "Mozilla/5.0 (Linux; Android 14)", "Connection": "close"}
        head["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        head |= {"Content-Type": kind} if kind else {}
        head |= {"X-CSRFToken": token} if token else {}
        try:
            wire.request(method, path, body or None, head)
            came = wire.getresponse()
            answer = Answer(came.status, came.read().decode(), came.getheader("Location") or "")
            for line in came.headers.get_all("Set-Cookie") or ():
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        finally:
            wire.close()
        if answer.status != expect:
            raise Unexpected(f"{method} {path}: {answer.status} in place of {expect}: {answer.gist}")
        return answer


def photograph(svg: str) -> str:
    """Return the text of the code on a screen, read from its picture as a camera would."""
    box = _BOX.search(svg)
    assert box, "no code on the screen"
    size = int(box[1])
    picture = Image.new("L", (size, size), 255)
    for left, top, width in _RUN.findall(svg):
        picture.paste(0, (int(left), int(top), int(left) + int(width), int(top) + 1))
    # A person holds the telephone nearer or farther until it reads.
    for dots in _DOTS:
        if found := zxingcpp.read_barcodes(picture.resize((size * dots, size * dots))):
            return found[0].text
    raise AssertionError("no distance at which the camera reads the code")
