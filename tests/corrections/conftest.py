"""Things that the tests of corrections share."""

import io

import pytest

from common import files
from common.actors import SYSTEM
from common.models import StoredFile
from tests.conftest import NOW
from tests.factories.corrections import make_proof


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
