"""A study's life in any order of acts, compared after each with what the design says must be true."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.participation.kit import make_study
from tests.simulation.book import EACH, GAP, OVERLAP, PLACES
from tests.simulation.machine import StudyLife

# Of one life.
STEPS = 60
sizes = pytest.mark.parametrize("lives", [12, pytest.param(167, marks=pytest.mark.proof)])


@pytest.fixture
def machine(db, tmp_path):
    design = {
        "asking": {"own_answer": True},
        "skipping": {"allowed": True},
        "corrections": {"allowed": True},
        "repeats": {"share": 0.3, "gap": GAP},
        "checks": {"share": 0.2},
    }
    study = make_study(
        tmp_path, protocol="supervision", items=3, systems=1, checks=1, batches=2, participants=PLACES,
        overlap=OVERLAP, units_per_participant=EACH, open_now=False, settings=design,
    )  # fmt: skip
    return type("Life", (StudyLife,), {"study_pk": study.pk})


@sizes
def test_no_order_of_acts_breaks_a_rule(machine, lives):
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=lives,
            stateful_step_count=STEPS,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
