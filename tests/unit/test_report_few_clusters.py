"""Who is warned of few clusters: coefficients of a level with few of them, nobody else."""

from epiladder.report.sections.few_clusters import carried_by_few

LEVELS = [{"name": "hospital", "n_clusters": 12}, {"name": "ward", "n_clusters": 80}]
COLUMNS = [
    {"name": "size", "level": "hospital"},
    {"name": "training[yes]", "level": "ward"},
    {"name": "age", "level": "patient"},
    {"name": "age:size", "level": None},
]


def test_only_coefficients_of_a_level_with_few_clusters() -> None:
    terms = [column["name"] for column in COLUMNS]
    assert carried_by_few(terms, COLUMNS, LEVELS) == {"hospital": (12, ["size"])}


def test_nobody_where_clusters_are_many() -> None:
    many = [{**level, "n_clusters": 30} for level in LEVELS]
    assert carried_by_few(["size", "age"], COLUMNS, many) == {}
