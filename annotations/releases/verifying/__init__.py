"""Checks a release from its folder alone: everything that can be recomputed is, and compared.

No row of any database is read or written. `files` and `manifest` come first, then the tables in one pass,
then definitions, runs, figures and documents, each in a module of its own.
"""
