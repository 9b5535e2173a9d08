"""What the office may do to roles, and how its trail reads; pure."""

import re
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from functools import reduce
from typing import Any

from volunteer.accounts.rules import CONSENT_LABELS
from volunteer.hours.minutes import SOURCE_LABELS
from volunteer.hours.rules import CAUSE_LABELS, ENTRY_KIND_LABELS, PROPOSAL_STATE_LABELS
from volunteer.kernel.errors import Conflict
from volunteer.kernel.permissions import ROLE_LABELS
from volunteer.kernel.speech import say_date
from volunteer.kernel.text import N_, Words
from volunteer.metrics.rules import INDICATORS, IndicatorCode
from volunteer.signals.rules import SIGNAL_LABELS, VERDICT_LABELS
from volunteer.stations.rules import RESOLUTION_LABELS
from volunteer.volunteers.rules import EndReason

# Rooms whose acts can be asked for, in the order of the list.
ROOM_LABELS = {
    "accounts": N_("账号与角色"),
    "areas": N_("区划与人口"),
    "volunteers": N_("志愿者"),
    "organizations": N_("组织"),
    "activities": N_("活动"),
    "signups": N_("报名"),
    "checkin": N_("签到签退"),
    "stations": N_("扫码台"),
    "hours": N_("服务记录"),
    "signals": N_("诚信提示"),
    "integrity": N_("记录诚信"),
    "certificates": N_("证明"),
    "records": N_("培训、表彰和评价"),
    "editions": N_("测评体系"),
    "surveys": N_("支持率调查"),
    "metrics": N_("指标"),
    "api": N_("数据接口"),
    "maps": N_("地图"),
    "screen": N_("大屏"),
    "supervision": N_("督办通报"),
    "evidence": N_("测评档案"),
}

