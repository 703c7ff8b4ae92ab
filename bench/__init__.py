"""Benchmarks of epiladder beside its peers, and of the workflow's own cost. `make bench` prints them in one run."""
