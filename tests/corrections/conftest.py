"""Things that the tests of corrections share."""

import io
import os
import shutil
from pathlib import Path

import pytest

from common import files
from common.actors import SYSTEM
from common.models import StoredFile
from tests.conftest import NOW
from tests.factories.corrections import make_proof
from tests.poppler import Poppler


@pytest.fixture
def poppler(tmp_path: Path) -> Poppler:
    """A reader of PDF that is not the writer."""
    if shutil.which("pdftotext") is None and os.environ.get("CI") != "true":
        pytest.skip("poppler-utils is not installed")
    return Poppler(tmp_path)


@pytest.fixture
def stored_proof(db: None) -> StoredFile:
    """A cleaned proof, kept as the pages keep it."""
    proof = make_proof()
    return files.store_sealed(
        io.BytesIO(proof.data),
        kind="evidence",
        content_type=proof.content_type,
        original_name=proof.name,
        now=NOW,
        actor=SYSTEM,
    )
