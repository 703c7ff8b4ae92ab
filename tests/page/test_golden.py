"""The whole Markdown of three studies (normal, binary, counts), word for word: a change of it must be seen and meant.

To take a new one: EPILADDER_WRITE_GOLDEN=1 pytest tests/page/test_golden.py, and read the difference before it is
committed.
"""

import os
from collections.abc import Callable
from pathlib import Path

import page_ratios
import page_studies
import pytest
from epiladder.report.build import build

DATA = Path(__file__).parent / "data"
STUDIES: dict[str, Callable[[Path], Path]] = {
    "sleep": page_studies.sleep,
    "contraception": page_ratios.contraception,
    "epilepsy": page_ratios.epilepsy,
}


@pytest.mark.parametrize("study", sorted(STUDIES))
def test_the_markdown_of_a_study_is_as_it_was_read(tmp_path: Path, study: str) -> None:
    build(STUDIES[study](tmp_path / "results"), tmp_path / "report")
    made = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    golden = DATA / f"{study}.md"
    if os.environ.get("EPILADDER_WRITE_GOLDEN"):
        golden.write_text(made, encoding="utf-8")
    assert made == golden.read_text(encoding="utf-8")
