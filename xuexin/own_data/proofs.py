"""Reading kept proofs for the person who handed them in."""

from common import files
from common.models import StoredFile

__all__ = ["proof_bytes", "suffix_of"]

_SUFFIXES = {"application/pdf": ".pdf", "image/jpeg": ".jpg"}


def proof_bytes(file: StoredFile) -> bytes:
    """The clear content of a sealed file."""
    with files.open_sealed(file) as content:
        return content.read()


def suffix_of(file: StoredFile) -> str:
    """The end of the name that a file of this type gets."""
    return _SUFFIXES.get(file.content_type, ".bin")
