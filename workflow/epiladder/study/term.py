"""A term as text taken apart: its factors, and the names that each factor reads. No formulaic, no data."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

_PLAIN = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_NAME = re.compile(r"[^*+|~^()\[\]{}`'\":]+")
_BRACKETS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


@dataclass(frozen=True)
class Factor:
    """A factor of a term. `is_plain` when it is a variable by itself; then `names` holds that one name."""

    text: str
    names: tuple[str, ...]
    is_plain: bool
    functions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Term:
    """A term: factors that are multiplied. `text` is its canonical text, `a:b`."""

    factors: tuple[Factor, ...]

    @property
    def text(self) -> str:
        """The term as it is written in formulas and tables, in the order of the plan."""
        return ":".join(factor.text for factor in self.factors)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that the term reads, each once, in order."""
        return tuple(dict.fromkeys(name for factor in self.factors for name in factor.names))


def parse_term(text: str, known: Collection[str] = ()) -> Term:
    """Take a term apart. `known` are names that stand for themselves even when they hold signs (`sex-at-birth`).

    Raises ValueError with a sentence for what is not a term.
    """
    if text.strip().strip("`") in known:
        return Term((_plain(text.strip().strip("`")),))
    factors = tuple(_factor(part.strip(), text, known) for part in _parts(text))
    texts = [factor.text for factor in factors]
    if len(set(texts)) < len(texts):
        raise ValueError(f"`{text}` multiplies a factor by itself; write `I({texts[0]}**2)` for a square")
    return Term(factors)


def quoted(name: str) -> str:
    """A name as a term holds it: in backticks only when a sign in it would read as something else."""
    return name if _NAME.fullmatch(name) and not re.match(r"-|[01]$", name) else f"`{name}`"


def _plain(name: str) -> Factor:
    return Factor(quoted(name), (name,), True)


def _parts(text: str) -> list[str]:
    """The text split at each `:` that stands outside of brackets, backticks and quotes."""
    parts, depth, quote, start = [], 0, "", 0
    for i, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "`'\"":
            quote = sign
        elif sign in _BRACKETS:
            depth += _BRACKETS[sign]
        elif sign == ":" and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    if depth or quote:
        raise ValueError(f"`{text}` has a bracket or quote that is not closed")
    return [*parts, text[start:]]


def _factor(part: str, whole: str, known: Collection[str]) -> Factor:
    if not part:
        raise ValueError(f"`{whole}` is not a term: a name is missing beside `:`")
    if part in known or _PLAIN.fullmatch(part):
        return _plain(part)
    if re.fullmatch(r"`[^`]+`", part):
        return _plain(part[1:-1])
    if re.fullmatch(r"[01]|[-+]\s*[01]", part):
        raise ValueError(f"`{whole}` is not a term: every model has an intercept, and none can be left out")
    names, functions = _names(part, whole, known)
    if functions:
        return Factor(part, names, False, functions)
    return _refused(part, whole)


def _refused(part: str, whole: str) -> Factor:
    if _NAME.fullmatch(part) and not part.startswith("-"):
        return _plain(part)
    outside = re.sub(r"\([^()]*\)|`[^`]*`", "", part)
    if "*" in outside and "**" not in outside:
        pieces = [piece.strip() for piece in part.split("*")]
        raise ValueError(f"`{whole}`: `*` is not known here; write {', '.join(pieces)}, {':'.join(pieces)}")
    if "|" in part:
        raise ValueError(f"`{whole}`: a random effect does not stand among the terms; use `random_slopes`")
    raise ValueError(f"`{whole}` is not a term; put arithmetic inside `I(...)`, and signs of a name in backticks")


def _names(part: str, whole: str, known: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names read by a factor of Python text, and the functions at its outside (none when it is no call)."""
    code, hidden = _hidden(part)
    try:
        tree = ast.parse(code, mode="eval").body
    except (SyntaxError, ValueError):
        return (), ()
    if not isinstance(tree, ast.Call):
        return (), ()
    names = tuple(dict.fromkeys(hidden.get(name, name) for name, _ in _walk(tree)))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    functions = tuple(dict.fromkeys(ast.unparse(call.func) for call in calls))
    if not names:
        raise ValueError(f"`{whole}` reads no variable")
    return names, functions


def _hidden(part: str) -> tuple[str, dict[str, str]]:
    """Python text in which each name in backticks is a plain word of the same length (in bytes too)."""
    hidden: dict[str, str] = {}

    def hide(match: re.Match[str]) -> str:
        width = len(match[0].encode())
        word = f"q{len(hidden)}".ljust(width, "_")
        hidden[word] = match[1]
        return word

    return re.sub(r"`([^`]+)`", hide, part), hidden


def _walk(node: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Pairs of a dotted name and its node, leaving out the functions that are called."""
    dotted = _dotted(node)
    if dotted is not None:
        yield dotted, node
        return
    for child in _children(node):
        yield from _walk(child)


def _children(node: ast.AST) -> Iterator[ast.expr]:
    """Expressions inside a node; a call's function is not among them, a keyword's value is."""
    for child in ast.iter_child_nodes(node):
        if isinstance(node, ast.Call) and child is node.func:
            continue
        if isinstance(child, ast.expr):
            yield child
        else:
            yield from _children(child)


def _dotted(node: ast.AST) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = _dotted(node.value)
        return None if inner is None else f"{inner}.{node.attr}"
    return None


def renamed(factor: Factor, names: dict[str, str]) -> Factor:
    """The factor with its names replaced; names that are no plain words stand in backticks inside functions."""
    if factor.is_plain:
        return _plain(names.get(factor.names[0], factor.names[0]))
    code, hidden = _hidden(factor.text)
    raw, shift = factor.text.encode(), 0
    tree = ast.parse(code, mode="eval").body
    for name, node in sorted(_walk(tree), key=lambda pair: pair[1].col_offset):
        old = hidden.get(name, name)
        new = names.get(old, old)
        text = (new if new.isidentifier() else f"`{new}`").encode()
        raw = raw[: node.col_offset + shift] + text + raw[(node.end_col_offset or 0) + shift :]
        shift += len(text) - ((node.end_col_offset or 0) - node.col_offset)
    return Factor(raw.decode(), tuple(names.get(name, name) for name in factor.names), False, factor.functions)
