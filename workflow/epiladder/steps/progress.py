"""How far a run has come, as a person wants to see it: a table in a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from epiladder.errors import PlanError

if TYPE_CHECKING:
    from rich.table import Table

    from epiladder.audit.progress import Row

STYLES = {"waiting": "dim", "running": "cyan", "done": "green", "stopped": "bold red"}
PAUSE = 0.5  # seconds between two looks


def progress(*, place: Path, follow: bool) -> None:
    """Show studies and rungs with their states, times and warnings; with --follow until the run ends."""
    from rich.console import Console
    from rich.live import Live

    if not place.is_dir():
        raise PlanError(f"{place}: there is no such folder. Name the folder `results` of a run, or start one.")
    console = Console()
    found, is_going_on = _look(place)
    if not console.is_terminal:
        _print_lines(place, found, follow and is_going_on)
        return
    with Live(_table(found), console=console, auto_refresh=False, vertical_overflow="visible") as live:
        while follow and is_going_on:
            time.sleep(PAUSE)
            found, is_going_on = _look(place)
            live.update(_table(found), refresh=True)


def _look(place: Path) -> tuple[list[Row], bool]:
    from epiladder.audit.lock import is_held
    from epiladder.audit.progress import rows

    is_going_on = is_held(Path()) or is_held(place.absolute().parent)
    return rows(place, is_going_on, time.time()), is_going_on


def _print_lines(place: Path, found: list[Row], is_followed: bool) -> None:
    """A line for each row; then, while the run goes on, one for each that came to another state."""
    for row in found:
        print(_line(row), flush=True)
    while is_followed:
        time.sleep(PAUSE)
        known = {(row.study, row.part): row.state for row in found}
        found, is_followed = _look(place)
        for row in found:
            if known.get((row.study, row.part)) != row.state:
                print(_line(row), flush=True)


def _line(row: Row) -> str:
    cells = [row.study, row.part, row.state, _seconds(row), _warnings(row), row.said]
    return "  ".join(cell for cell in cells if cell)


def _seconds(row: Row) -> str:
    return "" if row.seconds is None else f"{row.seconds:.1f} s"


def _warnings(row: Row) -> str:
    return f"{row.warnings} warning{'s' if row.warnings > 1 else ''}" if row.warnings else ""


def _table(found: list[Row]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table("study", "part", "state", box=box.SIMPLE_HEAD)
    made.add_column("time", justify="right")
    made.add_column("warnings", justify="right")
    made.add_column("", overflow="fold")
    before = ""
    for row in found:
        name = "" if row.study == before else row.study
        before = row.study
        words = [name, row.part, Text(row.state, style=STYLES[row.state]), _seconds(row)]
        made.add_row(*words, "" if row.warnings is None else str(row.warnings), Text(row.said))
    return made