ACTION_LABELS = {
    "accounts.sign_up": N_("注册账号"),
    "accounts.sign_in": N_("登录"),
    "accounts.change_password": N_("修改密码"),
    "accounts.reset_password": N_("重设别人的密码"),
    "accounts.set_status": N_("停用或恢复账号"),
    "accounts.grant_role": N_("添加角色"),
    "accounts.revoke_role": N_("收回角色"),
    "accounts.give_consent": N_("表示同意"),
    "accounts.withdraw_consent": N_("收回同意"),
    "areas.import": N_("导入区划"),
    "areas.rename": N_("区划改名"),
    "areas.move": N_("调整社区隶属"),
    "areas.set_population": N_("填写常住人口"),
    "areas.import_population": N_("导入常住人口"),
    "volunteers.register": N_("注册志愿者"),
    "volunteers.edit": N_("修改志愿者资料"),
    "volunteers.end_registration": N_("注销志愿者"),
    "volunteers.erase": N_("注销并删除个人资料"),
    "volunteers.resume_registration": N_("恢复志愿者注册"),
    "volunteers.reveal_document": N_("查看证件号码"),
    "organizations.created": N_("登记组织"),
    "organizations.edited": N_("修改组织资料"),
    "organizations.submitted": N_("重新提交组织"),
    "organizations.approve": N_("通过组织"),
    "organizations.return": N_("退回组织"),
    "organizations.suspend": N_("暂停组织"),
    "activities.created": N_("新建活动"),
    "activities.edited": N_("修改活动草稿"),
    "activities.published": N_("发布活动"),
    "activities.changed": N_("变更活动"),
    "activities.extended_shift": N_("延长班次"),
    "activities.opened_shift": N_("开放报名"),
    "activities.stopped_shift": N_("停止报名"),
    "activities.cancelled_shift": N_("取消班次"),
    "activities.discarded": N_("删除活动草稿"),
    "activities.cancelled": N_("取消活动"),
    "activities.closed": N_("活动结项"),
    "signups.sign_up": N_("报名"),
    "signups.cancel": N_("取消报名"),
    "signups.move_up": N_("候补补上"),
    "checkin.mend": N_("更正选错的人"),
    "checkin.take_back": N_("撤回刚才的登记"),
    "checkin.draw": N_("抽查在场的人"),
    "stations.open": N_("打开扫码台"),
    "stations.revoke": N_("停用扫码台"),
    "stations.resolve": N_("处理扫码记录"),
    "hours.propose_end": N_("补签退"),
    "hours.propose_typed": N_("补录时长"),
    "hours.add_sheet": N_("上传签到表照片"),
    "hours.propose_paper": N_("录入签到表"),
    "hours.allow_typed": N_("加补录额度"),
    "hours.revoke_allowance": N_("收回补录额度"),
    "hours.remind": N_("提醒记录期限"),
    "hours.escalate": N_("超期报给主管单位"),
    "hours.tell_city": N_("超期报给市里"),
    "hours.settle": N_("超期班次记完"),
    "hours.correct": N_("照疑问更正时长"),
    "hours.withdraw_star_scale": N_("撤回星级标准"),
    "hours.propose_reversal": N_("申请冲销"),
    "hours.confirm": N_("确认时长"),
    "hours.return": N_("退回时长"),
    "hours.object": N_("公示期提异议"),
    "hours.set_star_scale": N_("定星级标准"),
    "hours.answer_objection": N_("答复公示异议"),
    "hours.finish_notice": N_("公示结束"),
    "hours.ask": N_("对记录提疑问"),
    "hours.answer": N_("答复疑问"),
    "signals.judge": N_("判断诚信提示"),
    "integrity.urge": N_("催办超期的班次"),
    "ledger.new_mark": N_("恢复旧数据库以后，换存证树的标记"),
    "certificates.issue": N_("出具证明"),
    "certificates.revoke": N_("撤销证明"),
    "certificates.begin_batch": N_("批量出具证明"),
    "certificates.stop_batch": N_("停止批量出具证明"),
    "records.record_training": N_("记培训"),
    "records.record_commendation": N_("记表彰"),
    "records.record_evaluation": N_("评价服务"),
    "records.withdraw": N_("撤回一条记录"),
    "records.dispute": N_("对一条记录提异议"),
    "records.read": N_("查看别人的志愿服务档案"),
    "records.take": N_("下载自己的志愿服务档案"),
    "api.make_token": N_("发接口令牌"),
    "api.revoke_token": N_("停用接口令牌"),
    "editions.create": N_("新建测评体系"),
    "editions.edit": N_("修改测评体系"),
    "editions.choose": N_("选用测评体系"),
    "editions.clause_add": N_("新建条款"),
    "editions.clause_edit": N_("修改条款"),
    "editions.clause_remove": N_("删除条款"),
    "surveys.record": N_("登记调查结果"),
    "surveys.create": N_("新建支持率调查"),
    "surveys.set_quotas": N_("改调查配额"),
    "surveys.publish": N_("发布支持率调查"),
    "surveys.end": N_("提前截止调查"),
    "surveys.freeze": N_("调查出结果"),
    "surveys.print_tickets": N_("印答题票"),
    "surveys.reprint_tickets": N_("作废并重印答题票"),
    "surveys.make_pass": N_("给访问员发链接"),
    "surveys.revoke_pass": N_("停用访问员的链接"),
    "screen.make_pass": N_("做大屏链接"),
    "screen.revoke_pass": N_("停用大屏链接"),
    "maps.draw": N_("换区划边界"),
    "supervision.send": N_("发督办通知单"),
    "supervision.sign": N_("签收督办"),
    "supervision.answer": N_("答复督办"),
    "supervision.accept": N_("认可督办答复"),
    "supervision.return": N_("退回督办答复"),
    "supervision.withdraw": N_("撤回督办"),
    "supervision.remind": N_("提醒督办期限"),
    "supervision.escalate": N_("督办逾期报上级"),
    "supervision.draft_bulletin": N_("做通报草稿"),
    "supervision.write_bulletin": N_("写通报的开头和结尾"),
    "supervision.keep_papers": N_("保存已发布通报的文件"),
    "supervision.release_bulletin": N_("发布通报"),
    "supervision.discard_bulletin": N_("作废通报草稿"),
    "supervision.set_weights": N_("定通报打分的权重"),
    "evidence.open": N_("建立测评档案"),
    "evidence.add": N_("往测评档案加材料"),
    "evidence.change": N_("修改测评材料"),
    "evidence.withdraw": N_("撤下测评材料"),
    "evidence.assign": N_("定条款的责任单位"),
    "evidence.pack": N_("汇编测评档案"),
    "integrity.take": N_("下载组织记录诚信的明细"),
    "tasks.ask": N_("提交后台任务"),
}

DETAIL_LABELS = {
    "name": N_("名称"),
    "title": N_("名称"),
    "year": N_("年份"),
    "before": N_("原来"),
    "after": N_("现在"),
    "source": N_("来源"),
    "source_before": N_("原来的来源"),
    "built_up": N_("是否建成区"),
    "clause": N_("条款"),
    "unit": N_("责任单位"),
    "reason": N_("原因"),
    "purpose": N_("为什么看"),
    "number": N_("编号"),
    "count": N_("人数"),
    "hours": N_("各星级的小时数"),
    "from": N_("从哪天起用"),
    "due_on": N_("期限"),
    "day": N_("服务日期"),
    "kind": N_("类别"),
    "minutes": N_("分钟"),
    "cause": N_("为什么要人确认"),
    "state": N_("现在的状态"),
    "resolution": N_("怎么处理"),
    "role": N_("角色"),
    "signal": N_("哪一种提示"),
    "verdict": N_("结论"),
    "shifts": N_("班次"),
    "told": N_("提醒的人数"),
    "added": N_("新增"),
    "renamed": N_("改名"),
    "unchanged": N_("没有变"),
    "held_on": N_("调查日期"),
    "supporting": N_("支持的答卷"),
    "valid_answers": N_("有效答卷"),
    "left_out": N_("打不开、没有计入的答卷"),
    "wanted": N_("样本总数"),
    "tickets": N_("答题票张数"),
    "series": N_("系列"),
    "ends_on": N_("用到哪天"),
    "effective_from": N_("生效日期"),
    "effective_to": N_("截止日期"),
    **{code.value: indicator.name for code, indicator in INDICATORS.items()},
}

