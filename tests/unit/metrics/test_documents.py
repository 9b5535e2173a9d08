import csv
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO, StringIO

from python_calamine import CalamineWorkbook

from volunteer.kernel.periods import WindowKind, window
from volunteer.kernel.tables import Table, csv_bytes, xlsx_bytes
from volunteer.kernel.text import Words
from volunteer.metrics.documents import (
    AreaMeasurements,
    Basis,
    CountedPerson,
    indicator_table,
    people_table,
    trend_table,
)
from volunteer.metrics.editions import SHIPPED_EDITION
from volunteer.metrics.facts import Total
from volunteer.metrics.rules import INDICATORS, Figures, IndicatorCode, measure, trend

AS_OF = date(2026, 11, 22)
BASIS = Basis(as_of=AS_OF, window=window(WindowKind.MATERIAL, AS_OF), total=Total.STRICT, edition=SHIPPED_EDITION)
XIANGCHENG = Figures(population=1_000, registered=99, active=70, minutes=99 * 1_500, supporting=90, valid_answers=100)
DONGJIN = Figures(missing_population_areas=3, registered=10, active=6, minutes=10 * 1_500 - 33)
CITY = Figures(population=2_000, registered=109, active=75, minutes=109 * 1_500)


def measurements(name: str, figures: Figures) -> AreaMeasurements:
    return AreaMeasurements(
        name, [measure(indicator, figures, SHIPPED_EDITION.threshold(code)) for code, indicator in INDICATORS.items()]
    )


def city_table(basis: Basis = BASIS, **options) -> Table:
    rows = [measurements("襄城区", XIANGCHENG), measurements("东津新区", DONGJIN)]
    return indicator_table("襄阳市各区", rows, measurements("襄阳市", CITY), basis, **options)


def read_csv(table: Table) -> list[list[str]]:
    return list(csv.reader(StringIO(csv_bytes(table).decode("utf-8-sig"), newline="")))


def test_each_area_shows_what_was_counted_the_value_and_the_verdict():
    headings, xiangcheng, dongjin, *_ = read_csv(city_table())

    assert headings == [
        "区划",
        *("注册志愿者人数", "建成区常住人口", "注册志愿者占常住人口比例", "是否达标"),
        *("参加过活动的注册志愿者人数", "注册志愿者人数", "参加活动的志愿者占比", "是否达标"),
        *("有效服务时间（小时）", "注册志愿者人数", "注册志愿者人均服务时间", "是否达标"),
        *("支持的答卷数", "有效答卷数", "市民认同和支持率", "是否达标"),
    ]
    assert xiangcheng == [
        "襄城区",
        *("99", "1000", "9.90%", "还差 1 人"),
        *("70", "99", "70.70%", "达标"),
        *("2475.00", "99", "25.00", "达标"),
        *("90", "100", "90.00%", "达标"),
    ]
    assert dongjin == [
        "东津新区",
        *("10", "—", "—", "3 个社区没有常住人口数据，补齐后才能算"),
        *("6", "10", "60.00%", "还差 1 人"),
        *("249.45", "10", "24.94", "还差 0.55 小时（人均还差 0.06 小时）"),
        *("—", "—", "—", "还没有调查结果"),
    ]


def test_the_whole_is_measured_by_itself_and_stands_below():
    whole = read_csv(city_table())[3]

    assert whole[:5] == ["襄阳市", "109", "2000", "5.45%", "还差 91 人"]
    assert whole[5:9] == ["75", "109", "68.80%", "还差 2 人"]


CLAUSE = "三年行动计划（2018—2020）第四部分（九）4"


