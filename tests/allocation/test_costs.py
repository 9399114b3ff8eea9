"""What handing a unit out asks of the database: the same small number, whatever the design."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotations.allocation.services import take_assignment
from annotations.people.models import Enrolment
from annotations.responses.skipping import skip_unit
from tests.participation.kit import Walker

TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
ARMS = [{"name": "mixed", "parameters": {"incorrect_share": 0.5}}]
PLAIN = 6


def costs(walker):
    """Queries of every hand-out on the way, by whether it was a repeat."""
    found = {}
    while True:
        enrolment = walker.enrolment
        with CaptureQueriesContext(connection) as captured:
            unit = take_assignment(enrolment=enrolment)
        if unit is None:
            return found
        count = sum(not one["sql"].startswith(TRANSACTION) for one in captured)
        found.setdefault(unit.repeat, set()).add(count)
        walker.submit(unit)


@pytest.mark.parametrize("design", [{}, {"conditions": ARMS}])
@pytest.mark.parametrize("repeats", [0.0, 0.4])
def test_hand_out_asks_no_more_for_a_design(make, design, repeats):
    settings = {"repeats": {"share": repeats, "gap": 1}, "checks": {"share": 0.3}, **design}
    study = make(
        protocol="supervision", items=30, strata=["grade"], units_per_participant=12, settings=settings
    )
    found = costs(Walker(study, "ann"))
    if design:
        assert Enrolment.objects.get().condition == "mixed"
    assert set(found) == ({False, True} if repeats else {False})
    # Looking for a check or a repeat in vain is a query more, and never both; a repeat moves no counter.
    assert max(found[False]) == PLAIN + 1
    assert max(found.get(True, {0})) <= PLAIN


def test_hand_out_after_a_skip_asks_as_much_as_any(make):
    ann = Walker(make(protocol="supervision", settings={"skipping": {"allowed": True}}), "ann")
    skip_unit(enrolment=ann.enrolment, assignment=ann.unit())
    assert costs(ann) == {False: {PLAIN}}


@pytest.mark.parametrize("strategy", ["least_filled", "blocked", "latin_square"])
def test_hand_out_asks_as_much_by_every_strategy(make, strategy):
    study = make(
        protocol="supervision", items=12, systems=2, strata=["system"], participants=2, overlap=2,
        units_per_participant=6, strategy=strategy,
    )  # fmt: skip
    Walker(study, "bea").walk()
    assert costs(Walker(study, "ann")) == {False: {PLAIN}}
