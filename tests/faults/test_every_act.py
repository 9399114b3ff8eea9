"""No page, service, kind of job or sweeper that changes something is without an act that disturbs it."""

from __future__ import annotations

from tests.faults import test_failing_statements  # noqa: F401 (its acts register themselves)
from tests.faults.acts import ACTS
from tests.faults.found import by_code
from tests.faults.reaches import EXEMPT, REACHES


def test_whatever_changes_something_has_an_act_or_a_reason(db):
    found = {label for labels in by_code().values() for label in labels}
    reached = {label for labels in REACHES.values() for label in labels}
    assert found - reached - EXEMPT.keys() == set(), "write an act, and name it in `REACHES`"
    assert (reached | EXEMPT.keys()) - found == set(), "these are not there any more"
    assert reached & EXEMPT.keys() == set()


def test_acts_that_are_named_are_there():
    assert REACHES.keys() - ACTS.keys() == set()
