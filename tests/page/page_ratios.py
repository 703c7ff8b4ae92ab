"""Results folders of studies whose outcome is not normal: two of lme4's, and the invented one in any family."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import page_studies
from page_studies import DATA, coefficient

DISTRICTS = {"urban": "Urban residence", "age": "Age", "child1": "One child", "child2": "Two children",
             "child3": "Three children or more"}  # fmt: skip
PATIENTS = {"treat": "Progabide", "lbase": "Baseline count (log)", "lage": "Age (log)", "v4": "Fourth visit"}


def contraception(folder: Path, **changes: Any) -> Path:
    """Contraceptive use of 1,934 women in 60 districts: lme4's Laplace fits."""
    lme4 = json.loads((DATA / "contraception.json").read_text(encoding="utf-8"))
    variables = {"use": {"type": "category", "categories": ["no", "yes"], "label": "contraceptive use"}}
    variables |= {name: {"type": "number", "label": label} for name, label in DISTRICTS.items()}
    plan = _plan("contraception", "woman", "district", "use", variables, "binomial", "logit", event="yes")
    columns = [(name, label, None, "woman", 0.3, name != "age") for name, label in DISTRICTS.items()]
    files = page_studies._common(plan, columns, 1934)
    events = sum(used for _, used in lme4["clusters"].values())
    files["design/design"]["levels"] = [page_studies._level("district", 60, 32)]
    files["design/design"]["outcome"] |= {"kind": "binary", "event": "yes", "mean": events / 1934}
    files["data/description"]["variables"] = [_categories("use", 1934, events)]
    level = _screened("district", lme4["latent_icc"], 60, 1934, lme4["median_odds_ratio"])
    files["screen"] |= {"levels": [level], "scale": "latent (logit): level-1 variance pi^2/3"}
    files["comparisons"] = [page_studies._compared({**test, "name": "ML"}) for test in _tests(lme4["tests"])]
    files["decisions"] = [page_studies._retained("random_slope")]
    files["standard_practice"]["rows"] = _practice(lme4)
    fits = {"single_level": _fit("single_level", lme4["single_level"], "exact")}
    fits |= {rung: _fit(rung, found, "laplace") for rung, found in lme4["rungs"].items()}
    modes = {rung: _modes(found) for rung, found in lme4["rungs"].items()}
    files["approximation"] = {
        "method": "laplace",
        "nodes": None,
        "tried": [],
        "reason": "The largest rung has a slope.",
    }
    return page_studies._write(folder, files, fits, modes, _pooling(lme4, modes["null"]), changes)


def epilepsy(folder: Path, **changes: Any) -> Path:
    """Seizures at 236 visits of 59 patients: lme4's Laplace fit, and the null rung by dense quadrature."""
    lme4 = json.loads((DATA / "epilepsy.json").read_text(encoding="utf-8"))
    variables = {"y": {"type": "integer", "label": "seizures"}}
    variables |= {name: {"type": "number", "label": label} for name, label in PATIENTS.items()}
    plan = _plan("epilepsy", "visit", "subject", "y", variables, "poisson", "log")
    columns = [(n, label, None, "visit" if n == "v4" else "subject", 0.2, n != "lage") for n, label in PATIENTS.items()]
    files = page_studies._common(plan, columns, 236)
    files["design/design"]["levels"] = [page_studies._level("subject", 59, 4)]
    files["design/design"]["outcome"] |= {"kind": "count"}
    mean, sd, median, q1, q3 = lme4["y"]
    files["data/description"]["variables"] = [
        {"name": "y", "label": "seizures", "unit": None, "type": "integer", "level": "visit", "n": 236, "missing": 0,
         "mean": mean, "sd": sd, "median": median, "q1": q1, "q3": q3},
    ]  # fmt: skip
    level = _screened("subject", lme4["icc_at_mean"], 59, 236, None)
    files["screen"] |= {"levels": [level], "scale": "counts: at the mean count"}
    files["decisions"] = [page_studies._retained("random_intercept")]
    tried = [{"nodes": n, "log_likelihood": -665.3587 - 0.01 / n} for n in (1, 5, 9)]
    files["approximation"] = {"method": "quadrature", "nodes": 9, "tried": tried, "reason": ""}
    fits = {rung: {**_fit(rung, found, "quadrature"), "overdispersion": 2.25} for rung, found in lme4["rungs"].items()}
    modes = {"random_intercept": _modes(lme4["rungs"]["random_intercept"])}
    return page_studies._write(folder, files, fits, modes, [], changes)


