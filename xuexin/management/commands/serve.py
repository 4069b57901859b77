"""One command for the whole portal: database, web server, worker and beat, stopped together."""

import ctypes
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
START_SECONDS = 60
STOP_SECONDS = 20
# On one's own machine root is no news; on a server Celery's warning stays.
QUIET_AS_ROOT = "ignore:You're running the worker with superuser privileges"
PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)


class Command(BaseCommand):
    """Prepare the database, then run web server, worker and beat until one ends or a signal comes."""

    help = "Run the portal: web server, worker and beat as child processes."
    requires_system_checks: list[
        str
    ] = []  # the children check; a start should not do it three times

    def add_arguments(self, parser: ArgumentParser) -> None:
        """PORT and HOST are also read from the environment."""
        parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1")
        parser.add_argument("--port", default=os.environ.get("PORT") or "8000")
        parser.add_argument("--web-workers", type=int, default=2)
        parser.add_argument("--task-workers", type=int, default=2)

    def handle(self, *args: Any, **options: Any) -> None:
        """Start everything; exit status 0 after a signal, else that of the child that ended."""
        host, port = options["host"], read_port(options["port"])
        refuse_taken_port(host, port)
        if settings.EMBEDDED and host not in {"127.0.0.1", "localhost", "::1"}:
            raise CommandError(
                "XUEXIN_EMBEDDED=1 shows demo logins and mails: listen on 127.0.0.1 only."
            )
        address = f"http://{host}:{port}/"
        self.prepare()
        environment = {"BASE_URL": address.rstrip("/"), **os.environ}
        if settings.EMBEDDED:
            environment["PYTHONWARNINGS"] = QUIET_AS_ROOT
        crew = Crew(
            {
                "web": web_command(host, port, workers=options["web_workers"]),
                "worker": worker_command(processes=options["task_workers"]),
            },
            environment=environment,
        )
        code = crew.run(on_ready=lambda: self.welcome(address), probe=address + "healthz")
        self.stdout.write(crew.farewell)
        if code:
            raise SystemExit(code)

    def prepare(self) -> None:
        """Bring tables, cache table, static files and (embedded, empty) the demo school up to date."""
        call_command("migrate", interactive=False, verbosity=0)
        if "cache" in connections:
            call_command("createcachetable", database="cache", verbosity=0)
        collect_static()
        if settings.EMBEDDED and "seed_demo" in get_commands() and not has_people():
            self.stdout.write("数据库是空的，正在建立演示学校，约需一分钟……")
            self.stdout.flush()
            call_command("seed_demo", verbosity=0)
        connections.close_all()

    def welcome(self, address: str) -> None:
        """Say where the portal is, who may log in, and where its mails are."""
        lines = ["", f"{settings.SITE_NAME} 已启动： {address}"]
        if settings.EMBEDDED:
            lines += [f"邮件与短信都在：     {address}outbox/", *demo_logins()]
        lines += ["按 Ctrl-C 停止。", ""]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


