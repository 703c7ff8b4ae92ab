"""The words of a study: how its variables, terms, levels and rungs are called in sentences and tables."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from epiladder.report.restyled import restyled
from epiladder.report.scale import Scale, scale_of

RUNGS = {
    "single_level.null": "Mean alone",
    "single_level": "Single level",
    "null": "Null",
    "random_intercept": "Random intercept",
    "random_slope": "Random slope",
    "cross_level": "Cross-level",
}

METHODS = {
    "ordinary": "Ordinary least squares",
    "cluster_robust": "Cluster-robust",
    "cluster_robust_cr2": "Cluster-robust (CR2)",
    "gee_exchangeable": "GEE, exchangeable",
    "fixed_effects": "Fixed effects (no pooling)",
    "random_intercept": "Random intercept",
    "random_slope": "Random slope",
    "cross_level": "Cross-level model",
    "marginal": "Mixed model, averaged over clusters",
}

INSIDE = {
    "cluster_robust": "cluster-robust errors",
    "gee_exchangeable": "GEE",
    "fixed_effects": "fixed effects of the clusters",
}

PLAIN_EVENTS = ("", "true", "yes", "1", "1.0")


@dataclass(frozen=True)
class Names:
    """Labels from the plan and the design; a name without a label stands as it is written in the study file."""

    plan: dict[str, Any]
    design: dict[str, Any]

    def unit(self, many: float = 1) -> str:
        """What a row is, in the singular or (for any count but one) the plural."""
        return self._number_of(self.plan["unit"]["name"], many)

    def single(self, many: float = 1) -> str:
        """What is alike in a cluster: the unit, or one of the trials that it counts."""
        return number_of("trial", many) if self.plan["outcome"].get("trials") else self.unit(many)

    def level(self, name: str, many: float = 1) -> str:
        """A level's name, in the singular or the plural."""
        return self._number_of(name, many)

    def _number_of(self, noun: str, many: float) -> str:
        """A noun of the plan for a count: its plural from the plan, else as English makes it."""
        plurals = (self.plan.get("report") or {}).get("plurals") or {}
        return plurals[noun] if many != 1 and noun in plurals else number_of(noun, many)

    @property
    def scale(self) -> Scale:
        """The scale of the outcome: its family, link and their words."""
        return scale_of(self.plan)

    def outcome_variable(self) -> str:
        """The outcome's column: the variable, or that of the events where events of trials are counted."""
        return str(self.plan["outcome"].get("variable") or self.plan["outcome"].get("events"))

    def outcome(self) -> str:
        """The outcome's label; of a category that is no plain yes, with the event: `Vital status (dead)`."""
        label = self.variable(self.outcome_variable())
        event = self.event()
        return f"{label} ({event})" if event else label

    def outcome_unit(self) -> str:
        """The outcome's unit of measurement; empty when the plan names none."""
        return self.unit_of(self.outcome_variable())

    def event(self) -> str:
        """The category that is the event; empty where it is a plain yes, or the outcome no event."""
        outcome = self.plan["outcome"]
        if self.scale.family != "binomial" or outcome.get("events"):
            return ""
        event = outcome.get("event")
        text = "" if event is None else str(event)
        return "" if text.lower() in PLAIN_EVENTS else text

    def predictor(self) -> str:
        """The quantity that coefficients are about, for an axis: `Log odds of death`, or the outcome with its unit."""
        if self.scale.gaussian:
            unit = self.outcome_unit()
            return self.outcome() + (f" ({unit})" if unit else "")
        return f"{capital(self.scale.predictor)} of {self.outcome()}"

    def quantity(self) -> str:
        """The same inside a sentence: `the log odds of death`, or the outcome."""
        return self.outcome() if self.scale.gaussian else f"the {self.scale.predictor} of {self.outcome()}"

    def spoken(self, text: str) -> str:
        """A sentence of the results with rungs and terms called as the tables call them, not by their ids, and
        numbers as the page writes them."""
        told = _IDS.sub(lambda found: f"“{self.rung_inside(found[1])}”", restyled(text))
        terms = self._marked_terms()
        if not terms:
            return told
        either = "|".join(re.escape(term) for term in sorted(terms, key=len, reverse=True))
        return re.sub(rf"(?<![\w.\]])(`?)({either})\1(?![\w.\[])", lambda found: self.term(found[2]), told)

    def _marked_terms(self) -> set[str]:
        """Terms that no reader takes for a plain word: with brackets, dots or colons."""
        named = {column["name"] for column in self.design.get("columns", ())}
        named |= {name for names in self.design.get("terms", {}).values() for name in names}
        return {name for name in named if not name.isidentifier() and name != "(Intercept)"}

    def variable(self, name: str) -> str:
        """A variable's label."""
        return (self.plan["variables"].get(name) or {}).get("label") or name

    def unit_of(self, name: str) -> str:
        """A variable's unit of measurement, or nothing."""
        return (self.plan["variables"].get(name) or {}).get("unit") or ""

    def rung(self, rung: str) -> str:
        """A rung's name as a column head."""
        base, dot, block = rung.partition(".")
        if rung in RUNGS:
            return RUNGS[rung]
        return f"{RUNGS.get(base, base)}: {block.replace('_', ' ')}" if dot else rung

    def rung_inside(self, rung: str) -> str:
        """A rung's name inside a sentence."""
        name = self.rung(rung)
        return name[:1].lower() + name[1:]

    def method(self, method: str) -> str:
        """A method of standard practice."""
        return self.scale.regression if method == "ordinary" else METHODS.get(method, method)

    def method_inside(self, method: str) -> str:
        """A method inside a sentence."""
        return INSIDE.get(method) or self.method(method)[:1].lower() + self.method(method)[1:]

    def term(self, term: str) -> str:
        """A term in words: products with a cross, means and deviations named."""
        if term == "(Intercept)":
            return "Intercept"
        return " × ".join(self._factor(factor) for factor in factors(term))

    def _factor(self, factor: str) -> str:
        name, category = bracket(factor)
        if category is not None:
            label = self.variable(name)
            return label if category == "true" and self._type(name) == "boolean" else f"{label}: {category}"
        if not self._centred(name):
            return self.variable(name)
        base, kind, level = (*name.split(".", 2), "")[:3]
        if kind == "within":
            return f"{self.variable(base)}, within {self.level(self.innermost())}"
        return f"{self.variable(base)}, {self.level(level or self.innermost())} mean"

    def innermost(self) -> str:
        """The innermost level's name."""
        return self.plan["levels"][-1]["name"]

    def _type(self, name: str) -> str | None:
        return (self.plan["variables"].get(name) or {}).get("type")

    def _centred(self, name: str) -> bool:
        base, kind, *_ = (*name.split(".", 2), "")
        known = self.plan["variables"]
        return kind in ("within", "mean") and name not in known and base in known


