"""What the golden tests share: one laboratory a session, so that each plan is run once."""

import pytest
from studies import Laboratory


@pytest.fixture(scope="session")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Laboratory:
    return Laboratory(tmp_path_factory.mktemp("golden"))
