"""Importing staged tables into the collection of a study: what may be done, the check, the load."""
