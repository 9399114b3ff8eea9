"""What a release says of the systems follows from the release alone."""

from __future__ import annotations

import pytest

from tests.analysis.bundles import analyse, load
from tests.releases.case import release
from tests.releases.verifying import change_cell, errors, mend, verified
from tests.reliability.test_reliability_job import bundle

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_broker")]


@pytest.mark.parametrize(
    ("table", "column", "found"),
    [
        ("systems", "parameters", "reliability_scale.csv"),
        ("templates", "weight", "reliability.csv"),
    ],
)
def test_sizes_and_weights_are_read_again(tmp_path, table, column, found):
    study = load(bundle(tmp_path / "s", resamples=20))
    analyse(study)
    release(study.slug, tmp_path / "out")
    assert verified(tmp_path / "out").errors == []
    readme = (tmp_path / "out" / "README.md").read_text()
    assert "Systems (`reliability`)" in readme
    assert "Scale (`reliability_scale`)" in readme
    change_cell(tmp_path / "out" / f"{table}.csv", column, 1, lambda cell: f"{float(cell) / 2:.10g}")
    mend(tmp_path / "out")
    assert found in {error.file for error in errors(tmp_path / "out")}
