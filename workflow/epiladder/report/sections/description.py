"""Description of the variables: one table by level, and one by exposure where the plan names one."""

from __future__ import annotations

from epiladder.report import numbers
from epiladder.report.names import capital
from epiladder.report.page import Block, Cell, Column, Paragraph, Row, RowGroup, Section, Table, say
from epiladder.report.results import Results
from epiladder.report.sections import by_exposure, outcome


def section(results: Results) -> Section | None:
    """The variables of the plan; nothing when none is described."""
    if not results.description:
        return None
    words = (
        "A variable of the {unit} is counted once a row, a variable of a level once a cluster. "
        "Rows are those that were used."
    )
    blocks: list[Block] = [Paragraph(text) for text in [outcome.sentence(results)] if text]
    blocks.append(Paragraph(say(words, unit=results.names.unit())))
    blocks += by_exposure.tables(results)
    return Section("variables", "Variables", (*blocks, _table(results)))


def by_level(results: Results) -> list[tuple[str, list[dict]]]:
    """The described variables under a heading for each level, the units first, then levels from the inside."""
    levels = [results.plan["unit"]["name"], *reversed(results.levels())]
    found = [
        (level, [one for one in results.description if (one.get("level") or levels[0]) == level]) for level in levels
    ]
    return [(_heading(results, level), variables) for level, variables in found if variables]


def _heading(results: Results, level: str) -> str:
    if level == results.plan["unit"]["name"]:
        return capital(results.names.unit(2))
    return f"{capital(results.names.level(level, 2))}, each counted once"


def _table(results: Results) -> Table:
    groups = [
        RowGroup(heading, tuple(row for variable in variables for row in _rows(results, variable)))
        for heading, variables in by_level(results)
    ]
    notes = [say("SD: standard deviation. Numbers have a mean, categories a share.")]
    if results.missingness is not None:
        notes.append(say("Missing: cells of the rows that no check rejected, before incomplete rows were left out."))
    return Table(
        id="variables",
        caption=say("Variables, at the level at which each is measured."),
        stub="Variable",
        columns=(
            Column("Number"),
            Column("Missing"),
            Column("Mean or share"),
            Column("SD"),
            Column("Median"),
            Column("Quartiles"),
        ),
        groups=tuple(groups),
        notes=tuple(notes),
    )


def _rows(results: Results, variable: dict) -> tuple[Row, ...]:
    level = variable.get("level") or results.plan["unit"]["name"]
    label, gaps = labelled(results, variable), missing(results, variable)
    shown = results.disclosure.count(gaps) if gaps is None else results.count_at(level, gaps)
    start: tuple[Cell | None, ...] = (results.count_at(level, variable["n"]), shown)
    if variable.get("type") == "boolean" and variable.get("mean") is not None:
        return (Row(label, (*start, numbers.percent(_true(results, variable)), "", "", "")),)
    if variable.get("categories") is None:
        shown = results.shows_mean(variable.get("level") or results.plan["unit"]["name"], variable["n"])
        return (Row(label, (*start, *(_moments(variable) if shown else 4 * (None,)))),)
    head = Row(label, (*start, "", "", "", ""))
    counts = by_exposure.overall(results, variable)
    return (head, *(_category(results, variable, *pair) for pair in zip(variable["categories"], counts, strict=True)))


def labelled(results: Results, variable: dict) -> str:
    """A variable's label with its unit of measurement."""
    unit = f", {variable['unit']}" if variable.get("unit") else ""
    return results.names.variable(variable["name"]) + unit


def missing(results: Results, variable: dict) -> float | None:
    """Cells that were missing before incomplete rows were left out, where that is recorded."""
    record = results.missingness or {"variables": ()}
    known = next((one for one in record["variables"] if one["name"] == variable["name"]), None)
    return variable.get("missing") if known is None else known["missing"]


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


def _category(results: Results, variable: dict, one: dict, count: numbers.Number) -> Row:
    """A category's count and share, the share from counts as they are printed."""
    rule = results.disclosure
    level = variable.get("level") or results.plan["unit"]["name"]
    share = None if count.value is None else results.share_at(level, one["count"], variable["n"])
    share = one["share"] if rule.public else share
    cells = (count, "", numbers.percent(share), "", "", "")
    return Row(f"\u2003{one['category']}", cells)
