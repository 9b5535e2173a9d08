"""What the scheduler does about surveys."""

from volunteer.surveys import campaigns


def freeze_those_due() -> None:
    """Record what was found three days after a campaign's last day."""
    campaigns.freeze_those_due()


def mix() -> None:
    """Take the order of arrival out of how the day's answers and tickets lie in the database."""
    campaigns.mix()
