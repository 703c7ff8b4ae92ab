"""The parametric bootstrap against lme4's bootMer and simulate-refit, and against itself however it is scattered."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from epiladder import steps
from epiladder.design.load import Designed
from epiladder.engine.batch import make_batch
from epiladder.engine.batch_search import refit
from epiladder.engine.draws import Simulator
from epiladder.engine.fit import fit_gaussian
from epiladder.engine.given import Parameters
from epiladder.files import read_parquet, write_json
from epiladder.inference.monte_carlo import binomial_limits
from epiladder.inference.resample_gaussian import start_at
from epiladder.study.resampling import chunks
from general_studies import General, fit
from studies import MODELS, Laboratory, reference

BOOTSTRAP = reference("bootstrap_icc")
EXACT = reference("exact")["bootstrap"]


def quantile_error(values: np.ndarray, at: float, n: int) -> float:
    """Standard error of a quantile of n draws, by the density between its neighbours in `values`."""
    low, high = np.quantile(values, [max(at - 0.015, 0), min(at + 0.015, 1)])
    return float(np.sqrt(at * (1 - at) / n) * (high - low) / 0.03)


def agrees(values: np.ndarray, expected: dict[str, float], theirs: int) -> None:
    """Each quantile within 4 Monte Carlo errors of both: a rate of 1 in 3,000 at another seed."""
    for name, value in expected.items():
        at = float(name.rstrip("%")) / 100
        error = np.hypot(quantile_error(values, at, len(values)), quantile_error(values, at, theirs))
        assert abs(np.quantile(values, at) - value) < 4 * error


def test_icc_of_a_gaussian_null_is_bootmers(laboratory: Laboratory) -> None:
    """bootMer on the ML fit of the High School and Beyond null model, 1,000 replicates."""
    designed = Designed(laboratory.results(MODELS["hsb82_null"]) / "design")
    model = designed.model("null")
    found = fit_gaussian(designed.cross, model, ("ML",))["ML"]
    at = Parameters(found.beta, tuple(level.covariance for level in found.levels), found.residual_variance or 1.0)
    drawn = Simulator(designed.cross, model, at, (), ()).draw([np.random.default_rng([8, r]) for r in range(999)])
    batch = make_batch(designed.cross, model, drawn)
    refits = refit(batch, "ML", start_at(batch.problem.levels, model, at))
    between = refits.covariances[0][:, 0, 0]
    expected = BOOTSTRAP["hsb82_null_ml_icc"]
    agrees(between / (between + refits.variance), expected["quantiles"]["icc"], expected["nsim"])


def test_statistic_of_a_slope_has_the_law_of_lme4s_refits(laboratory: Laboratory) -> None:
    """Simulate from the smaller REML fit, refit both: median, ninth decile and p-value of the statistic."""
    golden = MODELS["hsb82_crosslevel"]
    designed = Designed(laboratory.results(golden) / "design")
    fixed = designed.model("cross_level").fixed
    larger = designed.model("cross_level")
    smaller = type(larger)(larger.outcome, fixed, designed.model("null").random)
    found = fit_gaussian(designed.cross, smaller, ("REML",))["REML"]
    at = Parameters(found.beta, tuple(level.covariance for level in found.levels), found.residual_variance or 1.0)
    simulator = Simulator(designed.cross, smaller, at, fixed, larger.random[0].names)
    drawn = simulator.draw([np.random.default_rng([9, r]) for r in range(999)])
    likelihoods = []
    for model in (smaller, larger):
        batch = make_batch(designed.cross, model, drawn)
        likelihoods.append(refit(batch, "REML", start_at(batch.problem.levels, smaller, at)).log_likelihood)
    statistics = 2 * (likelihoods[1] - likelihoods[0])
    expected = EXACT["hsb82_crosslevel"]
    agrees(statistics, expected["quantiles"], expected["replicates"])
    p = (statistics >= expected["statistic"]).mean()
    assert abs(p - expected["p"]) < 4 * np.sqrt(p * (1 - p) * (1 / 999 + 1 / expected["replicates"]))


CONTRACEPTION = General("contraception", "null")
HERDS = General("cbpp", "null", covariates=("period",))


def prepared(general: General, folder: Path, replicates: int) -> Path:
    """A study fitted and ready to be resampled."""
    for rung in ("single_level.null", "null", *(("single_level", "random_intercept") if general.covariates else ())):
        fit(general, folder, rung)
    plan = json.loads((folder / "plan.json").read_text())
    plan["inference"]["bootstrap"] = replicates
    write_json(folder / "plan.json", plan)
    return folder


def test_icc_of_a_binary_null_is_bootmers(tmp_path: Path) -> None:
    """Laplace, latent scale, 160 replicates from warm starts against bootMer's 500."""
    folder = prepared(CONTRACEPTION, tmp_path, 160)
    for chunk in range(1, 9):
        steps.resample(results=folder, chunk=chunk, of=8)
    tables = [read_parquet(folder / "bootstrap" / f"{chunk}.parquet").to_pylist() for chunk in range(1, 9)]
    rows = [row for table in tables for row in table if row["drawn"] == row["fitted"] == "null"]
    variances = np.array([row["covariances"][0] for row in rows])
    assert len(variances) == 160
    expected = BOOTSTRAP["contraception_null_laplace_icc"]
    agrees(variances / (variances + np.pi**2 / 3), expected["quantiles"]["icc_latent"], expected["nsim"])


