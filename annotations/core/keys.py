"""Keys of an installation: read from the environment or made once in `var/keys`.

One file a purpose, one key a line, the newest first: the first line signs, all lines verify. So the secret
is rotated by putting a new line on top, and so is the identity key. Of the pseudonym key only the first
line is used.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet, MultiFernet

from annotations.core.errors import Refusal

PURPOSES = ("secret", "pseudonym", "identity")


@dataclass(frozen=True)
class Keys:
    """`secret` signs sessions and forms; `pseudonym` keys the codes and pseudonyms of people.

    `identity` seals what providers know people by: its first line seals, all of them open.
    """

    secret: str
    older_secrets: list[str]
    pseudonym: bytes
    identity: MultiFernet


def load(folder: Path) -> Keys:
    """Keys from SECRET_KEY, PSEUDONYM_KEY and IDENTITY_KEY, else from (new) files in `folder`.

    Raises Refusal where there is no key to be had.
    """
    lines = {purpose: _lines(folder, purpose) for purpose in PURPOSES}
    return Keys(
        secret=lines["secret"][0],
        older_secrets=lines["secret"][1:],
        pseudonym=lines["pseudonym"][0].encode(),
        identity=MultiFernet([_fernet(line) for line in lines["identity"]]),
    )


def _fernet(line: str) -> Fernet:
    """Any line will do for a key, as for the other purposes."""
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"identity\x00" + line.encode()).digest()))


def _lines(folder: Path, purpose: str) -> list[str]:
    given = os.environ.get(f"{purpose.upper()}_KEY", "").strip()
    if given:
        parts = [part.strip() for part in given.split(",") if part.strip()]
        if not parts:
            raise Refusal(f"{purpose.upper()}_KEY holds commas and no key.")
        return parts
    path = folder / purpose
    try:
        if not path.exists():
            _make(path)
        lines = [line.strip() for line in path.read_text().splitlines() if line.strip()]
    except OSError as error:
        raise Refusal(f"The key {path} cannot be read or made: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Refusal(f"{path} is no key: restore it from its backup.") from error
    if not lines:
        raise Refusal(f"{path} is empty: restore the key from its backup, or delete the file for a new one.")
    return lines


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
        # A link fails where the name exists: of two first processes one key survives, for both.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def digest(key: bytes, purpose: str, *parts: object) -> bytes:
    """HMAC-SHA-256 of the parts under `key`; parts cannot run into each other."""
    message = b"\x00".join(str(part).encode() for part in (purpose, *parts))
    return hmac.new(key, message, hashlib.sha256).digest()


def code(key: bytes, purpose: str, *parts: object, length: int = 12) -> str:
    """A code to be read and typed by people: `length` letters and digits, 5 bits each."""
    return base64.b32encode(digest(key, purpose, *parts)).decode()[:length]
