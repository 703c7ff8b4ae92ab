"""Results folders for the page's tests, in the form of the contract: one real (lme4's numbers), one invented."""

from __future__ import annotations

import json
import math
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pyarrow as pa
from epiladder.files import write_json, write_parquet

DATA = Path(__file__).parent / "data"
Z = NormalDist().inv_cdf(0.975)


def sleep(folder: Path, **changes: Any) -> Path:
    """The sleep study as lme4 fits it; `changes` replace whole files by name (`plan`, `screen`, ...)."""
    lme4 = json.loads((DATA / "sleepstudy.json").read_text(encoding="utf-8"))
    files = _common(_sleep_plan(), [("days", "Days of deprivation", "days", "measurement", 4.5, False)], 180)
    files["design/design"]["levels"] = [_level("subject", 18, 10)]
    files["data/description"]["variables"] = [
        {"name": "reaction", "label": "Reaction time", "unit": "ms", "type": "number", "level": "measurement",
         "n": 180, "missing": 0, "mean": 298.5, "sd": 56.3, "median": 288.7, "q1": 255.4, "q3": 336.8},
    ]  # fmt: skip
    fits = {rung: _lme4_fit(rung, found) for rung, found in lme4["rungs"].items()}
    null = fits["null"]["estimates"]["REML"]
    between, residual = null["random"][0]["covariance"][0][0], null["residual_variance"]
    files["screen"]["levels"] = [_screened("subject", between / (between + residual), 0.22, 0.62, 18, 180, 4.55)]
    files["comparisons"] = [_compared(test) for test in lme4["tests"] if "RI vs RS correlated" in test["name"]]
    files["decisions"] = [_retained("random_slope")]
    modes = {rung: _lme4_modes(found["REML"]["modes"]) for rung, found in lme4["rungs"].items()}
    pooling = _pooling(lme4, modes["null"], null["fixed"][0]["estimate"], between, residual)
    return _write(folder, files, fits, modes, pooling, changes)


def wards(folder: Path, label: str = "Ward", category: str = "training", **changes: Any) -> Path:
    """An invented study of three levels with a cross-level effect; labels and categories may be hostile."""
    plan = _ward_plan(label, category)
    product = f"dose:arm[{category}]"
    columns = [("dose", label, None, "nurse", 0.0, False), (f"arm[{category}]", "Arm", None, "hospital", 0.4, True)]
    files = _common(plan, columns, 240)
    files["design/design"]["levels"] = [_level("hospital", 6, 40), _level("ward", 12, 20)]
    files["screen"]["levels"] = [
        _screened("hospital", 0.04, 0.0, 0.2, 6, 240, 2.5),
        _screened("ward", 0.11, 0.02, 0.3, 12, 240, 3.1),
    ]
    files["decisions"] = [_few("hospital", 6), _retained("cross_level")]
    files["data/description"]["variables"] = [_arm(label, category)]
    terms = {"null": [], "random_slope": ["dose", f"arm[{category}]"]}
    terms["cross_level"] = [*terms["random_slope"], product]
    fits = {rung: _invented_fit(rung, names, slope=rung != "null") for rung, names in terms.items()}
    files["standard_practice"]["rows"] = _practice(terms["cross_level"])
    modes = {rung: _invented_modes(label, fit) for rung, fit in fits.items()}
    return _write(folder, files, fits, modes, _invented_pooling(label), changes)


def _write(folder: Path, files: dict, fits: dict, modes: dict, pooling: list[dict], changes: dict) -> Path:
    known = {"fits": fits, "modes": modes, "pooling": pooling}
    files = {**files, **{name: new for name, new in changes.items() if name not in known}}
    fits = {**fits, **changes.get("fits", {})}
    files["design/design"]["rungs"] = [
        {"id": rung, "formula": fit["formula"], "fixed": [], "random": [], "sentence": f"The idea of {rung}."}
        for rung, fit in fits.items()
    ]
    for name, value in files.items():
        write_json(folder / f"{name}.json", value)
    for rung, fit in fits.items():
        write_json(folder / "fits" / f"{rung}.json", fit)
        write_parquet(folder / "fits" / f"{rung}.modes.parquet", pa.Table.from_pylist(modes.get(rung, [])))
    write_parquet(folder / "pooling.parquet", pa.Table.from_pylist(pooling))
    return folder


