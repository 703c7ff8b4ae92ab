"""What the likelihood says of the rung that is read, beside its Wald tests and intervals."""

from __future__ import annotations

from pathlib import Path

from epiladder.files import read_json, write_json
from epiladder.steps.resolved import read_plan


def likelihood(*, results: Path) -> None:
    """Likelihood-ratio tests of the terms of the rung that is read, and profile intervals of its parameters."""
    from epiladder.design.load import Designed
    from epiladder.inference.likelihood_tests import likelihood_tests

    rung = next(row["outcome"] for row in read_json(results / "decisions.json") if row["rule"] == "retained_rung")
    fit, approximation = read_json(results / "fits" / f"{rung}.json"), read_json(results / "approximation.json")
    terms, profile = likelihood_tests(read_plan(results), Designed(results / "design"), fit, approximation)
    write_json(results / "terms.json", terms)
    write_json(results / "profile.json", profile)
