"""The bytes of a delivery's photos on their way into the storage, while the next photo is looked at."""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor, wait
from hashlib import sha256
from typing import Final

from common import files
from imaging.services.batch_rows import KeptFile

__all__ = ["BytesWriter", "Pair"]

# Original and published copy of one photo.
Pair = tuple[KeptFile, KeptFile]

# Photos whose bytes may wait in memory for the disk.
_AHEAD: Final = 8


class BytesWriter:
    """Writes in one thread: sealing and the disk are waited for while the caller decodes on.

    The thread never opens the database.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "photo-bytes")
        self._begun: deque[Future[Pair]] = deque()

    def write(self, original: bytes, digest: str, published: bytes) -> Future[Pair]:
        """Begin to write both files of a photo; `digest` is the original's SHA-256.

        The future fails when either cannot be written, and then neither is there.
        """
        future = self._pool.submit(_write_pair, original, digest, published)
        self._begun.append(future)
        if len(self._begun) > _AHEAD:
            wait([self._begun.popleft()])
        return future

    def close(self) -> None:
        """End the thread; what was begun is finished first."""
        self._pool.shutdown()


def _write_pair(original: bytes, digest: str, published: bytes) -> Pair:
    kept = _kept(original, "original", digest)
    try:
        return kept, _kept(published, "photo", sha256(published).hexdigest())
    except BaseException:
        files.discard_blob(kept.key)
        raise


def _kept(data: bytes, kind: str, digest: str) -> KeptFile:
    return KeptFile(files.write_blob(data, kind=kind), kind, len(data), digest)
