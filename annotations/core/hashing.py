"""Keyed hashes that stand in for chance wherever a choice must be the same again."""

from __future__ import annotations

import hashlib


def point(seed: int, purpose: str, *parts: object) -> int:
    """A number in [0, 2^62), uniform over the parts for anybody who does not know them all."""
    message = "\x00".join([str(seed), purpose, *map(str, parts)]).encode()
    return int.from_bytes(hashlib.blake2b(message, digest_size=8).digest()) >> 2


def share(seed: int, purpose: str, *parts: object) -> float:
    """The same as a number in [0, 1)."""
    return point(seed, purpose, *parts) / 2**62
