"""No false alarms: clean studies have no caution.

Of 400 (`python tests/laws/alarms.py`) three binary ones end on the boundary, which is said, and no other word is.
"""

from __future__ import annotations

from alarms import count

STUDIES = 32


def test_clean_studies_sound_no_alarm() -> None:
    counts, said = count(STUDIES)
    assert said == []
    assert set(counts) == {"gaussian", "binomial", "poisson", "negative_binomial"}
