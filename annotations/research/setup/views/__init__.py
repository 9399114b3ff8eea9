"""Pages of the set-up."""
