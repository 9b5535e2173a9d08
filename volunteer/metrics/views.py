"""The pages of this room."""

from flask import Blueprint

bp = Blueprint("metrics", __name__, url_prefix="/metrics")
