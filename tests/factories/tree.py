"""A tree over what is written, opened as an operator opens it and grown as the jobs do."""

from volunteer.ledger import jobs


def grow_tree() -> None:
    """Open the tree if it is not, take in everything that is due, and sign; commits, and keeps the mark."""
    jobs.open_tree()
    jobs.take_in()
    jobs.sign()
