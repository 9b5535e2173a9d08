"""`flask forecasts`: was it right before?"""

from collections.abc import Sequence

import click
from flask.cli import AppGroup

from volunteer.areas.queries import area_by_code
from volunteer.areas.rules import AreaLevel
from volunteer.forecasts.backtests import Score
from volunteer.forecasts.experience import experience_before
from volunteer.kernel import clock
from volunteer.metrics.facts import Total
from volunteer.metrics.rules import INDICATORS, IndicatorCode

forecasts = AppGroup("forecasts", help="Forecasts to the end of the year.")


@forecasts.command("backtest")
@click.argument("code", required=False)
@click.option("--total", type=click.Choice([one.value for one in Total]), default=Total.INCLUSIVE.value)
def backtest(code: str | None, total: str) -> None:
    """Print how far off forecasts of past years were, of every level of the city, or of the area CODE alone."""
    chosen = Total(total)
    found = experience_before(clock.today().year, chosen)
    if not found.years:
        raise click.ClickException("数据不够：要有两个整年的服务，才能拿第二年来检验。")
    click.echo(f"站在 {found.years[0]} 到 {found.years[-1]} 年每个月底预测当年年底，平均差多少（{chosen.value}）：")
    if code:
        area = area_by_code(code)
        if area is None:
            raise click.ClickException(f"没有区划 {code}。")
        _print(area.name, found.by_area.get(area.id, ()))
        return
    for level in AreaLevel:
        _print(str(level.label), found.by_level.get(level, ()))


def _print(name: str, found: Sequence[Score]) -> None:
    click.echo(f"\n{name}")
    for one in found:
        is_hours = one.code is IndicatorCode.HOURS_PER_HEAD
        times, unit = (1, "小时") if is_hours else (100, "个百分点")
        ours, last, line = (f"{error * times:.2f}" for error in (one.ours, one.last_year, one.line))
        held = f"区间 {one.inside / one.tested:.0%} 命中（{one.tested} 次）" if one.tested else "区间未检验"
        label = INDICATORS[one.code].short_name
        click.echo(f"  {label}：本预测 {ours}，同去年 {last}，直线外推 {line} {unit}；{one.trials} 次，{held}")
