import os
import shutil
from pathlib import Path

import pytest

from tests.poppler import Poppler


@pytest.fixture
def poppler(tmp_path: Path) -> Poppler:
    if shutil.which("pdftotext") is None and os.environ.get("CI") != "true":
        pytest.skip("poppler-utils is not installed")
    return Poppler(tmp_path)
