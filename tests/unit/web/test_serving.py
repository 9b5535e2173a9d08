"""What goes over the wire: no stale sibling of a file, and pages compressed only where nobody can guess by it."""

import gzip
import os
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response
from werkzeug.test import Client

from volunteer.web import assets, serving

ZIPPED = {"Accept-Encoding": "gzip, deflate, br"}
WORDS = "签到成功。" * 200


def nothing(_environ: Any, start_response: Any) -> list[bytes]:
    start_response("404 Not Found", [])
    return []


@pytest.fixture
def style(tmp_path: Path) -> Path:
    path = tmp_path / "theme.css"
    path.write_text("p { margin: 0 }\n" * 100)
    assets.compress_own(tmp_path)
    return path


@pytest.mark.parametrize("autorefresh", [True, False])
class TestStaticFiles:
    def served(self, style: Path, autorefresh: bool, encodings: str = "br") -> Any:
        files = serving.StaticFiles(
            nothing,
            root=str(style.parent),
            prefix="static/",
            autorefresh=autorefresh,
            immutable_file_test=r"^/?static/vendor/.+\.[0-9a-f]{12}\.",
        )
        return Client(files).get("/static/theme.css", headers={"Accept-Encoding": encodings}, buffered=True)

    @pytest.mark.parametrize("encoding", ["br", "gzip"])
    def test_a_fresh_sibling_is_served(self, style: Path, autorefresh: bool, encoding: str) -> None:
        answer = self.served(style, autorefresh, encoding)
        assert answer.headers["Content-Encoding"] == encoding
        assert len(answer.data) < 200

    def test_a_stale_sibling_is_not(self, style: Path, autorefresh: bool) -> None:
        style.write_text("h1 { margin: 0 }\n" * 100)
        os.utime(style, (1, 1))
        answer = self.served(style, autorefresh)
        assert "Content-Encoding" not in answer.headers
        assert answer.data == style.read_bytes()

    def test_a_lost_sibling_is_no_fault(self, style: Path, autorefresh: bool) -> None:
        style.with_name("theme.css.br").unlink()
        assert self.served(style, autorefresh).data == style.read_bytes()


class TestPages:
    @pytest.fixture
    def pages(self) -> Any:
        app = Flask(__name__)
        serving.install(app)
        app.add_url_rule("/long", view_func=lambda: WORDS)
        app.add_url_rule("/short", "short", lambda: "好")
        app.add_url_rule("/picture", "picture", lambda: Response(bytes(5000), mimetype="image/png"))
        app.add_url_rule("/stream", "stream", lambda: Response(iter([WORDS]), mimetype="text/html"))
        return app.test_client()

    def test_a_long_page_is_compressed_for_who_can_read_it(self, pages: Any) -> None:
        answer = pages.get("/long", headers=ZIPPED)
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["Content-Length"] == str(len(answer.data))
        assert gzip.decompress(answer.data).decode() == WORDS
        assert "Accept-Encoding" in answer.headers["Vary"]

    @pytest.mark.parametrize("headers", [{}, {"Accept-Encoding": "gzip;q=0"}, {"Accept-Encoding": "br"}])
    def test_nobody_else_gets_it(self, pages: Any, headers: dict[str, str]) -> None:
        answer = pages.get("/long", headers=headers)
        assert answer.get_data(as_text=True) == WORDS
        assert "Accept-Encoding" in answer.headers["Vary"]

    @pytest.mark.parametrize("path", ["/long?q=guess", "/short", "/picture", "/stream"])
    def test_what_others_can_word_what_is_short_and_what_is_no_text_goes_as_it_is(self, pages: Any, path: str) -> None:
        assert "Content-Encoding" not in pages.get(path, headers=ZIPPED).headers
