"""Service categories."""

from volunteer.kernel.categories import CATEGORY_LABELS, ServiceCategory


def test_every_category_has_a_label_of_its_own():
    assert set(CATEGORY_LABELS) == set(ServiceCategory)
    assert len({category.label for category in ServiceCategory}) == len(ServiceCategory)


def test_the_themes_of_the_plan_are_among_the_categories():
    labels = "".join(category.label for category in ServiceCategory)
    themes = "老人 儿童 困难 残 党员 旅游 交通 上网 文化 医疗卫生 法律 环保 消防 学雷锋 劝导"
    for theme in themes.split():
        assert theme in labels
