"""Sentences of the results as a page writes them: numbers in the page's style. Results are written in the house's."""

from __future__ import annotations

import re

from epiladder.report.styles import Style, current

_WRITTEN = re.compile(r"(?<![\w.,/-])(?:\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+\.\d+)(?![\w/]|[.,]\d)")


def restyled(text: str) -> str:
    """A sentence in which numbers stand as `1,234.5`, with their marks as the page's style has them.

    Versions (`1.2.3`), names of files and what hangs together with letters are no such numbers.
    """
    style = current()
    return _WRITTEN.sub(lambda found: _again(found[0], style), text)


def _again(written: str, style: Style) -> str:
    whole, mark, decimals = written.replace(",", "").partition(".")
    parted = f"{int(whole):,}".replace(",", style.thousands) if int(whole) >= style.thousands_from else whole
    return parted + (style.decimal + decimals if mark else "")
