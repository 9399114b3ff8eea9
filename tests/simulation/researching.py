"""What a researcher does: open, pause, close, amend, leave answers out, grade again, analyse."""

from __future__ import annotations

import copy

import pytest

from annotations.analysis.frames import read_study
from annotations.analysis.runs import stamp_of
from annotations.catalogue.models import Grade
from annotations.core import clock
from annotations.core.errors import Refusal
from annotations.responses.models import Exclusion
from annotations.studies.services import amend_study, close_study, open_study, pause_study
from tests.simulation.book import STUDY_MOVES
from tests.simulation.world import World

MOVES = {"open": open_study, "paused": pause_study, "closed": close_study}
TITLES = ("Sums", "Sums again", "More sums")
FIXED = ({"protocol": "difficulty"}, {"batches": []})


class Researching(World):
    def move(self, to: str) -> None:
        if to in STUDY_MOVES[self.book.state]:
            MOVES[to](study=self.study, actor="ada")
            self.book.state = to
        else:
            with pytest.raises(Refusal):
                MOVES[to](study=self.study, actor="ada")

    def open(self) -> None:
        self.move("open")

    def pause(self) -> None:
        self.move("paused")

    def close(self) -> None:
        if self.chance.random() < 0.2:  # it is for good, so seldom
            self.move("closed")

    def amend(self) -> None:
        study, title = self.study, self.chance.choice(TITLES)
        definition = copy.deepcopy(study.definition) | {"title": title}
        if self.book.state == "closed" or title == self.book.titles[-1]:
            with pytest.raises(Refusal):
                amend_study(study=study, definition=definition, actor="ada")
        else:
            amend_study(study=study, definition=definition, actor="ada")
            self.book.titles.append(title)

    def amend_what_is_fixed(self) -> None:
        definition = self.study.definition | self.chance.choice(FIXED)
        with pytest.raises(Refusal):
            amend_study(study=self.study, definition=definition, actor="ada")

    def exclude_or_take_back(self) -> None:
        found = self.some_task(lambda _person, task: task.rows)
        if found is None or not found[1].rows:
            return
        pk = found[1].rows[-1]
        if pk in self.book.excluded:
            Exclusion.objects.filter(response=pk).update(revoked_at=clock.now())
        else:
            Exclusion.objects.create(response_id=pk, reason="too fast", decided_by="ada")
        self.book.excluded ^= {pk}

    def regrade(self) -> None:
        grade = self.chance.choice(list(Grade.objects.filter(current=True).order_by("output")))
        Grade.objects.filter(pk=grade.pk).update(current=False)
        other = "avoidant" if grade.grade == "correct" else "correct"
        Grade.objects.create(output=grade.output, revision=grade.revision + 1, grade=other)
        self.book.regraded[grade.output_id] = grade.revision + 1

    def analyse(self) -> None:
        study = self.study
        self.seen.append((self.book.data, read_study(study).fingerprint, stamp_of(study)))
