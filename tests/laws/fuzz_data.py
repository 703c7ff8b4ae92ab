"""Small, awkward data sets from a seed: few clusters, unbalanced, nearly separated, variances of zero."""

from __future__ import annotations

import numpy as np

Rows = dict[str, np.ndarray]


def draw(seed: int) -> tuple[str, Rows]:
    """The family, and rows sorted by cluster: g, x (within), w (between), y; both outcome values are present."""
    rng = np.random.default_rng([20261123, seed])
    family = "gaussian" if seed % 2 else "binomial"
    while True:
        n_clusters = int(rng.integers(3, 20))
        sizes = rng.integers(1, 10, n_clusters)
        codes = np.repeat(np.arange(n_clusters), sizes)
        n = len(codes)
        x = rng.normal(size=n) if rng.random() < 0.5 else (rng.random(n) < 0.3).astype(float)
        w = rng.normal(size=n_clusters)[codes]
        spread, tilt = rng.choice([0.0, 0.3, 1.0, 3.0]), rng.choice([0.0, 0.8])
        effects, slopes = spread * rng.normal(size=n_clusters), tilt * rng.normal(size=n_clusters)
        eta = rng.normal() + rng.choice([0.5, 2.5]) * x + 0.3 * w + effects[codes] + slopes[codes] * x
        y = eta + rng.normal(size=n) if family == "gaussian" else (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(float)
        if n > 2 * n_clusters + 4 and np.ptp(x) > 0 and np.ptp(y) > 0:
            return family, {"g": codes, "x": x, "w": w, "y": y}


MODELS = {"intercept": ("(Intercept)",), "slope": ("(Intercept)", "x")}
