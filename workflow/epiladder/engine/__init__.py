"""The engine floor: estimation of one rung, reached through `fit` alone."""
