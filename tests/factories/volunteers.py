"""Invented but valid documents, and the form that registers somebody with one."""

from datetime import date
from typing import Any

from volunteer.kernel.id_documents import check_character


def resident_id(birth_on: date = date(1990, 5, 1), serial: int = 2, area: str = "420602") -> str:
    """Return an 18-digit number; an even `serial` (below 1000) is a woman's."""
    first = f"{area}{birth_on:%Y%m%d}{serial:03d}"
    return first + check_character(first)


def years_ago(today: date, years: int) -> date:
    """Return the day on which somebody was born who turned `years` on the first of January."""
    return date(today.year - years, 1, 1)


def registration(**changes: Any) -> dict[str, Any]:
    """Return a registration form as an adult fills it for herself."""
    return {
        "name": "李晓梅",
        "document_kind": "resident_id",
        "document_number": resident_id(),
        "community": "420602001001",
        "phone": "",
        "skills": ["teaching"],
        "categories": ["elders", "traffic"],
        "consent_privacy": "y",
        **changes,
    }
