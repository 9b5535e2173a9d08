"""The command that makes the first administrator."""

from flask import Flask

from tests.cast import Cast
from tests.client import Browser


def test_the_first_administrator_is_made_by_command(app: Flask, cast: Cast, browser: Browser) -> None:
    account = cast.account("周文")
    cast.city()
    result = app.test_cli_runner().invoke(args=["staff", "grant", account.phone, "office_admin", "420600"])
    assert result.exit_code == 0, result.output
    browser.sign_in(account).get("/admin/staff")


def test_an_unknown_phone_or_area_is_said(app: Flask, cast: Cast) -> None:
    account = cast.account("周文")
    cast.city()
    runner = app.test_cli_runner()
    assert "请先注册" in runner.invoke(args=["staff", "grant", "13999999999", "office_admin", "420600"]).output
    assert "没有这个区划代码" in runner.invoke(args=["staff", "grant", account.phone, "office_admin", "999999"]).output
