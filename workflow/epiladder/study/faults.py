"""Faults of a plan, gathered before anything is said: each has a place, a sentence and the variables it is about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from epiladder.study.names import nearest, suggestion
from epiladder.study.scalars import shown
from epiladder.study.yaml12 import Document, Place


@dataclass(frozen=True)
class Fault:
    """One fault: `place` in the study file, `message`, and the names of `variables` that it rests on."""

    place: Place
    message: str
    variables: tuple[str, ...] = ()


_UNKNOWN = "there is no such key"
_SAID = {
    "missing": "is missing; every study file needs it",
    "string_type": "must be a word",
    "model_type": "must be a mapping of keys, such as `key: value` on lines below it",
    "model_attributes_type": "must be a mapping of keys, such as `key: value` on lines below it",
    "dict_type": "must be a mapping, such as `name: value` on lines below it",
    "tuple_type": "must be a list, such as `[first, second]` or lines that begin with `- `",
    "list_type": "must be a list, such as `[first, second]` or lines that begin with `- `",
    "too_short": "must not be empty",
    "string_pattern_mismatch": "may hold only small letters, digits and hyphens",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be {ge:g} or more",
    "less_than": "must be less than {lt:g}",
    "less_than_equal": "must be {le:g} or less",
}


def faults_of(error: ValidationError, root: type[BaseModel], value: Any) -> list[Fault]:
    """The faults of a study file that its types found, in our words, in the order of the file's keys."""
    found: dict[Place, Fault] = {}
    for detail in error.errors(include_url=False):
        if detail["type"] == "literal_error" and isinstance(detail["input"], dict):
            continue  # the other form of the same key, a mapping, tells what is wrong in it
        place = _place(detail["loc"], value)
        detail["input"] = _written(value, place, detail["input"])
        fault = Fault(place, _message(detail, place, root), _variables(place))
        if place not in found or detail["type"] != "missing":
            found.setdefault(place, fault)
    renamed = {(*place[:-1], nearest(str(place[-1]), keys_at(root, place[:-1]))) for place in _unknown(found)}
    return [fault for place, fault in found.items() if place not in renamed]


def _unknown(found: Mapping[Place, Fault]) -> list[Place]:
    """Places of keys that nobody knows: the key that one of them means is not missing as well."""
    return [place for place, fault in found.items() if fault.message.startswith(_UNKNOWN)]


def _place(location: Sequence[str | int], value: Any) -> Place:
    """pydantic's location without the names of types and validators that are no keys of the file."""
    place: list[str | int] = []
    for i, step in enumerate(location):
        known = isinstance(value, dict) and step in value
        inside = isinstance(value, (list, tuple)) and isinstance(step, int) and step < len(value)
        if known or inside:
            place.append(step)
            value = value[step]  # type: ignore[index]
        elif i == len(location) - 1 and isinstance(value, dict) and not _is_machinery(step):
            place.append(step)
    return tuple(place)


def _written(value: Any, place: Place, otherwise: Any) -> Any:
    """What the file says at a place."""
    for step in place:
        if isinstance(value, dict) and step not in value:
            return otherwise
        value = value[step]
    return value


def _is_machinery(step: str | int) -> bool:
    return isinstance(step, int) or "[" in step or step in ("Quadrature", "bool", "str")


def _variables(place: Place) -> tuple[str, ...]:
    return (str(place[1]),) if len(place) > 1 and place[0] == "variables" else ()


def _message(detail: Any, place: Place, root: type[BaseModel]) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "plan":
        return str(context["said"])
    if kind == "extra_forbidden":
        return f"{_UNKNOWN}; {suggestion(str(place[-1]), keys_at(root, place[:-1]), 'the keys here are')}"
    if kind == "literal_error":
        known = re.findall(r"'([^']+)'", context["expected"])
        wrong = detail["input"]
        return f"must be one of {', '.join(known)}, not {shown(wrong)}; {suggestion(str(wrong), known)}"
    said = _SAID.get(kind)
    if said is None:
        return f"is not right: {detail['msg']}"
    said = said.format(**context)
    return said if kind in ("missing", "too_short") else f"{said}, not {shown(detail['input'])}"


def keys_at(root: type[BaseModel], place: Place) -> list[str]:
    """The keys that a mapping at a place of the file may have."""
    model: Any = root
    for step in place:
        model = _model_in(model.model_fields[step].annotation) if _has(model, step) else model
        if model is None:
            return []
    return list(model.model_fields)


def _has(model: Any, step: str | int) -> bool:
    return isinstance(step, str) and step in model.model_fields


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = [_model_in(argument) for argument in getattr(annotation, "__args__", ())]
    return next((model for model in inner if model is not None), None)


def repaired(value: Any, faults: Sequence[Fault], root: type[BaseModel]) -> Any:
    """The file's value with its faulty places mended by a guess or left out, so that what else is wrong can be seen.

    The guess serves the further checks only: a plan with faults is never used.
    """
    value = _copied(value)
    for fault in sorted(faults, key=lambda fault: len(fault.place), reverse=True):
        _repair(value, fault.place, root)
    return _copied(value)


_GONE = object()


def _copied(value: Any) -> Any:
    """A deep copy without the items of lists that a repair has taken out."""
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value if item is not _GONE] if isinstance(value, list) else value


def _repair(value: Any, place: Place, root: type[BaseModel]) -> None:
    """Mend one place: rename its key, or drop it; a mapping that lacks a key it needs is dropped with it."""
    *above, last = place or ("",)
    holder: Any = value
    for step in above:
        holder = holder[step]
        if holder is _GONE:
            return
    if isinstance(holder, list):
        holder[int(last)] = _GONE
    elif last in holder:
        _mend(holder, place, root)
    elif not _supplied(holder, place) and above:
        _repair(value, tuple(above), root)


def _mend(holder: dict[str, Any], place: Place, root: type[BaseModel]) -> None:
    last = str(place[-1])
    removed = holder.pop(last, None)
    known = keys_at(root, place[:-1])
    near = nearest(last, known)
    if last not in known and near is not None and near not in holder:
        holder[near] = removed
    elif not _supplied(holder, place) and len(place) == 2 and place[0] == "variables":
        holder[last] = {"type": "number"}


def _supplied(holder: dict[str, Any], place: Place) -> bool:
    """Put in what the further checks cannot do without; whether there was something to put in."""
    if place == ("id",):
        holder["id"] = "unnamed"
    elif len(place) == 3 and place[0] == "variables" and place[-1] == "type":
        holder["type"] = "number"
    else:
        return False
    return True


def told(faults: Sequence[Fault], document: Document, path: Any) -> str:
    """All faults as one message, a line each: file, line, key, what is wrong."""
    lines = []
    for fault in sorted(faults, key=lambda fault: document.line(fault.place) or 0):
        line = document.line(fault.place)
        where = f"{path}:{line}" if line else str(path)
        key = dotted(fault.place)
        end = "" if fault.message.endswith("?") else "."
        lines.append(f"{where}: {key}: {fault.message}{end}" if key else f"{where}: {fault.message}{end}")
    unique = list(dict.fromkeys(lines))
    if len(unique) == 1:
        return unique[0]
    return "\n".join([f"{path}: the plan has {len(unique)} faults:", *(f"  {line}" for line in unique)])


def dotted(place: Place) -> str:
    """A place as a person writes it: variables.age.min, levels[2].id (lists count from one)."""
    text = ""
    for step in place:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text
