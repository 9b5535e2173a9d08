"""The pages of this room."""

from flask import Blueprint

bp = Blueprint("signups", __name__, url_prefix="/signups")
