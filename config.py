"""Settings: the environment, read once. An unsafe production does not start."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from volunteer.kernel.keys import Key, KeyRing

ROOT = Path(__file__).resolve().parent
KEY_PURPOSES = ("cookie", "code", "claim", "document", "index", "address", "ledger")
MINIMUM_KEY_BYTES = 32
EVERY_INTERFACE = ("", "0.0.0.0", "[::]")  # noqa: S104 — read, not bound
SIGNER_FILES = ("key.pem", "chain.pem")


class UnsafeSettings(RuntimeError):
    """Something in the environment would make this installation unsafe; the text says what to change."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the product takes from outside."""

    production: bool
    database_url: str
    keys: Mapping[str, KeyRing]
    # The address that people open, or, where none is configured, that at which `flask serve` listens.
    public_url: str
    trusted_hosts: tuple[str, ...]
    office_name: str
    product_name: str
    is_demo: bool
    instance: Path
    proxies: int
    help_phone: str = "12345"
    # Whether `public_url` was configured: a trial without one speaks of the address by which it is asked.
    has_public_url: bool = True
    # Where the key and certificate that sign documents lie; None: `signer/` of the instance folder.
    signer_folder: Path | None = None

    @property
    def signer(self) -> Path:
        """Return the folder of the key and certificate that sign documents."""
        return self.signer_folder or self.instance / "signer"

    def flask(self) -> dict[str, Any]:
        """Return the mapping for `app.config`."""
        return {
            "SETTINGS": self,
            "SECRET_KEY": self.keys["cookie"].current.secret,
            "SECRET_KEY_FALLBACKS": [key.secret for key in self.keys["cookie"].fallbacks],
            "SQLALCHEMY_DATABASE_URI": self.database_url,
            "SESSION_COOKIE_NAME": "__Host-form" if self.production else "form",
            "SESSION_COOKIE_SECURE": self.production,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "TRUSTED_HOSTS": list(self.trusted_hosts),
            "MAX_CONTENT_LENGTH": 4 * 1024 * 1024,
            "MAX_FORM_MEMORY_SIZE": 512 * 1024,
            "MAX_FORM_PARTS": 500,
            "WTF_CSRF_TIME_LIMIT": 12 * 3600,
            "BABEL_DEFAULT_LOCALE": "zh_Hans_CN",
            "BABEL_DEFAULT_TIMEZONE": "Asia/Shanghai",
            "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "volunteer" / "web" / "translations"),
        }


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read settings from `environ`; raise `UnsafeSettings` saying what is missing or weak."""
    production = environ.get("ZHIYUANTAI_ENV", "local") == "production"
    instance = Path(environ.get("ZHIYUANTAI_INSTANCE", ROOT / "instance"))
    is_demo = environ.get("ZHIYUANTAI_DEMO", "") == "1"
    public_url = environ.get("ZHIYUANTAI_PUBLIC_URL", "").rstrip("/")
    hosts = tuple(host for host in environ.get("ZHIYUANTAI_HOSTS", "").split(",") if host)
    key_file = Path(environ.get("ZHIYUANTAI_KEYS", instance / "keys.json"))
    if not production:
        complete_keys(key_file)
    settings = Settings(
        production=production,
        database_url=_database_url(environ.get("DATABASE_URL", ""), instance),
        keys=_read_keys(key_file),
        public_url=public_url or _own_address(environ.get("ZHIYUANTAI_BIND", "")),
        trusted_hosts=hosts or ("127.0.0.1", "localhost"),
        office_name=environ.get("ZHIYUANTAI_OFFICE", "市文明办"),
        product_name=environ.get("ZHIYUANTAI_NAME", "志愿台"),
        is_demo=is_demo,
        instance=instance,
        proxies=int(environ.get("ZHIYUANTAI_PROXIES", "0")),
        help_phone=environ.get("ZHIYUANTAI_HELP_PHONE", "12345"),
        has_public_url=bool(public_url),
        signer_folder=Path(environ["ZHIYUANTAI_SIGNER"]) if environ.get("ZHIYUANTAI_SIGNER") else None,
    )
    if production:
        _refuse_unsafe_production(settings, hosts)
    return settings


def write_keys(path: Path) -> None:
    """Write a fresh key ring, one key a purpose, readable by its owner only; never overwrite."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({purpose: [_fresh_key()] for purpose in KEY_PURPOSES}, file, indent=1)


