"""What every template knows: the doors, the reader's display choices, and who asks."""

from typing import Any

from flask import Flask, current_app, g, request, session

from volunteer.kernel.permissions import Permission, Scope
from volunteer.web import navigation
from volunteer.web.access import principal
from volunteer.web.assets import asset_url

LOCALES = ("zh_Hans_CN", "en")
LOCALE_KEY = "locale"
SIZE_KEY = "text_size"
CONTRAST_KEY = "contrast"


def chosen_locale() -> str:
    """Return the reader's language: the one this request asked for, the account's, this browser's choice, Chinese."""
    if (asked := g.get("asked_locale")) in LOCALES:
        return str(asked)
    who = principal()
    chosen = who.locale if who.is_authenticated else session.get(LOCALE_KEY, LOCALES[0])
    return chosen if chosen in LOCALES else LOCALES[0]


def chosen_text_size() -> str:
    """Return "large" or "normal"."""
    who = principal()
    return who.text_size if who.is_authenticated else session.get(SIZE_KEY, "normal")


def chosen_contrast() -> str:
    """Return "high" or "normal"."""
    who = principal()
    return who.contrast if who.is_authenticated else session.get(CONTRAST_KEY, "normal")


def may(permission: str, scope: Scope | None = None) -> bool:
    """Tell a template whether the reader holds `permission`, at `scope` when given."""
    asked = Permission(permission)
    return principal().may(asked) if scope is None else principal().may_at(asked, scope)


def in_sight(lineage: str) -> bool:
    """Tell a template whether the reader may read figures there: a community that moved away stands on older pages."""
    return principal().may_at(Permission.READ_FIGURES, Scope(lineage))


def install(app: Flask) -> None:
    """Give every template its context; macros, which see no context, get the globals."""
    app.jinja_env.globals.update(asset_url=asset_url, may=may, in_sight=in_sight)

    @app.context_processor
    def common() -> dict[str, Any]:
        settings = current_app.config["SETTINGS"]
        locale = chosen_locale()
        return {
            "principal": principal(),
            "navigation": lambda layout: navigation.DOORS[layout](),
            "office_groups": navigation.office_groups,
            "desks": navigation.desks,
            "is_demo": settings.is_demo,
            "product_name": settings.product_name,
            "office_name": settings.office_name,
            "locale": locale,
            "lang": "zh-Hans" if locale == LOCALES[0] else "en",
            "text_size": chosen_text_size(),
            "contrast": chosen_contrast(),
            "account_links": navigation.account_links(),
            "footer_links": navigation.footer_links(),
            "is_partial": request.headers.get("HX-Request") == "true",
        }
