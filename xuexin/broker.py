"""The folder that carries tasks where no Redis is: kombu's own, except that a message appears whole.

kombu creates the file first and writes it afterwards; a worker that looks in between reads nothing,
raises, and ends. Seen on a machine under load: the whole portal stopped with it.
"""

import uuid
from json import JSONDecodeError
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps

__all__ = ["Channel", "Transport"]


class Channel(filesystem.Channel):
    """Writes beside the queue and renames, so that a reader finds a whole message or none."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # as kombu has it
        folder = Path(self.data_folder_out)
        # kombu takes messages in the order of their names, and only those that end like this.
        final = folder / f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        partial = final.with_suffix(".part")
        partial.write_text(dumps(payload))
        partial.replace(final)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        try:
            return super()._get(queue)
        except JSONDecodeError as error:
            # Left half-written by a machine that lost power; rows and sweeps know what is to be done.
            raise Empty from error


class Transport(filesystem.Transport):
    """The `filesystem://` transport with the channel above."""

    Channel = Channel
