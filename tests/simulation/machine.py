"""The life of one study: people, the clock and a researcher act in any order, and the book is compared."""

from __future__ import annotations

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from annotations.analysis.runs import stamp_of
from annotations.studies.models import Unit
from tests.participation.kit import assert_balanced
from tests.simulation.coming import WAYS, Coming
from tests.simulation.invariants import Snapshot, check, check_erased, take_snapshot
from tests.simulation.labelling import Labelling
from tests.simulation.researching import Researching

# What comes after what, and how often: so limits are met, which chance alone would seldom come to.
STORIES: dict[tuple[str, ...], int] = {
    ("come", "look"): 6,
    ("look_and_answer",): 14,
    ("come_back",): 3,
    ("look", "skip"): 3,
    ("look", "leave", "come", "look_and_answer", "answer_too_late"): 3,
    ("look", "leave", "look_and_answer", "look_and_answer", "come_back", "answer_too_late"): 4,
    ("look", "fall_silent", "sweep", "answer_late"): 3,
    ("look", "fall_silent", "sweep", "come", "look_and_answer", "answer_too_late"): 4,
    ("look", "fall_silent", "sweep", "skip_late"): 1,
    ("look_and_answer", "pause", "look", "answer_late", "look", "open"): 3,
    ("withdraw", "come"): 3,
    ("correct",): 2,
    ("correct_after_the_end",): 3,
    ("answer_again",): 2,
    ("wait", "sweep"): 2,
    ("forget_identity",): 1,
    ("send_the_first_form_again",): 1,
    ("amend",): 2,
    ("amend_what_is_fixed",): 1,
    ("analyse", "exclude_or_take_back", "analyse", "regrade"): 2,
    ("close",): 1,
}
ACTS = sorted({act for story in STORIES for act in story})
# So often something else happens before the story goes on.
INTERRUPTED = 0.2
# A counter that is off stays so: every so many steps are enough, and a third of the time.
RECOUNTED = 4


class StudyLife(Researching, Coming, Labelling, RuleBasedStateMachine):
    """One rule draws all acts: of many rules Hypothesis would leave some out of each life."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = 0
        self.story: list[str] = []
        self.snapshot = Snapshot()

    def teardown(self) -> None:
        with self.undone:
            assert_balanced()
            check_erased(self.book)

    @initialize()
    def begin(self) -> None:
        self.open()
        for unit in Unit.objects.filter(is_check=False):
            self.book.units.setdefault(unit.batch_id, []).append(unit.pk)
        for way in WAYS:
            self.come_by(way)

    @rule(draw=st.integers(0, 2**16 - 1))
    def act(self, draw: int) -> None:
        # Hypothesis begins with a life of zeros, and makes others by repeating what it drew before: by the
        # number of the step, equal draws are other acts.
        self.steps += 1
        self.chance.seed(f"{draw} {self.steps}")
        name = self.next_act()
        note(f"  {self.steps}. {name}")
        getattr(self, name)()

    def next_act(self) -> str:
        if self.chance.random() < INTERRUPTED:
            return self.chance.choice(ACTS)
        if not self.story:
            self.story.extend(*self.chance.choices(list(STORIES), list(STORIES.values())))
        return self.story.pop(0)

    @invariant()
    def everything_fits(self) -> None:
        before, self.snapshot = self.snapshot, take_snapshot(self.study_pk)
        check(self.book, before, self.snapshot)
        if self.steps % RECOUNTED == 0:
            assert_balanced()

    @invariant()
    def staleness_is_never_missed(self) -> None:
        if not self.seen:
            return
        data, stamp = self.book.data, stamp_of(self.study)
        for earlier, _fingerprint, then in self.seen:
            assert earlier == data or then != stamp
        assert len({fingerprint for _, fingerprint, _ in self.seen}) == len(
            {seen for seen, _, _ in self.seen}
        )
