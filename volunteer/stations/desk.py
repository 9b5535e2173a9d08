"""What all pages of this room share: their address, and the station at hand."""

from flask import Blueprint

from models.stations import Station
from volunteer.checkin.desk import own_shift
from volunteer.checkin.queries import ShiftCard
from volunteer.stations import queries

bp = Blueprint("stations", __name__, url_prefix="/stations")


def own_station(station_id: str) -> tuple[Station, ShiftCard]:
    """Return a station and the shift at which the reader may record people; a stranger gets 404."""
    station, shift = queries.station(station_id)
    return station, own_shift(shift)
