"""Pages of long lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import request
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, scoped_session

Row = TypeVar("Row")
PAGE_SIZE = 20
LAST_PAGE = 100_000


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list: `items`, its `number` from 1, and how many items there are in `total`."""

    items: Sequence[Row]
    number: int
    size: int
    total: int

    @property
    def last(self) -> int:
        """Return the number of the last page, at least 1."""
        return max(1, -(-self.total // self.size))

    @property
    def has_previous(self) -> bool:
        """Whether there is a page before."""
        return self.number > 1

    @property
    def has_next(self) -> bool:
        """Whether there is a page after."""
        return self.number < self.last


def page_number() -> int:
    """Return `?page=` as a number from 1 on; whatever else was typed is page 1."""
    typed = request.args.get("page", "1")
    return min(max(int(typed), 1), LAST_PAGE) if typed.isascii() and typed.isdigit() and len(typed) < 12 else 1


def paginate(
    session: Session | scoped_session[Any],
    query: Select[*tuple[Any, ...]],
    number: int,
    size: int = PAGE_SIZE,
    *,
    scalars: bool = True,
) -> Page[Any]:
    """Run `query` for one page; a number beyond the end gives the last page."""
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    number = min(number, max(1, -(-total // size)))
    rows = session.execute(query.limit(size).offset((number - 1) * size))
    return Page(rows.scalars().all() if scalars else rows.all(), number, size, total)
