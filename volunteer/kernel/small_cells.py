"""Cells that count few, and the company that keeps them from being worked out of a total. Pure.

How few is few, and what company is enough, each room says for itself and why: five people in `metrics.small_cells`,
ten answers in `surveys.tabulation`.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def is_small(count: int, least: int) -> bool:
    """Return whether a cell counts anybody, but fewer than `least`."""
    return 0 < count < least


def in_company(few: Sequence[Key], others: Iterable[Key], is_enough: Callable[[Sequence[Key]], bool]) -> Sequence[Key]:
    """Return the few with as many of the others, in their order, as it takes until they are enough.

    Where there are few at all, that is; and all of the others where even these are not enough.
    """
    hidden = list(few)
    for one in others:
        if not hidden or is_enough(hidden):
            break
        hidden.append(one)
    return hidden