_INTERNAL = re.compile(r"[a-z]+([._][a-z]+)*")
_DAYS = {"day", "from", "due_on", "held_on", "ends_on", "effective_from", "effective_to"}
_BY_THE_PUBLIC = {"hours.object"}

_VALUE_LABELS: Mapping[str, Mapping[str, str]] = {
    "role": {role.value: label for role, label in ROLE_LABELS.items()},
    "resolution": {resolution.value: label for resolution, label in RESOLUTION_LABELS.items()},
    "signal": {kind.value: label for kind, label in SIGNAL_LABELS.items()},
    "verdict": {verdict.value: label for verdict, label in VERDICT_LABELS.items()},
    "source": {source.value: label for source, label in SOURCE_LABELS.items()},
    "cause": {cause.value: label for cause, label in CAUSE_LABELS.items()},
    "state": {state.value: label for state, label in PROPOSAL_STATE_LABELS.items()},
    "reason": {reason.value: reason.label for reason in EndReason},
    "built_up": {"yes": N_("是"), "no": N_("否")},
    "kind": {kind.value: label for kind, label in (*ENTRY_KIND_LABELS.items(), *CONSENT_LABELS.items())},
}


def describe(details: Mapping[str, Any]) -> list[tuple[str, Words]]:
    """Return what the trail keeps of an act as (label, value) in words; what has no label is of no use to a reader."""
    return [
        (DETAIL_LABELS[key], _several(value) if isinstance(value, Mapping) else _value(key, value))
        for key, value in details.items()
        if key in DETAIL_LABELS and value not in ("", None) and not _is_internal(key, value)
    ]


def _is_internal(key: str, value: object) -> bool:
    """Return whether a value is a name of the code's own that no word stands for."""
    labels = _VALUE_LABELS.get(key)
    return labels is not None and value not in labels and _INTERNAL.fullmatch(str(value)) is not None


def _several(details: Mapping[str, Any]) -> Words:
    said = [Words("%(label)s %(value)s", {"label": Words(label), "value": value}) for label, value in describe(details)]
    return reduce(
        lambda first, then: Words(N_("%(first)s；%(then)s"), {"first": first, "then": then}), said or [Words("—")]
    )


def _value(key: str, value: object) -> Words:
    if key in set(IndicatorCode):
        indicator = INDICATORS[IndicatorCode(key)]
        return Words("%(text)s", {"text": indicator.unit.threshold_text(Fraction(str(value)))})
    if isinstance(value, list):
        return Words("%(text)s", {"text": " ".join(str(one) for one in value)})
    if key in _DAYS and (day := _day(str(value))):
        return say_date(day)
    if isinstance(value, int) and not isinstance(value, bool) and key != "year":
        return Words("%(text)s", {"text": f"{value:,}"})
    return Words(_VALUE_LABELS.get(key, {}).get(str(value)) or "%(text)s", {"text": value})


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def doer(name: str | None, action: str) -> Words:
    """Return who did something: their name; the public where no account is kept; the system for what runs by itself."""
    if name:
        return Words("%(text)s", {"text": name})
    return Words(N_("公众") if action in _BY_THE_PUBLIC else N_("系统"))


def check_not_own(account_id: int | None, holder_id: int, *, field: str | None = None) -> None:
    """Raise Conflict when somebody would give themselves a role or take their own (our decision: two people decide)."""
    if account_id == holder_id:
        raise Conflict(N_("不能改自己的角色，请另一位管理员来改"), field=field)


def check_last_admin(admins: int) -> None:
    """Raise Conflict when the city would be left without an administrator."""
    if admins <= 1:
        raise Conflict(N_("这是全市最后一位管理员，请先再任命一位"))


def action_label(action: str) -> str:
    """Return what was done, in words for the catalogue; its room where the act has no words of its own."""
    return ACTION_LABELS.get(action) or ROOM_LABELS.get(action.partition(".")[0], N_("其他操作"))
