"""What volunteering is about: the kinds that volunteers choose and activities belong to."""

from enum import StrEnum

from volunteer.kernel.text import N_


class ServiceCategory(StrEnum):
    """A kind of service; the themes of the city's plan first, then what remains (our decision)."""

    ELDERS = "elders"
    CHILDREN = "children"
    HARDSHIP = "hardship"
    DISABILITY = "disability"
    CIVILITY = "civility"
    TRAFFIC = "traffic"
    TOURISM = "tourism"
    ONLINE = "online"
    CULTURE = "culture"
    HEALTH = "health"
    LAW = "law"
    ENVIRONMENT = "environment"
    SAFETY = "safety"
    LEI_FENG = "lei_feng"
    PARTY = "party"
    COMMUNITY = "community"

    @property
    def label(self) -> str:
        """The kind's name, for the catalogue."""
        return CATEGORY_LABELS[self]


CATEGORY_LABELS = {
    ServiceCategory.ELDERS: N_("关爱老人"),
    ServiceCategory.CHILDREN: N_("关爱儿童"),
    ServiceCategory.HARDSHIP: N_("困难帮扶"),
    ServiceCategory.DISABILITY: N_("扶残助残"),
    ServiceCategory.CIVILITY: N_("文明劝导"),
    ServiceCategory.TRAFFIC: N_("文明交通"),
    ServiceCategory.TOURISM: N_("文明旅游"),
    ServiceCategory.ONLINE: N_("文明上网"),
    ServiceCategory.CULTURE: N_("文化文艺"),
    ServiceCategory.HEALTH: N_("医疗卫生"),
    ServiceCategory.LAW: N_("法律服务"),
    ServiceCategory.ENVIRONMENT: N_("生态环保"),
    ServiceCategory.SAFETY: N_("消防应急"),
    ServiceCategory.LEI_FENG: N_("学雷锋便民"),
    ServiceCategory.PARTY: N_("党员志愿服务"),
    ServiceCategory.COMMUNITY: N_("社区服务"),
}
