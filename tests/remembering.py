"""Numbers found once: many tests of other rooms analyse the same answers.

What an analysis finds is a pure function of its arguments (`findings.Compute`), so that it is known by them.
"""

from __future__ import annotations

import hashlib
import pickle
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

# Rooms that look into the numbers, or put something in their place.
LOOKED_INTO = ("tests/analysis", "tests/calibration", "tests/supervision", "tests/reliability")
_known: dict[str, bytes] = {}


def remember_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    from annotations.analysis import findings, pipeline

    compute, resample = pipeline.Analysis.compute, findings.Fit.resample

    def remembering(analysis: pipeline.Analysis) -> Any:
        module = compute(analysis)

        def find(data: Any, given: dict[str, Any]) -> Any:
            return _once(lambda: module.find(data, given), "find", module.__name__, data, given)

        known = {name: getattr(module, name) for name in dir(module) if not name.startswith("__")}
        return SimpleNamespace(**known | {"find": find, "__name__": module.__name__})

    def resampled(fit: findings.Fit, **which: int) -> Any:
        return _once(lambda: resample(fit, **which), "resample", fit, which)

    monkeypatch.setattr(pipeline.Analysis, "compute", remembering)
    monkeypatch.setattr(findings.Fit, "resample", resampled)


def _once(work: Any, *arguments: Any) -> Any:
    # Pickled before the work, which may add to what it is given; a copy for each, for the same reason.
    key = hashlib.sha256(pickle.dumps(arguments)).hexdigest()
    if key not in _known:
        _known[key] = pickle.dumps(work())
    return pickle.loads(_known[key])
