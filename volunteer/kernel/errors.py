"""What can be wrong with a request, in the words of the product. The edge turns these into answers."""

from typing import Any, ClassVar

from volunteer.kernel.text import Words


class DomainError(Exception):
    """Something a person can understand and mend.

    `field` names the form field that it belongs to; None means the whole form or page.
    """

    status: ClassVar[int] = 400

    def __init__(self, msgid: str, *, field: str | None = None, **params: Any) -> None:
        self.words = Words(msgid, params)
        self.field = field
        super().__init__(msgid)

    def __str__(self) -> str:
        return str(self.words)


class Invalid(DomainError):
    """What was typed cannot be taken."""

    status = 422


class Forbidden(DomainError):
    """The reader may see this but not do it."""

    status = 403


class NotFound(DomainError):
    """There is no such thing for this reader."""

    status = 404


class Conflict(DomainError):
    """The state of things has moved on: already done, full, closed."""

    status = 409


class Gone(DomainError):
    """There was such a thing, and it was closed for good."""

    status = 410


class TooMany(DomainError):
    """Tried too often; `retry_after` is in whole seconds."""

    status = 429

    def __init__(self, msgid: str, *, retry_after: int, field: str | None = None, **params: Any) -> None:
        super().__init__(msgid, field=field, **params)
        self.retry_after = retry_after
