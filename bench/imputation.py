"""Multiple imputation checked by simulation with known truth: bias and coverage beside those of complete cases.

`python -m bench.imputation [replicates]` writes docs/imputation.md, on all cores. Forty clusters of twenty; values are
missing depending on the outcome and on a variable of the cluster, where complete cases are biased. A replicate hangs on
the seed and its number alone, so that the page is the same on any number of cores.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from epiladder.design.build import build_design
from epiladder.design.model import model_of
from epiladder.engine.fit import LAPLACE, fit_gaussian, fit_general
from epiladder.engine.outcome import make_outcome
from epiladder.errors import LikelihoodError
from epiladder.imputation.impute import impute
from epiladder.inference.fixed import coefficient, coefficients
from epiladder.inference.rubin import pool
from epiladder.ladder.plan import ladder
from epiladder.study.config import Plan

from bench.imputation_scenarios import CLUSTERS, SCENARIOS, SETS, SIZE, Frame, Scenario

Answers = dict[str, tuple[float, float, float, float]]  # estimate, standard error, interval

SEED = 20261123
PAGE = Path(__file__).resolve().parents[1] / "docs" / "imputation.md"


@dataclass
class Tally:
    """What one method gave for one coefficient."""

    estimates: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    hits: int = 0

    def add(self, answer: tuple[float, float, float, float], truth: float) -> None:
        """One replicate's estimate, standard error and interval."""
        self.estimates.append(answer[0])
        self.errors.append(answer[1])
        self.hits += answer[2] <= truth <= answer[3]

    def cells(self, truth: float) -> list[str]:
        """Bias, spread of estimates, mean standard error, coverage, with Monte Carlo errors."""
        found, n = np.array(self.estimates), len(self.estimates)
        share = self.hits / n
        return [
            f"{found.mean() - truth:+.3f} ({found.std(ddof=1) / np.sqrt(n):.3f})",
            f"{found.std(ddof=1):.3f}",
            f"{np.mean(self.errors):.3f}",
            f"{share:.3f} ({np.sqrt(share * (1 - share) / n):.3f})",
        ]


def fitted(plan: Plan, rows: Frame) -> Answers:
    """The random-intercept rung on complete rows."""
    design = build_design(plan, rows)
    model = model_of(ladder(plan)[-1], design.of_term)
    if plan.outcome.family == "gaussian":
        fit, method = fit_gaussian(design.crossproducts, model)["REML"], "satterthwaite"
    else:
        outcome = make_outcome("binomial", "logit", design.outcome.y)
        fit, method = fit_general(design.crossproducts, model, design.columns, outcome, LAPLACE), "none"
    found = coefficients(fit, method, 0.95)
    return {
        name: (row.estimate, row.std_error, row.df, (row.ci_low, row.ci_high))
        for name, row in zip(fit.names, found, strict=True)
    }


def single(found: dict) -> Answers:
    """The answers of one fit."""
    return {name: (row[0], row[1], *row[3]) for name, row in found.items()}


def pooled(plan: Plan, gappy: Frame, replicate: int) -> Answers:
    """The fits of the imputed data sets by Rubin's rules."""
    own = plan.model_copy(update={"inference": plan.inference.model_copy(update={"seed": replicate})})
    sets = [fitted(plan, impute(own, gappy, which + 1)[0]) for which in range(SETS)]
    answers = {}
    for name in sets[0]:
        rows = [one[name] for one in sets]
        dfs = [row[2] for row in rows]
        found = pool([r[0] for r in rows], [r[1] ** 2 for r in rows], None if None in dfs else float(np.mean(dfs)))
        made = coefficient(found.estimate, found.std_error, found.df, 0.95)
        answers[name] = (made.estimate, made.std_error, made.ci_low, made.ci_high)
    return answers