_IDS = re.compile(
    r"(?<![\w.])`?(single_level(?:\.null)?|random_intercept(?:\.[a-z0-9_]+)?|random_slope|cross_level)`?(?![\w]|\.\w)"
)


def factors(term: str) -> tuple[str, ...]:
    """The factors of a term `a:b`; a colon inside brackets or backticks parts nothing."""
    found, depth, quoted, start = [], 0, False, 0
    for at, character in enumerate(term):
        quoted ^= character == "`"
        depth += 0 if quoted else (character in "[(") - (character in "])")
        if character == ":" and depth == 0 and not quoted:
            found.append(term[start:at])
            start = at + 1
    return (*found, term[start:])


def bracket(factor: str) -> tuple[str, str | None]:
    """`x[category]` as its name and category; a plain name has no category."""
    if factor.endswith("]") and "[" in factor and "(" not in factor.split("[", 1)[0]:
        name, category = factor[:-1].split("[", 1)
        return name, category
    return factor.strip("`"), None


def number_of(noun: str, many: float) -> str:
    """An English noun for a count: the noun itself for one, its plural otherwise."""
    if many == 1 or not noun:
        return noun
    rules: tuple[tuple[Callable[[str], bool], Callable[[str], str]], ...] = (
        (lambda n: n.lower() in {"child"}, lambda n: n + "ren"),
        (lambda n: n.lower() in {"person", "people"}, lambda n: n[0] + "eople"),
        (lambda n: n.lower().endswith("man"), lambda n: n[:-2] + "en"),
        (lambda n: n.lower().endswith(("s", "x", "z", "ch", "sh")), lambda n: n + "es"),
        (lambda n: n.lower().endswith("y") and n[-2:-1].lower() not in "aeiou", lambda n: n[:-1] + "ies"),
    )
    return next((change(noun) for fits, change in rules if fits(noun)), noun + "s")


def uncapital(text: str) -> str:
    """The text with a small first letter, the rest as it is."""
    return text[:1].lower() + text[1:]


def capital(text: str) -> str:
    """The text with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]
