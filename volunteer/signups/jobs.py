"""What runs by the clock in this room."""

from volunteer.signups import operations


def move_up() -> None:
    """Let every line move that can."""
    operations.move_up_everywhere()
