"""The definition as data: filled in, hashed, written again, compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import rfc8785
import yaml

from annotations.studies.definition.digests import Digests
from annotations.studies.definition.places import DefinitionDumper
from annotations.studies.definition.schema import Definition

Filled = dict[str, Any]

# Left out of the hash: more places and another way of recruiting do not change what is asked.
NOT_HASHED = frozenset({"batches", "recruitment", "slug"})
# Definitions whose YAML is remembered.
KEPT = 32
DIGESTED = ("items", "templates", "systems", "outputs")


def filled(definition: Definition) -> Filled:
    """The definition with every default, as JSON holds it. This is what is stored, hashed and released."""
    return definition.model_dump(mode="json")


def definition_hash(stored: Mapping[str, Any], digests: Mapping[str, Iterable[str]]) -> str:
    """SHA-256 of the canonical JSON of a stored definition and of the digests of its collection.

    Works on the stored JSON and never fills it in again, so that a later default changes no old hash.
    """
    if unknown := set(digests) - set(DIGESTED):
        raise ValueError(f"no digests of {', '.join(sorted(unknown))} belong in a definition hash")
    hashed = {key: value for key, value in stored.items() if key not in NOT_HASHED}
    digest = hashlib.sha256(b'{"definition":%s,"digests":{' % rfc8785.dumps(hashed))
    # Piece by piece: the digests of a million rows are far longer than the rest.
    for place, kind in enumerate(sorted(DIGESTED)):
        digest.update(b'%s"%s":[' % (b"," if place else b"", kind.encode()))
        for part in _in_order(digests.get(kind, ())):
            digest.update(part)
        digest.update(b"]")
    digest.update(b"}}")
    return digest.hexdigest()


def _in_order(digests: Iterable[str]) -> Iterator[bytes]:
    ordered = digests if isinstance(digests, Digests) else sorted(digests)
    for place, one in enumerate(ordered):
        yield b'%s"%s"' % (b"," if place else b"", one.encode())


def batch_hash(batch: Mapping[str, Any]) -> str:
    """Of what the batch began as: changes while people could come in are told beside it."""
    return canonical_hash({name: value for name, value in batch.items() if name != "changes"})


def canonical_hash(content: Any) -> str:
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def to_yaml(stored: Mapping[str, Any]) -> str:
    """A study.yaml that reads back as the same filled-in definition."""
    return _written(json.dumps(stored))


@lru_cache(maxsize=KEPT)
def _written(stored: str) -> str:
    """Once a process: it takes longer than anything else of the page that shows it."""
    return yaml.dump(
        json.loads(stored),
        Dumper=DefinitionDumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=100,
    )


def definition_difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """What an amendment changes: the path of each value that differs, with the old and the new one.

    Parts of lists are told apart by their names where they have them. None stands for what is not there.
    """
    return list(differences(dict(old), dict(new), ""))


def differences(old: Any, new: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, list) and isinstance(new, list) and (old or new) and named(old) and named(new):
        old, new = by_name(old), by_name(new)
        if list(old) != list(new) and set(old) == set(new):
            yield path, list(old), list(new)
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            yield from differences(old.get(key), new.get(key), f"{path}.{key}" if path else str(key))
    elif old != new or isinstance(old, bool) != isinstance(new, bool):
        yield path, old, new


def named(parts: list[Any]) -> bool:
    names = [part["name"] for part in parts if isinstance(part, dict) and "name" in part]
    return len(names) == len(parts) and len(set(names)) == len(names)


def by_name(parts: list[Any]) -> dict[str, Any]:
    return {part["name"]: part for part in parts}
