"""A certificate and a reversal at once: the one that comes second knows of the first."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from models.accounts import Account
from models.base import db
from models.certificates import Certificate, CertificateEntry
from models.hours import Entry, Proposal
from models.notices import Notice
from models.organizations import Organization
from models.volunteers import Volunteer
from tests.cast import Cast
from tests.client import Browser
from tests.integration.certificates.test_certificates import credit, form_for
from volunteer.certificates.queries import standing_by_public_id
from volunteer.certificates.rules import CertificateStatus
from volunteer.hours import checks, operations, proposing, queries
from volunteer.hours.rules import EntryKind
from volunteer.kernel import clock
from volunteer.kernel.errors import DomainError
from volunteer.kernel.permissions import Role


@pytest.fixture
def holder(cast: Cast) -> Volunteer:
    return cast.volunteer(name="龚䶮")


@pytest.fixture
def desk(cast: Cast) -> tuple[Organization, list[Account]]:
    """Return an organization with three registered people: the first proposes, the others confirm."""
    people = [cast.account(name) for name in ("王主任", "陈姐", "刘会计")]
    organization = cast.organization(people[0])
    for account in people:
        cast.volunteer(account, f"{account.display_name}本人")
        cast.grant(account, Role.CHECKER, organization=organization)
    return organization, people


def proposed(cast: Cast, entry: Entry, by: Account) -> Proposal:
    with cast.writing():
        kept = queries.entry_by_public_id(entry.public_id)
        return proposing.propose_reversal(kept, reason="不是本人", account_id=by.id)


def confirm(cast: Cast, proposal: Proposal, by: Account) -> str:
    try:
        with cast.writing():
            operations.confirm(queries.proposal_by_public_id(proposal.public_id), account_id=by.id)
    except DomainError as error:
        return type(error).__name__
    return "done"


def reversals(cast: Cast) -> list[int]:
    with cast.app.app_context():
        return list(db.session.scalars(select(Entry.minutes).where(Entry.kind == EntryKind.REVERSAL)))


def test_two_who_confirm_a_reversal_at_once_take_back_once(
    cast: Cast, holder: Volunteer, desk: tuple[Organization, list[Account]]
) -> None:
    organization, (owner, *others) = desk
    proposal = proposed(cast, credit(cast, holder, organization), owner)
    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(lambda by: confirm(cast, proposal, by), others))
    assert said == ["Conflict", "done"]
    assert reversals(cast) == [-120]


def test_two_who_propose_a_reversal_at_once_leave_one_to_confirm(
    cast: Cast, holder: Volunteer, desk: tuple[Organization, list[Account]]
) -> None:
    organization, people = desk
    entry = credit(cast, holder, organization)

    def propose(by: Account) -> str:
        try:
            proposed(cast, entry, by)
        except DomainError as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(3) as pool:
        said = sorted(pool.map(propose, people))
    assert said == ["Conflict", "Conflict", "done"]


@pytest.mark.parametrize("round_", range(3))
def test_a_certificate_is_superseded_by_the_reversal_or_made_without_it(
    app: Flask, cast: Cast, holder: Volunteer, desk: tuple[Organization, list[Account]], round_: int
) -> None:
    organization, (owner, second, _third) = desk
    kept, taken = (
        credit(cast, holder, organization, days_ago=3 + round_),
        credit(cast, holder, organization, days_ago=9),
    )
    proposal = proposed(cast, taken, owner)
    browser = Browser(app).sign_in(holder.account_id)

    def issue() -> None:
        browser.post("/certificates/new", form_for(holder, organization))

    with ThreadPoolExecutor(2) as pool:
        issuing, confirming = pool.submit(issue), pool.submit(confirm, cast, proposal, second)
        issuing.result()
        assert confirming.result() == "done"

    with app.app_context():
        certificate = db.session.scalars(select(Certificate)).one()
        listed = set(db.session.scalars(select(CertificateEntry.entry_id)))
        status = standing_by_public_id(certificate.public_id).status
        assert (listed, certificate.minutes, status) in [
            ({kept.id, taken.id}, 240, CertificateStatus.SUPERSEDED),
            ({kept.id}, 120, CertificateStatus.VALID),
        ]
        assert checks.LedgerFault.REVERSAL_DIFFERS not in {one.fault for one in checks.check_ledger().faults}
    assert reversals(cast) == [-120]


def test_the_holder_is_told_how_many_certificates_a_reversal_supersedes(
    app: Flask, cast: Cast, holder: Volunteer, desk: tuple[Organization, list[Account]]
) -> None:
    organization, (owner, second, _third) = desk
    on_paper, elsewhere = credit(cast, holder, organization, days_ago=3), credit(cast, holder, organization, days_ago=9)
    browser = Browser(app).sign_in(holder.account_id)
    first_on = (clock.today() - timedelta(days=5)).isoformat()
    browser.post("/certificates/new", {**form_for(holder, organization), "period_from": first_on}, expect=302)
    assert confirm(cast, proposed(cast, elsewhere, owner), second) == "done"
    assert "已被更正" not in browser.get("/notices/").text
    assert confirm(cast, proposed(cast, on_paper, owner), second) == "done"
    assert "龚䶮用到它的 1 份证明随之写着“已被更正”" in browser.get("/notices/").text
    with app.app_context():
        assert db.session.scalars(select(Notice.link).order_by(Notice.id.desc())).first() == "/certificates/"
