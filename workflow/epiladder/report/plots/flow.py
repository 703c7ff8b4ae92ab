"""The flow of rows: those read, those left out on the way with their reasons, and those used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from epiladder.report.names import capital
from epiladder.report.numbers import show
from epiladder.report.page import Figure, Row, Table, say
from epiladder.report.plots import canvas
from epiladder.report.plots.data import behind
from epiladder.report.results import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Paper

STEP = 0.75  # inches a box
MOST_REASONS = 2
Box = tuple[str, str]  # a head and the line below it
Loss = tuple[str, int, list[dict]]  # what befell rows, how many, and the reasons


def figure(results: Results) -> Figure | None:
    """Read, rejected, incomplete, used; None where every row that was read is used."""
    flow = results.accounting
    rejected = sum(row["rows"] for row in flow["rows_rejected"])
    lost: list[Loss] = [("rejected by a check", rejected, flow["rows_rejected"])] if rejected else []
    if flow["rows_incomplete"]:
        lost.append(("incomplete on a column of the plan", flow["rows_incomplete"], flow["rows_missing"]))
    if not lost:
        return None
    ends = [
        (f"{_count(results, flow[key])} rows {word}", "")
        for key, word in (("rows_read", "read"), ("rows_used", "used"))
    ]
    sides = [(f"{_count(results, rows)} {word}", _reasons(results, reasons)) for word, rows, reasons in lost]
    said = "; ".join(head + (f" ({below})" if below else "") for head, below in sides)
    alternative = f"The flow of rows: {ends[0][0]}; {said}; {ends[1][0]}."
    svg = canvas.paper(STEP * (2 + len(sides)), lambda paper: _draw(paper, ends, sides), "flow", alternative)
    return Figure(
        "flow", say("The flow of rows, from those read to those used."), alternative, svg, _data(results, lost)
    )


def _data(results: Results, lost: list[Loss]) -> Table:
    """Rows read, lost in each way with all its reasons, and used; reasons may overlap where cells are missing."""
    flow, count = results.accounting, results.disclosure.count
    rows = [Row("Rows read", (count(flow["rows_read"]),))]
    for word, number, reasons in lost:
        rows.append(Row(capital(word), (count(number),)))
        rows += [Row(_what(results, one), (count(one["rows"]),)) for one in reasons]
    return behind(
        "flow", "The flow of rows.", "Step", ("Rows",), [*rows, Row("Rows used", (count(flow["rows_used"]),))]
    )


def _count(results: Results, rows: float) -> str:
    return show(results.disclosure.count(rows))


def _reasons(results: Results, reasons: list[dict]) -> str:
    """The commonest reasons with their rows: a check and its variable, or the variable alone."""
    ordered = sorted(reasons, key=lambda one: -one["rows"])[:MOST_REASONS]
    said = [f"{_what(results, one)} {_count(results, one['rows'])}" for one in ordered]
    return ", ".join(said) + (" and others" if len(reasons) > MOST_REASONS else "")


def _what(results: Results, reason: dict) -> str:
    name = results.names.variable(reason["column"]) if reason.get("column") else ""
    return " ".join(canvas.short(": ".join(part for part in (reason.get("check"), name) if part), 22).split())


def _draw(paper: Paper, ends: list[Box], sides: list[Box]) -> None:
    axes = paper.add_subplot()
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    rows = len(sides) + 2
    axes.set_ylim(rows, 0)
    axes.annotate("", (0.2, rows - 0.95), (0.2, 0.9), arrowprops={"arrowstyle": "-|>", "color": canvas.SOFT, "lw": 0.9})
    for at, box in ((0, ends[0]), (rows - 1, ends[1])):
        _box(axes, at, 0.01, 0.42, box)
    for at, box in enumerate(sides, start=1):
        axes.annotate(
            "", (0.4, at + 0.5), (0.2, at + 0.5), arrowprops={"arrowstyle": "-|>", "color": canvas.SOFT, "lw": 0.9}
        )
        _box(axes, at, 0.41, 0.99, box)


def _box(axes: Axes, at: int, left: float, right: float, box: Box) -> None:
    from matplotlib.patches import Rectangle

    edge = Rectangle((left, at + 0.12), right - left, 0.76, fill=False, edgecolor=canvas.SOFT, linewidth=0.8)
    axes.add_patch(edge)
    head, below = box
    axes.text(left + 0.02, at + (0.38 if below else 0.5), head, va="center", color=canvas.INK, fontweight="bold",
              fontsize=canvas.POINT - 0.5)  # fmt: skip
    axes.text(left + 0.02, at + 0.68, below, va="center", color=canvas.INK, fontsize=canvas.POINT - 1.5)
