"""Participants' addresses: thin, each asks the flow and shows a page."""
