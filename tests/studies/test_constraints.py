"""What the database itself refuses, whatever the code above it does: each by a raw statement."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from annotations.allocation.models import Assignment
from annotations.responses.models import Response
from annotations.studies.models import Batch, Unit
from tests.participation.kit import Walker, make_study

UNIT, BATCH = "annotations_unit", "annotations_batch"
ASSIGNMENT, RESPONSE = "annotations_assignment", "annotations_response"


@pytest.fixture
def rated(db, tmp_path):
    """Three places, six items, two answers a unit, three units each."""
    return make_study(tmp_path)


def write(statement, *values):
    """Rows written, in a transaction of its own that a refusal undoes."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def refused(constraint, columns, statement, *values):
    """PostgreSQL names the constraint; SQLite does for a check, and names the columns for the others."""
    with pytest.raises(IntegrityError) as caught:
        write(statement, *values)
    said = str(caught.value)
    assert constraint in said or said == f"UNIQUE constraint failed: {columns}", said


def copy_row(model, row, **changes):
    """INSERT of the row once more, with the changes and a new id."""
    fields = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    chosen = ["%s" if name in changes else connection.ops.quote_name(name) for name in fields]
    names = ", ".join(map(connection.ops.quote_name, fields))
    table = model._meta.db_table
    statement = f"INSERT INTO {table} ({names}) SELECT {', '.join(chosen)} FROM {table} WHERE id = %s"
    return statement, *[changes[name] for name in fields if name in changes], row.pk


def spare_unit(assignment):
    """Another unit of the same batch."""
    return Unit.objects.filter(batch=assignment.unit.batch_id).exclude(pk=assignment.unit_id)[0]


def test_quota_is_not_exceeded(rated):
    unit = Unit.objects.filter(quota=2)[0]
    fill = f"UPDATE {UNIT} SET filled = %s WHERE id = %s"
    refused("quotas_are_not_exceeded", "", fill, 3, unit.pk)
    assert write(fill, 2, unit.pk) == 1


def test_answers_had_a_place(rated):
    unit = Unit.objects.filter(quota=2)[0]
    move = f"UPDATE {UNIT} SET filled = %s, answered = %s WHERE id = %s"
    refused("answers_had_a_place", "", move, 1, 2, unit.pk)
    assert write(move, 1, 1, unit.pk) == 1


@pytest.mark.parametrize(("running", "spent"), [(3, 0), (0, 3), (2, 1)])
def test_budgets_are_not_exceeded(rated, running, spent):
    """Two places are paid for. Who withdrew after completing is paid all the same."""
    batch = Batch.objects.get(places=3)
    Batch.objects.update(affordable=2)
    spend = f"UPDATE {BATCH} SET running = %s, spent = %s WHERE id = %s"
    refused("budgets_are_not_exceeded", "", spend, running, spent, batch.pk)
    assert write(spend, running - bool(running), spent - (not running), batch.pk) == 1


@pytest.mark.parametrize(("running", "completed"), [(4, 0), (0, 4), (2, 2)])
def test_places_are_not_given_twice(rated, running, completed):
    batch = Batch.objects.get(places=3)
    give = f"UPDATE {BATCH} SET running = %s, completed = %s WHERE id = %s"
    refused("places_are_not_given_twice", "", give, running, completed, batch.pk)
    assert write(give, 2, 1, batch.pk) == 1


def test_one_lease_at_a_time(rated):
    lease = Walker(rated, "ann").unit()
    unit = spare_unit(lease)
    other = {"unit_id": unit.pk, "item_id": unit.item_id, "submission_key": "another", "position": 99}
    columns = f"{ASSIGNMENT}.enrolment_id"
    refused("one_lease_at_a_time", columns, *copy_row(Assignment, lease, **other))
    assert write(*copy_row(Assignment, lease, **other, state="released")) == 1


def test_no_item_twice_to_one_person(rated):
    lease = Walker(rated, "ann").unit()
    again = {"state": "released", "submission_key": "another", "position": 99}
    columns = f"{ASSIGNMENT}.participant_id, {ASSIGNMENT}.item_id"
    refused("no_item_twice_to_one_person", columns, *copy_row(Assignment, lease, **again))
    assert write(*copy_row(Assignment, lease, **again, repeat=True)) == 1


def test_submission_key_is_used_once(rated):
    ann = Walker(rated, "ann")
    answer = ann.submit(ann.unit())
    # Without an assignment, so that no other rule stands in the way.
    apart = {"assignment_id": None, "surplus": True}
    columns = f"{RESPONSE}.submission_key"
    refused("submission_key", columns, *copy_row(Response, answer, **apart))
    assert write(*copy_row(Response, answer, **apart, submission_key="another")) == 1
