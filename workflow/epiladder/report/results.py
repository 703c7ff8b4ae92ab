"""The results of one study as the report reads them: the contract's files, loaded once, and look-ups in them.

Nothing is estimated here. Where a criterion must be chosen, REML is taken when a fit has it (variances and Gaussian
fixed effects), ML for information criteria and for tests of fixed effects.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from epiladder.files import read_json, read_parquet
from epiladder.report.disclosure import Disclosure
from epiladder.report.names import Names
from epiladder.report.numbers import Number, count
from epiladder.report.scale import Scale

FEWEST = 3  # clusters whose mean is not plainly that of one of them
SINGLE_LEVEL = ("single_level.null", "single_level")


@dataclass(frozen=True)
class Results:
    """Every file of `results/<study>` that the report reads, as plain data; `modes` and `pooling` as lists of rows."""

    plan: dict[str, Any]
    design: dict[str, Any]
    accounting: dict[str, Any]
    findings: tuple[dict[str, Any], ...]
    description: tuple[dict[str, Any], ...]
    fits: tuple[dict[str, Any], ...]
    modes: dict[str, tuple[dict[str, Any], ...]]
    screen: dict[str, Any]
    comparisons: tuple[dict[str, Any], ...]
    decisions: tuple[dict[str, Any], ...]
    standard_practice: dict[str, Any]
    pooling: tuple[dict[str, Any], ...]
    provenance: dict[str, Any]
    names: Names
    disclosure: Disclosure
    approximation: dict[str, Any]
    imputation: dict[str, Any] | None = None
    missingness: dict[str, Any] | None = None
    described_by: dict[str, Any] | None = None
    influence: dict[str, Any] | None = None
    pooling_cv: dict[str, Any] | None = None
    deviations: dict[str, Any] | None = None
    changes: dict[str, Any] | None = None
    pseudonyms: dict[str, str] | None = None
    diagnostics: dict[str, Any] | None = None
    terms: dict[str, Any] | None = None
    profile: dict[str, Any] | None = None
    measures: dict[str, Any] | None = None
    cross_effects: dict[str, Any] | None = None
    bootstrap: dict[str, Any] | None = None
    variance_tests: tuple[dict[str, Any], ...] | None = None

    @property
    def scale(self) -> Scale:
        """The scale of the outcome: its family, link and their words."""
        return self.names.scale

    def fit(self, rung: str | None) -> dict[str, Any] | None:
        """The result of a rung, fitted or not; None when the ladder has no such rung."""
        return next((fit for fit in self.fits if fit["rung"] == rung), None)

    def retained(self) -> str | None:
        """The rung that is read: the decision's, else the plan's, else the last that was fitted."""
        ids = [fit["rung"] for fit in self.fits]
        decided = [d["outcome"] for d in self.decisions if d["rule"] == "retained_rung" and d["outcome"] in ids]
        named = ((self.plan.get("ladder") or {}).get("retain") or {}).get("rung")
        fitted = [fit["rung"] for fit in self.fits if fit["status"] == "fitted"]
        return next(iter(decided), named if named in ids else (fitted[-1] if fitted else None))

    def levels(self) -> tuple[str, ...]:
        """Names of the levels, outermost first."""
        return tuple(level["name"] for level in self.design["levels"])

    def column(self, name: str) -> dict[str, Any] | None:
        """The description of a design column, by its term."""
        return next((column for column in self.design["columns"] if column["name"] == name), None)

    def confidence(self) -> float:
        """The confidence level of every interval."""
        return float((self.plan.get("inference") or {}).get("confidence") or 0.95)

    def clusters_of(self, level: str, number: int) -> Number:
        """A number of clusters; a count of persons where the plan says that this level's clusters are persons."""
        person = (self.plan.get("disclosure") or {}).get("person")
        return self.disclosure.count(number) if person == level else count(number)

    def counts_persons(self, level: str) -> bool:
        """Whether what is counted at a level are persons: the units, or clusters that the plan says are persons."""
        return level not in self.levels() or (self.plan.get("disclosure") or {}).get("person") == level

    def count_at(self, level: str, number: float) -> Number:
        """A count of units or of a level's clusters, as it may be printed."""
        return self.disclosure.count(number) if self.counts_persons(level) else count(int(number))

    def share_at(self, level: str, part: float, total: float) -> float | None:
        """A share (0 to 1) from counts as they are printed; None when either is hidden."""
        counts = self.count_at(level, part).value, self.count_at(level, total).value
        return None if counts[0] is None or not counts[1] else counts[0] / counts[1]

    def shows_mean(self, level: str, number: float) -> bool:
        """Whether a mean over so many units, or clusters of a level, may stand: those of few tell of each."""
        levels, person = self.levels(), (self.plan.get("disclosure") or {}).get("person")
        if level in levels and level != person:
            return self.disclosure.public or number >= FEWEST
        return self.disclosure.shows(number)

    def sizes(self, level: str) -> dict[Any, float]:
        """The number of rows of each cluster of a level, by its label."""
        return {row["cluster"]: row["n"] for row in self.pooling if row["level"] == level}

    def clusters(self, rung: str, level: str, term: str) -> list[dict[str, Any]]:
        """Rows of the pooling table for one term, without the clusters that disclosure leaves out."""
        rows = (r for r in self.pooling if (r["rung"], r["level"], r["term"]) == (rung, level, term))
        return [row for row in rows if self.disclosure.shows(row["n"])]


