"""What a reader must know of fits that are not plainly converged, and the fits' own warnings."""

from __future__ import annotations

from typing import Any

from epiladder.engine.trust import DISPERSED_WORDS, FEW_WORDS
from epiladder.report.page import Name, Parts, join, say
from epiladder.report.results import Results, worst


def trouble(results: Results) -> list[Parts]:
    """What was not fitted and why, what did not converge or is singular, then all warnings of fits."""
    return [*_not_fitted(results), *_states(results), *_warned(results)]


def cautions(results: Results) -> list[Parts]:
    """What belongs in the first screen: rungs without a fit and why, and the fits' own warnings."""
    return [*_not_fitted(results), *_warned(results)]


def _not_fitted(results: Results) -> list[Parts]:
    """Why rungs could not be fitted, each reason once with its rungs."""
    told: dict[str, list[str]] = {}
    for fit in results.fits:
        if fit["status"] != "fitted":
            told.setdefault(_message(fit) or "no reason was recorded", []).append(fit["rung"])
    return [
        (*_rungs(results, rungs), " could not be fitted: ", Name(results.names.spoken(why)), ".")
        for why, rungs in told.items()
    ]


def _warned(results: Results) -> list[Parts]:
    """The fits' own warnings, each said once with the rungs that it holds for."""
    told: dict[str, list[str]] = {}
    for fit in results.fits:
        if fit["status"] == "fitted":
            for text in dict.fromkeys(str(text) for text in fit.get("warnings") or ()):
                if _stop(text) not in _message(fit) and not _told_elsewhere(results, fit["rung"], text):
                    told.setdefault(_stop(text), []).append(fit["rung"])
    return [_caution(results, text, rungs) for text, rungs in told.items()]


def _told_elsewhere(results: Results, rung: str, text: str) -> bool:
    """Few clusters, which the levels' section tells, and outcomes that vary too much for a rung without clusters: that
    they do is what the rungs with clusters are for."""
    single = rung.startswith("single_level") and not (results.retained() or "").startswith("single_level")
    return text.startswith(FEW_WORDS) or (single and DISPERSED_WORDS in text)


def _caution(results: Results, text: str, rungs: list[str]) -> Parts:
    which: Parts = ("All rungs with random effects",) if _all(results, rungs) else _rungs(results, rungs)
    return (*which, ": ", Name(results.names.spoken(text)), ".")


def _rungs(results: Results, rungs: list[str]) -> Parts:
    names = join([("“", Name(results.names.rung_inside(rung)), "”") for rung in rungs])
    return (f"The rung{'s' if len(rungs) > 1 else ''} ", *names)


def _all(results: Results, rungs: list[str]) -> bool:
    """Whether these are all the rungs with random effects, and more than two: then they need no list."""
    mixed = [fit["rung"] for fit in results.fits if not fit["rung"].startswith("single_level")]
    return len(rungs) > 2 and sorted(rungs) == sorted(mixed)


def _states(results: Results) -> list[Parts]:
    """Fits that did not converge or are singular, those of one kind with the same message in one sentence."""
    told: dict[tuple[str, str], list[str]] = {}
    for fit in results.fits:
        state = worst(fit) if fit["status"] == "fitted" else None
        if state in ENDS:
            told.setdefault((state, _message(fit)), []).append(fit["rung"])
    return [
        say(
            "{Rungs} " + ENDS[state][len(rungs) > 1] + " {message}",
            Rungs=_rungs(results, rungs),
            message=results.names.spoken(f"{message}.") if message else "",
        )
        for (state, message), rungs in told.items()
    ]


ENDS = {  # of one rung, and of several
    "failed": (
        "did not converge, and its numbers must not be used.",
        "did not converge, and their numbers must not be used.",
    ),
    "boundary": (
        "has its optimum on the boundary (a singular fit): an answer, no failure.",
        "have their optimum on the boundary (singular fits): an answer, no failure.",
    ),
}


def _message(fit: dict[str, Any]) -> str:
    return _stop(fit.get("message") or "")


def _stop(text: str) -> str:
    return text.strip().rstrip(".")
