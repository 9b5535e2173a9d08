"""What runs by the clock in this room."""


def end_public_notices() -> None:
    """Not yet filled."""
