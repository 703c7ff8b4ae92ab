"""What a reader must know of how files were read: encodings that were guessed, values that they declare missing."""

from __future__ import annotations

from collections.abc import Iterator

from epiladder.study.findings import Failure
from epiladder.study.ingest import Raw
from epiladder.study.plan import Plan
from epiladder.study.scalars import shown
from epiladder.study.text import WINDOWS


def check_reading(plan: Plan, raw: Raw) -> list[Failure]:
    """Failures of the checks `encoding` and `user_missing`, unless the plan ignores them."""
    found = [*_encoding(raw), *_declared(raw)]
    return [failure for failure in found if plan.checks[failure.check] != "ignore"]


def _encoding(raw: Raw) -> Iterator[Failure]:
    for name, (line, word) in raw.guessed.items():
        yield Failure(
            "encoding",
            None,
            f"{name} is not UTF-8 text; it was read as {WINDOWS} (Latin-1 and the like; see line {line})",
            f"If its letters are right so, write `data: {{encoding: {WINDOWS}}}`; else name its encoding there.",
            examples=(shown(word),),
        )


def _declared(raw: Raw) -> Iterator[Failure]:
    for column, counts in raw.declared.items():
        total = sum(counts.values())
        listed = ", ".join(f"{label} in {count:,}" for label, count in counts.items())
        is_one = total == 1
        yield Failure(
            "user_missing",
            column,
            f"{total:,} {'cell' if is_one else 'cells'} of `{column}` {'holds a value' if is_one else 'hold values'} "
            f"that the file itself declares missing ({listed}); {'it counts' if is_one else 'they count'} as empty",
            "Nothing needs to be done if that is right; else recode the values in the file.",
        )
