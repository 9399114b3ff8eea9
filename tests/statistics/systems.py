"""Every indicator of one system the slow way: STATISTICS 3 word for word, one output at a time."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from scipy import stats

from annotations.statistics.judgements import GRADES
from annotations.statistics.systemcounts import SystemCounts, system_counts

CORRECT, AVOIDANT, INCORRECT = range(len(GRADES))
Output = tuple[int, int, int]
"""Item (its place in the sample), template, grade."""


def simulated(rng, items=40, systems=3, templates=3, missing=0.1, weight=None, repeats=1) -> SystemCounts:
    """Systems that do worse on later items, with some outputs missing or ungraded."""
    item, system, template = (np.repeat(a.ravel(), repeats) for a in np.indices((items, systems, templates)))
    solved = rng.random(item.size) > 0.15 + 0.7 * item / max(items, 1)
    grade = np.where(solved, CORRECT, np.where(rng.random(item.size) < 0.4, AVOIDANT, INCORRECT))
    grade = np.where(rng.random(item.size) < missing, -1, grade)
    keep = rng.random(item.size) > missing / 2
    codes = (a[keep] for a in (item, system, template, grade))
    return system_counts(*codes, n_items=items, n_systems=systems, weight=weight)


def outputs_of(data: SystemCounts, system: int, sample: list[int]) -> list[Output]:
    """Outputs one by one; an item that the sample holds twice comes twice, as two items."""
    return [
        (place, template, grade)
        for place, item in enumerate(sample)
        for template in range(data.weight.size)
        for grade in range(3)
        for _ in range(data.counts[system, item, template, grade])
    ]


def share(outputs, weight, grades):
    total = sum(weight[t] for _, t, _ in outputs)
    return sum(weight[t] for _, t, g in outputs if g in grades) / total if total else math.nan


def of_items(outputs, weight, grades):
    """The share of each item that has one."""
    items = sorted({i for i, t, _ in outputs if weight[t] > 0})
    return {i: share([o for o in outputs if o[0] == i], weight, grades) for i in items}


def auc(outputs, weight, x):
    """All pairs of a correct output and another."""
    there = [(x[i], weight[t], g == CORRECT) for i, t, g in outputs if math.isfinite(x[i])]
    hits = np.array([(d, w) for d, w, correct in there if correct]).reshape(-1, 2)
    misses = np.array([(d, w) for d, w, correct in there if not correct]).reshape(-1, 2)
    pairs = hits[:, None, 1] * misses[:, 1]
    wins = (hits[:, None, 0] < misses[:, 0]) + 0.5 * (hits[:, None, 0] == misses[:, 0])
    return float((pairs * wins).sum() / pairs.sum()) if pairs.sum() else math.nan


def spearman(outputs, weight, x):
    value = of_items(outputs, weight, {CORRECT})
    items = [i for i in value if math.isfinite(x[i])]
    a, b = [x[i] for i in items], [round(value[i], 12) for i in items]
    if len(set(a)) < 2 or len(set(b)) < 2:
        return math.nan
    return stats.spearmanr(a, b).statistic


def brier(outputs, weight, x):
    there = [(i, t, g) for i, t, g in outputs if math.isfinite(x[i])]
    total = sum(weight[t] for _, t, _ in there)
    lost = sum(weight[t] * (1 - x[i] / 100 - (g == CORRECT)) ** 2 for i, t, g in there)
    return lost / total if total else math.nan


def steepness(outputs, weight, x, grades, guess):
    """(concordance, flat) of the rows, each replaced by the mean of its tie."""
    good, bad = of_items(outputs, weight, grades), of_items(outputs, weight, {INCORRECT})
    items = sorted((i for i in good if math.isfinite(x[i])), key=lambda i: x[i])
    if len(items) < 30:
        return math.nan, math.nan
    rows = []
    for i in items:
        tie = [j for j in items if x[j] == x[i]]
        rows.append((np.mean([good[j] for j in tie]), np.mean([bad[j] for j in tie])))
    cut = [k * len(rows) // 30 for k in range(31)]
    psi = []
    for low, high in pairwise(cut):
        c, i = np.sum(rows[low:high], axis=0)
        psi.append(max(0.0, c - i * guess / (1 - guess)) / (high - low))
    if max(psi) < 1e-11 or min(psi) > 1 - 1e-11:
        return math.nan, math.nan
    moment = sum((k + 0.5) * p for k, p in enumerate(psi))
    mean = np.mean(psi)
    spreads = math.sqrt(max(0, 2 * moment - sum(psi) ** 2)), 30 * math.sqrt(mean * (1 - mean))
    return 1 / (1 + spreads[0]), 1 / (1 + spreads[1])


def stability(outputs, weight, grades, inside):
    """S_in, or S_out if not `inside`."""
    up = down = 0.0
    for item in {o[0] for o in outputs}:
        mean = {}
        for t in range(len(weight)):
            seen = [g in grades for i, u, g in outputs if (i, u) == (item, t)]
            if seen and weight[t] > 0:
                mean[t] = np.mean(seen) if inside else 1 - np.mean(seen)
        if len(mean) < 2:
            continue
        for t, c in mean.items():
            others = [u for u in mean if u != t]
            up += weight[t] * c * sum(weight[u] * mean[u] for u in others) / sum(weight[u] for u in others)
            down += weight[t] * c
    return up / down if down > 1e-12 else math.nan


def indicators(data: SystemCounts, system: int, sample: list[int], difficulty, guess=0.0):
    outputs = outputs_of(data, system, sample)
    x = [float(difficulty[item]) for item in sample]
    w, right, safe = data.weight, {CORRECT}, {CORRECT, AVOIDANT}
    failing = [o for o in outputs if o[2] != CORRECT]
    found = {
        "correctness": share(outputs, w, right),
        "prudence": share(outputs, w, safe),
        "avoidance": share(outputs, w, {AVOIDANT}),
        "ultracrepidarianism": share(failing, w, {INCORRECT}),
        "spearman": spearman(outputs, w, x),
        "auc": auc(outputs, w, x),
        "brier": brier(outputs, w, x),
    }
    for name, grades, chance in (("correctness", right, guess), ("prudence", safe, 0.0)):
        value, flat = steepness(outputs, w, x, grades, chance)
        found |= {f"concordance_{name}": value, f"flat_{name}": flat, f"excess_{name}": value - flat}
        inner, outer = (stability(outputs, w, grades, inside) for inside in (True, False))
        found |= {f"stability_in_{name}": inner, f"stability_out_{name}": outer}
        found[f"stability_{name}"] = (inner + outer) / 2
    return found


def best_less_mean(data: SystemCounts, system: int, members: list[int], repeats, folds: int) -> float:
    """One bin: `members` in their order, each coming `repeats` times."""
    sample = [(place % folds, item) for place, item in enumerate(members) for _ in range(repeats[item])]

    def rate(items, t):
        n = sum(data.counts[system, i, t].sum() for i in items)
        return sum(data.counts[system, i, t, CORRECT] for i in items), n

    whole = [rate([i for _, i in sample], t) for t in range(data.weight.size)]
    usable = [t for t in range(data.weight.size) if data.weight[t] > 0]
    if sum(whole[t][1] > 0 for t in usable) < 2:
        return math.nan
    hit = all_ = 0.0
    for fold in range(folds):
        own, rest = [i for f, i in sample if f == fold], [i for f, i in sample if f != fold]
        rates = {t: rate(rest, t) for t in usable}
        rates = {t: c / n for t, (c, n) in rates.items() if n}
        tied = [t for t in rates if rates[t] >= max(rates.values()) - 1e-12]
        for t in tied:
            c, n = rate(own, t)
            hit, all_ = hit + c / len(tied), all_ + n / len(tied)
    total = sum(data.weight[t] * n for t, (_, n) in enumerate(whole))
    mean = sum(data.weight[t] * c for t, (c, _) in enumerate(whole)) / total
    return hit / all_ - mean if all_ else math.nan
