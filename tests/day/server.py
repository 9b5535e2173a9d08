"""The product as it is, but for one thing: what time it is, it is told by the day."""

import os
from pathlib import Path

from flask import Flask

from app import create_app as create_product
from config import Settings
from tests.day.clock import SharedClock
from volunteer.kernel import clock

CLOCK = "ZHIYUANTAI_DAY_CLOCK"


def create_app(settings: Settings | None = None) -> Flask:
    """Build the product on the clock that the environment names."""
    clock.now = SharedClock(Path(os.environ[CLOCK])).now
    return create_product(settings)
