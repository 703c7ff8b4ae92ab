"""The checks of the data by name: what each asks, what follows when it fails, and what a plan may say instead.

`stop` ends the run at the gate, `reject` leaves the rows out and goes on, `warn` is told in the report, `ignore` is
not asked. Rows are rejected in the order of this register.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """A check: its name, the question in words, the severities a plan may choose (the default first)."""

    name: str
    asks: str
    severities: tuple[str, ...]


_CELL = ("stop", "reject")
_ROWS = ("warn", "stop", "reject", "ignore")
_TABLE = ("stop", "warn", "ignore")
_ADVICE = ("warn", "stop", "ignore")

_ALL = (
    Check("unreadable", "the data's files are there and hold one table", ("stop",)),
    Check("duplicate_column", "a column that the plan names stands once in the data", ("stop",)),
    Check("missing_column", "every column that the plan names is in the data", ("stop",)),
    Check("encoding", "a text file is UTF-8, or its encoding is named", _ADVICE),
    Check("user_missing", "no values are declared missing by the file itself", _ADVICE),
    Check("type", "a cell holds what its `type` says", _CELL),
    Check("range", "a number lies between `min` and `max`", ("stop", "reject", "warn", "ignore")),
    Check("categories", "a category is one of `categories`", _CELL),
    Check("pattern", "a text fits its `pattern`", ("stop", "reject", "warn", "ignore")),
    Check("missing", "no cell is empty, when `data.missing` is `error`", _CELL),
    Check("required_if", "a cell is not empty where others require it", ("stop", "reject", "warn", "ignore")),
    Check("order", "a date does not come before the one it comes `after`", ("stop", "reject", "warn", "ignore")),
    Check("unique", "a value that is `unique` stands once", ("stop", "reject", "warn", "ignore")),
    Check("event", "an outcome of numbers is the event or one other value: 0 and 1", _CELL),
    Check("counts", "counts and events are whole numbers from 0, trials from 1", _CELL),
    Check("events_exceed_trials", "a row has no more events than trials", _CELL),
    Check("exposure", "an exposure is more than 0", _CELL),
    Check("weights", "a frequency weight is a whole number from 1", _CELL),
    Check("duplicate_unit", "an identifier of a unit stands on one row", ("stop", "reject", "warn", "ignore")),
    Check("duplicate_rows", "no row is a copy of another, where units have no identifier", _ROWS),
    Check("orphans", "a row that names an inner cluster names its outer one", _ROWS),
    Check("odd_ids", "no two ids are alike but for case, accents or zeros, and none reads as missing", _ADVICE),
    Check("nesting", "an inner cluster belongs to one outer cluster", _CELL),
    Check("constant_in_cluster", "a variable of a higher level has one value in a cluster", ("stop", "reject", "warn")),
    Check("too_few_rows", "rows are left after rejected and incomplete ones", ("stop",)),
    Check(
        "constant_outcome",
        "the outcome varies, and varies within clusters; the event is not in all rows or none",
        ("stop",),
    ),
    Check("one_cluster", "a level has two clusters or more", ("stop",)),
    Check("same_clusters", "a level is not the same as the level within it, or as the units", ("stop",)),
    Check("rank", "no column of the design is a combination of the others", _TABLE),
    Check("constant_column", "no column of the design is constant", _TABLE),
    Check("few_clusters", "a level has enough clusters to estimate its variance", _ADVICE),
    Check("clusters_per_variable", "a level has 5 clusters for each column of fixed effects of its own", _ADVICE),
    Check("empty_cells", "the categories whose product the ladder asks for occur together", _ADVICE),
    Check("imputed_products", "no product of the ladder is made of a variable with many imputed cells", _ADVICE),
    Check("same_level_product", "a product of `cross_level` joins variables of different levels", _ADVICE),
    Check("constant_in_clusters", "the outcome varies within clusters", _ADVICE),
    Check("informative_size", "the size of a cluster does not go with its outcome", _ADVICE),
    Check("missing_with_outcome", "gaps are not commoner in clusters with a higher or lower outcome", _ADVICE),
    Check("singletons", "few clusters hold a single unit", _ADVICE),
    Check("separation_in_table", "every category of a covariate has some with the event and some without", _ADVICE),
    Check("events_per_variable", "there are 10 events, and 10 non-events, for each column of fixed effects", _ADVICE),
)

CHECKS: dict[str, Check] = {check.name: check for check in _ALL}
ROW_CHECKS: tuple[str, ...] = (
    "type",
    "range",
    "categories",
    "pattern",
    "missing",
    "required_if",
    "order",
    "unique",
    "event",
    "counts",
    "events_exceed_trials",
    "exposure",
    "weights",
    "duplicate_unit",
    "duplicate_rows",
    "orphans",
    "nesting",
    "constant_in_cluster",
)


def default_severities() -> dict[str, str]:
    """The severity of every check when the plan says nothing."""
    return {name: check.severities[0] for name, check in CHECKS.items()}
