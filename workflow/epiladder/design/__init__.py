"""The design floor: terms, models as data, matrices and their cross-products."""