def estimates(fit: dict[str, Any] | None, criterion: str | None = None) -> dict[str, Any] | None:
    """The estimates of a fit by a criterion; without one, REML where there is one, else ML. None when not fitted."""
    if fit is None or fit["status"] != "fitted":
        return None
    found = fit["estimates"]
    return found.get(criterion) if criterion else found.get("REML") or found.get("ML")


def worst(fit: dict[str, Any]) -> str | None:
    """The worst state of convergence among a fit's criteria: failed, boundary or converged; None when not fitted."""
    states = {(found.get("convergence") or {}).get("status") for found in (fit.get("estimates") or {}).values()}
    return next((state for state in ("failed", "boundary", "converged") if state in states), None)


def fixed(found: dict[str, Any] | None, term: str) -> dict[str, Any] | None:
    """The row of a fixed effect among estimates."""
    return None if found is None else next((row for row in found["fixed"] if row["term"] == term), None)


def covariance(found: dict[str, Any] | None, level: str) -> dict[str, Any] | None:
    """The random effects of a level: its terms and their covariance matrix."""
    return None if found is None else next((part for part in found["random"] if part["level"] == level), None)


def variance(found: dict[str, Any] | None, level: str, term: str = "(Intercept)") -> float | None:
    """A variance of a level's random effects."""
    part = covariance(found, level)
    if part is None or term not in part["terms"]:
        return None
    at = part["terms"].index(term)
    return part["covariance"][at][at]


def read(folder: Path) -> Results:
    """Read `results/<study>`. Raises DiskError naming the file that is missing or spoilt."""
    plan = read_json(folder / "plan.json")
    design = read_json(folder / "design" / "design.json")
    rungs = [rung["id"] for rung in design["rungs"]]
    described = read_json(folder / "data" / "description.json")
    rule = Disclosure.of(plan)
    modes = {rung: _rows(folder / "fits" / f"{rung}.modes.parquet") for rung in rungs}
    pooling = _rows(folder / "pooling.parquet")
    names = {} if rule.public else _pseudonyms(rule, [*pooling, *(row for rows in modes.values() for row in rows)])
    return Results(
        plan=plan,
        design=design,
        accounting=read_json(folder / "data" / "accounting.json"),
        findings=tuple(_listed(read_json(folder / "validation.json"), "findings")),
        description=tuple(_listed(described, "variables")),
        described_by=described.get("by") if isinstance(described, dict) else None,
        measures=_optional(folder / "measures.json"),
        cross_effects=_optional(folder / "cross_level.json"),
        missingness=_optional(folder / "data" / "missingness.json"),
        deviations=_optional(folder / "deviations.json"),
        changes=_optional(folder / "changes.json"),
        terms=_optional(folder / "terms.json"),
        profile=_optional(folder / "profile.json"),
        bootstrap=_optional(folder / "bootstrap.json"),
        variance_tests=_pairs(folder / "variance_tests.json"),
        fits=tuple(read_json(folder / "fits" / f"{rung}.json") for rung in rungs),
        modes={rung: _renamed(rows, names) for rung, rows in modes.items()},
        screen=read_json(folder / "screen.json"),
        comparisons=tuple(_listed(read_json(folder / "comparisons.json"), "comparisons")),
        decisions=tuple(_listed(read_json(folder / "decisions.json"), "decisions")),
        standard_practice=read_json(folder / "standard_practice.json"),
        pooling=_renamed(pooling, names),
        provenance=read_json(folder / "provenance.json"),
        names=Names(plan, design),
        disclosure=rule,
        pseudonyms={label: shown for (_, label), shown in names.items()},
        approximation=_approximation(folder / "approximation.json"),
        influence=_optional(folder / "influence.json"),
        pooling_cv=_optional(folder / "pooling_cv.json"),
        diagnostics=_optional(folder / "diagnostics.json"),
        imputation=read_json(folder / "imputation.json") if (plan.get("data") or {}).get("imputation") else None,
    )


def _pseudonyms(rule: Disclosure, rows: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """Pseudonyms by level and name of every cluster that a table by cluster names."""
    found = dict.fromkeys((str(row["level"]), str(row["cluster"])) for row in rows)
    return {(level, label): rule.cluster(level, label) for level, label in found}


def _renamed(rows: tuple[dict[str, Any], ...], names: dict[tuple[str, str], str]) -> tuple[dict[str, Any], ...]:
    if not names:
        return rows
    return tuple({**row, "cluster": names[str(row["level"]), str(row["cluster"])]} for row in rows)


def _approximation(path: Path) -> dict[str, Any]:
    """How the likelihood was approximated for the whole study; an exact one needs no file."""
    return read_json(path) if path.exists() else {"method": "exact", "nodes": None, "tried": [], "reason": ""}


def _optional(path: Path) -> dict[str, Any] | None:
    return read_json(path) if path.exists() else None


def _pairs(path: Path) -> tuple[dict[str, Any], ...] | None:
    return tuple(read_json(path)) if path.exists() else None


def _listed(value: Any, key: str) -> list[dict[str, Any]]:
    return value[key] if isinstance(value, dict) else value


def _rows(path: Path) -> tuple[dict[str, Any], ...]:
    return tuple(read_parquet(path).to_pylist())
