"""CR2 and its degrees of freedom against R's clubSandwich (make_fixed_effects.R)."""

import numpy as np
import pytest
from cases import DATA, Table, read
from epiladder.inference.practice_gaussian import cluster_robust_cr2 as least_squares
from epiladder.inference.practice_general import cluster_robust_cr2 as general
from epiladder.inference.regression import Regression
from studies import reference

EXPECTED = reference("robust")


def regression(table: Table, outcome: np.ndarray, names: list[str], cluster: str, **more) -> Regression:
    codes = np.unique(table[cluster], return_inverse=True)[1]
    columns = [np.ones(len(codes)), *(table[name] for name in names)]
    return Regression(outcome, ("(Intercept)", *names), np.column_stack(columns), codes, codes, 0.95, **more)


def indicators(table: Table, name: str, *values: str) -> list[str]:
    """Columns for the categories of a variable."""
    for value in values:
        table[value] = np.asarray(table[name] == value, dtype=float)
    return list(values)


def few(outcome: str = "y") -> Table:
    table = read(DATA / "few_clusters.csv")
    table["event"] = (table["y"] > 1).astype(float)
    indicators(table, "grade", "b", "c")
    table["g"] = np.asarray(table["centre"] == "g", dtype=float)
    return table


def case(name: str) -> Regression:
    if name == "exam":
        table = read(DATA / "exam.csv")
        names = ["standlrt", *indicators(table, "sex", "M"), *indicators(table, "schgend", "boys", "girls")]
        return regression(table, table["normexam"], names, "school")
    if name.startswith("few"):
        table = few()
        names = {"few": ["treat", "x", "b", "c"], "few_logit": ["treat", "x"], "few_one_cluster": ["g", "x"]}[name]
        more = {"family": "binomial", "link": "logit"} if name == "few_logit" else {}
        return regression(table, table["event" if more else "y"], names, "centre", **more)
    if name.startswith("contraception"):
        table = read(DATA / "contraception.csv")
        names = ["urban", "age", "child1", "child2", "child3"]
        if name.endswith("probit"):
            return regression(table, table["use"], names[:2], "district", family="binomial", link="probit")
        return regression(table, table["use"], names, "district", family="binomial", link="logit")
    if name == "cbpp":
        table = read(DATA / "cbpp.csv")
        names = indicators(table, "period", "p2", "p3", "p4")
        more = {"family": "binomial", "link": "logit", "trials": table["size"]}
        return regression(table, table["incidence"], names, "herd", **more)
    table = read(DATA / "epilepsy_hsaur.csv")
    return regression(table, table["y"], ["treat", "lbase", "lage", "v4"], "subject", family="poisson", link="log")


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_standard_errors_and_degrees_of_freedom(name: str) -> None:
    data, expected = case(name), EXPECTED[name]
    found = (least_squares if data.family == "gaussian" else general)(data).coefficients.values()
    for key in ("estimate", "std_error", "df"):
        ours = np.array([getattr(row, key) for row in found], dtype=float)
        np.testing.assert_allclose(ours, np.array(expected[key], dtype=float), rtol=1e-6, err_msg=key)
