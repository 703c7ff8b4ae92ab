"""Changes since the baseline: what changed, what moved, and how much of each coefficient's change each accounts for."""

from __future__ import annotations

from typing import Any

from epiladder.report import numbers
from epiladder.report.names import capital
from epiladder.report.page import (
    Block,
    Cell,
    Code,
    Column,
    Name,
    Paragraph,
    Parts,
    Row,
    RowGroup,
    Section,
    Table,
    join,
    say,
)
from epiladder.report.results import Results

MOVED = 0.1  # standard deviations, or a share of 0.02, from which a variable is named
MOVED_SHARE = 0.02


def section(results: Results) -> Section | None:
    """The comparison with the baseline; nothing where there is none."""
    found = results.changes
    if found is None or found.get("baseline") is None:
        return None
    blocks: list[Block] = [Paragraph(_what(found)), Paragraph(_rows(results, found)), Paragraph(_moved(results, found))]
    blocks += [_outcomes(results, found), *_coefficients(results, found)]
    return Section("changes", "Changes since the last release", tuple(blocks))


def _what(found: dict[str, Any]) -> Parts:
    changed = found["changed"]
    said: list[Parts] = []
    said += [("the data",)] if changed["data"] else []
    if changed["plan"]:
        said.append((*say("the plan, in "), *join([(Code(key),) for key in changed["plan"]])))
    said += [("the wording of the plan",)] if changed["wording"] else []
    said += [("the code",)] if changed["code"] else []
    libraries = [
        say("{name} ({before} to {after})", name=one["name"], before=str(one["before"]), after=str(one["after"]))
        for one in changed["libraries"]
    ]
    said += [(*say("the libraries "), *join(libraries))] if libraries else []
    since = found["baseline"].get("released")
    at = say(" released on {day}", day=since[:10]) if since else ()
    if not said:
        return say("Neither data nor plan, code or libraries changed since the run{at}.", at=at)
    return say("Since the run{at} there changed {what}.", at=at, what=join(said))


def _rows(results: Results, found: dict[str, Any]) -> Parts:
    rule, rows = results.disclosure, found["rows"]
    head = say(
        "Rows used: {before} before, {after} now.", before=rule.count(rows["before"]), after=rule.count(rows["after"])
    )
    if rows["come"] is not None:
        by = "identifier" if rows["by"] == "identifier" else "content"
        words = " By their {by}, {come} came and {gone} went{changed}."
        changed = () if rows["changed"] is None else say(", and {n} changed", n=rule.count(rows["changed"]))
        head += say(words, by=(by,), come=rule.count(rows["come"]), gone=rule.count(rows["gone"]), changed=changed)
    for one in found["levels"]:
        if one["come"] is not None:
            level = one["level"]
            head += say(
                " {levels}: {before} before, {after} now; {come} came, {gone} went.",
                levels=capital(results.names.level(level, 2)),
                **{key: results.clusters_of(level, one[key]) for key in ("before", "after", "come", "gone")},
            )
    return head


def _moved(results: Results, found: dict[str, Any]) -> Parts:
    said = []
    for one in found["variables"]:
        least = MOVED if one["kind"] == "number" else MOVED_SHARE
        if one["moved"] is None or abs(one["moved"]) < least:
            continue
        name = results.names.variable(one["name"])
        if one["kind"] == "number":
            said.append(say("{name} by {n} standard deviations", name=name, n=numbers.fixed(one["moved"], 2)))
        else:
            share = numbers.percent(abs(one["moved"]))
            way = "more" if one["moved"] > 0 else "less"
            said.append(
                say("{name}, {share} {way} of {value}", name=name, share=share, way=(way,), value=one["category"])
            )
    if not said:
        return say("No variable's mean moved by {n} standard deviations, nor a share by {s}.", **_limits())
    return (*say("What moved: "), *join(said, "; ", " and "), ".")


def _limits() -> dict[str, numbers.Number]:
    return {"n": numbers.fixed(MOVED, 1), "s": numbers.percent(MOVED_SHARE)}


def _outcomes(results: Results, found: dict[str, Any]) -> Table:
    """ICCs and decisions before and after, and missing values."""
    correlations = tuple(
        Row(f"ICC, {one['level']}", (numbers.icc(one["icc"]["before"]), numbers.icc(one["icc"]["after"])))
        for one in found["screen"]
    )
    verdicts = tuple(
        Row(f"Verdict, {one['level']}", (str(one["verdict"]["before"]), str(one["verdict"]["after"])))
        for one in found["screen"]
    )
    decided = tuple(Row(one["rule"], (_text(one["before"]), _text(one["after"]))) for one in found["decisions"])
    missing = tuple(
        Row(results.names.variable(one["column"]), (numbers.percent(one["before"]), numbers.percent(one["after"])))
        for one in found["missing"]
        if results.disclosure.public
    )
    groups = (("Clustering", (*correlations, *verdicts)), ("Decisions", decided), ("Missing, of rows read", missing))
    return Table(
        id="changes",
        caption=say("Before and now."),
        stub="",
        columns=(Column("Before", numeric=False), Column("Now", numeric=False)),
        groups=tuple(RowGroup(head, rows) for head, rows in groups if rows),
    )


def _text(value: Any) -> Cell:
    return Name("not taken" if value is None else str(value))


def _coefficients(results: Results, found: dict[str, Any]) -> list[Block]:
    """Of the rung that is read: each coefficient's change, and its parts."""
    own = [row for row in found["coefficients"] if row["rung"] == results.retained()]
    if not own:
        return [Paragraph(say("The rung that is read has no coefficient that the baseline has too."))]
    reasons = dict.fromkeys(row["reason"] for row in own if row["reason"])
    notes = [say("Parts add up to the change. Code: the old data fitted again by today's code and libraries.")]
    notes += [say("Not told apart: {why}.", why=reason) for reason in reasons]
    heads = ("Before", "Now", "Change, in standard errors", "Code", "Data", "Plan")
    return [
        Table(
            id="changed-coefficients",
            caption=say("Coefficients of the rung that is read, and what moved them."),
            stub="Term",
            columns=tuple(Column(head) for head in heads),
            groups=(RowGroup(None, tuple(Row(results.names.term(row["term"]), _cells(row)) for row in own)),),
            notes=tuple(notes),
        )
    ]


def _cells(row: dict[str, Any]) -> tuple[Cell | None, ...]:
    form = numbers.significant(row["before"], 3)
    parts = (None if row[key] is None else numbers.Number(row[key], form) for key in ("code", "data", "plan"))
    move = None if row["in_errors"] is None else numbers.fixed(row["in_errors"], 2)
    return numbers.Number(row["before"], form), numbers.Number(row["after"], form), move, *parts
