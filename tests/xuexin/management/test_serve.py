"""The supervisor with real child processes: they live and die together."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from xuexin.management.commands import serve

pytestmark = pytest.mark.unit

# A supervisor over small children; `ready` answers because a file:// address needs no server.
SCRIPT = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xuexin.settings")
from xuexin.management.commands.serve import Crew
commands = {{name: [sys.executable, "-c", code] for name, code in {children!r}.items()}}
crew = Crew(commands, environment=dict(os.environ))
code = crew.run(on_ready=lambda: print("ready", *[c.pid for c in crew.children.values()], flush=True), probe={probe!r})
print(crew.farewell, flush=True)
sys.exit(code)
"""
ROOT = str(Path(serve.__file__).parents[3])
PATIENT = "import time; time.sleep(60)"


@pytest.fixture
def probe():
    """An address that answers 200, served by this test process."""
    from http.server import BaseHTTPRequestHandler, HTTPServer  # noqa: PLC0415
    from threading import Thread  # noqa: PLC0415

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def start(probe: str, **children: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT.format(children=children, probe=probe)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": ROOT, "DJANGO_SETTINGS_MODULE": "xuexin.settings"},
    )


def pids(process: subprocess.Popen[str]) -> list[int]:
    """The children's numbers, once the supervisor says that it is ready."""
    assert process.stdout is not None
    word, *numbers = process.stdout.readline().split()
    assert word == "ready"
    return [int(number) for number in numbers]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_crew_asked_to_stop_ends_every_child(probe: str, number: signal.Signals) -> None:
    process = start(probe, web=PATIENT, worker=PATIENT)
    children = pids(process)

    process.send_signal(number)

    output, _ = process.communicate(timeout=20)
    assert (process.returncode, output.strip()) == (0, "已停止。")
    assert [pid for pid in children if is_alive(pid)] == []


def test_crew_losing_a_child_stops_with_its_status(probe: str) -> None:
    process = start(probe, web=PATIENT, worker="import time; time.sleep(1.5); raise SystemExit(3)")
    children = pids(process)

    output, _ = process.communicate(timeout=20)

    assert (process.returncode, output.strip()) == (3, "worker 结束了（状态 3），已全部停止。")
    assert [pid for pid in children if is_alive(pid)] == []


def test_crew_losing_a_child_that_ended_well_still_fails(probe: str) -> None:
    process = start(probe, web=PATIENT, worker="import time; time.sleep(1.5)")

    process.communicate(timeout=20)

    assert process.returncode == 1


def test_crew_losing_a_killed_child_says_so(probe: str) -> None:
    process = start(probe, web=PATIENT, worker=PATIENT)
    children = pids(process)

    os.kill(children[1], signal.SIGKILL)

    output, _ = process.communicate(timeout=20)
    assert (process.returncode, output.strip()) == (
        128 + 9,
        "worker 结束了（状态 -9），已全部停止。",
    )


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal exists on Linux only")
def test_crew_killed_outright_leaves_no_child(probe: str) -> None:
    process = start(probe, web=PATIENT, worker=PATIENT)
    children = pids(process)

    process.kill()
    process.communicate(timeout=20)

    deadline = time.monotonic() + 10
    while any(map(is_alive, children)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [pid for pid in children if is_alive(pid)] == []


def test_port_taken_names_the_remedy() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(CommandError, match=f"PORT={port + 1} make run"):
            serve.refuse_taken_port("127.0.0.1", port)


@pytest.mark.parametrize("text", ["", "abc", "0", "65536", "-1"])
def test_port_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="is not a port"):
        serve.read_port(text)


def test_static_files_are_collected_once(tmp_path: Path, settings) -> None:
    source = tmp_path / "static"
    source.mkdir()
    (source / "a.css").write_text("a {}")
    settings.DEBUG = False
    settings.STATICFILES_DIRS = [source]
    settings.STATIC_ROOT = tmp_path / "root"
    before = serve.static_digest()
    (source / "b.css").write_text("b {}")

    after = serve.static_digest()

    assert before != after
    assert serve.static_digest() == after
