"""At which level a column varies, and how alike its values are within clusters: both from cross-products."""

from __future__ import annotations

import numpy as np

from epiladder.design.crossproducts import Crossproducts, pair
from epiladder.design.spec import INTERCEPT

NOTHING = 1e-10  # share of a column's sum of squares within clusters that is rounding


def level_of_column(cross: Crossproducts, name: str) -> str | None:
    """The outermost level within whose clusters a column is constant; None for one that varies within all."""
    if name == INTERCEPT:
        return None
    i = cross.basis.index(name)
    squares = cross.products[pair(i, i)]
    for level in cross.levels:
        starts = cross.starts(level)
        sums = np.add.reduceat(cross.products[pair(i, 0)], starts)
        between = float((sums**2 / cross.cluster_sizes(level)).sum())
        if float(squares.sum()) - between <= NOTHING * float(squares.sum()):
            return level
    return None


def pair_correlation(cross: Crossproducts, name: str, level: str) -> float | None:
    """Moulton's intracluster correlation of a covariate: over all pairs of rows of a cluster; None without pairs.

    sum_j [(sum_i d_ij)^2 - sum_i d_ij^2] / (s^2 sum_j n_j (n_j - 1)), d the deviations from the mean over all rows.
    """
    i = cross.basis.index(name)
    sizes = cross.cluster_sizes(level)
    pairs = float((sizes * (sizes - 1)).sum())
    squares = float(cross.products[pair(i, i)].sum())
    if pairs <= 0 or squares <= 0:
        return None
    sums = np.add.reduceat(cross.products[pair(i, 0)], cross.starts(level))
    mean = float(sums.sum() / sizes.sum())
    sums = sums - sizes * mean
    squares -= float(sizes.sum()) * mean**2
    return float(((sums**2).sum() - squares) / (squares / sizes.sum() * pairs))
