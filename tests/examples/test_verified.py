"""The bundles that ship, filled by simulated people: what is released of them is what it says."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from annotations.releases.verifying.checking import verify_release
from tests.examples.test_gsm8k import EXAMPLES

pytestmark = pytest.mark.django_db
# A study whose difficulty the next one borrows, and that one.
PAIRS = [("arithmetic-difficulty", "arithmetic-supervision"), ("gsm8k-difficulty", "gsm8k-supervision")]


@pytest.mark.parametrize("pair", PAIRS)
def test_release_of_an_example_verifies(pair, settings, tmp_path, django_db_blocker):
    settings.VAR = tmp_path / "var"
    settings.VAR.mkdir()
    for slug in pair:
        call_command("load_bundle", str(EXAMPLES / slug), open=True)
        call_command("simulate", slug, participants=4, seed=1)
        call_command("analyse", slug, resamples=20)
        call_command("release", slug, out=tmp_path / slug)
        with django_db_blocker.block():
            manifest, report = verify_release(tmp_path / slug)
        assert report.errors == report.warnings == []
        assert report.compared["numbers"] > 500
        assert (manifest.axis is None) == (slug == pair[0])
