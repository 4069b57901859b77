"""Size is a smell: past the budget a file, function or template asks for a split by noun."""

import ast
from pathlib import Path

import pytest

from tests.meta.project import relative, source_files, templates, tree

pytestmark = pytest.mark.unit

FILE_LINES = 400
FUNCTION_LINES = 40
TEMPLATE_LINES = 150
# path, or path:function → why it may be longer
EXEMPT: dict[str, str] = {
    "enrollment/services/roster/writing.py:_cells": "one row, a column per line in their order",
    "templates/pages/gallery.html": "shows every component once, one after the other",
}


def long_functions(path: Path) -> list[str]:
    return [
        f"{relative(path)}:{node.name}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and body_lines(node) > FUNCTION_LINES
    ]


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines below signature and docstring: many named arguments are no fault here."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_source_file_is_short() -> None:
    long = [relative(path) for path in source_files() if lines(path) > FILE_LINES]

    assert [name for name in long if name not in EXEMPT] == []


def test_function_is_short() -> None:
    long = [name for path in source_files() for name in long_functions(path)]

    assert [name for name in long if name not in EXEMPT] == []


def test_template_is_short() -> None:
    long = [relative(path) for path in templates() if lines(path) > TEMPLATE_LINES]

    assert [name for name in long if name not in EXEMPT] == []


def test_exemption_is_still_needed() -> None:
    long = {relative(path) for path in source_files() if lines(path) > FILE_LINES}
    long |= {relative(path) for path in templates() if lines(path) > TEMPLATE_LINES}
    long |= {name for path in source_files() for name in long_functions(path)}

    assert sorted(set(EXEMPT) - long) == []
