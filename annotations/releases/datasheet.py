"""The README of a release: what it is, how it was made, what may be done with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from annotations.analysis.models import Run
from annotations.catalogue.models import Item, System
from annotations.releases.answers import COLUMNS as ANSWER_COLUMNS
from annotations.releases.answers import EXCLUDED, SUPERSEDES, People
from annotations.studies.freezing import loads_of
from annotations.studies.models import Study
from annotations.version import CODE_VERSION

TABLES = {
    "items": "the tasks: prompt, reference answers, values of the metric",
    "templates": "the phrasings of prompts, and how often people write them",
    "systems": "the models whose outputs were judged",
    "outputs": "the replies of the systems, each with its first grade",
    "grades": "later gradings; of each output the one with the highest revision counts",
    "participants": "who answered, under pseudonyms",
    "responses": "every answer; a correction names the row it supersedes, counted from 1",
    "difficulty": "human difficulty of the items, 0 to 100",
    "calibration": "the curves from metric to difficulty, by domain",
    "supervision": "grade by verdict over difficulty; a slip is grade incorrect, verdict correct",
}
PROTOCOLS = {
    "difficulty": "people solved the items and said how many of 100 people would fail",
    "supervision": "people judged outputs of language models correct, avoidant or incorrect, or were unsure",
    "both": "people solved items, rated their difficulty, and judged outputs of language models",
}
KINDS = {
    "human": "people",
    "ai": "machine supervisors, whose verdicts were imported",
    "simulated": "simulated: no person gave these answers, and nothing about people can be learnt from them",
}
METHODS = {
    "likelihood": "by maximum likelihood, binomial for failures and fractional logit for ratings (ours)",
    "least_squares": "by least squares on item means (recalled; the algorithm is reconstructed)",
}
SOURCES = {
    "own": "this study's own calibration",
    "borrowed": "the calibration of another study, which is copied into `difficulty` and `calibration`",
    "metric-rank": "the rank of the metric within its domain: metric rank, not human difficulty",
}
CREDITS = ("licence", "license", "credit", "source")
MOST_CREDITS = 10


def datasheet(study: Study, counts: dict[str, int], people: People, runs: list[Run]) -> str:
    parts = [
        f"# {study.definition['title']}",
        _what(study, people),
        "## Tables",
        "\n".join(f"- `{name}.csv`, {count:,} rows: {TABLES[name]}" for name, count in _in_order(counts)),
        "CSV in UTF-8 with a header. Blank means missing, 0 and 1 mean no and yes, times are milliseconds,"
        " rates are 0 to 1, difficulties 0 to 100. `study.yaml` and `definition.json` say what was asked;"
        " `manifest.json` has the SHA-256 of every file, the parameters and the seed.",
        "## Participants",
        _participants(people),
        "## Methods",
        "\n".join(_methods(study, runs)),
        *_credits(study),
        "## Withdrawal",
        "Participants are known by pseudonyms of this release alone; nothing that identifies them is in it."
        " Whoever took part could withdraw. When somebody does, downloads of the releases that hold their"
        " answers are closed and a new release takes their place; copies that were published before cannot be"
        " recalled.",
    ]
    return "\n\n".join(parts) + "\n"


def _what(study: Study, people: People) -> str:
    text = (
        f"A data set of human supervision of language models: {PROTOCOLS[study.definition['protocol']]}."
        f" Made with studyplatform {CODE_VERSION}."
    )
    if any(one.participant.kind == "simulated" for one in people.people):
        text += "\n\n**It holds simulated participants.** What they answered was drawn from a stated model."
    return text


def _in_order(counts: dict[str, int]) -> Iterator[tuple[str, int]]:
    return ((name, counts[name]) for name in TABLES if name in counts)


def _participants(people: People) -> str:
    kinds = Counter(one.participant.kind for one in people.people)
    lines = [f"- {count:,} {KINDS[kind]}" for kind, count in sorted(kinds.items())]
    rows = [row for one in people.people for row in one.rows]
    for name, share in (
        ("corrections of an earlier answer", sum(row[SUPERSEDES] is not None for row in rows)),
        ("checks, never scored", _count(rows, "is_check")),
        ("surplus: kept, not counted", _count(rows, "surplus")),
        ("repeats", _count(rows, "repeat")),
        ("excluded from analysis, each with its reason", sum(row[EXCLUDED] for row in rows)),
    ):
        if share:
            lines.append(f"- of {len(rows):,} responses, {share:,} are {name}")
    return "\n".join(lines) or "Nobody has answered."


def _count(rows: list[tuple[Any, ...]], column: str) -> int:
    at = ANSWER_COLUMNS.index(column)
    return sum(bool(row[at]) for row in rows)


def _methods(study: Study, runs: list[Run]) -> Iterator[str]:
    yield (
        "After Zhou et al., Nature 634, 61-68 (2024), doi 10.1038/s41586-024-07930-y. Marks: *article*, read"
        " there; *recalled*, believed to be its way; *reconstructed*, its detail is not known to us; *ours*,"
        " beyond it. Wording, scales, sizes and quality rules are reconstructed.\n"
    )
    settings = study.definition["analysis"]
    for run in runs:
        if run.kind == "calibration":
            yield (
                f"- Difficulty: a monotone two-parameter logistic curve of the metric in each domain, fitted"
                f" {METHODS.get(settings['method'], settings['method'])}; intervals by the cluster-robust"
                " sandwich over participants (ours); values of items by shrinkage towards the curve (ours)."
            )
        elif run.kind == "supervision":
            source = SOURCES.get(str(run.summary.get("axis")), SOURCES["own"])
            yield (
                f"- Supervision: counts and shares of verdicts for each true grade in {settings['bins']} bins"
                " of equal numbers of outputs (recalled), with two-way clustered logit-t intervals over"
                f" participants and outputs (ours). Difficulty is {source}."
            )
        yield from (f"  - Note: {warning}" for warning in run.warnings)


def _credits(study: Study) -> list[str]:
    loads = loads_of(study)
    lines = set()
    if study.judges_outputs:
        systems = System.objects.filter(collection=study.collection_id, load__in=loads)
        lines = {f"- systems: {name}" for name in systems.values_list("licence", flat=True) if name}
    items = Item.objects.filter(collection=study.collection_id, load__in=loads).exclude(meta={})
    for meta in items.values_list("meta", flat=True).iterator():
        lines |= {f"- items, {name}: {meta[name]}" for name in CREDITS if name in meta}
    if not lines:
        return []
    listed = sorted(lines)
    more = [f"- and {len(listed) - MOST_CREDITS} more"] if len(listed) > MOST_CREDITS else []
    return ["## Licence and credit", "\n".join(listed[:MOST_CREDITS] + more)]
