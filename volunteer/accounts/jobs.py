"""What runs by the clock in this room."""


def forget_old_attempts() -> None:
    """Not yet filled."""
