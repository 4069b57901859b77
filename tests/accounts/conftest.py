"""An empty mailbox for every test of the entrance."""

from pathlib import Path

import pytest
from django.conf import settings


@pytest.fixture(autouse=True)
def _empty_mailbox() -> None:
    """SMS of earlier tests are not this test's."""
    for path in (Path(settings.VAR_DIR) / "mailbox").glob("*.json"):
        path.unlink()