def complete_keys(path: Path) -> tuple[str, ...]:
    """Give a key ring the purposes that it lacks, a fresh one where there is none; return what was added.

    Keys that stand in it are left as they are. A file that cannot be read is left to `load_settings` to complain of.
    """
    if not path.exists():
        write_keys(path)
        return KEY_PURPOSES
    try:
        rings = json.loads(path.read_text(encoding="utf-8"))
        missing = tuple(purpose for purpose in KEY_PURPOSES if purpose not in rings)
    except (ValueError, TypeError):
        return ()
    if missing:
        fresh = path.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump({**rings, **{purpose: [_fresh_key()] for purpose in missing}}, file, indent=1)
        fresh.replace(path)
    return missing


def _fresh_key() -> dict[str, str]:
    return {"id": "k1", "secret": base64.b64encode(secrets.token_bytes(MINIMUM_KEY_BYTES)).decode()}


def _read_keys(path: Path) -> dict[str, KeyRing]:
    try:
        rings = json.loads(path.read_text(encoding="utf-8"))
        keys = {
            purpose: KeyRing(tuple(Key(key["id"], base64.b64decode(key["secret"])) for key in rings[purpose]))
            for purpose in KEY_PURPOSES
        }
    except FileNotFoundError:
        raise UnsafeSettings(f"No key file at {path}: make one with `flask keys make {path}`.") from None
    except (ValueError, KeyError, TypeError) as error:
        raise UnsafeSettings(
            f"The key file {path} cannot be read: {error!r}. `flask keys complete {path}` adds what it lacks."
        ) from error
    secrets_seen = [key.secret for ring in keys.values() for key in ring.keys]
    if any(len(secret) < MINIMUM_KEY_BYTES for secret in secrets_seen):
        raise UnsafeSettings(f"A key in {path} is shorter than {MINIMUM_KEY_BYTES} bytes.")
    if len(set(secrets_seen)) != len(secrets_seen):
        raise UnsafeSettings(f"Two purposes share a key in {path}: every purpose needs its own.")
    # What is found by a keyed digest is looked for under the current key alone.
    if keys["index"].fallbacks:
        raise UnsafeSettings(f"The ring `index` in {path} holds a second key: documents would no longer be found.")
    return keys


def _database_url(url: str, instance: Path) -> str:
    if not url:
        instance.mkdir(parents=True, exist_ok=True)
        return f"sqlite:///{instance / 'zhiyuantai.db'}"
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _own_address(bind: str) -> str:
    """Return the address at which `flask serve` is reached on this machine, for what it listens on."""
    host, _colon, port = bind.rpartition(":")
    if not port.isdecimal():
        return "http://127.0.0.1:8000"
    return f"http://{'127.0.0.1' if host in EVERY_INTERFACE else host}:{port}"


def _refuse_unsafe_production(settings: Settings, hosts: tuple[str, ...]) -> None:
    if not settings.public_url.startswith("https://"):
        raise UnsafeSettings("ZHIYUANTAI_PUBLIC_URL must be the https address that people open.")
    if not hosts:
        raise UnsafeSettings("ZHIYUANTAI_HOSTS must name the host names this installation answers to.")
    if settings.is_demo:
        raise UnsafeSettings("A demonstration must not run with ZHIYUANTAI_ENV=production.")
    if not all((settings.signer / name).exists() for name in SIGNER_FILES):
        raise UnsafeSettings(
            f"No key and certificate that sign documents in {settings.signer}: make them, before "
            f"ZHIYUANTAI_ENV=production is set, with `flask certificates make-signer {settings.signer}`."
        )
