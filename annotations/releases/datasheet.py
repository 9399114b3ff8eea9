"""The README of a release: what it is, how it was made, what may be done with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from annotations.releases.census import Census
from annotations.releases.contents import Contents
from annotations.releases.dictionary import TABLES
from annotations.releases.methods import methods
from annotations.studies.definition.batches import present, setting_of

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
SIMULATED = {
    "all": "EVERY PARTICIPANT IS SIMULATED: no person gave any of these answers.",
    "some": "SOME PARTICIPANTS ARE SIMULATED: no person gave their answers.",
    "": "",
}
RECRUITMENT = {
    "open": "by an open link", "invitation": "by invitation", "prolific": "through Prolific",
    "mturk": "through Amazon Mechanical Turk", "sona": "through Sona",
}  # fmt: skip
FLAGS = {
    "corrections": "corrections of an earlier answer",
    "is_check": "checks, never scored",
    "surplus": "surplus: kept, not counted",
    "repeat": "repeats, not scored",
    "excluded": "excluded from analysis",
}
MOST = 10


def datasheet(contents: Contents) -> str:
    simulated = SIMULATED[contents.census.simulated]
    sections = {
        "": [in_short(contents, loud=False), *([f"**{simulated}**"] if simulated else [])],
        "How it was collected": list(_collection(contents.definition)),
        "What it holds": ["\n".join(_composition(contents))],
        "Files": list(_files(contents)),
        "Methods": list(methods(contents)),
        "Planned analysis": list(_plan(contents)),
        "Warnings": ["\n".join(_warnings(contents.runs)) or "The runs gave none."],
        "Licence and credit": ["\n".join(_credits(contents.census))],
        "Withdrawal": [
            *_days_kept(contents.definition),
            "Participants are known by pseudonyms of this release alone, or by the ids that came with an"
            " imported bundle; the platform puts nothing else about them into it. Whoever took part could"
            " withdraw. When somebody does, downloads of the releases that hold their answers are closed and"
            " a new release takes their place; copies that were published before cannot be recalled.",
        ],
    }
    parts = [f"# {contents.definition['title']}"]
    for title, paragraphs in sections.items():
        parts += [f"## {title}"] if title else []
        parts += paragraphs
    return "\n\n".join(parts) + "\n"


def _days_kept(definition: dict[str, Any]) -> Iterator[str]:
    """Definitions that are older than these days have none."""
    days = definition.get("retention") or {}
    lines = []
    if day := days.get("identities_until"):
        lines.append(f"- What ties people to their answers is deleted where they were collected on {day}.")
    if day := days.get("answers_until"):
        lines.append(
            f"- The answers are deleted where they were collected on {day}, and wherever the platform holds"
            " this release as a study; its downloads close then."
        )
    if lines:
        yield "\n".join(lines)


def _plan(contents: Contents) -> Iterator[str]:
    """Against the first version: what the study declared before anybody answered it here."""
    if not contents.runs:
        yield "No analysis was made."
        return
    found = contents.deviations
    if not found:
        yield (
            "The analyses are those that the study's first version declares: the same settings, the same"
            " seed, the same exclusion rules."
        )
        return
    yield "The analyses are not in everything those that the study's first version declares:"
    yield "\n".join(f"- {one}" for one in found)


def in_short(contents: Contents, *, loud: bool = True) -> str:
    """Two sentences for those who see nothing else."""
    simulated = SIMULATED[contents.census.simulated] if loud else ""
    return (
        f"{simulated} A data set of human difficulty and supervision of language models:"
        f" {PROTOCOLS[contents.definition['protocol']]}. Made with studyplatform {contents.code_version}."
    ).strip()


def licences(census: Census) -> list[tuple[str, str]]:
    """What is stated of systems and items, in order: what it is about, and the licence."""
    found = [("systems", licence) for licence in census.licences]
    found += [("items", text) for name, text in census.credits if name in ("licence", "license")]
    return sorted(set(found))


def _collection(definition: dict[str, Any]) -> Iterator[str]:
    provider = definition["recruitment"]["provider"]
    lines = [f"- Protocol `{definition['protocol']}`: {PROTOCOLS[definition['protocol']]}."]
    steps = ", ".join(step["name"] for step in definition["steps"])
    lines.append(f"- Steps of a participant: {steps}. Questions beside the protocol's own:"
                 f" {len(definition['questions'])}.")  # fmt: skip
    if definition["batches"]:
        lines.append(f"- Recruitment of the platform's own batches: {RECRUITMENT[provider]}.")
    lines += [f"- {_batch(batch)}" for batch in definition["batches"]]
    if not definition["batches"]:
        lines.append("- No batch is declared: the answers were collected elsewhere and imported.")
    if definition["conditions"]:
        names = ", ".join(f"`{one['name']}`" for one in definition["conditions"])
        lines.append(f"- Between-person conditions: {names}.")
    lines.append(f"- Checks: {100 * definition['checks']['share']:.10g} % of units where check units exist;"
                 " their right response is known and they are never scored.")  # fmt: skip
    rules = ", ".join(f"`{rule['name']}`" for rule in definition["exclusions"])
    lines.append(f"- Exclusion rules declared beforehand: {rules or 'none'}.")
    yield "\n".join(lines)
    # By the list of locales: a database may keep the texts in an order of its own.
    locale, *others = (locale for locale in definition["locales"] if locale in definition["consent"])
    more = f" (and in {', '.join(others)}: see `definition.json`)" if others else ""
    yield f"Consent text of the definition, in {locale}{more}:"
    yield "\n".join(f"> {line}".rstrip() for line in definition["consent"][locale].splitlines())


def _batch(began: dict[str, Any]) -> str:
    """As it ended, and what it was before it was changed."""
    batch = present(began)
    said = (
        f"Batch `{batch['name']}`: {batch['participants']:,} places,"
        f" {batch['units_per_participant']:,} units a participant, up to {batch['overlap']:,} counted"
        f" responses a unit, handed out by `{batch['strategy']}` within"
        f" {', '.join(batch['strata']) or 'no strata'}."
    )
    changes = [
        f"`{one['setting']}` from {_set(one['before'])} to {_set(one['after'])}"
        for one in setting_of(began, "changes")
    ]
    return f"{said} Changed while people could come in: {'; '.join(changes)}." if changes else said


def _set(value: Any) -> str:
    if value is None:
        return "none"
    return (
        f"{value:,.10g}"
        if isinstance(value, float)
        else f"{value:,}"
        if isinstance(value, int)
        else str(value)
    )


def _composition(contents: Contents) -> Iterator[str]:
    census = contents.census
    for kind, count in sorted(census.kinds.items()):
        yield f"- Participants: {count:,} {KINDS[kind]}"
    if census.groups:
        yield f"- Groups of participants: {_listed(census.groups)}"
    answered = census.responses
    if census.rows["responses"]:
        yield (
            f"- Responses: {census.rows['responses']:,}, of which {answered['answers']:,} to items and"
            f" {answered['judgements']:,} verdicts on outputs"
        )
    else:
        yield "- Responses: none, nobody has answered"
    for flag, words in FLAGS.items():
        if answered[flag]:
            yield f"- Of the responses, {answered[flag]:,} are {words}"
    if census.reasons:
        reasons = Counter({reason or "no reason given": n for reason, n in census.reasons.items()})
        yield f"- Reasons of exclusions: {_listed(reasons)}"
    yield f"- Items: {census.rows['items']:,}; by domain: {_listed(census.domains)}"
    if census.rows["outputs"]:
        grades = Counter({grade or "not graded": count for grade, count in census.grades.items()})
        yield (
            f"- Outputs: {census.rows['outputs']:,} of {census.rows['systems']:,} systems; by first grade:"
            f" {_listed(grades)}; highest revision of a grade: {census.grade_revision}"
        )
    if len(contents.versions) > 1:
        yield f"- Versions of the study: {len(contents.versions)}, each in a file that the manifest names"


def _listed(counts: Counter[str]) -> str:
    first = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    shown = ", ".join(f"{' '.join(name.split())} {count:,}" for name, count in first[:MOST])
    return f"{shown} and {len(first) - MOST:,} more" if len(first) > MOST else shown


def _files(contents: Contents) -> Iterator[str]:
    rows = contents.census.rows
    yield "\n".join(
        f"- `{name}`, {rows[name]:,} rows: {entry.description}"
        for name, entry in TABLES.items()
        if name in contents.census.columns
    )
    if "image" in contents.census.columns.get("items", ()):
        yield "The folder `images` holds the pictures that items show."
    if contents.figures:
        yield "\n".join(f"- `{one['file']}`: {one['title']}" for one in contents.figures)
    yield (
        "Every table is there as CSV (UTF-8, a header; blank means missing, 0 and 1 mean no and yes) and as"
        " Parquet with the same content in typed columns. Times are milliseconds, rates 0 to 1, difficulties"
        " 0 to 100, numbers have 10 significant digits. `codebook.csv` says what every column means,"
        " `croissant.json` says it to machines (whoever publishes the data adds url, creator and date),"
        " `study.yaml` and `definition.json` what was asked, `manifest.json` has the SHA-256 of every file,"
        " the parameters and the seed."
    )


def _warnings(runs: list[dict[str, Any]]) -> Iterator[str]:
    for run in runs:
        yield from (f"- {run['kind']}: {' '.join(warning.split())}" for warning in run["warnings"])


def _credits(census: Census) -> Iterator[str]:
    lines = [f"- {about}, licence: {licence}" for about, licence in licences(census)]
    lines += sorted(
        f"- items, {name}: {' '.join(text.split())}"
        for name, text in census.credits
        if name not in ("licence", "license")
    )
    if not lines:
        yield "None is stated in the tables. Ask whoever gave you this release before you use it."
        return
    yield from lines[:MOST]
    if len(lines) > MOST:
        yield f"- and {len(lines) - MOST:,} more, in the columns of `items` and `systems`"
