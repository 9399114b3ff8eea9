"""Grading by people: two who see neither each other nor who wrote the output, and a third where they differ.

A grade audit is the same with one: a second, blind look at grades that stand.
"""
