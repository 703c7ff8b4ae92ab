"""Imputation: which cells were filled and by which model, what they cost in information, and how the chains went."""

from __future__ import annotations

from typing import Any

from epiladder.report import numbers
from epiladder.report.page import Block, Cell, Column, Name, Note, Paragraph, Parts, Row, RowGroup, Section, Table, say
from epiladder.report.plots import chains
from epiladder.report.results import Results, estimates

MIXED = 1.2  # potential scale reduction from which chains have not mixed (van Buuren 2018, section 6.5.2)


def section(results: Results) -> Section | None:
    """What was imputed; nothing where the plan imputes nothing."""
    record = results.imputation
    if record is None:
        return None
    if not record["variables"]:
        words = "The plan imputes missing values, but no covariate has any: all data sets are the same."
        return Section("imputation", "Imputation of missing values", (Paragraph(say(words)),))
    blocks: list[Block] = [Paragraph(_made(results, record)), _cells(results, record)]
    blocks += [block for block in (_information(results), *_enough(results, record)) if block]
    picture = chains.figure(_panels(results, record), record["number"])
    blocks += [picture] if picture else []
    blocks += [Note("warning", parts) for parts in (*_products(results), *_unmixed(results, record))]
    return Section("imputation", "Imputation of missing values", tuple(blocks))


def _made(results: Results, record: dict[str, Any]) -> Parts:
    return say(
        "Missing values of covariates were imputed {m} times by chained equations that respect the clusters "
        "[@vanbuuren2018][@resche2018], in {rounds} rounds each. Rows without the outcome are left out. A variable of "
        "the {units} has random intercepts for all levels around it; one of a cluster is imputed once a cluster. "
        "Predictors are all other variables of the analysis, the outcome, and their cluster means. Every rung was "
        "fitted on each data set and pooled by Rubin’s rules [@rubin1987].",
        m=numbers.count(record["number"]),
        rounds=numbers.count(record["iterations"]),
        units=results.names.unit(2),
    )


def _cells(results: Results, record: dict[str, Any]) -> Table:
    rows = tuple(Row(results.names.variable(one["column"]), _row(results, one)) for one in record["variables"])
    heads = (Column("Cells imputed"), Column("Of"), Column("Share"), Column("Model", numeric=False), Column("Mixing"))
    return Table(
        id="imputed",
        caption=say("What was imputed."),
        stub="Variable",
        columns=heads,
        groups=(RowGroup(None, rows),),
        notes=tuple(_notes(results, record)),
    )


def _row(results: Results, one: dict[str, Any]) -> tuple[Cell | None, ...]:
    rule = results.disclosure
    share = rule.share(one["cells"], one["of"])
    return (rule.count(one["cells"]), rule.count(one["of"]), numbers.percent(share), one["model"], _mixing(one))


def _mixing(one: dict[str, Any]) -> Cell | None:
    found = [trace["scale_reduction"] for trace in one["traces"].values() if trace["scale_reduction"] is not None]
    return numbers.fixed(max(found), 2) if found else None


def _notes(results: Results, record: dict[str, Any]) -> list[Parts]:
    """How cells are counted, products and slopes, predictors left out, values found in the cluster."""
    notes = [
        say(
            "A cell of a cluster’s variable counts once a cluster. Mixing: the largest potential scale reduction of "
            "the later half of the rounds; one is best. Products, transformations, deviations and means are made of "
            "the imputed values afterwards."
        )
    ]
    for one in record["variables"]:
        name = results.names.variable(one["column"])
        if one["filled"]:
            words = "{name}: {rows} rows were empty although their cluster’s value stands in another row; it was taken."
            notes.append(say(words, name=name, rows=results.disclosure.count(one["filled"])))
        if one["products_with"]:
            others = ", ".join(results.names.variable(other) for other in one["products_with"])
            scatter = "; its residual variance may depend on that too" if one.get("residual_variance_by") else ""
            words = "{name} is also predicted by the outcome times {others}, for the ladder asks for the product{more}."
            notes.append(say(words, name=name, others=others, more=Name(scatter)))
        if one["random_slopes"]:
            levels = ", ".join(one["random_slopes"])
            words = "{name} is predicted with slopes of the outcome that vary over {levels}, as its own slope may."
            notes.append(say(words, name=name, levels=levels))
        if one["left_out"]:
            words = "{name}: for want of clusters these did not predict it: {left}."
            notes.append(say(words, name=name, left=", ".join(one["left_out"])))
    return notes


def _information(results: Results) -> Table | None:
    """The fraction of missing information of the rung that is read."""
    rung = results.retained()
    found = estimates(results.fit(rung))
    if rung is None or found is None:
        return None
    rows = tuple(
        Row(
            results.names.term(row["term"]),
            (
                numbers.fixed(row["fraction_missing_information"], 2),
                numbers.fixed(row["relative_increase"], 2),
                numbers.degrees_of_freedom(row["df"]),
            ),
        )
        for row in found["fixed"]
    )
    return Table(
        id="information",
        caption=say("What missing values cost: the rung “{rung}”.", rung=results.names.rung_inside(rung)),
        stub="Term",
        columns=(Column("Fraction of missing information"), Column("Increase of the variance"), Column("df")),
        groups=(RowGroup(None, rows),),
        notes=(
            say(
                "The fraction of missing information [@rubin1987] would be zero with complete data. Increase: of the "
                "variance, relative to that within data sets. df: " + degrees(results) + "."
            ),
        ),
    )


