"""What a job costs before it does anything: libraries that a verb does not need, it does not read.

A small study is some twenty jobs of half a second each, nearly all of it imports. Pandas costs 0.2 s of each job that
reads it, SciPy's statistics and optimisation 0.3 s each, a translator of Fortran that NumPy brings along 0.1 s.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow"))
from runs import RUNGS, write_study

MARK = "read: "
PROGRAM = f"""
import sys
from epiladder import cli
cli.put_off()
code = cli.run(sys.argv[1:])
print({MARK!r} + " ".join(sorted(sys.modules)))
sys.exit(code)
"""
PLOTS = {"matplotlib", "jinja2"}
TABLES = {"pandas", "pyarrow.compute", "pyarrow.dataset"}
MODELS = {"statsmodels", "formulaic", "scipy.stats", "scipy.optimize"}
CHECKS = {"pandera", "sqlalchemy", "pyreadstat"}
NEVER = {"numpy.f2py.f2py2e", "charset_normalizer", "IPython", "requests"}
LIGHT = PLOTS | TABLES | MODELS | CHECKS | NEVER
# In the order of a run: the verb, what it is told, and what it may not read.
VERBS = {
    "plan": (("study.yaml",), LIGHT | {"numpy", "scipy", "pyarrow"}),
    "validate": (("study.yaml",), PLOTS | MODELS | {"sqlalchemy", "pyreadstat"} | NEVER),
    "gate": ((), LIGHT | {"numpy", "scipy", "pyarrow", "pydantic"}),
    "design": ((), PLOTS | CHECKS | NEVER | {"statsmodels"}),
    "approximate": ((), LIGHT),
    "fit": ((), LIGHT),
    "bootstrap": (("--chunks", "0"), LIGHT),
    "infer": ((), LIGHT),
    "standard-practice": ((), PLOTS | CHECKS | NEVER),
    "influence": ((), LIGHT),
    "diagnose": ((), LIGHT),
    "likelihood": ((), LIGHT - {"scipy.optimize"}),
    "measure": ((), LIGHT),
    "provenance": (("study.yaml",), LIGHT | {"scipy"}),
    "changes": ((), LIGHT),
}


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The modules that each verb has read at its end, of a small study climbed step by step."""
    folder = tmp_path_factory.mktemp("imports")
    write_study(folder)
    found: dict[str, set[str]] = {}
    for verb, (arguments, _) in VERBS.items():
        for told in [("--rung", rung) for rung in RUNGS] if verb == "fit" else [arguments]:
            found[verb] = _modules(folder, verb, told)
    return found


def _modules(folder: Path, verb: str, told: tuple[str, ...]) -> set[str]:
    command = [sys.executable, "-c", PROGRAM, verb, *told, "--results", "results/wards"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return set(done.stdout.rsplit(MARK, 1)[1].split())


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_reads_no_library_that_it_does_not_need(verb: str, read: dict[str, set[str]]) -> None:
    assert not VERBS[verb][1] & read[verb]


def test_what_is_put_off_is_read_when_it_is_asked_for() -> None:
    program = "from epiladder.lazily import put_off; put_off(); import sys, numpy as np; from numpy import *; " + (
        "assert 'numpy.ma.core' not in sys.modules; assert np.ma.array([1, 2], mask=[0, 1]).sum() == 1; "
        "import numpy.polynomial.hermite as h; assert len(h.hermgauss(3)[0]) == 3"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
