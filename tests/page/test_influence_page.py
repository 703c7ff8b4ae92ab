"""Influence, diagnostics and pooling out of sample on the page: what is said, and what disclosure hides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import page_studies
import pytest
from epiladder.report.build import build

SECRET = "Ward-of-secrets"


def _left_out(name: str, rows: int, distance: float | None) -> dict[str, Any]:
    fixed = [{"term": "dose", "estimate": 0.31, "std_error": 0.1, "change": -0.6, "p_value": 0.07}]
    known = distance is not None
    reason = None if known else "without it the model cannot be estimated"
    return {"cluster": f"{SECRET} {name}", "rows": rows, "method": "exact" if known else "none", "reason": reason,
            "cooks_distance": distance, "fixed": fixed if known else [], "variances": []}  # fmt: skip


def _influence(turned: bool) -> dict[str, Any]:
    clusters = [_left_out("7", 5, 0.9), _left_out("1", 20, 0.5), _left_out("2", 30, 0.2), _left_out("3", 25, 0.1)]
    entry = {"rung": "cross_level", "criterion": "REML", "reason": None, "clusters": 12, "exact": 12, "one_step": 0,
             "not_estimable": 0, "largest_distance": 0.9, "terms": ["dose"], "influential": clusters}  # fmt: skip
    turn = {"level": "ward", "cluster": f"{SECRET} 1", "rows": 20, "method": "exact", "conclusion": "coefficient",
            "rung": "cross_level", "term": "dose", "threshold": 0.05, "with_all": {"p_value": 0.03, "estimate": 0.4},
            "without": {"p_value": 0.07, "estimate": 0.31}}  # fmt: skip
    return {"study": "wards", "confidence": 0.95, "retained_rung": "cross_level", "definition": "", "data_set": None,
            "levels": [{"level": "ward", "clusters": 12, "rungs": [entry]}], "turns": [turn] if turned else [],
            "reason": None}  # fmt: skip


def _diagnostics(flagged: bool) -> dict[str, Any]:
    shape = {"count": 240.0, "of": 240.0, "distance": 0.2 if flagged else 0.02, "limit": 0.06, "skewness": 0.1,
             "excess_kurtosis": 4.0, "expected": [-1.0, 0.0, 1.0], "observed": [-1.1, 0.0, 0.9], "error_rate": 0.01,
             "flagged": flagged}  # fmt: skip
    spread = {"reason": None, "clusters": 12, "outside": 1, "expected": 0.6, "limit": 3, "flagged": False,
              "error_rate": 0.01, "largest": 1.2, "smallest": 0.8, "df": [19.0, 24.0], "ratio": [0.9, 1.1],
              "low": [0.7, 0.7], "high": [1.3, 1.3]}  # fmt: skip
    none = {"reason": "a Gaussian outcome has a variance of its own", "flagged": False}
    modes = {"level": "ward", "term": "(Intercept)", "clusters": 12, "reason": None, **shape, "flagged": False}
    fitted = [{"fitted": 0.1 * i, "mean": 0.0, "sd": 1.0, "rows": 60.0} for i in range(4)]
    return {"study": "wards", "rung": "cross_level", "family": "gaussian", "reason": None, "data_set": None,
            "residuals": {"kind": "conditional", "visible": 0.05, **shape}, "fitted": fitted, "dispersion": none,
            "zeros": none, "modes": [modes], "spread": spread}  # fmt: skip


def _pooling() -> dict[str, Any]:
    def group(name: str, none: float, high: float) -> dict[str, Any]:
        less = {"difference": 1.0 - none, "ci_low": 2 * (1.0 - none), "ci_high": high, "reason": None}
        return {"group": name, "clusters": 4, "units": 80.0, "median_size": 20.0, "complete": 2.0, "none": none,
                "partial": 1.0, "partial_less_none": less, "partial_less_complete": less}  # fmt: skip

    groups = [
        group("all", 1.1, -0.05),
        group("smallest", 1.5, -0.1),
        group("middle", 1.1, 0.1),
        group("largest", 1.0, 0.1),
    ]
    rung = {"rung": "null", "reason": None, "groups": groups, "units_left_out": 0.0}
    return {"study": "wards", "folds": 5, "loss": "squared_error", "level": "ward", "confidence": 0.95,
            "data_set": None, "rungs": [rung]}  # fmt: skip


def _report(folder: Path, public: bool, standing_out: bool) -> Path:
    plan = page_studies._ward_plan(SECRET, "training")
    plan["disclosure"] = {"public": public, "minimum_count": 10, "round_to": 5, "person": None}
    changed: dict[str, Any] = {
        "plan": plan,
        "influence": _influence(standing_out),
        "diagnostics": _diagnostics(standing_out),
        "pooling_cv": _pooling(),
    }
    build(page_studies.wards(folder / "results", label=SECRET, **changed), folder / "report")
    return folder / "report"


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _report(tmp_path_factory.mktemp("private"), public=False, standing_out=True)


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _report(tmp_path_factory.mktemp("public"), public=True, standing_out=False)


def text(report: Path) -> str:
    return " ".join((report / "report.md").read_text(encoding="utf-8").split())


def test_no_cluster_is_named_and_small_ones_are_left_out(private: Path) -> None:
    for path in private.rglob("*"):
        if path.is_file():
            assert f"{SECRET} 1" not in path.read_text(encoding="utf-8"), path.name
    assert not (private / "tables" / "influence-2.csv").exists()
    table = (private / "tables" / "influential-2.csv").read_text(encoding="utf-8")
    assert "Number 1" in table and "0.5" in table
    assert "0.9," not in table  # of a ward with five nurses


def test_what_turns_and_what_stands_out_is_said(private: Path) -> None:
    said = text(private)
    assert "One conclusion turns when a single cluster is left out" in said
    assert "Without one ward," in said and "would no longer be told from zero" in said
    assert "One thing stands out beyond chance" in said and "heavier tails" in said


def test_silence_is_said_too_and_public_data_have_names(public: Path) -> None:
    said = text(public)
    assert "No single ward turns a conclusion" in said
    assert f"Without the most influential ward ({SECRET} 7)" in said
    assert "Nothing here speaks against the model" in said
    assert "0.9" in (public / "tables" / "influence-2.csv").read_text(encoding="utf-8")


def test_the_sentence_to_quote_is_of_the_smallest_third(public: Path) -> None:
    words = (
        "For the smallest third of wards, **partial pooling errs by less than each alone**: mean squared error 1.000 "
    )
    assert words + "against 1.500, a difference of 0.50 (95% CI 0.10 to 1.00) (null rung)." in text(public)
