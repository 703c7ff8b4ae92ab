"""What prints PDFs is optional: where it is not there, a plan that asks for a PDF is told so in one message."""

from __future__ import annotations

import sys

import pytest
from epiladder.audit.environment import libraries
from epiladder.errors import PlanError
from epiladder.report import printer


def test_nothing_is_asked_of_those_who_ask_for_no_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    printer.refuse_absent([])
    assert "weasyprint" not in libraries()


def test_the_message_names_the_studies_and_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(PlanError, match=r"`one`, `two`: the plan asks for a PDF .* `make setup-pdf`"):
        printer.refuse_absent(["two", "one"])


def test_a_library_of_the_system_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> None:
        raise OSError(f"cannot load library for {name}")

    monkeypatch.setattr(printer, "import_module", fail)
    with pytest.raises(PlanError, match=r"libpango-1\.0-0"):
        printer.refuse_absent(["one"])
