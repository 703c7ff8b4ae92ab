"""What prints the page: WeasyPrint, an optional library, found or told of; and an accessible PDF made with it.

The PDF is tagged (PDF/UA-1, ISO 14289-1): its language, title, headings, lists, tables with their heads and texts for
its pictures. It has no dates and a fixed identity, so that the same page gives the same bytes.
"""

from __future__ import annotations

import hashlib
import logging
import re
import zlib
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

from epiladder.errors import PlanError
from epiladder.report.page import Page

SCOPES = {"/THead": "/Column", "/TBody": "/Row"}


def refuse_absent(asking: Iterable[str]) -> None:
    """Raise PlanError, with the way out, where studies ask for a PDF and what makes it is not there."""
    studies = sorted(asking)
    reason = _missing() if studies else None
    if reason:
        named = ", ".join(f"`{one}`" for one in studies)
        raise PlanError(f"{named}: the plan asks for a PDF (`report: {{pdf: true}}`), and {reason}")


def _missing() -> str | None:
    try:
        import_module("weasyprint")
    except ImportError:
        return "the library that makes it, WeasyPrint, is not there: `make setup-pdf`, or `pip install weasyprint`."
    except OSError:
        return (
            "WeasyPrint finds no Pango, which sets its type: install it (Debian: the packages libpango-1.0-0, "
            "libpangoft2-1.0-0 and libharfbuzz-subset0)."
        )
    return None


def printed(page: Page) -> bytes:
    """The page as an accessible PDF, in the language that is current. Raises PlanError where it cannot be printed."""
    from epiladder.report.render.paper import paper

    refuse_absent([page.study])
    text = paper(page, _pango())
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)  # rules of the screen that paper does not know
    document = import_module("weasyprint").HTML(string=text, url_fetcher=_fonts())
    return document.write_pdf(
        pdf_variant="pdf/ua-1",
        pdf_identifier=hashlib.sha256(text.encode()).digest()[:16],
        finisher=_with_scopes,
    )


def set_by(pdf: bytes) -> str:
    """The software that a PDF of ours says it was set by, from its metadata: its bytes rest on that too."""
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            found = re.findall(rb'<xmp:CreatorTool>(.*?)<|pdf:Producer="(.*?)"', zlib.decompress(packed))
        except zlib.error:
            continue
        if found:
            return ", ".join((tool or producer).decode() for tool, producer in found)
    return "software that it does not name"


def _pango() -> str:
    version = import_module("weasyprint.text.ffi").pango.pango_version()
    return f"Pango {version // 10000}.{version // 100 % 100}.{version % 100}"


def _fonts() -> Any:
    """What fetches for the page: fonts of matplotlib, and nothing else."""
    from epiladder.report.render.paper import FACES, FONT

    urls: Any = import_module("weasyprint.urls")

    class Fonts(urls.URLFetcher):
        """Fonts by the name of their file; anything else is refused."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            name = url.removeprefix(FONT)
            if name not in {file for _, file, _, _ in FACES}:
                raise ValueError(f"{url}: is not fetched")
            return urls.URLFetcherResponse(url, _font(name).read_bytes(), {"Content-Type": "font/ttf"})

    return Fonts()


def _font(name: str) -> Path:
    import matplotlib as mpl

    return Path(mpl.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf"


def _with_scopes(_: Any, pdf: Any) -> None:
    """Heads of tables say whether they head a column or a row (ISO 32000-1, table 349)."""
    elements = {element.reference: element for element in pdf.objects if _is(element)}
    for head in (element for element in elements.values() if element["S"] == "/TH"):
        part = elements[elements[head["P"]]["P"]]["S"]
        head["A"]["Scope"] = SCOPES[part]


def _is(element: Any) -> bool:
    return isinstance(element, dict) and element.get("Type") == "/StructElem"
