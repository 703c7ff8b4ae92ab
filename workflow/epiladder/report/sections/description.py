"""Description of the variables, each at the level at which it is measured."""

from __future__ import annotations

from epiladder.report import numbers
from epiladder.report.page import Cell, Column, Paragraph, Row, RowGroup, Section, Table, say
from epiladder.report.results import Results
from epiladder.report.sections import outcome


def section(results: Results) -> Section | None:
    """The variables of the plan; nothing when none is described."""
    if not results.description:
        return None
    words = (
        "A variable of the {unit} is counted once a row, a variable of a level once a cluster. "
        "Rows are those that were used."
    )
    return Section(
        "variables",
        "Variables",
        (
            *(Paragraph(text) for text in [outcome.sentence(results)] if text),
            Paragraph(say(words, unit=results.names.unit())),
            _table(results),
        ),
    )


def _table(results: Results) -> Table:
    groups = [group for variable in results.description for group in [_group(results, variable)] if group]
    return Table(
        id="variables",
        caption=say("Variables, at the level at which each is measured."),
        stub="Variable",
        columns=(
            Column("Level", numeric=False),
            Column("Number"),
            Column("Missing"),
            Column("Mean or share"),
            Column("SD"),
            Column("Median"),
            Column("Quartiles"),
        ),
        groups=tuple(groups),
        notes=(say("SD: standard deviation. Numbers have a mean, categories a share."),),
    )


def _group(results: Results, variable: dict) -> RowGroup:
    rule = results.disclosure
    unit = f", {variable['unit']}" if variable.get("unit") else ""
    label = results.names.variable(variable["name"]) + unit
    start: tuple[Cell | None, ...] = (variable.get("level") or "", rule.count(variable["n"]))
    start = (*start, rule.count(variable.get("missing")))
    if variable.get("type") == "boolean" and variable.get("mean") is not None:
        return RowGroup(None, (Row(label, (*start, numbers.percent(_true(results, variable)), "", "", "")),))
    if variable.get("categories") is None:
        return RowGroup(None, (Row(label, (*start, *_moments(variable))),))
    head = Row(label, (*start, "", "", "", ""))
    return RowGroup(None, (head, *(_category(results, variable, one) for one in variable["categories"])))


def _true(results: Results, variable: dict) -> float | None:
    """The share of true, from counts as they are printed; None when either of its two counts is hidden."""
    total = variable["n"]
    yes = round(variable["mean"] * total)
    if results.disclosure.public:
        return variable["mean"]
    hidden = results.disclosure.count(total - yes).value is None
    return None if hidden else results.disclosure.share(yes, total)


def _moments(variable: dict) -> tuple[Cell | None, ...]:
    """Mean, SD, median and quartiles to the precision of the SD."""
    form = numbers.significant(variable.get("sd"), 3)
    return (
        numbers.Number(variable.get("mean"), form),
        numbers.Number(variable.get("sd"), form),
        numbers.Number(variable.get("median"), form),
        numbers.Interval(variable.get("q1"), variable.get("q3"), form),
    )


def _category(results: Results, variable: dict, one: dict) -> Row:
    """A category's count and share, the share from counts as they are printed."""
    rule = results.disclosure
    share = one["share"] if rule.public else rule.share(one["count"], variable["n"])
    cells = ("", rule.count(one["count"]), "", numbers.percent(share), "", "", "")
    return Row(f"\u2003{one['category']}", cells)
