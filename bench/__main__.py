"""Prints the benchmarks as tables: fits beside their peers, the ladder beside lme4's random slope, the workflow."""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable

SIZES = (10_000, 100_000, 1_000_000)
LARGEST_FOR_STATSMODELS = 100_000
REPEATS = {10_000: 5, 100_000: 3, 1_000_000: 3}
PEER_REPEATS = {10_000: 3, 100_000: 1, 1_000_000: 1}
NEAR = 1e-3  # log-likelihoods of the same model on the same rows
AIMS = {
    "dry run": ("snakemake -n", 3.0),
    "default run": ("default run, both studies, two cores", 40.0),
    "rung": ("a rung of a small study, processor time", 1.0),
}


def timed(run: Callable[[], float], repeats: int) -> tuple[float, float]:
    """Median seconds of some repeats, and what the last one returned."""
    seconds, value = [], float("nan")
    for _ in range(repeats):
        started = time.perf_counter()
        value = run()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds), value


def line(name: str, seconds: float, peer: str = "", ratio: float | None = None) -> None:
    """One line of a table."""
    print(f"  {name:<44} {seconds:>10.3f} s   {'' if ratio is None else f'{peer} / ours = {ratio:,.1f}'}", flush=True)


def agree(name: str, ours: float, theirs: float) -> None:
    """Say when a peer reached another log-likelihood, for then the times do not compare."""
    if abs(ours - theirs) > NEAR:
        which = "higher" if ours > theirs else "lower"
        print(f"  note: our log-likelihood is {which} than {name}'s by {abs(ours - theirs):.3g}")


def fits(sizes: tuple[int, ...]) -> None:
    """The Gaussian random-slope fit at each size, and the whole ladder at the largest."""
    from bench import ours, peers
    from bench.simulate import simulate

    with_lme4 = peers.has_lme4()
    ours.fit(simulate(2_000))  # imports are not what is timed
    print("Random slope by ML, twenty rows a cluster, six fixed effects, from rows in memory (medians)")
    if not with_lme4:
        print("  R with lme4 is not installed here: its lines are left out")
    for size in sizes:
        data = simulate(size)
        seconds, reached = timed(lambda data=data: ours.fit(data), REPEATS[size])
        line(f"{size:>9,} rows: epiladder", seconds)
        if size <= LARGEST_FOR_STATSMODELS:
            peer, value = timed(lambda data=data: peers.statsmodels(data), PEER_REPEATS[size])
            line(f"{size:>9,} rows: statsmodels MixedLM", peer, "statsmodels", peer / seconds)
            agree("statsmodels", reached, value)
        lme4 = peers.lme4(data, PEER_REPEATS[size]) if with_lme4 else None
        if lme4:
            line(f"{size:>9,} rows: lme4", lme4.median, "lme4", lme4.median / seconds)
            agree("lme4", reached, lme4.log_likelihood)
        if size == sizes[-1]:
            assert data.frame is not None  # made once, before the clock starts
            whole, compared = timed(lambda data=data: ours.whole_ladder(data), 3)
            line(f"{size:>9,} rows: whole ladder, {compared:.0f} comparisons", whole)
            if lme4:
                line("        beside lme4's random slope alone", whole, "lme4", lme4.median / whole)


def workflow() -> None:
    """The workflow's own cost beside its aims."""
    from bench.flow import measure

    print("The workflow (medians)")
    for key, seconds in measure(repeats=2).items():
        name, aim = AIMS[key]
        line(f"{name} (aim {aim:g} s)", statistics.median(seconds))


def main() -> None:
    """Parse the command line and print the tables asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--only", choices=("fits", "workflow"))
    options = parser.parse_args()
    if options.only != "workflow":
        fits(tuple(sorted(options.sizes)))
    if options.only != "fits":
        workflow()


if __name__ == "__main__":
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    if any(os.environ.get(name) != value for name, value in threads.items()):
        import sys

        os.execve(sys.executable, [sys.executable, "-m", "bench", *sys.argv[1:]], {**os.environ, **threads})
    main()