class Crew:
    """Child processes that live and die together."""

    def __init__(self, commands: dict[str, list[str]], *, environment: dict[str, str]) -> None:
        """Nothing starts before `run`."""
        self.commands = commands
        self.environment = environment
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.stopping = False
        self.farewell = "已停止。"

    def run(self, *, on_ready: Any, probe: str) -> int:
        """Start all, call `on_ready` once `probe` answers, wait; the status to exit with."""
        for number in STOP_SIGNALS:
            signal.signal(number, self.ask_to_stop)
        try:
            for name, command in self.commands.items():
                # An own session: Ctrl-C reaches this process alone, which then stops each child once.
                self.children[name] = subprocess.Popen(  # noqa: S603 -- fixed commands, no shell
                    command,
                    env=self.environment,
                    start_new_session=True,
                    preexec_fn=end_with_parent,  # noqa: PLW1509 -- no threads exist here
                )
            return self.watch(on_ready=on_ready, probe=probe)
        finally:
            self.stop()

    def ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        """Signal handler: only leaves a note, the loop does the work."""
        self.stopping = True

    def watch(self, *, on_ready: Any, probe: str) -> int:
        """Until a signal (0) or the end of a child (its status, never 0)."""
        patience = time.monotonic() + START_SECONDS
        ready = False
        while not self.stopping:
            for name, child in self.children.items():
                status = child.poll()
                if status is not None:
                    self.farewell = f"{name} 结束了（状态 {status}），已全部停止。"
                    return 128 - status if status < 0 else status or 1
            if not ready and answers(probe):
                ready = True
                on_ready()
            elif not ready and time.monotonic() > patience:
                self.farewell = f"{START_SECONDS} 秒内没有启动成功，已全部停止。"
                return 1
            time.sleep(0.2)
        return 0

    def stop(self) -> None:
        """End every child: asked first, forced when it does not listen."""
        for child in self.children.values():
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children.values():
            try:
                child.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


def end_with_parent() -> None:
    """In the child: end when the supervisor is killed outright (Linux; elsewhere nothing)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGTERM)


def web_command(host: str, port: int, *, workers: int) -> list[str]:
    """The gunicorn command line."""
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    options = {
        "--bind": bind,
        "--worker-class": "gthread",
        "--workers": str(workers),
        "--threads": "4",
        "--timeout": "60",
        "--graceful-timeout": "10",
        "--log-level": "warning",
    }
    flat = [text for pair in options.items() for text in pair]
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "xuexin.wsgi:application",
        "--no-control-socket",
        *flat,
    ]


def worker_command(*, processes: int) -> list[str]:
    """The Celery command line: one worker with beat inside."""
    return [
        *(sys.executable, "-m", "celery", "--app", "xuexin", "--quiet", "worker", "--beat"),
        *("--concurrency", str(processes), "--loglevel", "WARNING"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        *("--schedule", str(settings.CELERY_BEAT_SCHEDULE_FILENAME)),
    ]


def read_port(text: str) -> int:
    """The port as a number, or a CommandError that says what to write."""
    if not text.isdigit() or not 0 < int(text) < 2**16:
        raise CommandError(f"PORT={text} is not a port; for example PORT=8000.")
    return int(text)


def refuse_taken_port(host: str, port: int) -> None:
    """Raise CommandError when something else listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} on {host} cannot be used ({error.strerror}). "
                f"Choose another one, for example: PORT={port + 1} make run"
            ) from error


def answers(address: str) -> bool:
    """Does the web server answer this address with success?"""
    try:
        with urlopen(address, timeout=2) as response:  # noqa: S310 -- our own http address
            return bool(response.status == 200)  # noqa: PLR2004
    except (URLError, OSError):
        return False


def collect_static() -> None:
    """Collect static files when any of them changed since the last time."""
    if settings.DEBUG:
        return
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    digest = static_digest()
    if not (stamp.exists() and stamp.read_text() == digest):
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(digest)


def static_digest() -> str:
    """One line that changes when a static file is added, removed or edited."""
    app_folders = (Path(config.path) / "static" for config in apps.get_app_configs())
    digest = hashlib.sha256()
    for folder in (*map(Path, settings.STATICFILES_DIRS), *app_folders):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                about = path.stat()
                digest.update(f"{path}|{about.st_size}|{about.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def has_people() -> bool:
    """Is there any account yet?"""
    return get_user_model()._default_manager.exists()  # noqa: SLF001 -- documented by Django


def demo_logins() -> list[str]:
    """Lines naming one demo login per role; empty when the demo school does not exist."""
    exists = find_spec("xuexin.demo") and find_spec("xuexin.demo.logins")
    if not exists or not has_people():
        return []
    logins = import_module("xuexin.demo.logins")
    return ["演示账号：", *(f"  {line}" for line in logins.lines())]
