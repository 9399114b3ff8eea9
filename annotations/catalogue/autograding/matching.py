"""Regular expressions of researchers, in a process of their own that cannot hang anybody.

Python's engine takes exponential time on some patterns. So they run in a child whose time is counted by its
own processor time: a pattern that takes longer on one text gives SLOW for it, one that does so again and
again is given up. Run as a program, this file is the child; it imports nothing of the platform.
"""

from __future__ import annotations

import json
import re
import resource
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

# Seconds of processor time for one pattern on one text, and how often it may take more.
SECONDS, PATIENCE = 0.2, 10
MOST_PATTERNS, LONGEST_PATTERN, LONGEST_TEXT = 60, 1_000, 100_000
MEMORY = 1_500_000_000
# Seconds on the clock after which a child that says nothing is taken for dead, however busy the machine.
SILENCE = 300
NO, YES, SLOW = 0, 1, 2
REFERENCE = "{reference}"


class PatternFault(Exception):
    """A pattern that cannot be used; the message says which and why."""


class Matcher:
    """Asks the child of each text which of the patterns are found in it."""

    def __init__(self, patterns: Sequence[str]) -> None:
        if len(patterns) > MOST_PATTERNS:
            raise PatternFault(f"{len(patterns)} patterns, more than {MOST_PATTERNS}.")
        for pattern in patterns:
            if len(pattern) > LONGEST_PATTERN:
                raise PatternFault(f"A pattern of {len(pattern)} characters, more than {LONGEST_PATTERN}.")
        self.patterns = list(patterns)
        self.child: subprocess.Popen[str] | None = None

    def __enter__(self) -> Matcher:
        if self.patterns:
            self.child = subprocess.Popen(
                [sys.executable, "-I", str(Path(__file__))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
            )
            answer = self._ask(self.patterns)
            if isinstance(answer, str):
                self._end()
                raise PatternFault(answer)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._end()

    def match(self, texts: Sequence[tuple[str, Sequence[str]]]) -> list[list[int]]:
        """Of each text, with its references: NO, YES or SLOW for each pattern. One question for all."""
        if self.child is None:
            return [[] for _ in texts]
        answer = self._ask([(text[:LONGEST_TEXT], list(references)) for text, references in texts])
        return [list(map(int, found)) for found in answer]

    def _ask(self, question: object) -> list[Any] | str:
        child = self.child
        if child is None or child.stdin is None or child.stdout is None:
            raise PatternFault("The process that runs patterns is not there.")
        try:
            child.stdin.write(json.dumps(question) + "\n")
            child.stdin.flush()
            ready, _, _ = select.select([child.stdout], [], [], SILENCE)
            line = child.stdout.readline() if ready else ""
        except OSError:
            line = ""
        if not line:
            raise PatternFault("The patterns took more time or memory than they may: make them simpler.")
        answer: list[Any] | str = json.loads(line)
        return answer

    def _end(self) -> None:
        if self.child is not None:
            self.child.kill()
            self.child.communicate()
            self.child = None


class TooSlow(Exception):
    pass


def ring(number: int, frame: FrameType | None) -> None:
    raise TooSlow


def find(pattern: str, text: str, references: Sequence[str]) -> int:
    """Within the time that one pattern has for one text. The engine looks for signals as it goes."""
    if REFERENCE in pattern:
        if not references:
            return NO
        either = "|".join(re.escape(one) for one in references)
        pattern = pattern.replace(REFERENCE, f"(?:{either})")
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        return YES if re.search(pattern, text, re.IGNORECASE | re.MULTILINE) else NO
    except TooSlow:
        return SLOW
    except (re.error, RecursionError, OverflowError):
        return SLOW
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def fault_of(pattern: str) -> str:
    signal.setitimer(signal.ITIMER_VIRTUAL, 5 * SECONDS)
    try:
        re.compile(pattern.replace(REFERENCE, "x"))
    except re.error as error:
        at = f" at character {error.pos + 1}" if error.pos is not None else ""
        return f"{pattern!r} is no regular expression: {error.msg}{at}."
    except (TooSlow, RecursionError, OverflowError, MemoryError):
        return f"{pattern!r} takes too long to be read: make it simpler."
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return ""


def serve() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGVTALRM, ring)
    patterns = json.loads(sys.stdin.readline())
    faults = [fault for pattern in patterns if (fault := fault_of(pattern))]
    print(json.dumps(" ".join(faults) if faults else []), flush=True)
    slow = [0] * len(patterns)
    for line in sys.stdin:
        answers = []
        for text, references in json.loads(line):
            found = []
            for place, pattern in enumerate(patterns):
                answer = SLOW if slow[place] >= PATIENCE else find(pattern, text, references)
                slow[place] += answer == SLOW
                found.append(answer)
            answers.append(found)
        print(json.dumps(answers), flush=True)


if __name__ == "__main__":
    serve()
