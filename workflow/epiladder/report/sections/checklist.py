"""The checklist: the items of reporting guidelines, each with the place of this page that answers it, or none."""

from __future__ import annotations

from collections.abc import Mapping

from epiladder.report.guidelines import LISTS, SEEN, Item
from epiladder.report.names import capital
from epiladder.report.page import Code, Column, Link, Paragraph, Parts, Row, RowGroup, Section, Table, join, say
from epiladder.report.results import Results

TITLE = "Checklist"


def section(results: Results, titles: Mapping[str, str]) -> Section | None:
    """The lists that the plan asks for; `titles` are the page's sections by their anchors. None for no list."""
    asked = (results.plan.get("report") or {}).get("checklist")
    wanted = ("strobe", "multilevel") if asked is None else tuple(asked)
    lists = [LISTS[name] for name in wanted]
    if not lists:
        return None
    items = [item for _, group in lists for item in group]
    told = sum(_answered(results, titles, item) for item in items)
    intro = "{told} of {all} items are answered by this page or by the authors' notes in the plan. The others are for "
    intro += "the authors: a note under the key that is named answers them here. Topics are in our own words; the "
    intro += "guidelines themselves are to be read beside the list: {lists}."
    names = join([say(words) for words, _ in lists])
    groups = tuple(
        RowGroup(capital(words.split(" [@")[0]), tuple(_row(results, titles, item) for item in group))
        for words, group in lists
    )
    table = Table(
        id="checklist",
        caption=say("Items of reporting guidelines, and where they are answered."),
        stub="Item",
        columns=(Column("Asks for", numeric=False), Column("Where it is answered", numeric=False)),
        groups=groups,
        notes=tuple(say(SEEN[name]) for name in wanted if name in SEEN),
    )
    return Section(
        "checklist", TITLE, (Paragraph(say(intro, told=(str(told),), all=(str(len(items)),), lists=names)), table)
    )


def _row(results: Results, titles: Mapping[str, str], item: Item) -> Row:
    return Row(item.number, (item.topic, _where(results, titles, item)))


def _places(titles: Mapping[str, str], item: Item) -> list[str]:
    """The first two places of an item that this page has."""
    return [place for place in item.places if place in titles][:2]


def _noted(results: Results, item: Item) -> bool:
    return bool(item.key and str((results.plan.get("notes") or {}).get(item.key) or "").strip())


def _stated(results: Results, item: Item) -> str:
    """What the plan itself says to the item."""
    if item.field == "source":
        return str((results.plan.get("data") or {}).get("source") or "").strip()
    return str(results.plan.get(item.field) or "").strip() if item.field else ""


def _answered(results: Results, titles: Mapping[str, str], item: Item) -> bool:
    return bool(_places(titles, item) or _noted(results, item) or _stated(results, item))


def _where(results: Results, titles: Mapping[str, str], item: Item) -> Parts:
    """Links to the page, what the plan states, the authors' note; or the key under which it is to be written."""
    found: list[Parts] = [(Link(titles[place], place),) for place in _places(titles, item)]
    if stated := _stated(results, item):
        found.append(say("{stated}", stated=stated))
    if _noted(results, item):
        found.append((Link(titles.get("notes", "Notes of the authors"), "notes"),))
    if item.key and not _noted(results, item) and not stated:
        start = "the rest is to be written under " if found else "not answered: write it under "
        found.append((start, Code(f"notes: {{{item.key}: ...}}")))
    return join(found, "; ", "; ") if found else say("not answered by this run")
