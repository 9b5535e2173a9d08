"""The verifier works where nothing else of ours is, and says the same with its exit code as with its words."""

import json
import shutil
import subprocess
import sys
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

import volunteer.verifier as own
from tests.signers import signer, signer_folder
from volunteer.certificates.proving import packed_verifier
from volunteer.certificates.signing import CHAIN_FILE, sign_pdf
from volunteer.kernel.keys import Key, KeyRing
from volunteer.ledger.leaves import Opening, commitment, proof_file, salt_for
from volunteer.ledger.notes import Checkpoint, sign_note, verifier_keys
from volunteer.verifier.notes import read_key
from volunteer.verifier.pdf import chains_from_pem
from volunteer.verifier.proofs import Doubt, Unproven, canonical, check_proof, read_json
from volunteer.verifier.tree import leaf_hash, node_hash

RING = KeyRing((Key("t1", b"ledger".ljust(32, b"-")),))
OTHERS = KeyRing((Key("t1", b"another".ljust(32, b"-")),))
ORIGIN = "zhiyuantai.example/ledger"
PERSON = {"number": "420606202600000017", "document": "ab" * 32, "name": "龚䶮"}
RUN = "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module('verifier', run_name='__main__')"


def certificate() -> bytes:
    held = BytesIO()
    canvas = Canvas(held, invariant=1)
    canvas.drawString(72, 720, "120 minutes")
    canvas.save()
    return sign_pdf(held.getvalue(), signer(), datetime(2026, 11, 22, tzinfo=UTC))


def proof_for(file: bytes, ring: KeyRing = RING) -> dict[str, Any]:
    """Return the proof of a certificate in a tree of two leaves."""
    secret = b"s" * 32
    leaf = {
        "v": 1,
        "kind": "certificate",
        "number": "0000000000000000E5",
        "file": sha256(file).hexdigest(),
        "organization": "b" * 20,
        "period_from": "2026-01-01",
        "period_to": "2026-11-22",
        "minutes": 125,
        "entries": "cd" * 32,
        "issued_at": "2026-11-22T00:00:00Z",
        "person": commitment(secret, "certificate", "a" * 20, "person", PERSON),
    }
    first = leaf_hash(b"{}")
    note = sign_note(ring, Checkpoint(ORIGIN, 2, node_hash(first, leaf_hash(canonical(leaf)))))
    opened = {"person": Opening(salt_for(secret, "certificate", "a" * 20, "person"), PERSON)}
    return proof_file(leaf, 1, [b64encode(first).decode()], note, opened)


