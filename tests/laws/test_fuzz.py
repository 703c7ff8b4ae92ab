"""Part of the fuzz (`make fuzz` runs all): awkward data end in an answer or in words, none worse than the peer."""

from __future__ import annotations

from fuzz import compare

CASES = 120


def test_no_case_is_worse_than_the_peer() -> None:
    counts, worse = compare(CASES)
    print(dict(counts))
    assert worse == []
    answered = counts["converged"] + counts["boundary"] + counts["failed"]
    assert answered + sum(count for what, count in counts.items() if what.startswith("refused")) == CASES
    assert counts["same"] > 0.8 * CASES
