"""The pages of this room, put together."""

from volunteer.stations import scanner_views
from volunteer.stations.desk import bp

__all__ = ["bp", "scanner_views"]
