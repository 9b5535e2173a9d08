"""What of certificates goes when their holder is erased."""

from sqlalchemy import delete, select

from models.base import db
from models.certificates import Certificate, CertificateFile
from volunteer.certificates.batch_operations import reopen_books
from volunteer.certificates.leaves import PERSONAL_FACTS
from volunteer.kernel.names import ERASED_NAME


def erase_holder(volunteer_id: int) -> None:
    """Take the name and the document out of a person's certificates, and delete our copies of the files.

    What was given out can still be checked: the digest of the file, the number and the minutes stay. The triggers let
    this pass for a volunteer who is marked as erased, and for nobody else.
    """
    gone = {**dict.fromkeys(PERSONAL_FACTS, ""), "holder_name": ERASED_NAME}
    for certificate in db.session.scalars(select(Certificate).where(Certificate.volunteer_id == volunteer_id)):
        certificate.facts = {**certificate.facts, **gone}
        db.session.execute(delete(CertificateFile).where(CertificateFile.certificate_id == certificate.id))
    reopen_books(volunteer_id)
    db.session.flush()
