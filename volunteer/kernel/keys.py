"""Keys with names: the first of a ring signs, all of them verify, so that a key can be changed without a break."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Key:
    """A secret of at least 32 bytes and the short name it is known by."""

    id: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of one purpose, newest first."""

    keys: tuple[Key, ...]

    def __post_init__(self) -> None:
        if not self.keys:
            raise ValueError("a key ring holds at least one key")

    @property
    def current(self) -> Key:
        """Return the key that signs."""
        return self.keys[0]

    @property
    def fallbacks(self) -> tuple[Key, ...]:
        """Return the keys that still verify what was signed earlier."""
        return self.keys[1:]

    def named(self, key_id: str) -> Key | None:
        """Return the key called `key_id`, or None."""
        return next((key for key in self.keys if key.id == key_id), None)
