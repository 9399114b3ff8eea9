"""What is computed of ratings and answers beside the calibration: the candidates for the metric, how
reliable people's answers are, models of single items, and what people decline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from annotations.analysis.data import METRIC, StudyData
from annotations.analysis.findings import Rows
from annotations.analysis.tables import CANDIDATES_COLUMNS, ITEM_RESPONSE_COLUMNS, row, settled
from annotations.calibration.avoidance import avoidance
from annotations.calibration.domains import ALL, Domain, domains
from annotations.calibration.ratings import checks_of
from annotations.statistics.candidates import Candidate, compare_candidates
from annotations.statistics.curvefit import Target
from annotations.statistics.itemresponse import ItemResponse, item_response
from annotations.statistics.itemresponsefit import Model
from annotations.statistics.metric import transform_metric

# A model of as many answers takes about a second.
MOST_ANSWERS = 20_000
MODELS: tuple[Model, ...] = ("rasch", "2pl")
TARGETS: tuple[Target, ...] = ("rated", "failure")


def beside(data: StudyData, given: dict[str, Any]) -> dict[str, Rows]:
    """Tables by name; those that have nothing to say are empty."""
    tables: dict[str, Rows] = {
        "metric_candidates": [], "answer_reliability": [], "item_response": [], "people_avoidance": [],
    }  # fmt: skip
    seed, resamples = int(given["seed"]), int(given["resamples"])
    for domain in domains(data):
        tables["answer_reliability"] += checks_of(domain, seed=seed, resamples=resamples)
        if domain.population == ALL:
            tables["metric_candidates"] += _candidates(data, domain)
            tables["item_response"] += _items(data, domain)
            tables["people_avoidance"] += avoidance(data, domain)
    return tables


def _candidates(data: StudyData, domain: Domain) -> Rows:
    """The metric first, then the further ones under the same transform, on the items that have all."""
    names = [name for name in data.items.columns if name.startswith(METRIC)]
    values = {"metric": domain.x}
    for name in names:
        raw = data.items[name].to_numpy(float)[domain.items]
        values[name.removeprefix(METRIC)] = transform_metric(raw, domain.transform).values
    some = {name: x for name, x in values.items() if np.isfinite(x).any()}
    if not some or not domain.people.size:
        return []
    groups = data.people["group"].to_numpy(object)
    labels = sorted({str(group) for group in groups if group})
    code = {label: at for at, label in enumerate(labels)}
    group = np.array([code.get(str(one), -1) for one in groups], dtype=np.int64)[domain.people]
    found = compare_candidates(
        domain.people, domain.item, domain.failed, domain.rated, list(some.values()),
        group=group if labels else None, weight=domain.weight, ceiling=domain.ceiling,
    )  # fmt: skip
    note = " ".join(one.text for one in found.warnings)
    return [line for one in found.rows for line in _candidate(domain, one, list(some), labels, note)]


def _candidate(
    domain: Domain, one: Candidate, names: list[str], labels: list[str], note: str
) -> Iterator[dict[str, Any]]:
    population = ALL if one.group is None else labels[one.group]
    for target in TARGETS:
        fit = one.rated if target == "rated" else one.failure
        if fit is None or not domain.answered(target):
            continue
        said = " ".join(dict.fromkeys([note, *(each.text for each in fit.warnings)])).strip()
        yield row(
            CANDIDATES_COLUMNS, domain.name, population, names[one.metric], target, fit.n_items,
            fit.n_responses, fit.spearman.estimate, fit.kendall.estimate, fit.location, fit.slope,
            fit.deviance, fit.degrees_of_freedom, fit.dispersion, fit.isotonic_distance, fit.held_out_loss,
            fit.held_out_rmse, fit.held_out_gain, said,
        )  # fmt: skip


def _items(data: StudyData, domain: Domain) -> Rows:
    """Rasch and 2PL of who gets which item right, where answers were marked."""
    marked = np.isfinite(domain.failed)
    if not marked.any():
        return []
    kept, said = marked, ""
    if int(marked.sum()) > MOST_ANSWERS:
        before = np.cumsum(np.bincount(domain.people[marked]))
        people = max(int(np.searchsorted(before, MOST_ANSWERS, side="right")), 2)
        kept = marked & (domain.people < people)
        said = (
            f"Fitted to the first {np.unique(domain.people[kept]).size:,} participants: all would take long."
        )
    keys = data.items["key"].to_numpy(object)[domain.items]
    rows: Rows = []
    for model in MODELS:
        found = item_response(domain.people[kept], domain.item[kept], 1 - domain.failed[kept], model=model)
        rows += _parameters(domain, model, found, keys, said)
    return rows


def _parameters(
    domain: Domain, model: str, found: ItemResponse, keys: Any, said: str
) -> Iterator[dict[str, Any]]:
    note = " ".join([*(one.text for one in found.warnings), *([said] if said else [])])
    spread = float(np.sqrt(found.variance)) if found.variance >= 0 else float("nan")
    for at, item in enumerate(found.item.tolist()):
        numbers = (
            found.difficulty[at], found.difficulty_se[at], found.slope[at], found.slope_se[at], spread,
        )  # fmt: skip
        people = found.participant.size
        yield row(
            ITEM_RESPONSE_COLUMNS, keys[item], domain.name, model, *settled(*numbers), found.n_answers,
            people, note if at == 0 else "",
        )  # fmt: skip
