"""Numbers printed in books and manuals, reproduced to the digits printed (those that the references mark so)."""

import math

import pytest
from studies import MODELS, Laboratory, reference, same_term

PRINTED = [
    item
    for item in reference("published")
    if item["reproduced_to_printed_digits"]
    and item["model"].rpartition("_")[0] in MODELS
    and not item["quantity"].startswith("varse")
]


def value(laboratory: Laboratory, model: str, quantity: str) -> float:
    name, _, criterion = model.rpartition("_")
    record = laboratory.fit(MODELS[name])
    fit = record["estimates"][criterion.upper()]
    kind, _, rest = quantity.partition(":")
    if kind in ("fixef", "se"):
        row = next(r for r in fit["fixed"] if same_term(r["term"]) == frozenset(rest.split(":")))
        return row["estimate" if kind == "fixef" else "std_error"]
    if kind in ("var", "sd", "corr"):
        level, _, indices = rest.partition(":")
        matrix = next(part for part in fit["random"] if part["level"] == level)["covariance"]
        i, j = (int(k) for k in (indices.split(":") * 2)[:2])
        if kind == "corr":
            return matrix[i][j] / math.sqrt(matrix[i][i] * matrix[j][j])
        return matrix[i][j] if kind == "var" else math.sqrt(matrix[i][i])
    if kind == "vpc":
        variances = {part["level"]: part["covariance"][0][0] for part in fit["random"]}
        return variances[rest] / (sum(variances.values()) + fit["residual_variance"])
    simple = {
        "logLik": fit["log_likelihood"],
        "m2ll": fit["deviance"],
        "deviance": fit["deviance"],
        "s2": fit["residual_variance"],
        "sigma": math.sqrt(fit["residual_variance"]),
        "AIC": fit["aic"],
        "BIC": (fit["bic"] or {}).get("rows"),
    }
    return simple[kind]


def test_there_are_printed_numbers() -> None:
    assert len(PRINTED) > 60


@pytest.mark.parametrize("item", PRINTED, ids=lambda item: f"{item['model']}-{item['quantity']}")
def test_printed(laboratory: Laboratory, item: dict) -> None:
    found = value(laboratory, item["model"], item["quantity"])
    half_a_digit = 0.5000001 * 10.0 ** -item["printed_decimals"]
    assert found == pytest.approx(float(item["printed"]), abs=half_a_digit + 1e-7 * abs(found)), item["source"]
