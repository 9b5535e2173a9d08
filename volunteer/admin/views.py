"""The pages of this room."""

from flask import Blueprint

bp = Blueprint("admin", __name__, url_prefix="/admin")
