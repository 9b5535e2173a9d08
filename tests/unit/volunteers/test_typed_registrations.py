"""What is typed before it is checked: a birth date that a document does not say."""

from datetime import date

import pytest

from volunteer.kernel.errors import Invalid
from volunteer.kernel.id_documents import DocumentKind
from volunteer.volunteers.rules import CONSENT_FIELDS, RegistrationTyped, Relation, check_birth_date, registration_need

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize("typed", [date(1900, 1, 1), date(1990, 5, 1), TODAY])
def test_a_birth_date_from_1900_until_today_is_taken(typed: date) -> None:
    assert check_birth_date(typed, TODAY) == typed


@pytest.mark.parametrize("typed", [None, date(1899, 12, 31), date(2026, 11, 23)])
def test_any_other_is_refused_on_its_field(typed: date | None) -> None:
    with pytest.raises(Invalid) as refused:
        check_birth_date(typed, TODAY)
    assert refused.value.field == "birth_on"


@pytest.mark.parametrize("birth_on", [date(2016, 1, 1), date(2011, 1, 1), date(1990, 1, 1)])
def test_every_consent_that_registering_takes_has_a_field_in_the_form(birth_on: date) -> None:
    relation = Relation.CHILD if birth_on.year > 2008 else Relation.SELF
    assert set(registration_need(birth_on, TODAY, relation).consents) <= set(CONSENT_FIELDS)


def test_a_typed_registration_never_shows_its_document() -> None:
    typed = RegistrationTyped(Relation.SELF, "李晓梅", DocumentKind.PASSPORT, "E12345678", "周公庙社区")
    assert repr(typed) == str(typed) == "RegistrationTyped(self)"
