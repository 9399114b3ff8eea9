"""Grading outputs by a named grader: all are marked first, looked at, then recorded or dropped."""
