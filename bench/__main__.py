"""Prints the benchmarks as tables: validation and fits beside their peers, a whole ladder, the workflow's own cost."""

from __future__ import annotations

import argparse
import os
import statistics
import sys

AIMS = {
    "dry run": ("snakemake -n", 3.0),
    "default run": ("default run, both studies, two cores", 40.0),
    "rung": ("a rung of a small study, processor time", 1.0),
    "report": ("the report of a study of 7,185 rows, processor time", 3.0),
}
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def ladder() -> None:
    """A whole ladder at a million rows."""
    from bench.ladder import ROWS, measure

    seconds, compared = measure()
    print(f"A whole Gaussian ladder of {ROWS:,} rows, {compared} comparisons: {seconds:.2f} s (processor time)")


def influence() -> None:
    """Leaving out every cluster, beside one fit by lme4."""
    from bench.influence import table

    table()


def bootstrap() -> None:
    """The bootstrap of a slope, beside one fit by lme4."""
    from bench.bootstrap import table

    table()


def workflow() -> None:
    """The workflow's own cost beside its aims."""
    from bench.flow import measure

    print("The workflow (medians)")
    for key, seconds in measure(repeats=2).items():
        name, aim = AIMS[key]
        print(f"  {name} (aim {aim:g} s){statistics.median(seconds):>12.2f} s", flush=True)


def main() -> None:
    """Parse the command line and print the tables asked for."""
    from bench.fits import fits
    from bench.many import table as many
    from bench.validation import table as validation

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help="also the sizes that take minutes")
    names = ("fits", "ladder", "bootstrap", "influence", "validation", "workflow", "many")
    parser.add_argument("--only", choices=names)
    options = parser.parse_args()
    tables = {
        "validation": lambda: validation(options.long),
        "fits": lambda: fits(options.long),
        "ladder": ladder,
        "bootstrap": bootstrap,
        "influence": influence,
        "workflow": workflow,
        "many": lambda: many(options.long),
    }
    for name, table in tables.items():
        if options.only in (None, name):
            table()


if __name__ == "__main__":
    if any(os.environ.get(name) != value for name, value in ONE_THREAD.items()):
        os.execve(sys.executable, [sys.executable, "-m", "bench", *sys.argv[1:]], {**os.environ, **ONE_THREAD})
    main()