def test_the_screen_and_the_comparisons_take_it_up(tmp_path: Path) -> None:
    """Events of trials in 15 herds: an interval where there was none, p-values with limits, failures counted."""
    folder = prepared(HERDS, tmp_path, 40)
    for chunk in range(1, 9):
        steps.resample(results=folder, chunk=chunk, of=8)
    steps.bootstrap(results=folder, chunks=8)
    steps.infer(results=folder)
    level = json.loads((folder / "screen.json").read_text())["levels"][0]
    assert level["ci_low"] < level["icc"] < level["ci_high"]
    assert level["method"].startswith("parametric bootstrap, percentiles of 40 replicates")
    for row in json.loads((folder / "comparisons.json").read_text()):
        hits = round(row["p_value_bootstrap"] * 41) - 1
        assert row["p_value_bootstrap"] == pytest.approx((hits + 1) / 41)
        assert (row["bootstrap_low"], row["bootstrap_high"]) == pytest.approx(binomial_limits(hits, 40, 0.95))
        assert row["bootstrap_replicates"] == 40
    rungs = json.loads((folder / "bootstrap.json").read_text())["rungs"]
    assert [rung["rung"] for rung in rungs] == ["null", "random_intercept"]
    steps.likelihood(results=folder)
    steps.measure(results=folder)
    found = json.loads((folder / "measures.json").read_text())
    squared = {row["scale"]: row for row in found["r_squared"]}
    (change,) = found["variance_changes"]
    (median,) = [row["ratio"] for row in found["median_ratios"] if row["rung"] == "random_intercept"]
    made = [squared["latent"]["marginal"], squared["observation level"]["conditional"], change["rescaled"], median]
    for one in made:
        assert one["method"].startswith("parametric bootstrap, percentiles of 40 replicates"), one
        assert one["ci_low"] < one["ci_high"]


def scattered(folder: Path, number: int) -> bytes:
    """bootstrap.json of a study whose replicates were made by so many jobs; 0: in one go."""
    for chunk in range(1, number + 1):
        steps.resample(results=folder, chunk=chunk, of=number)
    steps.bootstrap(results=folder, chunks=number)
    return (folder / "bootstrap.json").read_bytes()


def test_it_does_not_matter_how_replicates_are_scattered(tmp_path: Path) -> None:
    """In 8 jobs, in 3 or in one go: the same bytes of bootstrap.json."""
    folder = prepared(HERDS, tmp_path, 9)
    assert scattered(folder, 8) == scattered(folder, 3) == scattered(folder, 0)


def asked(laboratory: Laboratory, folder: Path, replicates: int) -> Path:
    """A fitted Gaussian study of 18 persons whose plan asks for so many replicates."""
    golden = MODELS["sleepstudy_rs"]
    shutil.copytree(laboratory.results(golden), folder, dirs_exist_ok=True)
    for rung in Designed(folder / "design").rungs:
        write_json(folder / "fits" / f"{rung}.json", laboratory.fit(golden, rung))
    plan = json.loads((folder / "plan.json").read_text())
    plan["inference"]["bootstrap"] = replicates
    write_json(folder / "plan.json", plan)
    return folder


def test_nor_does_it_matter_for_gaussian_outcomes(
    laboratory: Laboratory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In 2 jobs, in 12 of which some have nothing to do, or in one go: the same bytes, to the last bit."""
    monkeypatch.setattr("epiladder.inference.resample_gaussian.run_length", lambda n_clusters: 1)
    monkeypatch.setattr("epiladder.inference.resample_gaussian.BLOCK", 4)
    folder = asked(laboratory, tmp_path, 30)
    found = [scattered(folder, number) for number in (2, 12, 0)]
    assert found[0] == found[1] == found[2]
    assert json.loads(found[0])["rungs"][0]["replicates"] == 30


def test_gaussian_replicates_do_not_depend_on_how_many_there_are(laboratory: Laboratory, tmp_path: Path) -> None:
    """The first replicates of a longer run are the replicates of a shorter one."""
    runs = []
    for replicates in (12, 30):
        folder = asked(laboratory, tmp_path / str(replicates), replicates)
        steps.resample(results=folder, chunk=1, of=1)
        rows = read_parquet(folder / "bootstrap" / "1.parquet").to_pylist()
        runs.append([row for row in rows if row["replicate"] < 12])
    keys = ("drawn", "fitted", "criterion", "replicate")
    found = [{tuple(row[key] for key in keys): row["log_likelihood"] for row in run} for run in runs]
    assert found[0] == pytest.approx(found[1], abs=1e-6)
    assert len(found[0]) == 12 * len({key[:3] for key in found[0]})


def test_a_small_gaussian_study_is_resampled_in_one_job_and_a_large_one_in_several(laboratory: Laboratory) -> None:
    """By bytes of data times replicates; what is not here by replicates alone, as of other outcomes."""
    plan = steps.read_plan(laboratory.results(MODELS["sleepstudy_rs"]))

    def jobs(replicates: int, size: int) -> int:
        inference = plan.inference.model_copy(update={"bootstrap": replicates})
        return len(chunks(plan.model_copy(update={"inference": inference}), size))

    assert [jobs(999, size) for size in (0, 500_000, 2_000_000, 10**9)] == [0, 0, 4, 8]
    assert [jobs(99, 5_000_000), jobs(0, 10**9)] == [0, 0]

    def jobs_of(**data: object) -> list[int]:
        named = {"inference": plan.inference.model_copy(update={"bootstrap": 999})}
        other = plan.model_copy(update={**named, "data": plan.data.model_copy(update=data)})
        return [len(chunks(other, size)) for size in (0, 2_000_000)]

    query = "SELECT * FROM visits"
    assert jobs_of(database="postgresql://host/clinic", query=query, path=()) == [8, 8]
    assert jobs_of(database="sqlite:///clinic.db", query=query, path=()) == [0, 4]
    assert jobs_of(path=("https://host/visits.parquet",)) == [8, 8]
