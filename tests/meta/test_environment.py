"""`.env.example` lists every variable that the settings read, with its default and one line."""

import ast
import re

import pytest

from tests.meta.project import ROOT, relative, source_files, tree

pytestmark = pytest.mark.unit

# Files that may look at the environment by another way than xuexin.environment.env.
DIRECT_READERS = {
    "manage.py": "names the settings module",
    "xuexin/asgi.py": "names the settings module",
    "xuexin/wsgi.py": "names the settings module",
    "xuexin/celery.py": "names the settings module",
    "xuexin/environment.py": "is the reader",
    "imaging/inspection/faces.py": "tells a detector's library, before it is loaded, to use one thread",
    "xuexin/management/commands/serve.py": "HOST and PORT are options of the command; passes the rest on",
}


def read_variables() -> dict[str, set[str]]:
    """Name → the plain defaults that the settings give for it."""
    found: dict[str, set[str]] = {}
    for path in source_files():
        for node in ast.walk(tree(path)):
            if not (
                isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
            ):
                continue
            target = node.func.value if isinstance(node.func, ast.Attribute) else node.func
            if isinstance(target, ast.Name) and target.id == "env":
                defaults = found.setdefault(str(node.args[0].value), set())
                for keyword in node.keywords:
                    if keyword.arg == "default" and isinstance(keyword.value, ast.Constant):
                        defaults.add(plain(keyword.value.value))
    return found


def plain(value: object) -> str:
    """A Python default as it is written in the file."""
    return str(int(value)) if isinstance(value, bool) else str(value)


def documented() -> dict[str, str]:
    """Name → default in `.env.example`."""
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Z][A-Z0-9_]*)=(.*)$", text, re.MULTILINE))


def test_example_lists_exactly_what_is_read() -> None:
    assert sorted(documented()) == sorted(read_variables())


def test_example_gives_the_default() -> None:
    written = documented()

    wrong = {
        name: (written.get(name), defaults)
        for name, defaults in read_variables().items()
        if defaults and written.get(name) not in defaults
    }

    assert wrong == {}


def test_example_says_one_line_about_each() -> None:
    paragraphs = re.split(
        r"^(?=#)", (ROOT / ".env.example").read_text(encoding="utf-8"), flags=re.MULTILINE
    )

    silent = [
        name
        for paragraph in paragraphs
        for name in re.findall(r"^([A-Z][A-Z0-9_]*)=", paragraph, re.MULTILINE)
        if len(paragraph.splitlines()[0].strip("# ")) < 10
    ]

    assert silent == []


def test_nobody_else_reads_the_environment() -> None:
    readers = {
        relative(path)
        for path in source_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
        if isinstance(node.value, ast.Name) and node.value.id == "os"
    }

    assert sorted(readers - set(DIRECT_READERS)) == []
