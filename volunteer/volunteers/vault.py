"""The one place where document numbers are sealed, found and opened."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.volunteers import Volunteer
from volunteer.audit.operations import record
from volunteer.kernel.id_documents import CheckedDocument
from volunteer.kernel.keys import KeyRing
from volunteer.kernel.sealing import blind_index, seal, unseal


@dataclass(frozen=True, slots=True)
class Vault:
    """The keys for document numbers: `document` seals, `index` finds."""

    document: KeyRing = field(repr=False)
    index: KeyRing = field(repr=False)

    @classmethod
    def of(cls, keys: Mapping[str, KeyRing]) -> "Vault":
        """Return the vault for the key rings of an installation."""
        return cls(keys["document"], keys["index"])

    def seal(self, document: CheckedDocument, public_id: str) -> bytes:
        """Return the number sealed for the volunteer of `public_id`; in another row it does not open."""
        return seal(self.document, document.number, bound_to=public_id)

    def digest_of(self, document: CheckedDocument) -> str:
        """Return under which digest a document is found, so that one person registers once."""
        return blind_index(self.index, document.kind, document.number)

    def reveal_document(self, volunteer: Volunteer, *, account_id: int, purpose: str) -> str:
        """Return a volunteer's document number in full, and record who read it and why.

        The only decryption there is; raises BrokenSeal when the field was altered or moved. Never log what it returns.
        """
        number = unseal(self.document, volunteer.document_cipher, bound_to=volunteer.public_id)
        record(
            "volunteers.reveal_document",
            "volunteer",
            volunteer.public_id,
            account_id=account_id,
            lineage=volunteer.community.lineage,
            purpose=purpose,
        )
        return number
