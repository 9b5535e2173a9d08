"""What runs by the clock in this room."""


def take_in_changes() -> None:
    """Not yet filled."""