def _common(plan: dict, columns: list[tuple], rows: int) -> dict[str, Any]:
    """The files that are much the same in every study."""
    keys = ("name", "label", "unit", "level", "mean", "binary")
    spread = {"sd": 1.0, "p05": -1.6, "p25": -0.7, "p50": 0.0, "p75": 0.7, "p95": 1.6}
    described = [{**spread, **dict(zip(keys, column, strict=True))} for column in columns]
    broken = {"check": "range", "column": plan["outcome"]["variable"], "rows": 2}
    flow = {"rows_read": rows + 7, "rows_rejected": [broken],
            "rows_missing": [{"column": columns[0][0], "rows": 5}], "rows_incomplete": 5, "rows_used": rows,
            "levels": []}  # fmt: skip
    outcome = {"variable": plan["outcome"]["variable"], "label": "", "unit": "", "mean": 0.0, "sd": 1.0}
    return {
        "plan": plan,
        "design/design": {"study": plan["id"], "n_rows": rows, "outcome": outcome, "columns": described},
        "data/accounting": flow,
        "data/description": {"variables": []},
        "validation": {"study": plan["id"], "findings": []},
        "screen": {"scale": "identity", "threshold": {"icc": 0.05, "design_effect": 2.0}},
        "comparisons": [],
        "decisions": [],
        "standard_practice": {"reference": "same fixed part", "rows": []},
        "provenance": {"study": plan["id"], "plan_sha256": "a" * 64, "inputs": [], "code_sha256": "b" * 64,
                       "commit": "c" * 40, "clean": True, "versions": {"epiladder": "0", "python": "3"}},
    }  # fmt: skip


def _plan(name: str, unit: str, levels: list[str], outcome: str, variables: dict) -> dict[str, Any]:
    return {
        "id": name,
        "title": "A title",
        "question": "A question?",
        "unit": {"name": unit},
        "levels": [{"name": level} for level in levels],
        "outcome": {"variable": outcome, "family": "gaussian"},
        "variables": variables,
        "ladder": {"retain": {"rule": "preset", "rung": None}},
        "screen": {"icc": 0.05, "design_effect": 2.0},
        "inference": {"confidence": 0.95, "degrees_of_freedom": "satterthwaite"},
        "disclosure": {"public": True, "minimum_count": 10, "round_to": 5, "person": None},
        "data": {"path": ["x.csv"], "source": "Somewhere", "licence": "MIT"},
    }


def _sleep_plan() -> dict[str, Any]:
    variables = {
        "reaction": {"type": "number", "unit": "ms", "label": "Reaction time"},
        "days": {"type": "number", "unit": "days", "label": "Days of deprivation"},
    }
    return _plan("sleep", "measurement", ["subject"], "reaction", variables)


def _ward_plan(label: str, category: str) -> dict[str, Any]:
    variables = {
        "stress": {"type": "number", "unit": "points", "label": label},
        "dose": {"type": "number", "label": label, "unit": label},
        "arm": {"type": "category", "label": "Arm", "categories": [f"no {category}", category]},
    }
    plan = _plan("wards", "nurse", ["hospital", "ward"], "stress", variables)
    return {**plan, "title": label, "question": label}


def _level(name: str, clusters: int, size: int) -> dict[str, Any]:
    sizes = dict.fromkeys(("smallest", "q1", "median", "q3", "largest", "mean"), float(size))
    return {"name": name, "n_clusters": clusters, "sizes": sizes}


def _screened(level: str, icc: float, low: float, high: float, clusters: int, rows: int, effect: float) -> dict:
    return {"level": level, "icc": icc, "variance_share": icc, "ci_low": low, "ci_high": high, "method": "exact",
            "design_effect": effect, "effective_sample_size": rows / effect, "clusters": clusters,
            "verdict": "model" if icc >= 0.05 else "borderline"}  # fmt: skip


def _retained(rung: str) -> dict[str, Any]:
    return {"rule": "retained_rung", "evidence": {}, "threshold": "preset", "outcome": rung, "margin": None,
            "words": f"The rung to be read is {rung}."}  # fmt: skip


def _few(level: str, clusters: int) -> dict[str, Any]:
    return {"rule": f"few_clusters.{level}", "evidence": {"clusters": clusters}, "threshold": 10, "outcome": "few",
            "margin": clusters - 10, "words": f"With {clusters} clusters, little is known."}  # fmt: skip


def _compared(test: dict) -> dict[str, Any]:
    criterion = "REML" if "REML" in test["name"] else "ML"
    return {"smaller": "random_intercept", "larger": "random_slope", "criterion": criterion, "statistic": test["chi2"],
            "df": test["df"], "reference": "0.5*chi2(1) + 0.5*chi2(2)", "p_value": test["p_mixture"],
            "p_value_naive": test["p_naive"], "p_value_bootstrap": None, "reason": None}  # fmt: skip


def coefficient(term: str, estimate: float, error: float, df: float | None = 17.0) -> dict[str, Any]:
    """A fixed effect's row, with an interval of 1.96 errors (close enough for a test of words)."""
    p = math.erfc(abs(estimate / error) / math.sqrt(2))
    return {"term": term, "estimate": estimate, "std_error": error, "df": df, "statistic": estimate / error,
            "p_value": p, "ci_low": estimate - Z * error, "ci_high": estimate + Z * error}  # fmt: skip


def _estimates(criterion: str, fixed: list[dict], covariance: list | None, random: list[dict], residual: float | None,
               log_likelihood: float, parameters: int) -> dict[str, Any]:  # fmt: skip
    likelihood = criterion == "ML"
    aic = -2 * log_likelihood + 2 * parameters
    bic = {name: aic + at for at, name in enumerate(("rows", "clusters", "hybrid"))}
    return {"method": "exact", "nodes": None, "log_likelihood": log_likelihood, "deviance": -2 * log_likelihood,
            "n_parameters": parameters, "aic": aic if likelihood else None, "bic": bic if likelihood else None,
            "fixed": fixed, "fixed_covariance": covariance, "random": random, "residual_variance": residual,
            "convergence": {"status": "converged", "message": "", "evaluations": 9}}  # fmt: skip