@dataclass(frozen=True, slots=True)
class Desk:
    """A folder far from the project with everything that a stranger has."""

    folder: Path

    def check(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the copied verifier where nothing else of ours can be imported."""
        return subprocess.run(
            [sys.executable, "-I", "-c", RUN, str(self.folder), *arguments],
            capture_output=True,
            text=True,
            cwd=self.folder,
            env={},
            check=False,
        )


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("stranger")
    shutil.copytree(Path(own.__path__[0]), folder / "verifier", ignore=shutil.ignore_patterns("__pycache__"))
    file = certificate()
    (folder / "certificate.pdf").write_bytes(file)
    (folder / "altered.pdf").write_bytes(file.replace(b"/MediaBox", b"/MediaBoy"))
    (folder / "proof.json").write_text(json.dumps(proof_for(file)))
    (folder / "other.json").write_text(json.dumps(proof_for(file, OTHERS)))
    (folder / "keys.txt").write_text("\n".join(verifier_keys(RING, ORIGIN)))
    (folder / "note.txt").write_text(proof_for(file)["checkpoint"])
    (folder / "fork.txt").write_text(sign_note(RING, Checkpoint(ORIGIN, 2, b"f" * 32)))
    (folder / "later.txt").write_text(sign_note(RING, Checkpoint(ORIGIN, 3, b"f" * 32)))
    shutil.copy(signer_folder() / CHAIN_FILE, folder / "signer.pem")
    shutil.copy(signer_folder("another") / CHAIN_FILE, folder / "another.pem")
    return Desk(folder)


PROVE = ("--chain", "signer.pem", "--proof", "proof.json", "--vkey", "keys.txt")


def test_nothing_else_of_ours_is_at_hand(desk: Desk) -> None:
    probe = "import sys; sys.path.insert(0, sys.argv[1]); import verifier, volunteer"
    found = subprocess.run(
        [sys.executable, "-I", "-c", probe, str(desk.folder)],
        capture_output=True,
        text=True,
        cwd=desk.folder,
        check=False,
    )
    assert "No module named 'volunteer'" in found.stderr


@pytest.mark.parametrize(
    ("code", "words", "arguments"),
    [
        (0, "真的：签名有效", ("certificate.pdf", "--chain", "signer.pem")),
        (0, "龚䶮  420606202600000017", ("certificate.pdf", *PROVE)),
        (0, "125 分钟（2.08 小时）", ("certificate.pdf", *PROVE)),
        (0, "只能在线查：https://zhiyuantai.example/certificates/verify", ("certificate.pdf", *PROVE)),
        (0, "Genuine: the signature holds", ("certificate.pdf", *PROVE, "--lang", "en")),
        (0, "和另外给的存证点一致", ("certificate.pdf", *PROVE, "--checkpoint", "note.txt")),
        (1, "签名以后文件被改过", ("altered.pdf", "--chain", "signer.pem")),
        (1, "签名的不是公布的证书", ("certificate.pdf", "--chain", "another.pem")),
        (1, "不是公布的钥匙签的", ("certificate.pdf", *PROVE[:3], "other.json", "--vkey", "keys.txt")),
        (1, "却是另一本账", ("certificate.pdf", *PROVE, "--checkpoint", "fork.txt")),
        (1, "不是这种格式", ("certificate.pdf", *PROVE[:3], "keys.txt", "--vkey", "keys.txt")),
        (1, "不是 PDF 文件", ("keys.txt", "--chain", "signer.pem")),
        (2, "没法检查", ("certificate.pdf",)),
        (2, "没法检查", ("nowhere.pdf", "--chain", "signer.pem")),
        (2, "没法检查", ("certificate.pdf", "--chain", "keys.txt")),
        (2, "没法检查", ("certificate.pdf", "--chain", "signer.pem", "--proof", "proof.json")),
        (2, "没法检查", ("certificate.pdf", *PROVE, "--checkpoint", "later.txt")),
        (2, "usage", ()),
    ],
)
def test_it_checks_alone(desk: Desk, code: int, words: str, arguments: tuple[str, ...]) -> None:
    found = desk.check(*arguments)
    assert words in found.stdout + found.stderr
    assert found.returncode == code
    assert "Traceback" not in found.stderr


def test_it_runs_as_one_file_too(desk: Desk) -> None:
    packed = desk.folder / "verifier.pyz"
    packed.write_bytes(packed_verifier())
    found = subprocess.run(
        [sys.executable, "-I", str(packed), "certificate.pdf", *PROVE],
        capture_output=True,
        text=True,
        cwd=desk.folder,
        env={},
        check=False,
    )
    assert found.returncode == 0
    assert "龚䶮" in found.stdout


def test_published_chains_of_all_times_are_told_apart() -> None:
    both = b"".join((signer_folder(name) / CHAIN_FILE).read_bytes() for name in ("own", "another"))
    assert chains_from_pem(both) == [signer().chain, signer("another").chain]
    with pytest.raises(ValueError, match="PEM"):
        chains_from_pem(b"nothing")


LEAVES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


@given(LEAVES)
def test_the_spelling_is_that_of_rfc_8785(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("text", ['{"a":1,"a":2}', "{", "[" * 100_000, b"\xff\xfe", "NaN}"])
def test_json_that_can_be_read_in_two_ways_is_refused(text: str | bytes) -> None:
    with pytest.raises(Unproven):
        read_json(text)


@pytest.mark.parametrize(
    ("doubt", "change"),
    [
        (Doubt.UNREADABLE, {"position": True}),
        (Doubt.UNREADABLE, {"path": ["x"]}),
        (Doubt.UNREADABLE, {"path": ["A" * 44] * 65}),
        (Doubt.UNREADABLE, {"extra": 1}),
        (Doubt.UNREADABLE, {"openings": {"person": {"salt": "00", "value": 1}}}),
        (Doubt.NOT_SIGNED, {"checkpoint": "x"}),
        (Doubt.NOT_INCLUDED, {"position": 0}),
        (Doubt.NOT_INCLUDED, {"position": -1}),
        (Doubt.NOT_INCLUDED, {"path": []}),
        (Doubt.NOT_OPENED, {"openings": {"person": {"salt": "00" * 32, "value": PERSON}}}),
        (Doubt.NOT_OPENED, {"openings": {"minutes": {"salt": "00" * 32, "value": 125}}}),
    ],
)
def test_a_proof_that_is_not_as_it_has_to_be_proves_nothing(doubt: Doubt, change: dict[str, Any]) -> None:
    file = certificate()
    keys = [read_key(line) for line in verifier_keys(RING, ORIGIN)]
    proof = proof_for(file)
    assert check_proof(proof, keys, sha256(file).hexdigest()).opened == {"person": PERSON}
    with pytest.raises(Unproven) as refused:
        check_proof({**proof, **change}, keys)
    assert refused.value.doubt is doubt
