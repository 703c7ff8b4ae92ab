"""The table of fits: each case by us and by its peers in one run, as ratios, with memory, and growth with rows."""

from __future__ import annotations

import math

from bench import engines
from bench.cases import CASES, Case
from bench.engines import Timed

NEAR = 1e-3  # log-likelihoods of the same model on the same rows
LARGEST_FOR_STATSMODELS = 100_000
OURS = "epiladder"


def repeats(engine: str, n_rows: int) -> int:
    """More where a fit is short; lme4 and statsmodels are slow enough to be clear at once."""
    if engine in ("lme4", "statsmodels"):
        return 1
    return 5 if n_rows <= 100_000 else 3 if n_rows <= 1_000_000 else 1


def fits(long: bool) -> None:
    """Print the table. long: also the sizes that take minutes."""
    peers = engines.available()
    print("Fits by maximum likelihood, six fixed effects, from rows in memory: processor seconds (median) and memory")
    for name in ("glmm", "lme4"):
        if name not in peers:
            print(f"  {name} is not installed here: its lines are left out")
    ratios: list[float] = []
    for case in CASES:
        before: tuple[int, Timed] | None = None
        for n_rows in case.rows + case.long_rows * long:
            found = _one(case, n_rows, peers)
            ours = found.get(OURS)
            if ours and before:
                print(
                    f"    {ours.median / before[1].median:.1f} times the time for {n_rows / before[0]:g} times the rows"
                )
            before = (n_rows, ours) if ours else None
            if ours and "glmm" in found:
                ratios.append(found["glmm"].median / ours.median)
    if ratios:
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        print(f"  glmm / ours, geometric mean over {len(ratios)} lines: {mean:.2f}; least {min(ratios):.2f}")


def _one(case: Case, n_rows: int, peers: tuple[str, ...]) -> dict[str, Timed]:
    found: dict[str, Timed] = {}
    with engines.written(case, n_rows) as file:
        for engine in (OURS, *(peer for peer in peers if _takes(peer, case, n_rows))):
            timed = engines.run(engine, case, file, n_rows, repeats(engine, n_rows))
            if timed:
                found[engine] = timed
                _line(case, n_rows, engine, found)
    return found


def _takes(peer: str, case: Case, n_rows: int) -> bool:
    if peer == "statsmodels":
        return case.family == "gaussian" and not case.nested and n_rows <= LARGEST_FOR_STATSMODELS
    return n_rows <= case.lme4_to if peer == "lme4" else True


def _line(case: Case, n_rows: int, engine: str, found: dict[str, Timed]) -> None:
    timed, ours = found[engine], found.get(OURS)
    title = f"{case.name}, {n_rows:,} rows" if engine == OURS else ""
    line = f"  {title:<42} {engine:<12} {timed.median:>9.3f} s {timed.megabytes:>7,.0f} MB"
    if ours and engine != OURS:
        line += f"   {engine} / ours = {timed.median / ours.median:,.1f}"
        apart = ours.log_likelihood - timed.log_likelihood
        if abs(apart) > NEAR:
            line += f"; our log-likelihood is {'higher' if apart > 0 else 'lower'} by {abs(apart):.3g}"
    print(line, flush=True)
