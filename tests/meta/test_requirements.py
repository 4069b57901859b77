"""Every pin is exact, says why it is here, and is used."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.meta.project import PACKAGES, ROOT, relative, source_files, tree

pytestmark = pytest.mark.unit

# Distribution → the name by which the code uses it, where the two differ.
MODULES = {
    "argon2-cffi": "Argon2",
    "django-allauth": "allauth",
    "django-csp": "csp",
    "django-environ": "environ",
    "django-simple-captcha": "captcha",
    "django-storages": "storages",
    "fonttools": "fontTools",
    "opencv-python-headless": "cv2",
    "pillow": "PIL",
    "psycopg2-binary": "postgresql",
    "PyJWT": "jwt",
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
    pattern = re.compile(
        r"[A-Za-z0-9_.-]+(\[[a-z0-9,-]+\])?==[0-9][0-9a-z.]*"
        r'(; python_version < "[0-9.]+")?\s+# .{3,}'
    )

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


def foreign_imports(path: Path) -> set[str]:
    """Top-level packages that a file imports from elsewhere."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names) - {*PACKAGES, "tests", "benchmarks"}


# Pinned as an extra of another distribution → modules that come with it.
EXTRAS = {"django-storages": {"boto3", "botocore"}}


def distributions(*files: str) -> set[str]:
    """Names of what the files pin, as the index spells them."""
    return {
        re.split(r"[\[=]", line)[0].lower().replace("_", "-")
        for file in files
        for line in pins(file)
    }


def unpinned(paths: list[Path], *files: str) -> list[str]:
    """Imports that none of the files pins; what is not installed counts as unpinned."""
    pinned, owners = distributions(*files), packages_distributions()
    brought = {module for name in pinned for module in EXTRAS.get(name, set())}
    return sorted(
        f"{relative(path)}: {module}"
        for path in paths
        for module in foreign_imports(path) - brought
        if pinned.isdisjoint(owner.lower().replace("_", "-") for owner in owners.get(module, []))
    )


def test_product_imports_only_what_is_pinned() -> None:
    assert unpinned(source_files(), "requirements.txt") == []


def test_plain_tests_import_only_what_production_has() -> None:
    """`pip install -r requirements.txt && pytest` is all that a newcomer types."""
    tests = [path for path in (ROOT / "tests").rglob("*.py") if "browser" not in path.parts]

    assert unpinned(tests, "requirements.txt") == []