def replicated(task: tuple[int, int]) -> tuple[dict[str, Answers | None], float]:
    """One replicate of one scenario: the answers of each method (None where it has none), the share of cells lost."""
    which, replicate = task
    scenario = SCENARIOS[which]
    plan = scenario.plan()
    whole, gappy = scenario.rows(np.random.default_rng([SEED, which, replicate]))
    methods = (
        lambda: single(fitted(plan, whole)),
        lambda: single(fitted(plan, _complete(gappy))),
        lambda: pooled(plan, gappy, replicate),
    )
    answers: dict[str, Answers | None] = {}
    for name, answer in zip(METHODS, methods, strict=True):
        try:
            answers[name] = answer()
        except LikelihoodError:
            answers[name] = None
    return answers, float(gappy[scenario.column].isna().mean())


METHODS = ("nothing missing", "complete cases", "multiple imputation")


def _complete(gappy: Frame) -> Frame:
    rows = gappy.dropna().reset_index(drop=True)
    rows["cluster"] = rows["cluster"].cat.remove_unused_categories()
    return rows


def table(scenario: Scenario, found: list[tuple[dict[str, Answers | None], float]]) -> str:
    """One scenario's part of the page."""
    tallies = {method: {name: Tally() for name in scenario.truth} for method in METHODS}
    without = dict.fromkeys(METHODS, 0)
    for answers, _ in found:
        for method, answer in answers.items():
            without[method] += answer is None
            for name, row in (answer or {}).items():
                tallies[method][name].add(row, scenario.truth[name])
    lost = float(np.mean([share for _, share in found]))
    failed = ", ".join(f"{count} of {method}" for method, count in without.items() if count)
    head = (
        f"## {scenario.words[0].upper()}{scenario.words[1:]}\n\n"
        f"{100 * lost:.0f}% of `{scenario.column}` is missing, on average."
        f"{f' Fits that could not be had: {failed}.' if failed else ''}\n\n"
        "| Coefficient | Truth | Method | Bias | Spread of estimates | Mean standard error | Coverage |\n"
        "| --- | ---: | --- | ---: | ---: | ---: | ---: |\n"
    )
    lines = [
        "| " + " | ".join([f"`{name}`", f"{truth:g}", method, *tallies[method][name].cells(truth)]) + " |"
        for name, truth in scenario.truth.items()
        for method in METHODS
    ]
    return head + "\n".join(lines) + "\n"


OPENING = """# Multiple imputation: does it recover the truth?

{replicates} simulated studies a table (seed {seed}): {clusters} clusters of {size}, of which {sets} data sets are
imputed with {rounds} rounds of the chained equations, and the ladder's last model fitted and pooled by Rubin's rules.
Coverage is that of 95% intervals; Monte Carlo standard errors are in brackets. Values are missing with a probability
that rises with the outcome and with `w`, a variable of the cluster (where `w` is missing: with the cluster's mean
outcome), so that complete cases are biased. Made by `python -m bench.imputation {replicates}`.

What it shows: for intercepts, effects of units and of clusters, and random slopes, imputation removes the bias of
complete cases, and its intervals hold. For a product across levels (`x:w`) it removes about half of the bias of
complete cases, and its intervals hold a little less well than they say: `x` is predicted by the outcome times `w`
(Tilling and others 2016) and its residual variance depends on `w`, but the product is made of imputed values
afterwards, which draws its effect towards zero somewhat. Where a variable with many gaps stands in a product,
`epiladder check` and the report say so (`imputed_products`).

"""


def tables(replicates: int) -> Iterator[str]:
    """The tables of the page, each as soon as it stands."""
    cores = len(os.sched_getaffinity(0))
    with multiprocessing.get_context("spawn").Pool(cores) as workers:
        for which, scenario in enumerate(SCENARIOS):
            tasks = [(which, replicate) for replicate in range(replicates)]
            yield table(scenario, workers.map(replicated, tasks, chunksize=5))
            print(f"{scenario.words}: done", file=sys.stderr, flush=True)


def main() -> None:
    """Simulate every scenario and write the page."""
    replicates = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    settings = SCENARIOS[0].plan().data.imputation
    assert settings is not None
    head = OPENING.format(
        replicates=replicates, seed=SEED, clusters=CLUSTERS, size=SIZE, sets=SETS, rounds=settings.iterations
    )
    page = head + "\n".join(tables(replicates))
    PAGE.write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
