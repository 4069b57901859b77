"""Every pin is exact, says why it is here, and is used."""

import re

import pytest

from tests.meta.project import ROOT, source_files

pytestmark = pytest.mark.unit

# Distribution → the name by which the code uses it, where the two differ.
MODULES = {
    "argon2-cffi": "Argon2",
    "django-allauth": "allauth",
    "django-csp": "csp",
    "django-environ": "environ",
    "django-storages": "storages",
    "fonttools": "fontTools",
    "pillow": "PIL",
    "psycopg2-binary": "postgresql",
    "pytest-django": "pytest",
    "redis": "redis",
    "gunicorn": "gunicorn",
    "pytest": "pytest",
}


def pins(name: str) -> list[str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith(("#", "-r"))]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_pin_is_exact_and_says_why(name: str) -> None:
    pattern = re.compile(r"[A-Za-z0-9_.-]+(\[[a-z0-9,-]+\])?==[0-9][0-9a-z.]*\s+# .{3,}")

    assert [line for line in pins(name) if not pattern.fullmatch(line)] == []


def test_runtime_pin_is_used() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in source_files())
    code += (ROOT / "pytest.ini").read_text(encoding="utf-8")

    unused = []
    for line in pins("requirements.txt"):
        distribution = re.split(r"[\[=]", line)[0]
        module = MODULES.get(distribution, distribution.replace("-", "_").lower())
        if not re.search(rf"\b{re.escape(module)}", code):
            unused.append(distribution)

    assert unused == []
