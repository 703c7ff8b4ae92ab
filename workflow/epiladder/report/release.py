"""The last look at a page before it leaves: names of clusters in its words are replaced, and every file labelled.

Sections hide what they know of; this looks at all words of the page, pictures and tables too, whoever wrote them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from epiladder.report.disclosure import Disclosure
from epiladder.report.page import rebuilt, walked

SHORTEST = 3  # letters of a name that can be told from the page's own words and numbers


def without_names(page: Any, rule: Disclosure, names: dict[str, str], own: Iterable[str]) -> Any:
    """The page, or an entry of the index, with a pseudonym for each cluster's name in it.

    names: label to pseudonym. own: words of the plan, which are no names.
    """
    if rule.public:
        return page
    words = "\n".join(text for text in walked(page) if isinstance(text, str))
    kept = set(own)
    found = [name for name in names if name not in kept and _is_name(name) and name in words]
    if not found:
        return page
    ordered = sorted(found, key=lambda name: (-len(name), name))
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, ordered))})(?!\w)")

    def pseudonymous(value: Any) -> Any:
        if isinstance(value, str):
            return type(value)(pattern.sub(lambda match: names[match[0]], value))
        return rebuilt(value, pseudonymous)

    changed = pseudonymous(page)
    if changed != page:
        rule.log.add("names of clusters", "found in the page's words; pseudonyms stand for them")
    return changed


def _is_name(name: str) -> bool:
    return len(name) >= SHORTEST and any(character.isalpha() for character in name)


def record(study: str, rule: Disclosure, files: Mapping[str, str | bytes]) -> dict[str, Any]:
    """RELEASE.json: every file of the report labelled, the rule that was kept to, and what was hidden where and why."""
    return {
        "study": study,
        "rule": _shown(rule),
        "files": _files(files),
        "hidden": _hidden(rule),
        "restricted": f"Everything under results/{study}: rows, estimates by cluster, fits, logs.",
    }


def record_of_index(rules: dict[str, Disclosure], files: dict[str, str]) -> dict[str, Any]:
    """RELEASE.json beside the index: its files labelled, and each study's rule with what was hidden in the index."""
    return {
        "files": _files(files),
        "studies": [{"study": one, "rule": _shown(rule), "hidden": _hidden(rule)} for one, rule in rules.items()],
        "restricted": "Everything under results: rows, estimates by cluster, fits, logs.",
    }


def _shown(rule: Disclosure) -> Any:
    return "public" if rule.public else {"minimum_count": rule.minimum_count, "round_to": rule.round_to}


def _files(files: Mapping[str, str | bytes]) -> list[dict[str, str]]:
    return [
        {"path": name, "label": "releasable", "sha256": hashlib.sha256(_bytes(content)).hexdigest()}
        for name, content in sorted(files.items())
    ]


def _bytes(content: str | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode("utf-8")


def _hidden(rule: Disclosure) -> list[dict[str, str]]:
    return [{"where": where, "what": what, "why": why} for where, what, why in sorted(rule.log.entries)]
