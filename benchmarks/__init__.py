"""What the platform costs: run by `make bench` and, small, by `make bench-smoke`."""
