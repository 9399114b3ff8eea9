"""The parts of an analysis: `points` reads and computes, `resamples` refit, `ending` makes the run.

A study is read once. What its resamples need is little, and lies in a draft in the database, so that
they may be refitted by any worker, in any order, to the same numbers.
"""
