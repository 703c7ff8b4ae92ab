"""What the committed simulations count is what a study would get: their batches against the engine's door."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from epiladder.design.crossproducts import Crossproducts
from epiladder.engine.draws import Simulator
from epiladder.engine.fit import fit_gaussian
from epiladder.engine.given import Parameters
from epiladder.engine.result import Estimates
from epiladder.engine.surface import gaussian_surface
from epiladder.inference import simulated as findings
from epiladder.inference.fitted import LARGEST_ERROR
from epiladder.inference.profile import profile_rows

from bench import simulated_variances as simulated
from bench import simulation

ROOT = Path(__file__).resolve().parents[2]
CELL, SEED, STUDIES = simulated.Cell(10, False, 0.2), 11, 12
Hits = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def drawn() -> tuple[list[Crossproducts], Hits]:
    """Cross-products of twelve studies of the cell, and the simulation's own hits for them."""
    cross = CELL.design(SEED)
    rng = np.random.default_rng([SEED, CELL.clusters, CELL.balanced, 20, False])
    outcomes = Simulator(cross, simulated.NULL, CELL.truth(), ["(Intercept)"], ["(Intercept)"]).draw([rng] * STUDIES)
    return list(simulated.with_outcomes(cross, outcomes)), simulated.studies(CELL, SEED, STUDIES)[1]


def test_profile_intervals_are_those_of_a_study(drawn: tuple[list[Crossproducts], Hits]) -> None:
    seen = [_profile_holds(cross, fit_gaussian(cross, simulated.NULL, ("ML",))["ML"]) for cross in drawn[0]]
    assert seen == drawn[1]["profile"].astype(bool).tolist()
    assert True in seen
    assert False in seen


def _profile_holds(cross: Crossproducts, fit: Estimates) -> bool:
    at = Parameters(fit.beta, tuple(level.covariance for level in fit.levels), fit.residual_variance or 0.0)
    row = profile_rows(gaussian_surface(cross, simulated.NULL, at), 0.95)[1]
    assert row["kind"] == "sd"
    low, high = row["variance_low"], row["variance_high"]
    return (low or 0.0) <= CELL.variance <= (np.inf if high is None else high)


def test_delta_intervals_are_those_of_a_study(drawn: tuple[list[Crossproducts], Hits]) -> None:
    """By the covariance of the variances themselves; none where a variance is zero, or next to it."""
    seen = [_delta_holds(fit_gaussian(cross, simulated.NULL, ("REML",))["REML"]) for cross in drawn[0]]
    assert seen == drawn[1]["delta"].astype(int).tolist()
    assert {-1, 1} <= set(seen)


def _delta_holds(fit: Estimates) -> int:
    found = fit.variation
    assert found is not None
    between, within = found.values
    if fit.convergence.status == "boundary":
        return -1
    slope = np.array([1 / between, -1 / within])
    error = float(np.sqrt(slope @ found.covariance @ slope))
    if error > LARGEST_ERROR:
        return -1
    return int(abs(np.log(between / within) - np.log(CELL.variance)) <= simulated.POINT * error)


def test_a_cell_is_kept_and_made_anew_where_what_it_rests_on_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulation, "FOLDER", tmp_path)
    made: list[int] = []

    def cell() -> dict[str, int]:
        made.append(len(made))
        return {"number": made[-1]}

    assert [simulation.kept("a", seed, 10, cell)["number"] for seed in (1, 1, 2)] == [0, 0, 1]
    assert simulation.kept("a", 2, 11, cell)["number"] == 2


def page(name: str) -> list[dict[str, str]]:
    """The rows of all tables of a page, by the heads of their columns."""
    rows, heads = [], []
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| clusters"):
            heads = cells
        elif line.startswith("| ") and cells[0].isdigit():
            rows.append(dict(zip(heads, cells, strict=True)))
    return rows


def ends(rows: list[dict[str, str]], method: str) -> dict[int, tuple[float, float]]:
    """The least and the largest share by number of clusters."""
    found: dict[int, list[float]] = {}
    for row in rows:
        if row.get(method):
            found.setdefault(int(row["clusters"]), []).append(float(row[method].split()[0]))
    return {clusters: (min(shares), max(shares)) for clusters, shares in found.items()}


def test_what_the_report_quotes_of_tests_of_variances_stands_on_the_page() -> None:
    rows = page(findings.VARIANCES)
    none = [row for row in rows if row["ICC"] == "0" and "exact F" in row]
    slopes = [row for row in rows if "exact F" in row and "restricted" not in row]
    for criterion in ("ML", "REML"):
        assert findings.MIXTURE["intercept", criterion] == ends(none, f"mixture, {criterion}")
        assert findings.MIXTURE["slope", criterion] == ends(slopes, f"mixture, {criterion}")


def test_what_the_report_quotes_of_intervals_stands_on_the_page() -> None:
    found = [row for row in page(findings.VARIANCES) if "profile" in row]
    assert findings.INTERVALS["delta"] == ends([row for row in found if row["ICC"] == "0.01"], "delta")
    rows = [row for row in found if row["ICC"] == "0.2"]
    assert findings.INTERVALS["bootstrap"] == ends(rows, "bootstrap, variance")
    assert findings.INTERVALS["profile"] == ends(rows, "profile")


def test_what_the_report_quotes_of_fixed_effects_stands_on_the_page() -> None:
    rows = page(findings.FIXED)
    assert findings.EFFECTS["z"] == ends(rows, "z")
    assert findings.EFFECTS["kenward_roger"] == ends(rows, "Kenward-Roger")


def test_nothing_is_said_where_a_method_keeps_its_promise_or_nobody_looked() -> None:
    shares = {6: (0.01, 0.02), 10: (0.035, 0.052), 30: (0.042, 0.055)}
    assert findings.shown(shares, 3, 0.05) == findings.Shown(6, 0.01, 0.02)
    assert findings.shown(shares, 9, 0.05) == findings.Shown(6, 0.01, 0.02)
    assert findings.shown(shares, 29, 0.05) == findings.Shown(10, 0.035, 0.052)
    assert findings.shown(shares, 30, 0.05) is None
    assert findings.shown({6: (0.01, 0.02)}, 7, 0.05) is None
