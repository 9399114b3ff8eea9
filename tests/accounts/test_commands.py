"""The base that all commands share."""

from __future__ import annotations

import json

import pytest
from django.db.utils import OperationalError

from annotations.core.errors import Refusal
from annotations.core.problems import Problem, Problems
from annotations.management.base import BadInput, PlatformCommand


def run(act, *, as_json, capsys):
    class Command(PlatformCommand):
        def act(self, **options):
            outcome = act()
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

    code = 0
    try:
        Command().run_from_argv(["manage.py", "try", *(["--json"] if as_json else [])])
    except SystemExit as end:
        code = end.code
    said = capsys.readouterr()
    return code, json.loads(said.out) if as_json else said.out, said.err


def test_result_is_said_in_words(capsys):
    assert run(lambda: {"answers": 3}, as_json=False, capsys=capsys) == (0, "answers: 3\n", "")


def test_result_is_printed_as_json(capsys):
    said = {"ok": True, "result": {"answers": 3}, "errors": []}
    assert run(lambda: {"answers": 3}, as_json=True, capsys=capsys) == (0, said, "")


def test_refusal_is_exit_1(capsys):
    code, _, err = run(lambda: Refusal("analyse first"), as_json=False, capsys=capsys)
    assert (code, err) == (1, "analyse first\n")


def test_bad_input_is_exit_2_with_its_places(capsys):
    bad = BadInput(
        [Problem("items.csv", 3, "metric", "is not a number"), Problem("items.csv", 4, None, "short")]
    )
    code, said, _ = run(lambda: bad, as_json=True, capsys=capsys)
    assert (code, said["ok"], said["result"]) == (2, False, None)
    assert said["errors"][0] == {
        "file": "items.csv",
        "line": 3,
        "column": "metric",
        "reason": "is not a number",
    }
    code, _, err = run(lambda: bad, as_json=False, capsys=capsys)
    assert "items.csv:3:metric: is not a number" in err


def test_problems_beyond_the_limit_are_counted(capsys):
    problems = Problems(limit=2)
    problems.extend(Problem("f", n, None, "bad") for n in range(5))
    _, said, _ = run(lambda: BadInput(problems), as_json=True, capsys=capsys)
    assert said["errors"][-1]["reason"] == "and 3 more"
    _, _, err = run(lambda: BadInput(problems), as_json=False, capsys=capsys)
    assert err.endswith("and 3 more\n")


def test_unprepared_database_is_said_in_a_sentence(capsys):
    code, _, err = run(
        lambda: OperationalError("no such table: annotations_user"), as_json=False, capsys=capsys
    )
    assert code == 1
    assert "migrate" in err


@pytest.mark.parametrize("argument", ["--nonsense"])
def test_unknown_argument_is_exit_2(capsys, argument):
    with pytest.raises(SystemExit) as end:
        PlatformCommand().run_from_argv(["manage.py", "try", argument])
    assert end.value.code == 2
