"""Reading a study file as YAML 1.2 text: every scalar stays as written until a type says what it is.

PyYAML reads YAML 1.1, where `no`, `01` and `1:30` turn into something else. Only its parser is used here, not its
guesses: scalars come out as text, the empty ones and `~` as None, and every place keeps its line number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from epiladder.errors import PlanError
from epiladder.trail import TRAIL

Place = tuple[str | int, ...]
MOST = 100_000  # values of a study file, those that aliases stand for counted


class Plain(str):
    """Text of an unquoted scalar: where a key may be absent, `null` then means nothing."""

    __slots__ = ()


@dataclass
class Document:
    """A study file as read: mappings, lists and text; the line of every place; faults that do not stop the reading.

    size: how many values it holds, each as often as aliases repeat it.
    """

    value: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    faults: list[tuple[Place, int, str]] = field(default_factory=list)
    size: int = 0

    def line(self, place: Place) -> int | None:
        """Line of a place, or of the nearest place around it that has one."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place)


def read(path: Path) -> Document:
    """Read a study file. Raises PlanError when it is not there, is not UTF-8 or is no YAML, naming the line."""
    return parsed(_text(path), path)


def parsed(text: str, path: Path) -> Document:
    """A study file's text. Raises PlanError, naming `path` and the line, for what is no YAML or no study file."""
    try:
        nodes = list(yaml.compose_all(text, Loader=yaml.BaseLoader))
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise PlanError(f"{path}:{line}: holds a character that no text file should hold ({error.reason}).") from None
    except yaml.MarkedYAMLError as error:
        raise PlanError(_unreadable(path, text, error)) from None
    if not nodes:
        raise PlanError(f"{path}: is empty. config/README.md has a study file to start from.")
    if len(nodes) > 1:
        raise PlanError(f"{path}: holds {len(nodes)} documents (parted by `---`). Keep one study in a file.")
    document = Document()
    document.value = _value(nodes[0], (), document, path, ())
    if not isinstance(document.value, dict):
        raise PlanError(f"{path}: is not a study file: it must hold `key: value` lines, such as `id: my-study`.")
    return document


def _text(path: Path) -> str:
    TRAIL.was_read(path)
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        near = [p.name for p in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
        found = f" That folder holds {', '.join(sorted(near))}." if near else ""
        raise PlanError(f"{path}: there is no such study file.{found}") from None
    except OSError as error:
        raise PlanError(f"{path}: the study file cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise PlanError(f"{path}: is not UTF-8 text. Save the study file with the encoding UTF-8.") from None


def _unreadable(path: Path, text: str, error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    number = mark.line + 1 if mark else 1
    lines = text.splitlines()
    line = lines[number - 1] if number <= len(lines) else ""
    problem = error.problem or str(error)
    if "\t" in line and ("\\t" in problem or line[: len(line) - len(line.lstrip())].count("\t")):
        advice = "a tab stands where YAML wants spaces; indent with spaces"
    elif "cannot start any token" in problem:
        advice = f"{problem}; put the value in quotes, like '...'"
    elif "mapping values are not allowed" in problem:
        advice = (
            "a second `key:` on this line, or a line indented too far; check the spaces at its start, "
            "and quote a text that holds a colon"
        )
    elif "undefined alias" in problem:
        advice = f"{problem}; a text that begins with * must stand in quotes"
    else:
        context = f"{error.context}, " if error.context else ""
        advice = f"{context}{problem}; check the indentation, brackets and quotes here and on the line above"
    return f"{path}:{number}: cannot be read as YAML: {advice}.\n    {line.strip()}"


def _value(node: yaml.Node, place: Place, document: Document, path: Path, above: tuple[int, ...]) -> Any:
    if id(node) in above:
        raise PlanError(f"{path}:{node.start_mark.line + 1}: this alias holds itself. Write the value out.")
    document.size += 1
    if document.size > MOST:
        said = f"holds more than {MOST:,} values, aliases (`*name`) written out. No study needs so many."
        raise PlanError(f"{path}:{node.start_mark.line + 1}: {said}")
    document.lines.setdefault(place, node.start_mark.line + 1)
    above = (*above, id(node))
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*place, i), document, path, above) for i, item in enumerate(node.value)]
    return _mapping(node, place, document, path, above)


def _scalar(node: yaml.ScalarNode) -> str | None:
    if node.style is not None:
        return node.value
    return None if node.value in ("", "~") else Plain(node.value)


def _mapping(node: yaml.Node, place: Place, document: Document, path: Path, above: tuple[int, ...]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise PlanError(f"{path}:{line}: a key must be a word, not a list or mapping. Put names in quotes.")
        key = str(key_node.value)
        inner = (*place, key)
        if key in result:
            first = document.lines[inner]
            document.faults.append((inner, line, f"this key stands twice (first on line {first}); keep one"))
            continue
        if key == "<<" and isinstance(value_node, yaml.MappingNode):
            document.faults.append((inner, line, "YAML 1.2 has no merge keys; write the keys out"))
            continue
        document.lines[inner] = line
        result[key] = _value(value_node, inner, document, path, above)
    return result
