"""Study files derived from one by `expand:`: the text of each, the same in every run, and its combination.

A derived file is the first one's own text with what differs put in: an auditor can read it, and check it by itself.
"""

from __future__ import annotations

import copy
import itertools
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from epiladder.study.addresses import is_address
from epiladder.study.expand import Choice, Expansion, dimensions, wrong
from epiladder.study.ladder_changes import ladder_document, left_out, swapped
from epiladder.study.plan import Plan
from epiladder.study.sources import SQLITE
from epiladder.study.yaml12 import Plain

HEAD = """\
# Written by `expand:` of the configuration from {source}; a run writes it anew, so do not edit it.
# {differs}. `epiladder check` takes it as it takes any study file.
"""


@dataclass(frozen=True)
class Derived:
    """A derived study: its id, the choices that make it, and how to write its file."""

    id: str
    choices: tuple[Choice, ...]

    @property
    def differs(self) -> dict[str, str]:
        """What differs from the study that it comes from."""
        return {one.what: one.label for one in self.choices}


def combinations(plan: Plan, expansion: Expansion) -> list[Derived]:
    """Every combination of the choices, in order. Raises PlanError where there are more than the entry allows."""
    found = dimensions(plan, expansion)
    number = 1
    for choices in found:
        number *= len(choices)
    if number > expansion.most:
        counted = " times ".join(f"{len(choices)} of {choices[0].what}" for choices in found)
        raise wrong(
            f"spreads `{plan.id}` into {number:,} studies ({counted}), each a look at the same data; more than "
            f"{expansion.most} must be asked for: `most: {number}` beside `over`"
        )
    return [
        Derived("--".join([plan.id, *(one.slug for one in choices)]), choices) for choices in itertools.product(*found)
    ]


def text_of(plan: Plan, document: dict[str, Any], source: Path, derived: Derived, looks: int, target: Path) -> str:
    """The derived study file. source, target: where the first file lies, and where this one will.

    looks: into how many studies the first one is spread.
    """
    made = document_of(plan, document, source, derived, looks, target)
    way = Path(os.path.relpath(source.parent, target.parent))
    head = HEAD.format(source=(way / source.name).as_posix(), differs=_one_line(_differs(derived)))
    return head + yaml.dump(
        made, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None
    )


def document_of(
    plan: Plan, document: dict[str, Any], source: Path, derived: Derived, looks: int, target: Path
) -> dict[str, Any]:
    """What the derived study file says, as a mapping; its arguments are those of its text."""
    differs = _differs(derived)
    kept = {key: value for key, value in copy.deepcopy(document).items() if key not in ("id", "title", "baseline")}
    made: dict[str, Any] = {"id": derived.id, "title": f"{plan.title} ({differs})", **kept}
    way = os.path.relpath(source.parent, target.parent)
    made["data"] = _moved(made["data"], Path(way))
    made = _changed(plan, made, derived.choices)
    made["expanded"] = {"of": plan.id, "differs": dict(derived.differs), "looks": str(looks)}
    return made


def _differs(derived: Derived) -> str:
    return "; ".join(f"{what}: {label}" for what, label in derived.differs.items())


def _one_line(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text)


def _moved(data: dict[str, Any], way: Path) -> dict[str, Any]:
    """Where the data lie, from the derived file's folder."""
    made = dict(data)
    if made.get("path"):
        paths = [made["path"]] if isinstance(made["path"], str) else made["path"]
        made["path"] = [_way(path, way) for path in paths]
    if isinstance(made.get("sha256"), dict):
        made["sha256"] = {_way(path, way): digest for path, digest in made["sha256"].items()}
    database = str(made.get("database") or "")
    if database.startswith(SQLITE) and not database.startswith(f"{SQLITE}/"):
        made["database"] = SQLITE + (way / database.removeprefix(SQLITE)).as_posix()
    return made


def _way(path: str, way: Path) -> str:
    return path if is_address(path) else (way / path).as_posix()


def _changed(plan: Plan, document: dict[str, Any], choices: Sequence[Choice]) -> dict[str, Any]:
    ladder, fixed = plan.ladder, []
    for one in choices:
        if one.kind == "outcome":
            document["outcome"] = _outcome(document["outcome"], one.value)
        elif one.kind == "exposure":
            ladder = swapped(plan, ladder, one.instead, one.value)
        else:
            document["data"]["only"] = {**(document["data"].get("only") or {}), one.what: one.value}
            fixed += _narrowed(plan, document, one)
    ladder = left_out(plan, ladder, fixed)
    if ladder is not plan.ladder:
        document["ladder"] = ladder_document(ladder, document.get("ladder") or {})
    described = document.get("description") or {}
    if described.get("by") in fixed:
        document["description"] = {key: value for key, value in described.items() if key != "by"}
    return document


def _outcome(before: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    """A mapping that says more than its variable stands for itself; a variable alone takes the rest from before."""
    if set(value) != {"variable"}:
        return {key: str(inner) for key, inner in value.items()}
    kept = {key: inner for key, inner in before.items() if key not in ("variable", "events", "trials")}
    return {"variable": value["variable"], **kept}


def _narrowed(plan: Plan, document: dict[str, Any], choice: Choice) -> list[str]:
    """The column, where a single value of it is kept, so that it cannot explain anything; else its categories."""
    values = choice.value if isinstance(choice.value, list) else []
    if len(values) == 1:
        return [choice.what]
    if values and plan.variables[choice.what].type == "category":
        kept = [category for category in plan.variables[choice.what].categories if category in values]
        document["variables"][choice.what] = {**document["variables"][choice.what], "categories": kept}
    return []


class _Dumper(yaml.SafeDumper):
    """Words as they are: a plain `null` of the first file stays plain, for it means nothing there."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _plain(dumper: yaml.SafeDumper, value: Plain) -> yaml.Node:
    if value in ("null", "Null", "NULL"):
        return dumper.represent_scalar("tag:yaml.org,2002:null", str(value))
    return dumper.represent_str(str(value))


_Dumper.add_representer(Plain, _plain)
