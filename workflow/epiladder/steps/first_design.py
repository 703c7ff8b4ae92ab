"""The one data set that is looked at where many are imputed: the study's own, or the first of the completed ones."""

from __future__ import annotations

from pathlib import Path


def first_design(results: Path) -> Path:
    """The design of the study, or of the first of its imputed data sets."""
    first = results / "imputed" / "1" / "design"
    return first if first.exists() else results / "design"


def fit_on_first(results: Path, rung: str) -> Path:
    """The record of a rung on the same data."""
    whole = first_design(results).parent == results
    return results / "fits" / (f"{rung}.json" if whole else f"{rung}/1.json")
