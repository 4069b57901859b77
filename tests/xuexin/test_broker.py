"""The folder broker: messages are whole, and a torn one ends nobody."""

from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from kombu import Connection

from xuexin.broker import Transport

pytestmark = pytest.mark.unit


@pytest.fixture
def connection(tmp_path: Path) -> Any:
    folder = str(tmp_path / "messages")
    options = {
        "data_folder_in": folder,
        "data_folder_out": folder,
        "control_folder": str(tmp_path / "control"),
        "polling_interval": 0.01,
    }
    for path in (folder, options["control_folder"]):
        Path(str(path)).mkdir()
    with Connection("filesystem://", transport_options=options) as made:
        yield made


def test_filesystem_address_uses_our_channel(connection: Any) -> None:
    assert isinstance(connection.transport, Transport)


def test_messages_come_back_in_order(connection: Any) -> None:
    with connection.SimpleQueue("ordered") as queue:
        for number in range(3):
            queue.put({"number": number})
        found = [queue.get(timeout=20) for _ in range(3)]
        for message in found:
            message.ack()

    assert sorted(message.payload["number"] for message in found) == [0, 1, 2]


def test_torn_message_is_passed_over(connection: Any, tmp_path: Path) -> None:
    (tmp_path / "messages" / "1_half.torn.msg").write_bytes(b"")

    with connection.SimpleQueue("torn") as queue:
        queue.put({"number": 7})
        message = queue.get(timeout=20)
        message.ack()

    assert message.payload == {"number": 7}


def test_reader_never_sees_half_a_message(connection: Any, tmp_path: Path) -> None:
    folder = tmp_path / "messages"
    done, torn = Event(), []

    def look() -> None:
        while not done.is_set():
            for path in folder.glob("*.msg"):
                text = path.read_bytes()
                if not text.endswith(b"}"):
                    torn.append(text)

    reader = Thread(target=look)
    reader.start()
    with connection.SimpleQueue("whole") as queue:
        for number in range(200):
            queue.put({"number": number, "weight": "x" * 4000})
    done.set()
    reader.join()

    assert torn == []
    assert not list(folder.glob("*.part"))
