"""What a portable record says to people, in Chinese, for the page and the paper that are drawn from it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from volunteer.certificates.rules import STATUS_LABELS, CertificateStatus
from volunteer.hours.rules import StarAct
from volunteer.hours.star_rules import star_words
from volunteer.kernel.categories import CATEGORY_LABELS, ServiceCategory
from volunteer.kernel.clock import to_local
from volunteer.kernel.id_documents import DOCUMENT_LABELS, GENDER_LABELS, DocumentKind, Gender
from volunteer.kernel.speech import hours_text, say_clock
from volunteer.records.rules import GRADE_LABELS, Grade
from volunteer.volunteers.rules import SKILL_LABELS, Skill


@dataclass(frozen=True, slots=True)
class Row:
    """One thing recorded: its day, what it is called, lines about it, and an amount at its right."""

    day: str
    title: str
    lines: tuple[str, ...]
    amount: str = ""
    is_undone: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under a heading; `note` says how many and how much."""

    title: str
    note: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A whole record for readers: who gave it out and when, the person's facts, sections, and how it is checked."""

    title: str
    issuer: str
    office: str
    made_on: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    how: tuple[str, ...]
    ledger_url: str


def told(record: Mapping[str, Any]) -> Told:
    """Return what a portable record says; everything in it comes from the record itself."""
    issuer = record["issuer"]
    return Told(
        title="志愿服务档案",
        issuer=f"{issuer['city']} · {issuer['product']}",
        office=issuer["office"],
        made_on=f"{_local(record['made_at']):%Y-%m-%d %H:%M}",
        facts=tuple(_facts(record["person"])),
        sections=tuple(section for section in _sections(record) if section.rows),
        how=_how(record),
        ledger_url=f"{issuer['url']}/ledger",
    )


def _facts(person: Mapping[str, Any]) -> list[tuple[str, str]]:
    document = person["document"]
    facts = [
        ("姓名", person["name"]),
        ("志愿者编号", person["number"]),
        ("证件", f"{DOCUMENT_LABELS[DocumentKind(document['kind'])]} {document['masked']}"),
    ]
    if "birth_on" in person:
        facts += [("性别", GENDER_LABELS[Gender(person["gender"])]), ("出生日期", person["birth_on"])]
    facts += [
        ("居住区域", person.get("home") or ""),
        ("联系方式", person.get("phone") or ""),
        ("专业技能", "、".join(SKILL_LABELS[Skill(one)] for one in person.get("skills", ()))),
        ("服务类别", "、".join(CATEGORY_LABELS[ServiceCategory(one)] for one in person.get("categories", ()))),
    ]
    return [(name, value) for name, value in facts if value]


def _sections(record: Mapping[str, Any]) -> list[Section]:
    totals = record["totals"]
    undone = {service["leaf"]["reverses"] for service in record["services"]}
    credits = [service for service in record["services"] if service["leaf"]["act"] == "credit"]
    credits.sort(key=lambda service: service["leaf"]["started_at"], reverse=True)
    standing = sum(service["leaf"]["id"] not in undone for service in credits)
    waiting = record["not_in_tree_yet"]
    note = f"{standing} 次，共 {hours_text(totals['minutes_proven'])} 小时"
    if len(credits) > standing:
        note += f"；另有 {len(credits) - standing} 次已冲销，划掉的不算"
    return [
        Section("服务", note, tuple(_service(one, undone) for one in credits)),
        Section(
            "还没有存证的服务",
            f"共 {hours_text(totals['minutes_not_in_tree_yet'])} 小时，发出时还没有存证，只有签名担保",
            tuple(_waiting(one) for one in reversed(waiting)),
        ),
        _trainings(record["trainings"]),
        Section("表彰", f"{len(record['commendations'])} 次", tuple(map(_commendation, record["commendations"]))),
        Section("评价", f"{len(record['evaluations'])} 次", tuple(map(_evaluation, record["evaluations"]))),
        Section("星级", "", tuple(map(_star, record["stars"]))),
        Section("开过的证明", f"{len(record['certificates'])} 份", tuple(map(_certificate, record["certificates"]))),
    ]


def _service(service: Mapping[str, Any], undone: set[str | None]) -> Row:
    leaf = service["leaf"]
    return Row(
        leaf["served_on"],
        service["about"]["activity"],
        _about(service["about"], leaf),
        hours_text(leaf["minutes"]),
        is_undone=leaf["id"] in undone,
    )


def _waiting(one: Mapping[str, Any]) -> Row:
    title = one["about"]["activity"] + ("（冲销）" if one["act"] == "reversal" else "")
    return Row(one["served_on"], title, _about(one["about"], one), hours_text(one["minutes"]))


def _about(about: Mapping[str, str], times: Mapping[str, Any]) -> tuple[str, ...]:
    span = f"{say_clock(_local(times['started_at']))}–{say_clock(_local(times['ended_at']))}"
    who = f"组织单位：{about['organization']}"
    if about["contact"]:
        who += f"，负责人：{about['contact']}"
    return "，".join(filter(None, (span, about["place"], f"服务内容：{about['content']}"))), who


def _trainings(rows: Sequence[Mapping[str, Any]]) -> Section:
    learned = sum(row["minutes"] for row in rows)
    told_rows = tuple(
        Row(
            row["held_on"],
            row["name"],
            (row["content"], f"举办单位：{row['held_by']}，记录单位：{row['recorded_by']}"),
            hours_text(row["minutes"]),
        )
        for row in rows
    )
    return Section("培训", f"{len(rows)} 次，共 {hours_text(learned)} 小时", told_rows)


def _commendation(row: Mapping[str, Any]) -> Row:
    return Row(row["given_on"], row["name"], (f"授予单位：{row['given_by']}，记录单位：{row['recorded_by']}",))


def _evaluation(row: Mapping[str, Any]) -> Row:
    lines = (row["words"], f"记录单位：{row['recorded_by']}")
    return Row(row["evaluated_on"], row["activity"], tuple(filter(None, lines)), GRADE_LABELS[Grade(row["grade"])])


def _star(row: Mapping[str, Any]) -> Row:
    title = f"{star_words(row['level'])}" + ("（收回）" if row["act"] != StarAct.GRANTED else "")
    return Row(f"{_local(row['at']):%Y-%m-%d}", title, (f"当时满 {row['hours']} 小时的标准",))


def _certificate(row: Mapping[str, Any]) -> Row:
    lines = (f"{row['organization']}，{row['period_from']} 至 {row['period_to']}",)
    status = STATUS_LABELS[CertificateStatus(row["status"])]
    return Row(status, row["number"], lines, hours_text(row["minutes"]))


def _how(record: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        "小时数保留两位，只舍不入；合计按分钟先加再换算，所以可能比各次相加多一点。",
        "这一份给人看，本身没有签名。要核验，请用 JSON 文件：里面有签名，每次服务有账本里的证据，不用联网就能查。",
        f"怎么核验见 {record['issuer']['url']}/ledger ，公钥：{record['issuer']['vkey']}",
        "姓名、培训、表彰、评价由发出的城市签名担保；服务的日期和分钟数另有账本的证据，事后改动查得出来。",
    )


def _local(text: str) -> datetime:
    return to_local(datetime.fromisoformat(text))
