"""Digests in their order, a million of them in 32 MB."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

SIZE = 32


class Digests:
    """SHA-256 digests, sorted whenever they are read; given and read as hexadecimal digits."""

    def __init__(self, digests: Iterable[str] = ()) -> None:
        # By their first byte, so that few are sorted at a time.
        self.parts = [bytearray() for _ in range(256)]
        for digest in digests:
            value = bytes.fromhex(digest)
            self.parts[value[0]] += value

    def __len__(self) -> int:
        return sum(map(len, self.parts)) // SIZE

    def __iter__(self) -> Iterator[str]:
        for part in self.parts:
            yield from sorted(part[at : at + SIZE].hex() for at in range(0, len(part), SIZE))