def _fit(rung: str, estimates: dict, formula: str) -> dict[str, Any]:
    return {"rung": rung, "formula": formula, "status": "fitted", "message": "Converged.", "warnings": [],
            "estimates": estimates}  # fmt: skip


def _lme4_fit(rung: str, found: dict) -> dict[str, Any]:
    made = {}
    for criterion, one in found.items():
        rows = zip(one["fixef"]["names"], one["fixef"]["estimate"], one["fixef"]["se"], strict=True)
        random = [{"level": level, "terms": part["terms"], "covariance": part["cov"]}
                  for level, part in one["varcomp"].items()]  # fmt: skip
        made[criterion] = _estimates(criterion, [coefficient(*row) for row in rows], one["vcov_fixef"], random,
                                     one["residual_var"], one["logLik"], one["df"])  # fmt: skip
    return _fit(rung, made, found["ML"]["formula"])


def _lme4_modes(modes: dict) -> list[dict]:
    return [
        {"level": "subject", "cluster": label, "term": term, "mode": value, "std_error": error}
        for term, values, errors in zip(modes["terms"], modes["mode"], modes["cond_sd"], strict=True)
        for label, value, error in zip(modes["levels"], values, errors, strict=True)
    ]


def _pooling(lme4: dict, modes: list[dict], complete: float, between: float, residual: float) -> list[dict]:
    weight = between / (between + residual / 10)
    return [
        {"rung": "null", "level": "subject", "cluster": mode["cluster"], "term": "(Intercept)", "n": 10,
         "complete": complete, "none": lme4["means"][mode["cluster"]], "none_se": 14.0,
         "partial": complete + mode["mode"], "partial_se": mode["std_error"], "shrinkage": weight}
        for mode in modes
    ]  # fmt: skip


def _arm(label: str, category: str) -> dict[str, Any]:
    return {"name": "arm", "label": label, "unit": None, "type": "category", "level": "hospital", "n": 240,
            "missing": 0, "categories": [{"category": f"no {category}", "count": 233, "share": 233 / 240},
                           {"category": category, "count": 7, "share": 7 / 240}]}  # fmt: skip


def _invented_fit(rung: str, terms: list[str], slope: bool) -> dict[str, Any]:
    fixed = [
        coefficient("(Intercept)", 4.0, 0.2),
        *(coefficient(term, 0.5 - 0.4 * at, 0.3) for at, term in enumerate(terms)),
    ]
    size = len(fixed)
    matrix = [[0.09 if i == j else 0.0 for j in range(size)] for i in range(size)]
    inner = {"level": "ward", "terms": ["(Intercept)"], "covariance": [[0.4]]}
    outer = {"level": "hospital", "terms": ["(Intercept)"], "covariance": [[0.2]]}
    if slope:
        outer = {**outer, "terms": ["(Intercept)", "dose"], "covariance": [[0.2, 0.01], [0.01, 0.05]]}
    made = {c: _estimates(c, fixed, matrix, [outer, inner], 3.0, -300.0 - size, size + 3) for c in ("ML", "REML")}
    return _fit(rung, made, "stress ~ ...")


def _invented_modes(label: str, fit: dict) -> list[dict]:
    parts = fit["estimates"]["REML"]["random"]
    count = {"hospital": 6, "ward": 12}
    return [
        {"level": part["level"], "cluster": f"{label} {at}", "term": term, "mode": 0.1 * at - 0.4, "std_error": 0.2}
        for part in parts
        for term in part["terms"]
        for at in range(count[part["level"]])
    ]


def _invented_pooling(label: str) -> list[dict]:
    return [
        {"rung": "null", "level": level, "cluster": f"{label} {at}", "term": "(Intercept)", "n": 5 + 3 * at,
         "complete": 4.0, "none": 4.0 + 0.2 * at, "none_se": 0.3, "partial": 4.0 + 0.1 * at, "partial_se": 0.2,
         "shrinkage": 0.4 + 0.03 * at}
        for level, count in (("hospital", 6), ("ward", 12))
        for at in range(count)
    ]  # fmt: skip


def _practice(terms: list[str]) -> list[dict]:
    rows = []
    for method, ratio in (("ordinary", 0.6), ("fixed_effects", None), ("cross_level", 1.0)):
        for term in terms:
            if ratio is None:
                body = dict.fromkeys(("estimate", "std_error", "df", "statistic", "p_value", "ci_low", "ci_high"))
                row = {"term": term, **body, "reason": "does not vary within clusters"}
            else:
                row = {**coefficient(term, 0.4, 0.3 * ratio), "reason": None}
            rows.append({**row, "fixed_part": "cross_level", "method": method, "std_error_ratio": ratio})
    return rows
