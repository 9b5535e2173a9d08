"""`flask demo` and `flask prepare`."""

import time

import click
from flask import current_app
from flask_migrate import upgrade
from tqdm import tqdm

from models.base import db
from volunteer.demo import operations, sizes
from volunteer.kernel.errors import DomainError
from volunteer.ledger import jobs as ledger
from volunteer.ledger import marks, queries
from volunteer.ledger.operations import TreeRewritten
from volunteer.metrics.edition_operations import ensure_shipped_edition
from volunteer.metrics.operations import make_missing_parts


@click.command("demo")
@click.option("--scale", type=click.Choice(["small", "city"]), default="small", show_default=True)
@click.option("--events", default=3_000_000, show_default=True, help="Presence events of the city.")
def fill_demo(scale: str, events: int) -> None:
    """Fill an empty database with an invented city: small to look around in, or 600,000 volunteers to measure."""
    size = sizes.SMALL if scale == "small" else sizes.city(events)
    if queries.tree_size():
        raise click.ClickException("存证树已经开了：演示数据没有封印，只能装进没有开过树的空库。")
    started = time.perf_counter()
    try:
        with tqdm(total=size.communities, unit="社区", desc="演示城市", ascii=" ━") as bar:
            operations.fill(size, current_app.config["SETTINGS"].keys, bar.update)
        db.session.commit()
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    # A city invented anew begins a tree of its own.
    marks.forget_mark()
    _sign_tree()
    click.echo(f"演示城市已备好，用时 {time.perf_counter() - started:.0f} 秒。")


@click.command("prepare")
def prepare() -> None:
    """Bring the database up to date; for a demonstration fill it when it is empty and print who can sign in."""
    upgrade()
    # Figures that are older than their parts get them now; nothing where they have them, or where there are none yet.
    make_missing_parts()
    db.session.commit()
    settings = current_app.config["SETTINGS"]
    if not settings.is_demo:
        ensure_shipped_edition()
        db.session.commit()
        # What is older than the tree comes in now, before anybody is served.
        _sign_tree()
        return
    if operations.is_empty():
        click.get_current_context().invoke(fill_demo, scale="small", events=0)
    else:
        operations.hold_today_again(settings.keys)
        db.session.commit()
        _sign_tree()
    click.echo("\n演示账号（密码都是 " + operations.PASSWORD + "）")
    for sign_in in operations.SIGN_INS:
        click.echo(f"  {sign_in.phone}  {sign_in.name}  {sign_in.who}")


def _sign_tree() -> None:
    try:
        ledger.open_tree()
        ledger.take_in()
        ledger.sign()
    except TreeRewritten as error:
        db.session.rollback()
        click.echo(f"存证树没有签：{error}", err=True)
