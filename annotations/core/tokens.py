"""Secrets handed to browsers. The database keeps their hashes only."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """256 random bits, safe in addresses and cookies."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """SHA-256, hex: enough for tokens that cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()