def test_the_notes_say_whose_standard_which_days_which_total_and_how_each_figure_is_made():
    table = city_table(remarks=[Words("人口数字是演示用的")])

    assert list(table.notes) == [
        "标准：2017 版《全国文明城市测评体系（地级以上）》",
        "统计期：材料期，2025 年 11 月 1 日至 2026 年 10 月 31 日",
        "所选日期：2026-11-22，数字截至 2026-10-31",
        "严格口径：只算扫码证明的服务",
        "比例和小时数保留两位小数，只舍不入；“—”表示没有数据",
        f"注册志愿者占常住人口比例 = 截至所选日期的注册志愿者人数 ÷ 建成区常住人口，不低于 10%（{CLAUSE}）",
        (
            "参加活动的志愿者占比 = 统计期内至少有一条有效服务记录的注册志愿者人数 ÷ 注册志愿者人数，不低于 70%"
            f"（{CLAUSE}）"
        ),
        (
            "注册志愿者人均服务时间 = 统计期内注册志愿者的有效服务分钟数 ÷ 60 ÷ 注册志愿者人数，不低于 25 小时"
            f"（{CLAUSE}）"
        ),
        f"市民认同和支持率 = 一次调查中表示支持的答卷数 ÷ 有效答卷数，不低于 90%（{CLAUSE}）",
        "人口数字是演示用的",
    ]


def test_without_an_edition_no_standard_is_named():
    notes = city_table(replace(BASIS, edition=None)).notes

    assert notes[0] == "标准：所选日期没有有效的测评体系，只列数字"
    assert not any("不低于" in note for note in notes)


def test_without_a_threshold_the_verdict_says_so():
    figures = AreaMeasurements("襄城区", [measure(indicator, CITY, None) for indicator in INDICATORS.values()])
    row = read_csv(indicator_table("表", [figures], None, replace(BASIS, edition=None)))[1]

    assert row[4] == "没有标准"


def test_the_workbook_holds_the_same_figures_as_numbers():
    written = xlsx_bytes(city_table(), datetime(2026, 11, 22, 8, 0, tzinfo=UTC))
    rows = CalamineWorkbook.from_filelike(BytesIO(written)).get_sheet_by_index(0).to_python()

    assert rows[0][0] == "襄阳市各区"
    assert rows[-3][:4] == ["襄城区", 99, 1_000, 0.099]
    assert rows[-3][9:12] == [2_475.0, 99, 25.0]
    assert rows[-1][:4] == ["襄阳市", 109, 2_000, 0.0545]


def test_a_trend_lists_its_days_with_what_was_counted():
    indicator = INDICATORS[IndicatorCode.HOURS_PER_HEAD]
    points = trend(indicator, [(date(2026, 9, 30), DONGJIN), (date(2026, 10, 31), XIANGCHENG)], None)

    table = trend_table("人均服务时间", points, indicator, BASIS)

    assert read_csv(table)[:3] == [
        ["截至", "有效服务时间（小时）", "注册志愿者人数", "注册志愿者人均服务时间"],
        ["2026-09-30", "249.45", "10", "24.94"],
        ["2026-10-31", "2475.00", "99", "25.00"],
    ]


def test_every_text_passes_through_the_readers_language():
    spoken: list[str] = []

    def speak(words: Words) -> str:
        spoken.append(words.msgid)
        return f"<{words.msgid}>"

    table = city_table(speak=speak)
    list(table.rows)

    assert all(column.label.startswith("<") for column in table.columns)
    assert all(note.startswith("<") for note in table.notes)
    assert "" not in spoken


def test_the_people_behind_a_number_are_listed_with_what_was_counted_of_them():
    people = [CountedPerson("V420602250100001X", "阿**", date(2025, 1, 1), 215), CountedPerson("V2", "=1+1", AS_OF, 0)]

    headings, first, second, *_, window_note, read_on, total, _rounding = read_csv(
        people_table("周公庙社区注册志愿者", people, BASIS)
    )

    assert headings == ["志愿者编号", "姓名", "在本社区注册起", "服务时间（小时）"]
    assert first == ["V420602250100001X", "阿**", "2025-01-01", "3.58"]
    assert second == ["V2", "'=1+1", "2026-11-22", "0.00"]
    assert read_on == ["所选日期：2026-11-22，数字截至 2026-10-31"]
    assert "材料期" in window_note[0]
    assert "严格口径" in total[0]
