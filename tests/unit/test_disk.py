"""A disk that is full, a folder that cannot be written: one clear message, exit code 5, and nothing half-written."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

from epiladder.cli import run as epiladder

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow"))
from runs import write_study

LIMITED = """\
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))
from epiladder.cli import main
main(sys.argv[1:])
"""


def test_a_file_that_finds_no_room_is_not_left_half_written(tmp_path: Path) -> None:
    """A limit on the size of files stands for a full disk: the write ends in the middle."""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    study, results = write_study(tmp_path), tmp_path / "results"
    asked = [sys.executable, "-c", LIMITED, "plan", str(study), "--results", str(results)]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert answer.returncode == 5
    assert f"{results / 'plan.json'}: cannot be written (File too large). Free space or mend" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not [path for path in results.rglob("*") if "plan.json" in path.name]


def test_a_results_folder_that_cannot_be_made_is_told(tmp_path: Path, capsys) -> None:
    study = write_study(tmp_path)
    (tmp_path / "results").write_text("a file where the folder should be", encoding="utf-8")
    assert epiladder(["plan", str(study), "--results", str(tmp_path / "results" / "wards")]) == 5
    said = capsys.readouterr().err
    assert "plan.json: cannot be written" in said and "Traceback" not in said
