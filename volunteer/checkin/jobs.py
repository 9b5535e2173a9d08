"""What runs by the clock in this room."""


def close_forgotten() -> None:
    """Not yet filled."""
