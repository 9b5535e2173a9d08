"""The proof that a certificate stands in the tree: for its holder, to be checked without our server."""

import json

from flask.typing import ResponseReturnValue

from volunteer.certificates.desk import bp, is_own, readable
from volunteer.certificates.proving import packed_verifier, proofs_of_certificates
from volunteer.certificates.rules import CertificateStatus
from volunteer.kernel.errors import Conflict, NotFound
from volunteer.kernel.permissions import Permission
from volunteer.kernel.text import N_
from volunteer.web.access import access
from volunteer.web.downloads import file_answer


@bp.get("/<certificate_id>/proof.json")
@access(Permission.OWN)
def download_proof(certificate_id: str) -> ResponseReturnValue:
    """Give the proof of a certificate to its holder: it opens what the leaf keeps to itself, so to nobody else."""
    standing = readable(certificate_id)
    certificate = standing.certificate
    if not is_own(certificate):
        raise NotFound(N_("没有找到这份证明"))
    # It would say only that the certificate was issued, and be handed on as if it still stood.
    if standing.status is not CertificateStatus.VALID:
        raise Conflict(N_("这份证明已经不能用了，不再提供离线核验文件"))
    proof = proofs_of_certificates([certificate.id]).get(certificate.id)
    if proof is None:
        raise NotFound(N_("离线核验文件还没有备好，最晚在开具 10 分钟以后"))
    content = json.dumps(proof, ensure_ascii=False, indent=1) + "\n"
    return file_answer(content, "application/json", f"{certificate.number}-proof.json")


@bp.get("/verifier.pyz")
@access(Permission.PUBLIC)
def download_verifier() -> ResponseReturnValue:
    """Give anybody the program that checks certificates and records without our server, as one file for Python."""
    return file_answer(packed_verifier(), "application/zip", "verifier.pyz")
