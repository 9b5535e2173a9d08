"""One address for all that is printed and sent away: the configured one, or that by which a trial was asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from config import load_settings
from tests.databases import settings_for
from volunteer.web.addresses import as_carried, carried, public_address, public_origin

LISTENS = "http://127.0.0.1:8000"


@contextmanager
def asked_by(folder: Path, *, configured: bool, host: str) -> Iterator[None]:
    """Ask a small application by a host name, with an address configured or without."""
    app = Flask(__name__)
    url = "https://zyz.example.gov.cn" if configured else LISTENS
    app.config["SETTINGS"] = settings_for("sqlite://", folder, public_url=url, has_public_url=configured)
    app.add_url_rule("/answer/<code>", "answer")
    with app.test_request_context("/", headers={"Host": host}):
        yield


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8177", "example.com"])
def test_the_configured_address_wins_whatever_a_request_says(tmp_path: Path, host: str) -> None:
    with asked_by(tmp_path, configured=True, host=host):
        assert public_address("answer", code="7K2M") == "https://zyz.example.gov.cn/answer/7K2M"
        assert carried() == ""
        with as_carried("http://example.com"):
            assert public_origin() == "https://zyz.example.gov.cn"


def test_a_trial_speaks_of_the_address_it_was_asked_by(tmp_path: Path) -> None:
    with asked_by(tmp_path, configured=False, host="127.0.0.1:8177"):
        assert public_address("answer", code="7K2M") == "http://127.0.0.1:8177/answer/7K2M"
        assert carried() == "http://127.0.0.1:8177"


@pytest.mark.parametrize("host", ["example.com", "localhost:80@example.com", "localhost:@example.com", "localhost/x"])
def test_a_trial_believes_no_host_that_it_does_not_answer_to(tmp_path: Path, host: str) -> None:
    with asked_by(tmp_path, configured=False, host=host):
        assert public_origin() == LISTENS
        assert carried() == ""


def test_work_without_a_request_speaks_of_the_address_it_was_asked_for_by(tmp_path: Path) -> None:
    app = Flask(__name__)
    app.config["SETTINGS"] = settings_for("sqlite://", tmp_path, public_url=LISTENS, has_public_url=False)
    app.add_url_rule("/answer/<code>", "answer")
    with app.app_context():
        assert public_address("answer", code="7K2M") == f"{LISTENS}/answer/7K2M"
        with as_carried("http://127.0.0.1:8177"):
            assert public_address("answer", code="7K2M") == "http://127.0.0.1:8177/answer/7K2M"
        assert public_origin() == LISTENS


@pytest.mark.parametrize(
    ("environ", "address", "is_configured"),
    [
        ({}, LISTENS, False),
        ({"ZHIYUANTAI_BIND": "127.0.0.1:8177"}, "http://127.0.0.1:8177", False),
        ({"ZHIYUANTAI_BIND": "0.0.0.0:8177"}, "http://127.0.0.1:8177", False),
        ({"ZHIYUANTAI_BIND": "unix:/run/zhiyuantai.sock"}, LISTENS, False),
        ({"ZHIYUANTAI_BIND": "127.0.0.1:8177", "ZHIYUANTAI_PUBLIC_URL": "https://a.cn/"}, "https://a.cn", True),
    ],
)
def test_settings_know_whether_an_address_was_configured(
    tmp_path: Path, environ: dict[str, str], address: str, is_configured: bool
) -> None:
    settings = load_settings({"ZHIYUANTAI_INSTANCE": str(tmp_path), **environ})
    assert (settings.public_url, settings.has_public_url) == (address, is_configured)
