"""Influence: what leaving out one cluster does to the answers, and which conclusions turn on a single one."""

from __future__ import annotations

from typing import Any

from epiladder.report import numbers
from epiladder.report.page import (
    Block,
    Bullets,
    Column,
    Name,
    Note,
    Paragraph,
    Parts,
    Row,
    RowGroup,
    Section,
    Strong,
    Table,
    say,
)
from epiladder.report.plots import influence as picture
from epiladder.report.results import Results, estimates, fixed
from epiladder.report.sections import influence_tests

IN_TABLE = 5


def section(results: Results) -> Section | None:
    """In words, as pictures and as a table by level; nothing where influence was not looked at."""
    found = results.influence
    if found is None:
        return None
    if not found["levels"]:
        return Section("influence", "Influence", (Paragraph((found["reason"],)),))
    blocks: list[Block] = [Paragraph(_what(results, found)), Paragraph(_verdict(results, found))]
    turned = _turned(results, found["turns"])
    blocks += [Bullets(tuple(turned))] if turned else []
    for level in found["levels"]:
        blocks += _level(results, level, found["retained_rung"])
    return Section("influence", "Influence", tuple(blocks))


def _what(results: Results, found: dict[str, Any]) -> Parts:
    rungs = [entry for level in found["levels"] for entry in level["rungs"] if entry["reason"] is None]
    stepped = any(entry["one_step"] for entry in rungs)
    words = (
        "Each cluster was left out in turn and the models estimated again. Cook's distance says how far the fixed "
        "effects move together without it, in units of their uncertainty [@demidenko2005]."
    )
    if stepped:
        words += (
            " Where clusters are many or the likelihood is costly, all take one Newton step from the fit with all of "
            "them [@pregibon1981], and the most influential are refitted exactly."
        )
    if found.get("data_set"):
        words += " What follows is of the first of the imputed data sets, with its own fits and not the pooled ones: "
        words += (
            "leaving each cluster out of every data set and pooling anew would cost as many times as much as there "
        )
        words += "are data sets, and is not done."
    return say(words)


def _verdict(results: Results, found: dict[str, Any]) -> Parts:
    """The sentence that a reader quotes."""
    levels = [results.names.level(level["level"], 1) for level in found["levels"]]
    if not found["turns"]:
        return (Strong(f"No single {' or '.join(levels)} turns a conclusion"), *influence_tests.asked(results, found))
    number = len(_grouped(found["turns"]))
    what = "One conclusion turns" if number == 1 else f"{number} conclusions turn"
    return (Strong(f"{what} when a single cluster is left out"), *influence_tests.asked(results, found))


def _grouped(turns: list[dict[str, Any]]) -> dict[tuple[str, str, str], list[dict[str, Any]]]:
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for turn in turns:
        groups.setdefault((turn["level"], turn["conclusion"], turn["term"]), []).append(turn)
    return groups


def _turned(results: Results, turns: list[dict[str, Any]]) -> list[Parts]:
    """One sentence a conclusion and level, with the cluster that turns it furthest."""
    return [_sentence(results, level, conclusion, group) for (level, conclusion, _), group in _grouped(turns).items()]


def _sentence(results: Results, level: str, conclusion: str, group: list[dict[str, Any]]) -> Parts:
    head = say(
        "Without {one}, ",
        one=_anyone(results, level, group),
    )
    first = group[0]
    if conclusion == "coefficient":
        return (*head, *_of_coefficient(results, group))
    if conclusion == "screen":
        return (
            *head,
            *say(
                "the screen's verdict on clustering by {name} would be “{after}” in place of “{before}”.",
                name=first["term"],
                after=(first["without"]["verdict"],),
                before=(first["with_all"]["verdict"],),
            ),
        )
    return (*head, *influence_tests.turned(results, _furthest(group)))


def _anyone(results: Results, level: str, group: list[dict[str, Any]]) -> Parts:
    if len(group) > 1:
        return say(
            "any one of {n} {levels}", n=results.clusters_of(level, len(group)), levels=results.names.level(level, 2)
        )
    return _called(results, level, group[0])


def _called(results: Results, level: str, one: dict[str, Any]) -> Parts:
    """A cluster by its name where data are public."""
    if results.disclosure.public:
        return say("{level} {name}", level=results.names.level(level, 1), name=str(one["cluster"]))
    return say("one {level}", level=results.names.level(level, 1))


def _furthest(group: list[dict[str, Any]]) -> dict[str, Any]:
    """The cluster without which the p-value lies furthest beyond the threshold."""
    known = [turn for turn in group if turn["without"].get("p_value") is not None]
    if not known:
        return group[0]
    rises = known[0]["with_all"]["p_value"] < known[0]["threshold"]
    return max(known, key=lambda turn: turn["without"]["p_value"] * (1 if rises else -1))


