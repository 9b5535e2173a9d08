"""What all pages of this room share: their address."""

from flask import Blueprint

bp = Blueprint("stations", __name__, url_prefix="/stations")
