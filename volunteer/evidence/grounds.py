"""What a dossier's figures rest on, for those who read it: the edition, the surveys, and where residents come from.

Nobody is named, and nothing can be changed from here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy import case, func, select

from models.areas import Area, AreaPopulation, PopulationChange, PopulationFile
from models.base import db
from models.evidence import Dossier
from models.surveys import SurveyResult
from volunteer.areas.overview import inside
from volunteer.kernel.ratio import percent
from volunteer.metrics.edition_queries import Saving, history_of
from volunteer.surveys.queries import results_of
from volunteer.surveys.rules import wilson


@dataclass(frozen=True, slots=True)
class Source:
    """Where residents of a year come from: the note, of how many communities, how many count, residents that count."""

    note: str
    communities: int
    built_up: int
    residents: int


@dataclass(frozen=True, slots=True)
class SurveyShown:
    """A survey's result with its share and where the share of all people lies (Wilson, 95 %)."""

    result: SurveyResult
    share: str
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of populations as it was handed in."""

    name: str
    digest: str
    recorded_at: datetime


def savings_of(dossier: Dossier) -> list[Saving]:
    """Return every saving of the dossier's edition, the newest first."""
    return history_of(dossier.edition.public_id)


def surveys_of(dossier: Dossier) -> list[SurveyShown]:
    """Return the surveys that may stand behind the year's share of support in the area, the latest first."""
    since, until = date(dossier.year - 1, 1, 1), date(dossier.year, 12, 31)
    held = results_of([dossier.area_id], until)[dossier.area_id]
    return [_shown(one) for one in held if one.held_on >= since]


def _shown(one: SurveyResult) -> SurveyShown:
    low, high = wilson(one.supporting, one.valid_answers) or (Fraction(0), Fraction(1))
    return SurveyShown(one, percent(Fraction(one.supporting, one.valid_answers)), percent(low), percent(high))


def population_sources_of(dossier: Dossier) -> list[Source]:
    """Return where the residents of the dossier's year come from, those of most communities first."""
    counts = case((AreaPopulation.is_built_up, AreaPopulation.residents), else_=0)
    query = (
        select(AreaPopulation.source, func.count(), func.sum(case((AreaPopulation.is_built_up, 1), else_=0)))
        .add_columns(func.sum(counts))
        .join(Area, Area.id == AreaPopulation.area_id)
        .where(AreaPopulation.year == dossier.year, inside([dossier.area.lineage]))
        .group_by(AreaPopulation.source)
        .order_by(func.count().desc(), AreaPopulation.source)
    )
    return [Source(note, count, int(built), int(people)) for note, count, built, people in db.session.execute(query)]


def population_files_of(dossier: Dossier) -> Sequence[KeptFile]:
    """Return the files that figures of the dossier's year came out of, the latest first."""
    query = (
        select(PopulationFile.name, PopulationFile.digest, PopulationFile.recorded_at)
        .join(PopulationChange, PopulationChange.file_id == PopulationFile.id)
        .join(Area, Area.id == PopulationChange.area_id)
        .where(PopulationChange.year == dossier.year, inside([dossier.area.lineage]))
        .distinct()
        .order_by(PopulationFile.recorded_at.desc())
    )
    return [KeptFile(*row) for row in db.session.execute(query)]
