"""Verifying: by the number or the code on paper, and by the file itself. Anybody may."""

from datetime import date

from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue

from forms.certificates import InspectForm, NameForm
from models.certificates import Certificate
from volunteer.accounts import guessing
from volunteer.accounts.rules import address_subject
from volunteer.certificates import queries
from volunteer.certificates.desk import LABELS, bp
from volunteer.certificates.inspection import MOST_BYTES, Chains, Inspection, Outcome, inspect
from volunteer.certificates.queries import Standing
from volunteer.certificates.rules import (
    INSPECTION_LIMIT,
    LONGEST_TYPED,
    check_certificate_number,
    is_same_name,
    read_typed_number,
)
from volunteer.certificates.signing import SignerTrouble, chains_of, signer_of
from volunteer.kernel import clock
from volunteer.kernel.errors import DomainError, Invalid
from volunteer.kernel.names import mask_name
from volunteer.kernel.permissions import Permission
from volunteer.kernel.text import N_
from volunteer.web.access import access
from volunteer.web.addresses import public_origin
from volunteer.web.transactions import attempt, keep_despite_refusal, only_read_from_here
from volunteer.web.words import say

# Around the file: the boundaries of the form, its token, the number.
MOST_WITH_FILE = MOST_BYTES + 64 * 1024


@bp.get("/verify")
@bp.get("/verify/<number>")
@access(Permission.PUBLIC)
def verify(number: str = "") -> ResponseReturnValue:
    """Tell anybody whether a certificate holds; without a number, offer the ways to ask."""
    typed = (number or request.args.get("number", "")).strip()[:LONGEST_TYPED]
    if not typed:
        return _offer()
    try:
        standing = queries.standing_by_number(read_typed_number(typed, public_origin()))
    except DomainError as refused:
        return _offer(typed, say(refused.words)), 422
    return _tell(standing) if standing is not None else (_offer(typed), 404)


@bp.post("/verify/<number>")
@access(Permission.PUBLIC)
def compare_name(number: str) -> ResponseReturnValue:
    """Tell who holds the paper whether the name on it is the registered one, which the page shows masked."""
    standing = queries.standing_by_number(check_certificate_number(number[:LONGEST_TYPED]))
    if standing is None:
        return _offer(number), 404
    if standing.certificate.volunteer.erased_at is not None:
        return _tell(standing)
    form = NameForm()
    agrees = attempt(form, lambda: _agrees(standing, form))
    return _tell(standing, form, agrees), 422 if agrees is None else 200


@bp.post("/verify")
@access(Permission.PUBLIC)
def inspect_file() -> ResponseReturnValue:
    """Tell anybody what a file is that they were given; it is looked at and not kept."""
    request.max_content_length = MOST_WITH_FILE
    form = InspectForm()
    found = attempt(form, lambda: _inspect(form))
    if found is None:
        return _offer(form=form), 422
    certificate = found.standing.certificate if found.standing else None
    page = render_template(
        "certificates/verified_file.html",
        found=found,
        Outcome=Outcome,
        certificate=certificate,
        masked_name=_shown_name(certificate) if certificate else "",
        issued_on=_issued_on(certificate) if certificate else None,
        checked_at=clock.now(),
        **LABELS,
    )
    return page, 503 if found.outcome is Outcome.TRY_AGAIN else 200


def _tell(standing: Standing, form: NameForm | None = None, agrees: bool | None = None) -> str:
    return render_template(
        "certificates/verified.html",
        standing=standing,
        certificate=standing.certificate,
        masked_name=_shown_name(standing.certificate),
        issued_on=_issued_on(standing.certificate),
        is_erased=standing.certificate.volunteer.erased_at is not None,
        checked_at=clock.now(),
        form=form or NameForm(formdata=None),
        agrees=agrees,
        **LABELS,
    )


def _shown_name(certificate: Certificate) -> str:
    """Return the holder's name as strangers see it; what stands for that of who was erased hides nothing."""
    name: str = certificate.facts["holder_name"]
    return name if certificate.volunteer.erased_at is not None else mask_name(name)


def _issued_on(certificate: Certificate) -> date:
    return date.fromisoformat(certificate.facts["issued_on"])


def _agrees(standing: Standing, form: NameForm) -> bool:
    _count_try("compare_name", N_("一小时最多核对 %(most)s 次，请稍后再来"))
    return is_same_name(form.holder_name.data or "", standing.certificate.facts["holder_name"])


def _count_try(kind: str, words: str) -> None:
    """Count a try of this address, at once and for good; raises TooMany."""
    keys = current_app.config["SETTINGS"].keys["address"]
    subject = guessing.subject_of(keys, kind, address_subject(request.remote_addr))
    guessing.claim_try(kind, subject, INSPECTION_LIMIT, clock.now(), words)
    keep_despite_refusal()


def _inspect(form: InspectForm) -> Inspection:
    with form.file.data.stream as brought:
        file = brought.read(MOST_BYTES + 1)
    if not file:
        raise Invalid(N_("这个文件是空的，请重新选"), field="file")
    if len(file) > MOST_BYTES:
        raise Invalid(N_("文件超过 5 MB，本平台的证明没有这么大"), field="file")
    _count_try("inspect_file", N_("一小时最多检查 %(most)s 个文件，请稍后再来，或者用编号查"))
    # The count is kept. What follows only reads, beside whoever writes, and takes a while.
    only_read_from_here()
    return inspect(file, _chains(), form.file_number.data or "")


def _chains() -> Chains:
    settings = current_app.config["SETTINGS"]
    try:
        signer_of(settings)
        return chains_of(settings.signer)
    except SignerTrouble:
        current_app.logger.exception("files cannot be explained without the published certificates")
        return ()


def _offer(typed: str = "", error: str = "", form: InspectForm | None = None) -> str:
    return render_template(
        "certificates/verify.html",
        typed=typed,
        error=error,
        form=form or InspectForm(formdata=None),
        host=_host(),
        has_signer=bool(_chains()),
        most=MOST_BYTES // 1024 // 1024,
        **LABELS,
    )


def _host() -> str:
    return public_origin().partition("://")[2]
