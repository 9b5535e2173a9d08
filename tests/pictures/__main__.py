"""All pictures, in the order of their story."""

import sys

from tqdm import tqdm

from tests.pictures.afterwards import a_record_is_put_right, a_sheet_is_typed_in, an_objection_is_raised, the_day_after
from tests.pictures.city import DESKTOP, ORGANIZER, PICTURES, TABLET, visited_city
from tests.pictures.desks import (
    an_activity_is_published,
    an_organization_asks,
    the_day_before,
    the_office_looks,
    too_late,
)
from tests.pictures.papers import (
    a_certificate_is_checked,
    a_checkpoint_is_kept,
    a_record_is_taken_along,
    many_certificates_are_issued,
)
from tests.pictures.the_day import (
    a_newcomer_joins,
    residents_settings,
    the_organizer_scans,
    the_shift_begins,
    the_shift_ends,
)
from tests.pictures.the_month import the_office_s_month


def main() -> None:
    """Take all pictures, and say what went wrong on the pages meanwhile."""
    PICTURES.mkdir(exist_ok=True)
    with tqdm(unit="张", desc="图片", ascii=" ━") as bar, visited_city(lambda: bar.update()) as city:
        a_newcomer_joins(city)
        today, venue = city.visit(DESKTOP, ORGANIZER), city.visit(TABLET, ORGANIZER)
        shift_id = the_shift_begins(city, today, venue)
        scanner = the_organizer_scans(city, shift_id)
        the_shift_ends(city, venue, shift_id, scanner)
        certificate = a_certificate_is_checked(city)
        residents_settings(city)
        an_organization_asks(city)
        an_activity_is_published(city)
        a_record_is_put_right(city)
        a_sheet_is_typed_in(city, shift_id)
        notices = the_day_after(city, certificate)
        an_objection_is_raised(city, notices)
        many_certificates_are_issued(city)
        a_record_is_taken_along(city)
        a_checkpoint_is_kept(city)
        the_office_looks(city)
        the_office_s_month(city)
        the_day_before(city)
        too_late(city)
        faults = [fault for reader in city.readers for fault in reader.faults]
    sys.exit("\n".join(faults) or None)


if __name__ == "__main__":
    main()
