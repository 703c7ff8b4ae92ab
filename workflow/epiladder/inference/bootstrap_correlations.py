"""What replicates of the bootstrap say of correlations, and of the variance by which clusters differ.

All at the means of the covariates, as measures.json takes them, so that with random slopes there is an answer as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from epiladder.families import FAMILIES
from epiladder.inference.monte_carlo import percentile
from epiladder.inference.resample import Refitted
from epiladder.inference.scales import At, on_scale, scales_of

if TYPE_CHECKING:
    from epiladder.design.load import Designed
    from epiladder.study.config import Plan

Record = dict[str, Any]
AT_MEANS = "at the means of the covariates"


def correlations_of(plan: Plan, designed: Designed, estimate: Record, one: Refitted) -> list[Record]:
    """For each level, outermost first: correlations by scale (together, own), apart, and where they are taken.

    apart: the variances from this level inwards, summed, by which two units of different clusters of it differ.
    """
    family, link = FAMILIES[plan.outcome.family], str(plan.outcome.link)
    observed, drawn = _variances(designed, estimate, one)
    at, places = _places(designed, estimate, one)
    confidence = plan.inference.confidence

    def interval(values: np.ndarray, estimated: float) -> Record:
        return percentile(values, confidence).as_json(estimated)

    inwards = [np.cumsum(values[::-1], axis=0)[::-1] for values in (observed, drawn)]
    found: list[Record] = [
        {"at": _at(estimate), "correlations": [], "apart": interval(inwards[1][k], float(inwards[0][k]))}
        for k in range(len(observed))
    ]
    for scale in scales_of(family, link):
        whole = np.array(on_scale(scale, family, link, observed.tolist(), at))
        each = [on_scale(scale, family, link, v.tolist(), p) for v, p in zip(drawn.T, places, strict=True)]
        together = np.array(each).reshape(len(each), len(observed)).T
        own = np.diff(together, axis=0, prepend=0.0), np.diff(whole, prepend=0.0)
        for k, level in enumerate(found):
            of_level = {
                "together": interval(together[k], float(whole[k])),
                "own": interval(own[0][k], float(own[1][k])),
            }
            level["correlations"].append({"scale": scale, **of_level})
    return found


def _at(estimate: Record) -> str | None:
    plain = len(estimate["fixed"]) == 1 and all(len(part["terms"]) == 1 for part in estimate["random"])
    return None if plain else AT_MEANS


def _variances(designed: Designed, estimate: Record, one: Refitted) -> tuple[np.ndarray, np.ndarray]:
    """Each level's m'Sigma m, as estimated (K,) and of each known replicate (K, R)."""
    means = [designed.cross.means(part["terms"]) for part in estimate["random"]]
    observed = [m @ np.array(part["covariance"]) @ m for m, part in zip(means, estimate["random"], strict=True)]
    known = [values[one.known] for values in one.covariances]
    drawn = [np.einsum("a,rab,b->r", m, values, m) for m, values in zip(means, known, strict=True)]
    return np.array(observed), np.array(drawn)


def _places(designed: Designed, estimate: Record, one: Refitted) -> tuple[At, list[At]]:
    """Linear predictor at the means, residual variance, dispersion: as estimated, and of each known replicate."""
    exposure = float(designed.stored["outcome"]["mean_log_exposure"])
    beta = np.array([row["estimate"] for row in estimate["fixed"]])
    means = designed.cross.means([row["term"] for row in estimate["fixed"]])
    etas = one.fixed[one.known] @ means + exposure
    values = [
        [None] * len(etas) if part is None else part[one.known].tolist() for part in (one.variance, one.dispersion)
    ]
    places = [At(e, v, d) for e, v, d in zip(etas.tolist(), *values, strict=True)]
    return At(float(means @ beta) + exposure, estimate["residual_variance"], estimate["dispersion"]), places