def _enough(results: Results, record: dict[str, Any]) -> list[Note]:
    """Whether there are as many data sets as percents of information that are missing."""
    found = estimates(results.fit(results.retained()))
    worst = max((row["fraction_missing_information"] for row in found["fixed"]), default=0.0) if found else 0.0
    if record["number"] >= 100 * worst:
        return []
    words = (
        "The largest fraction of missing information asks for about {needed} data sets, so that another run would give "
        "nearly the same numbers [@white2011]; {made} were made. Raise `data.imputation.number`."
    )
    return [Note("remark", say(words, needed=numbers.count(round(100 * worst)), made=numbers.count(record["number"])))]


def _panels(results: Results, record: dict[str, Any]) -> list[chains.Panel]:
    """Traces of what may be shown: of few cells, a mean could be one person's value."""
    shown = [one for one in record["variables"] if results.disclosure.shows(one["cells"])]
    return [
        (f"{results.names.variable(one['column'])}, {key}", trace)
        for one in shown
        for key, trace in one["traces"].items()
    ]


def _products(results: Results) -> list[Parts]:
    """What the check of products of imputed variables says, which holds no value of a person."""
    found = [one for one in results.findings if one["check"] == "imputed_products" and one["severity"] != "ignore"]
    return [say("{text} {mend}", text=Name(one["message"]), mend=Name(one["mend"])) for one in found]


def _unmixed(results: Results, record: dict[str, Any]) -> list[Parts]:
    """Variables whose chains had not come together at the end."""
    found = [one["column"] for one in record["variables"] if _worst(one) > MIXED]
    words = (
        "The chains of {names} have not mixed (potential scale reduction above {limit}). Raise "
        "`data.imputation.iterations`, and see whether the estimates move."
    )
    names = ", ".join(results.names.variable(name) for name in found)
    return [say(words, names=Name(names), limit=numbers.given(MIXED))] if found else []


def _worst(one: dict[str, Any]) -> float:
    return max((trace["scale_reduction"] or 0.0 for trace in one["traces"].values()), default=0.0)


def degrees(results: Results) -> str:
    """Where degrees of freedom over imputed data sets come from."""
    method = (results.plan.get("inference") or {}).get("degrees_of_freedom")
    if results.scale.gaussian and method == "satterthwaite":
        return "Barnard and Rubin’s degrees of freedom [@barnard1999], from Satterthwaite’s of each data set"
    if results.scale.gaussian and method == "kenward_roger":
        kenward = "Kenward and Roger’s [@kenward1997] of each data set"
        return f"Barnard and Rubin’s degrees of freedom [@barnard1999], from {kenward}"
    return "Rubin’s degrees of freedom [@rubin1987], as if complete data had infinitely many"


def methods(results: Results) -> Parts:
    """The paragraph on missing data where values are imputed."""
    record = results.imputation or {}
    return say(
        "**Missing data.** Rows without the outcome or an identifier were left out ({lost} of {read}). Missing values "
        "of covariates were imputed {m} times by chained equations [@vanbuuren2018] ({rounds} rounds) that respect the "
        "clusters [@resche2018]: linear mixed models for numbers, probit mixed models by data augmentation "
        "[@albert1993] for two categories, multinomial probit ones for more, all parameters drawn from their "
        "posterior. This assumes that values are missing at random given the variables of the analysis. "
        "Fixed effects are pooled by Rubin’s rules [@rubin1987]; variances of random effects are means over data sets.",
        lost=results.disclosure.count(results.accounting["rows_incomplete"]),
        read=results.disclosure.count(results.accounting["rows_read"]),
        m=numbers.count(record.get("number")),
        rounds=numbers.count(record.get("iterations")),
    )


def comparison(results: Results) -> str:
    """What is said of comparisons where values are imputed; nothing where they are not."""
    if results.imputation is None:
        return ""
    return (
        " Where imputed values enter, fixed effects are tested by the pooled likelihood-ratio statistic D₃ of Meng and "
        "Rubin [@meng1992], whose reference is an F law; tests of variances are not pooled, since no law of such a "
        "statistic is known."
    )


def ladder_note(results: Results) -> list[Parts]:
    """The note under the ladder table where values are imputed."""
    if results.imputation is None:
        return []
    words = (
        "Pooled over {m} imputed data sets: fixed effects by Rubin’s rules [@rubin1987] with " + degrees(results) + "; "
        "variances and covariances as means over data sets. A log-likelihood, and what is made of it, belongs to one "
        "data set: it is printed for rungs into which no imputed value enters."
    )
    return [say(words, m=numbers.count(results.imputation["number"]))]
