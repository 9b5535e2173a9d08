"""The shifts of the day: some with a part of their own in the story, and many ordinary ones."""

from dataclasses import dataclass, field

from tests.day.model import HOUR, MINUTE, Plan
from tests.day.story import Story
from tests.day.town import Place, Team


@dataclass(slots=True)
class Venues:
    """The shifts of the day; those with a name have a part of their own in the story."""

    morning: Place
    afternoon: Place
    extended: Place
    cancelled: Place
    open_to_all: Place
    offline: Place
    poster: Place
    paper: Place
    crowded: Place
    ordinary: list[Place] = field(default_factory=list)


def open_venues(story: Story, shifts: int) -> Venues:
    """Plan so many shifts from half past six to the evening, each two at a team."""
    town, chance = story.town, story.town.chance
    teams: list[Team] = []

    def place(plan: Plan, **allows: bool) -> Place:
        if len(town.places) % 2 == 0:
            teams.append(town.team())
        return town.place(teams[-1], plan, **allows)

    venues = Venues(
        morning=place(Plan(7 * HOUR, 11 * HOUR + 30 * MINUTE)),
        afternoon=place(Plan(13 * HOUR, 17 * HOUR + 30 * MINUTE)),
        extended=place(Plan(14 * HOUR, 16 * HOUR, extended_to=16 * HOUR + 40 * MINUTE)),
        cancelled=place(Plan(9 * HOUR, 11 * HOUR, cancelled_at=8 * HOUR + 55 * MINUTE)),
        open_to_all=place(Plan(15 * HOUR, 17 * HOUR), allows_walk_in=True),
        offline=place(Plan(8 * HOUR + 30 * MINUTE, 11 * HOUR)),
        poster=place(Plan(10 * HOUR, 12 * HOUR), allows_poster=True),
        paper=place(Plan(16 * HOUR, 18 * HOUR)),
        crowded=place(Plan(8 * HOUR, 10 * HOUR)),
    )
    while len(town.places) < shifts:
        starts = chance.randrange(7 * HOUR, 17 * HOUR, 10 * MINUTE)
        plan = Plan(starts, starts + chance.randrange(90, 240, 10) * MINUTE, rest=chance.choice((0, 0, 0, 30)))
        venues.ordinary.append(place(plan))
    return venues
