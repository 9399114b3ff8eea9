"""What all commands share: exit codes, `--json`, progress bars.

Exit code 0 is done, 1 failed (a `Refusal`), 2 bad input (`BadInput`, or arguments that do not parse).
"""

from __future__ import annotations

import errno
import json
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser
from django.db.utils import OperationalError, ProgrammingError
from tqdm import tqdm

from annotations.core.errors import Refusal
from annotations.core.problems import Problem, Problems

DONE, FAILED, BAD_INPUT = 0, 1, 2
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class BadInput(Exception):
    """What the caller brought cannot be used: one sentence, or problems with their places."""

    def __init__(self, what: str | Problem | Problems | Iterable[Problem]) -> None:
        self.problems = what if isinstance(what, Problems) else Problems()
        if isinstance(what, str):
            self.problems.add(Problem("", None, None, what))
        elif isinstance(what, Problem):
            self.problems.add(what)
        elif not isinstance(what, Problems):
            self.problems.extend(what)
        super().__init__("; ".join(problem.reason for problem in self.problems))


class Failed(BadInput):
    """The work was done, and these are the faults that it found; `result` says what was looked at."""

    def __init__(self, what: Problems, result: dict[str, Any]) -> None:
        super().__init__(what)
        self.result = result


class PlatformCommand(BaseCommand):
    """A command does its work in `act` and says it to people in `describe`.

    With `--json` one object goes to stdout (`ok`, `result`, `errors`) and nothing else; what `act` wants
    people to read meanwhile goes through `tell`.
    """

    # They look at the code alone, which `make check` has done: a second of every start.
    requires_system_checks: list[str] = []
    as_json = False

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument("--json", action="store_true", help="print one object: ok, result, errors")
        usage_and_exit = parser.error

        def error(message: str) -> None:
            if self.as_json:
                self._end(BAD_INPUT, _sentence(message))
            usage_and_exit(message)

        parser.error = error  # type: ignore[method-assign]
        return parser

    def run_from_argv(self, argv: list[str]) -> None:
        # Of arguments that do not parse none is read, so `--json` is looked for here.
        self.as_json = "--json" in argv[2:]
        super().run_from_argv(argv)

    def act(self, **options: Any) -> dict[str, Any]:
        """Do the work and return the result. Raises BadInput (exit 2), Refusal or Failed (exit 1)."""
        raise NotImplementedError

    def describe(self, result: dict[str, Any]) -> str:
        """The result in words."""
        return "\n".join(f"{name}: {value}" for name, value in result.items())

    def tell(self, text: str) -> None:
        """A line for whoever watches, on stderr."""
        if not self.as_json:
            self.stderr.write(text, self.style.NOTICE)

    def progress_bar(self, label: str, total: float | None = None, **kwargs: Any) -> tqdm[NoReturn]:
        """A bar on a terminal; nothing elsewhere, nor with `--json`."""
        return tqdm(desc=label, total=total, disable=True if self.as_json else None, leave=False, **kwargs)

    def handle(self, *args: Any, **options: Any) -> None:
        self.as_json = options["json"]
        try:
            result = self.act(**options)
        except Failed as failed:
            self._end(FAILED, failed.problems, failed.result)
        except BadInput as bad:
            self._end(BAD_INPUT, bad.problems)
        except Refusal as refusal:
            self._end(FAILED, _sentence(str(refusal)))
        except (OperationalError, ProgrammingError) as error:
            self._end(FAILED, _sentence(_database_fault(error)))
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            self._end(FAILED, _sentence(f"The disk is full: make room and try again ({error})."))
        if self.as_json:
            self._print_json(True, result, [])
        elif text := self.describe(result):
            self.stdout.write(text)

    def _end(self, code: int, problems: Problems, result: dict[str, Any] | None = None) -> NoReturn:
        if self.as_json:
            self._print_json(False, result, problems.as_dicts())
        else:
            for problem in problems:
                self.stderr.write(str(problem) if problem.file else problem.reason)
            if problems.unlisted:
                self.stderr.write(f"and {problems.unlisted} more")
        sys.exit(code)

    def _print_json(self, ok: bool, result: dict[str, Any] | None, errors: list[Any]) -> None:
        content = {"ok": ok, "result": result, "errors": errors}
        text = json.dumps(content, ensure_ascii=False, indent=2, default=str)
        if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
            # A file name that is no UTF-8: as escapes, so that the output is.
            text = json.dumps(content, indent=2, default=str)
        self.stdout.write(text)


def _sentence(text: str) -> Problems:
    problems = Problems()
    problems.add(Problem("", None, None, text))
    return problems


def _database_fault(error: Exception) -> str:
    text = " ".join(str(error).split())
    if "no such table" in text or "does not exist" in text:
        return f"The database is not prepared ({text}): run `python manage.py migrate` first."
    if "disk is full" in text or "No space left" in text:
        return f"The disk of the database is full: make room and try again ({text})."
    return f"The database did not answer as it should: {text}"
