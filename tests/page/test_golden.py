"""The whole Markdown of one study, word for word: a change of it must be seen and meant.

To take a new one: EPILADDER_WRITE_GOLDEN=1 pytest tests/page/test_golden.py, and read the difference before it is
committed.
"""

import os
from pathlib import Path

import page_studies
from epiladder.report.build import build

GOLDEN = Path(__file__).parent / "data" / "sleep.md"


def test_the_markdown_of_the_sleep_study_is_as_it_was_read(tmp_path):
    build(page_studies.sleep(tmp_path / "results"), tmp_path / "report")
    made = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    if os.environ.get("EPILADDER_WRITE_GOLDEN"):
        GOLDEN.write_text(made, encoding="utf-8")
    assert made == GOLDEN.read_text(encoding="utf-8")
