"""What activities there are: titles, tasks and places by kind of service; and how people come and go."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from volunteer.kernel.categories import ServiceCategory


@dataclass(frozen=True, slots=True)
class Scene:
    """One sort of activity that a community holds again and again."""

    category: ServiceCategory
    title: str
    task: str
    place: str
    description: str
    bring: str
    hours: int


SCENES = (
    Scene(
        ServiceCategory.TRAFFIC,
        "路口文明引导",
        "引导过街",
        "主干道路口",
        "早晚高峰在路口引导行人按灯通行、电动车戴好头盔。",
        "帽子、水杯",
        2,
    ),
    Scene(
        ServiceCategory.ELDERS,
        "上门陪老人聊聊天",
        "入户陪伴",
        "社区养老服务站",
        "两人一组看望独居老人，陪聊天、读报，看看家里有没有安全隐患。",
        "身份证",
        3,
    ),
    Scene(
        ServiceCategory.ENVIRONMENT,
        "周末清洁家园",
        "捡拾分类",
        "社区小广场",
        "清理楼道和绿地的垃圾，分类装袋，顺手拍照反映损坏的设施。",
        "手套（现场也有）",
        3,
    ),
    Scene(
        ServiceCategory.CHILDREN,
        "四点半课堂",
        "作业辅导",
        "社区活动室",
        "放学后照看孩子写作业，带着做游戏，等家长来接。",
        "耐心",
        2,
    ),
    Scene(
        ServiceCategory.CIVILITY,
        "广场文明劝导",
        "巡回劝导",
        "中心广场",
        "提醒遛狗牵绳、不乱扔烟头，给外地客人指路。",
        "舒适的鞋",
        3,
    ),
    Scene(
        ServiceCategory.HEALTH,
        "义诊与量血压",
        "登记引导",
        "社区卫生服务站门前",
        "协助医护为居民量血压、测血糖，登记并引导排队。",
        "口罩",
        3,
    ),
    Scene(ServiceCategory.CULTURE, "图书室整理", "上架整理", "社区图书室", "图书编号、上架，陪小朋友读绘本。", "无", 3),
    Scene(
        ServiceCategory.SAFETY,
        "消防安全进楼栋",
        "入户宣传",
        "各楼栋",
        "检查楼道堆物和电动车上楼，发放消防提示卡。",
        "无",
        2,
    ),
    Scene(
        ServiceCategory.TOURISM,
        "古城文明旅游引导",
        "游客引导",
        "古城东门",
        "为游客指路，提醒爱护城墙，周末客流大时维持秩序。",
        "帽子、水杯",
        4,
    ),
    Scene(
        ServiceCategory.DISABILITY,
        "陪残疾朋友逛公园",
        "一对一陪伴",
        "滨江公园",
        "一对一陪伴出行，推轮椅，注意安全。",
        "水杯",
        3,
    ),
    Scene(
        ServiceCategory.COMMUNITY,
        "邻里互助市集",
        "摊位值守",
        "社区小广场",
        "磨刀、理发、修小家电，志愿者登记和维持秩序。",
        "无",
        4,
    ),
    Scene(
        ServiceCategory.ONLINE,
        "教老人用手机",
        "一对一教学",
        "社区活动室",
        "教老人挂号、视频通话、识别诈骗短信。",
        "自己的手机",
        2,
    ),
)


@dataclass(frozen=True, slots=True)
class Visit:
    """How one person came and went; `left_at` is None when the check-out was forgotten."""

    arrived_at: datetime
    left_at: datetime | None
    is_by_hand: bool


def visit(dice: random.Random, starts_at: datetime, ends_at: datetime) -> Visit | None:
    """Return how somebody who signed up came and went, or None for one who stayed away."""
    if dice.random() < 0.06:
        return None
    minutes_early = dice.gauss(6, 6) if dice.random() > 0.09 else -dice.uniform(5, 35)
    arrived_at = max(starts_at - timedelta(minutes=minutes_early), starts_at - timedelta(minutes=28))
    if dice.random() < 0.03:
        return Visit(_second(arrived_at), None, is_by_hand=False)
    minutes_over = dice.gauss(3, 4) if dice.random() > 0.07 else -dice.uniform(10, 50)
    left_at = min(ends_at + timedelta(minutes=minutes_over), ends_at + timedelta(minutes=55))
    left_at = max(left_at, arrived_at + timedelta(minutes=20))
    return Visit(_second(arrived_at), _second(left_at), is_by_hand=dice.random() < 0.02)


def _second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
