"""The commands."""

import os
import signal
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from config import ROOT, complete_keys, write_keys
from volunteer import scheduler
from volunteer.accounts.commands import staff
from volunteer.areas.commands import areas
from volunteer.certificates.commands import certificates
from volunteer.certificates.signing import trouble_with
from volunteer.demo.commands import fill_demo, prepare
from volunteer.forecasts.commands import forecasts
from volunteer.hours import commands as _checking  # noqa: F401 — adds `ledger check`
from volunteer.integrity import commands as _verifying  # noqa: F401 — adds `ledger verify`
from volunteer.kernel import clock, workdays
from volunteer.ledger.commands import ledger
from volunteer.metrics.commands import figures
from volunteer.web import assets, catalogue, health

_DECEMBER = 12
keys = AppGroup("keys", help="Keys of this installation.")
asset_commands = AppGroup("assets", help="Styles, scripts, pictures and fonts.")
texts = AppGroup("texts", help="Texts for people in other languages.")


@keys.command("make")
@click.argument("path", type=click.Path(path_type=Path))
def make_keys(path: Path) -> None:
    """Write a fresh key ring to PATH, readable by its owner only."""
    if path.exists():
        raise click.ClickException(f"{path} exists and is left as it is.")
    write_keys(path)
    click.echo(f"Keys written to {path}.")


@keys.command("complete")
@click.argument("path", type=click.Path(path_type=Path, exists=True))
def complete(path: Path) -> None:
    """Add to the key ring at PATH the keys that a newer version asks for; what stands in it stays."""
    added = complete_keys(path)
    click.echo(f"Added to {path}: {', '.join(added)}." if added else f"{path} is complete.")


@asset_commands.command("build")
def build_assets() -> None:
    """Fetch third-party assets, compress them and our own, compile catalogues; at once when all is up to date."""
    assets.build(ROOT, progress=click.echo)
    catalogue.compile_all()


@texts.command("update")
def update_texts() -> None:
    """Bring every catalogue in step with the sources and list what is still to be translated."""
    for language, missing in catalogue.update_all().items():
        click.echo(f"{language}: {len(missing)} to translate")
        for text in missing:
            click.echo(f"- {text}")


@click.command("scheduler")
def run_scheduler() -> None:
    """Run due jobs as long as this process holds the lease."""
    scheduler.run_forever(current_app._get_current_object())  # type: ignore[attr-defined]


@click.command("serve")
@click.option("--bind", envvar="ZHIYUANTAI_BIND", default="127.0.0.1:8000", show_default=True)
@click.option("--workers", default=2, show_default=True, help="Processes; as many as cores.")
@click.option("--threads", default=4, show_default=True, help="Threads in each process.")
def serve(bind: str, workers: int, threads: int) -> None:
    """Run the web server and the scheduler until Ctrl-C, then end both."""
    web = [sys.executable, "-m", "gunicorn", "app:create_app()", "--bind", bind, "--worker-class", "gthread"]
    web += ["--workers", str(workers), "--threads", str(threads), "--preload", "--log-level", "warning"]
    jobs = [sys.executable, "-m", "flask", "--app", "app", "scheduler"]
    # In sessions of their own: a terminal's Ctrl-C, which make repeats, reaches us alone, and we end them once.
    told = {**os.environ, "ZHIYUANTAI_BIND": bind}  # what no request asks for speaks of this address in a trial
    processes = [subprocess.Popen(command, cwd=ROOT, env=told, start_new_session=True) for command in (web, jobs)]  # noqa: S603
    told_to_stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: told_to_stop.set())
    click.echo(f"http://{bind}  (Ctrl-C stops everything)")
    while not told_to_stop.wait(0.5) and all(process.poll() is None for process in processes):
        pass
    click.echo("Stopping.")
    _end(processes)
    if not told_to_stop.is_set():
        raise click.ClickException("A process ended by itself; the rest was stopped.")


@click.command("doctor")
def doctor() -> None:
    """Say what is missing before this installation serves people; ends with 1 when something is."""
    settings = current_app.config["SETTINGS"]
    findings = [f"{name}: 不正常，见运维指南" for name, check in health.CHECKS.items() if not check()]
    if trouble := trouble_with(settings, clock.now()):
        findings.append(trouble)
    if not settings.production:
        findings.append("ZHIYUANTAI_ENV 不是 production：只适合试用")
    findings.extend(
        f"还没有 {year} 年的放假和调休安排，先按周一到周五算工作日：国务院公布以后请升级程序"
        for year in _years_ahead(clock.today())
        if not workdays.knows(year)
    )
    if settings.database_url.startswith("sqlite"):
        findings.append("数据库是 SQLite：一个社区够用，全市请用 PostgreSQL")
    for finding in findings:
        click.echo(f"- {finding}")
    if not findings:
        click.echo("一切就绪。")
    raise SystemExit(bool(findings))


def _years_ahead(today: date) -> tuple[int, ...]:
    """Return the years that this month's deadlines may reach; a year's calendar appears late in the one before."""
    return (today.year, today.year + 1) if today.month == _DECEMBER else (today.year,)


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()


def install(app: Flask) -> None:
    """Add the commands to `flask`."""
    for group in (keys, asset_commands, texts, staff, areas, ledger, figures, forecasts, certificates):
        app.cli.add_command(group)
    for command in (serve, run_scheduler, fill_demo, prepare, doctor):
        app.cli.add_command(command)
