from __future__ import annotations

from django.urls import reverse

from annotations.catalogue.accuracy import domain_counts, system_accuracies
from annotations.catalogue.models import Grade, Item, Load, Output


def test_page_shows_correctness_to_four_decimals(study, alice, as_user):
    content = as_user(alice).get(reverse("research:collection", args=["sums"])).content.decode()
    assert ".8333" in content
    assert ".6667" in content


def test_accuracy_counts_current_grades(collection):
    first, second = system_accuracies(collection)
    assert (first.outputs, first.counts) == (6, {"correct": 5, "avoidant": 0, "incorrect": 1})
    assert (second.counts["correct"], second.correctness) == (4, 4 / 6)


def test_revised_grade_counts_once_and_as_it_is_now(collection):
    grade = Grade.objects.filter(output__system__key="system-0", grade="correct").first()
    Grade.objects.filter(pk=grade.pk).update(current=False)
    Grade.objects.create(output=grade.output, grade="avoidant", revision=2)
    first, _ = system_accuracies(collection)
    assert first.counts == {"correct": 4, "avoidant": 1, "incorrect": 1}
    assert first.outputs == 6


def test_ungraded_outputs_are_no_part_of_the_share(collection):
    Grade.objects.filter(output__system__key="system-1").delete()
    _, second = system_accuracies(collection)
    assert (second.outputs, second.graded, second.correctness) == (6, 0, None)


def test_checks_and_unpublished_rows_are_left_out(collection):
    Output.objects.filter(key="i0-0").update(check_answer="correct")
    Item.objects.filter(key="i1").update(check_answer="4")
    assert system_accuracies(collection)[0].outputs == 4
    [domain] = domain_counts(collection)
    assert (domain.items, domain.checks, domain.with_metric) == (5, 1, 5)
    hidden = Load.objects.create(collection=collection, source="later", digest="1" * 64)
    Output.objects.filter(key__in=["i2-0", "i3-0"]).update(load=hidden)
    assert system_accuracies(collection)[0].outputs == 2
