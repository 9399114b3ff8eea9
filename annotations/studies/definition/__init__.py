"""The definition of a study: study.yaml read, checked, filled in, hashed and compared. No Django."""

from __future__ import annotations

from annotations.core.problems import Problem
from annotations.studies.definition.asking import ARMS, Condition
from annotations.studies.definition.batches import Batch
from annotations.studies.definition.canonical import (
    batch_hash,
    definition_difference,
    definition_hash,
    filled,
    to_yaml,
)
from annotations.studies.definition.digests import Digests
from annotations.studies.definition.reading import DefinitionErrors, parse_definition
from annotations.studies.definition.schema import Definition, Domain
from annotations.studies.definition.serving import as_served
from annotations.studies.definition.steps import Question, Step

__all__ = [
    "ARMS",
    "Batch",
    "Condition",
    "Definition",
    "DefinitionErrors",
    "Digests",
    "Domain",
    "Problem",
    "Question",
    "Step",
    "as_served",
    "batch_hash",
    "definition_difference",
    "definition_hash",
    "filled",
    "parse_definition",
    "to_yaml",
]