def _of_coefficient(results: Results, group: list[dict[str, Any]]) -> Parts:
    furthest = _furthest(group)
    if furthest["without"]["p_value"] is None:
        return say(
            "the coefficient of {term} cannot be estimated: it rests on that cluster.",
            term=results.names.term(furthest["term"]),
        )
    return say(
        "{term} would {turn} (p{about}: {after}, {estimate} in place of {all}; p with all clusters: {before}).",
        term=results.names.term(furthest["term"]),
        turn=(
            "no longer be told from zero"
            if furthest["with_all"]["p_value"] < furthest["threshold"]
            else "be told from zero",
        ),
        after=numbers.p_value(furthest["without"]["p_value"]),
        about=(_how(furthest, len(group)),),
        estimate=numbers.magnitude(furthest["without"]["estimate"], 3),
        all=numbers.magnitude(furthest["with_all"]["estimate"], 3),
        before=numbers.p_value(furthest["with_all"]["p_value"]),
    )


def _how(furthest: dict[str, Any], many: int) -> str:
    """How the p-value was come by, and that it is the furthest of many."""
    stepped = furthest["method"] == "one_step"
    return (" at the furthest" if many > 1 else "") + (" by one step" if stepped else "")


def _level(results: Results, level: dict[str, Any], retained: str) -> list[Block]:
    """What the most influential clusters do to the rung that is read, or to the highest that could be looked at."""
    entries = [entry for entry in level["rungs"] if entry["reason"] is None]
    refused = [entry for entry in level["rungs"] if entry["reason"] is not None]
    blocks: list[Block] = [
        Note("remark", say("Clusters of {level}: {reason}.", level=level["level"], reason=(entry["reason"],)))
        for entry in refused[:1]
    ]
    entry = next((one for one in entries if one["rung"] == retained), entries[-1] if entries else None)
    if entry is None:
        return blocks
    shown = [one for one in entry["influential"] if results.disclosure.shows(one["rows"])]
    drawn = picture.figure(results, level["level"], entry, shown)
    known = [one for one in shown if one["cooks_distance"] is not None]
    if known:
        blocks.append(Paragraph(_most(results, level["level"], entry, known[0])))
    blocks += [drawn] if drawn else []
    return [*blocks, _table(results, level["level"], entry, known[:IN_TABLE])] if known else blocks


def _moved(one: dict[str, Any]) -> dict[str, Any]:
    """The coefficient that leaving a cluster out moves most."""
    return max(one["fixed"], key=lambda row: abs(row["change"]))


def _most(results: Results, level: str, entry: dict[str, Any], one: dict[str, Any]) -> Parts:
    moved = _moved(one)
    before = fixed(estimates(results.fit(entry["rung"])), moved["term"]) or {}
    return say(
        "Without the most influential {who} the {effect} would be {after} in place of {all}, {change} standard errors "
        "away{p}.",
        who=_who(results, level, one),
        effect=_effect(results, moved["term"]),
        after=numbers.Number(moved["estimate"], numbers.by_error(moved["std_error"], moved["estimate"])),
        all=numbers.Number(before.get("estimate"), numbers.by_error(moved["std_error"], moved["estimate"])),
        change=numbers.fixed(abs(moved["change"]), 2),
        p=say(
            " (p with it: {with_all}; without: {without})",
            with_all=numbers.p_value(before.get("p_value")),
            without=numbers.p_value(moved["p_value"]),
        )
        if moved["term"] != "(Intercept)"
        else (),
    )


def _who(results: Results, level: str, one: dict[str, Any]) -> Parts:
    name = results.names.level(level, 1)
    return say("{level} ({name})", level=name, name=str(one["cluster"])) if results.disclosure.public else (Name(name),)


def _effect(results: Results, term: str) -> Parts:
    return ("intercept",) if term == "(Intercept)" else say("coefficient of {term}", term=results.names.term(term))


def _table(results: Results, level: str, entry: dict[str, Any], known: list[dict[str, Any]]) -> Table:
    rows = tuple(
        Row(str(one["cluster"]) if results.disclosure.public else f"Number {place}", _cells(results, one))
        for place, one in enumerate(known, start=1)
    )
    heads = ("Cook's distance", "Moved most", "Without it", "Change (standard errors)", "p without it", "How")
    return Table(
        id=f"influential-{results.levels().index(level) + 1}",
        caption=say(
            "The most influential {many}, {rung}.",
            many=results.names.level(level, 2),
            rung=(results.names.rung_inside(entry["rung"]),),
        ),
        stub=level,
        columns=tuple(Column(head, numeric=head not in ("Moved most", "How")) for head in heads),
        groups=(RowGroup(None, rows),),
        notes=(
            say(
                "Exact: refitted without the cluster. One step: a Newton step from the fit with all clusters. {exact} "
                "of {all} were refitted.",
                exact=numbers.count(entry["exact"]),
                all=numbers.count(entry["clusters"]),
            ),
        ),
    )


def _cells(results: Results, one: dict[str, Any]) -> tuple[Any, ...]:
    moved = _moved(one)
    return (
        numbers.magnitude(one["cooks_distance"], 2),
        Name(results.names.term(moved["term"])),
        numbers.Number(moved["estimate"], numbers.by_error(moved["std_error"], moved["estimate"])),
        numbers.fixed(moved["change"], 2),
        numbers.p_value(moved["p_value"]),
        one["method"].replace("_", " "),
    )
