"""RO-Crates judged by the validator of their profiles, with its bundled profiles and without a network.

The validator fetches the vocabulary that a crate names. The one of RO-Crate is answered from the copy that the library
rocrate carries: a later edition, which has every term that we use, those of Bioschemas put back to the addresses of
edition 1.1. Nothing else is fetched.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import requests
import rocrate
from rocrate_validator import services
from rocrate_validator.models import Severity, ValidationSettings
from rocrate_validator.utils.http import HttpRequester

VOCABULARY = "https://w3id.org/ro/crate/1.1/context"
COPY = Path(rocrate.__file__).parent / "data" / "ro-crate.jsonld"


def faults(crate: Path, monkeypatch: pytest.MonkeyPatch, severity: str, folder: Path) -> list[str]:
    """What the profile Provenance Run Crate, and those beneath it, find wrong in a crate, a line each."""
    real = HttpRequester.__getattr__

    def get(url: str, **more: object) -> requests.Response:
        if url != VOCABULARY:
            return real(HttpRequester(), "get")(url, **more)
        answer = requests.Response()
        answer.status_code, answer.url = 200, url
        answer.headers["Content-Type"] = "application/ld+json"
        answer._content = COPY.read_bytes().replace(b"https://bioschemas.org/terms/", b"https://bioschemas.org/")
        return answer

    monkeypatch.setattr(HttpRequester, "get", staticmethod(get), raising=False)
    settings = ValidationSettings(
        rocrate_uri=str(crate),
        profile_identifier="provenance-run-crate",
        requirement_severity=Severity[severity],
        cache_path=folder / "cache",
        offline=True,
    )
    found = services.validate(settings).get_issues()
    return [f"{one.severity.name} {one.check.identifier} {one.message} {one.violatingEntity}" for one in found]
