"""The room's pages, by subject."""

from volunteer.surveys import result_views  # noqa: F401 — they put their pages on `bp`
from volunteer.surveys.desk import bp

__all__ = ["bp"]
