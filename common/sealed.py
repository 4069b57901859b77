"""How a file is encrypted at rest: chunk by chunk, each bound to its place, behind its length."""

from collections.abc import Iterable, Iterator
from typing import IO, Final

from django.core.files.base import File

from common.crypto import Ring, seal_bytes, unseal_bytes

__all__ = ["CHUNK", "SealedFile", "clear_chunks", "first_block", "sealed_blocks"]

CHUNK: Final = 256 * 1024
_CONTEXT: Final = "common.storedfile.content"
_LENGTH: Final = 4


def sealed_blocks(chunks: Iterable[bytes], ring: Ring) -> Iterator[bytes]:
    """The chunks as they are written; an archive of gigabytes needs no memory."""
    for number, chunk in enumerate(chunks):
        block = seal_bytes(chunk, context=f"{_CONTEXT}:{number}", ring=ring)
        yield len(block).to_bytes(_LENGTH, "big") + block


def clear_chunks(stored: IO[bytes]) -> Iterator[bytes]:
    """What `sealed_blocks` was given; raises when a block was changed. A missing last one is not seen here."""
    number = 0
    while header := stored.read(_LENGTH):
        block = stored.read(int.from_bytes(header, "big"))
        yield unseal_bytes(block, context=f"{_CONTEXT}:{number}")
        number += 1


def first_block(stored: IO[bytes]) -> bytes:
    """The first sealed block, which names its key; empty for an empty file."""
    header = stored.read(_LENGTH)
    return stored.read(int.from_bytes(header, "big")) if header else b""


class SealedFile(File):  # type: ignore[type-arg]  # generic in the stubs only
    """Blocks on their way into the storage: read once, in chunks by a folder, by `read` for a bucket."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        super().__init__(None, name="sealed")
        self._blocks = blocks
        self._rest = b""

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """The blocks as they come."""
        return self._blocks

    def read(self, size: int = -1) -> bytes:
        """The next bytes, exactly so many while there are any."""
        parts, length = [self._rest], len(self._rest)
        while size < 0 or length < size:
            block = next(self._blocks, b"")
            if not block:
                break
            parts.append(block)
            length += len(block)
        content = b"".join(parts)
        cut = len(content) if size < 0 else size
        self._rest = content[cut:]
        return content[:cut]