def wards(folder: Path, family: str, link: str, outcome: dict[str, Any] | None = None, **changes: Any) -> Path:
    """The invented study of three levels with another family: its numbers mean nothing."""
    page_studies.wards(folder)
    files = {name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
             for name in ("plan", "design/design", "screen")}  # fmt: skip
    fits = {rung: json.loads((folder / "fits" / f"{rung}.json").read_text(encoding="utf-8"))
            for rung in ("null", "random_slope", "cross_level")}  # fmt: skip
    files["plan"]["outcome"] |= {"family": family, "link": link, **(outcome or {})}
    files["screen"]["scale"] = "named"
    for fit in fits.values():
        fit["estimates"] = {"ML": _not_normal(fit["estimates"]["ML"], family)}
    return page_studies.wards(folder, fits=fits, **{**files, **changes})


def _not_normal(found: dict[str, Any], family: str) -> dict[str, Any]:
    for row in found["fixed"]:
        row["df"] = None
    dispersion = 1.7 if family == "negative_binomial" else None
    return {**found, "method": "laplace", "residual_variance": None, "dispersion": dispersion}


def _plan(name: str, unit: str, level: str, outcome: str, variables: dict, family: str, link: str, **more: Any) -> dict:
    plan = page_studies._plan(name, unit, [level], outcome, variables)
    return {**plan, "outcome": {"variable": outcome, "family": family, "link": link, **more}}


def _screened(level: str, icc: float, clusters: int, rows: int, median: float | None) -> dict[str, Any]:
    found = page_studies._screened(level, icc, 0.0, 0.0, clusters, rows, 3.2)
    why = "no interval without the bootstrap"
    return {**found, "ci_low": None, "ci_high": None, "method": why, "median_ratio": median}


def _categories(name: str, rows: int, events: int) -> dict[str, Any]:
    pairs = (("no", rows - events), ("yes", events))
    categories = [{"category": word, "count": count, "share": count / rows} for word, count in pairs]
    return {"name": name, "label": "", "unit": None, "type": "category", "level": "woman", "n": rows, "missing": 0,
            "categories": categories}  # fmt: skip


def _tests(tests: list[dict]) -> list[dict]:
    return [{**test, "name": "ML"} for test in tests]


def _fit(rung: str, found: dict, method: str) -> dict[str, Any]:
    rows = [coefficient(*row, df=None) for row in zip(found["names"], found["estimate"], found["se"], strict=True)]
    random = (
        [{"level": found["level"], "terms": found["terms"], "covariance": found["cov"]}] if "level" in found else []
    )
    estimates = page_studies._estimates("ML", rows, found.get("vcov"), random, None, found["logLik"], found["df"])
    estimates |= {"method": method, "nodes": 9 if method == "quadrature" else None, "dispersion": None}
    return page_studies._fit(rung, {"ML": estimates}, found["formula"])


def _modes(found: dict) -> list[dict[str, Any]]:
    ranef = found["ranef"] or {"terms": [], "levels": [], "mode": [], "cond_sd": []}
    return [
        {"level": found["level"], "cluster": label, "term": term, "mode": mode, "std_error": error}
        for term, modes, errors in zip(ranef["terms"], ranef["mode"], ranef["cond_sd"], strict=True)
        for label, mode, error in zip(ranef["levels"], modes, errors, strict=True)
    ]


def _pooling(lme4: dict, modes: list[dict]) -> list[dict[str, Any]]:
    """Log odds by district: none where nobody or everybody has the event."""
    complete = lme4["rungs"]["null"]["estimate"][0]
    rows = []
    for mode in modes:
        size, used = lme4["clusters"][mode["cluster"]]
        alone = math.log(used / (size - used)) if 0 < used < size else None
        rows.append({"rung": "null", "level": "district", "cluster": mode["cluster"], "term": "(Intercept)", "n": size,
                     "complete": complete, "none": alone, "none_se": None, "partial": complete + mode["mode"],
                     "partial_se": mode["std_error"],
                     "shrinkage": None if alone is None else 1 - (mode["std_error"] / 0.5) ** 2 / 2})  # fmt: skip
    return rows


def _practice(lme4: dict) -> list[dict[str, Any]]:
    glm, gee, mixed = lme4["single_level"], lme4["gee"], lme4["rungs"]["random_slope"]
    methods = (
        ("ordinary", "population-average", glm["estimate"], glm["se"]),
        ("cluster_robust", "population-average", glm["estimate"], lme4["robust_se"]),
        ("gee_exchangeable", "population-average", gee["estimate"], gee["robust_se"]),
        ("marginal", "population-average", [0.93 * value for value in mixed["estimate"]], mixed["se"]),
        ("random_slope", "cluster-specific", mixed["estimate"], mixed["se"]),
    )
    return [
        {**coefficient(term, value, error, None), "fixed_part": "random_slope", "method": method, "scale": scale,
         "std_error_ratio": error / base, "reason": None}
        for method, scale, values, errors in methods
        for term, value, error, base in zip(glm["names"], values, errors, mixed["se"], strict=True)
    ]  # fmt: skip
