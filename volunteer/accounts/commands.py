"""`flask staff`: the first administrator of an office has nobody who could grant them their role on a page."""

import click
from flask.cli import AppGroup
from sqlalchemy import select

from models.areas import Area
from models.base import db
from volunteer.accounts import operations, queries
from volunteer.kernel.errors import DomainError
from volunteer.kernel.permissions import OFFICE_ROLES, Role
from volunteer.kernel.phones import check_phone

staff = AppGroup("staff", help="People of the office.")


@staff.command("grant")
@click.argument("phone")
@click.argument("role", type=click.Choice(sorted(role.value for role in OFFICE_ROLES)))
@click.argument("area_code")
def grant(phone: str, role: str, area_code: str) -> None:
    """Give the account of PHONE an office role for AREA_CODE and all below it."""
    try:
        account = queries.account_by_phone(check_phone(phone))
        area = db.session.scalar(select(Area).where(Area.code == area_code))
        if account is None or area is None:
            raise click.ClickException("没有这个手机号的账号，请先注册" if account is None else "没有这个区划代码")
        operations.grant_role(account=account, role=Role(role), granted_by=None, lineage=area.lineage, area_id=area.id)
        db.session.commit()
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{account.display_name} 已是 {role}（{area_code}）。")
