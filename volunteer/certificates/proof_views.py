"""The proof that a certificate stands in the tree: for its holder, to be checked without our server."""

import json
from base64 import b64encode

from flask import Response
from flask.typing import ResponseReturnValue

from volunteer.certificates.desk import bp, is_own, readable
from volunteer.certificates.leaves import certificate_openings
from volunteer.kernel.errors import NotFound
from volunteer.kernel.permissions import Permission
from volunteer.kernel.text import N_
from volunteer.ledger.leaves import proof_file
from volunteer.ledger.queries import proof_of
from volunteer.ledger.rules import LeafKind
from volunteer.web.access import access


@bp.get("/<certificate_id>/proof.json")
@access(Permission.OWN)
def download_proof(certificate_id: str) -> ResponseReturnValue:
    """Give the proof of a certificate to its holder: it opens what the leaf keeps to itself, so to nobody else."""
    certificate = readable(certificate_id).certificate
    if not is_own(certificate):
        raise NotFound(N_("没有找到这份证明"))
    proof = proof_of(LeafKind.CERTIFICATE, certificate.id)
    if proof is None:
        raise NotFound(N_("离线核验文件还没有备好，最晚在开具 10 分钟以后"))
    path = [b64encode(step).decode() for step in proof.path]
    opened = certificate_openings([certificate.id]).get(certificate.id, {})
    file = proof_file(json.loads(proof.content), proof.position, path, proof.note, opened)
    headers = {"Content-Disposition": f'attachment; filename="{certificate.number}-proof.json"'}
    content = json.dumps(file, ensure_ascii=False, indent=1) + "\n"
    return Response(content, mimetype="application/json", headers=headers)
