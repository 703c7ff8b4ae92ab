"""The derived study files of a run: written beside their results, where they are inputs like any other study file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from epiladder.audit.plan_lock import derived_lock
from epiladder.errors import PlanError
from epiladder.files import write_text
from epiladder.study.config import load_plan
from epiladder.study.derive import combinations, document_of, text_of
from epiladder.study.expand import expansions, wrong
from epiladder.study.yaml12 import read

NAME = "study.yaml"


def expanded_files(value: Any, find: Callable[[str], Path], results: Path) -> list[Path]:
    """Write `<results>/<id>/study.yaml` for every combination of `expand:`; returns their paths, in order.

    A file that says the same already is left as it is, so that nothing runs again. Raises PlanError for an entry, or
    a derived study, that is wrong.
    """
    entries = [(entry, find(entry.study)) for entry in expansions(value)]
    plans = {source: load_plan(source) for _, source in entries}
    found = [(source, derived) for entry, source in entries for derived in combinations(plans[source], entry)]
    looks = Counter(source for source, _ in found)
    twice = [name for name, times in Counter(derived.id for _, derived in found).items() if times > 1]
    if twice:
        raise wrong(f"makes the study `{twice[0]}` more than once; give one of the choices another label")
    made = []
    for source, derived in found:
        path = results / derived.id / NAME
        _write(path, text_of(plans[source], read(source).value, source, derived, looks[source], path))
        _refuse_unsound(path, source)
        spread = partial(document_of, source=source, derived=derived, looks=looks[source], target=path)
        derived_lock(path, source, spread)
        made.append(path)
    return made


def _write(path: Path, text: str) -> None:
    try:
        same = path.read_text(encoding="utf-8") == text
    except (OSError, UnicodeDecodeError):
        same = False
    if not same:
        write_text(path, text)


def _refuse_unsound(path: Path, source: Path) -> None:
    try:
        load_plan(path)
    except PlanError as error:
        raise wrong(f"makes of {source} a study that cannot be run:\n{error}".rstrip(".")) from None
