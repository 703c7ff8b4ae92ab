"""epiladder: multilevel analysis of nested epidemiological data, from a study file to an audited report."""

__version__ = "0.1.0"
