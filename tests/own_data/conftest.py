"""Things that the tests of one's own data share."""

from tests.corrections.conftest import stored_proof

__all__ = ["stored_proof"]
