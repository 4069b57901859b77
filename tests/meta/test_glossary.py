"""`docs/glossary.md` and the code use the same words."""

import re

import pytest

from tests.meta.project import ROOT, choice_classes, source_files

pytestmark = pytest.mark.unit

GLOSSARY = ROOT / "docs" / "glossary.md"


def rows() -> list[list[str]]:
    """Cells of every table row below a header: 中文, identifier, meaning, source."""
    lines = GLOSSARY.read_text(encoding="utf-8").splitlines()
    table = [line for line in lines if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return [row for row in cells if not set("".join(row)) <= set("-: ") and row[0] != "中文"]


def test_glossary_has_rows_of_four_cells() -> None:
    assert len(rows()) > 20
    assert [row for row in rows() if len(row) != 4 or not row[0] or not row[2]] == []


def test_identifier_exists_in_the_code() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in source_files())
    words = set(re.findall(r"\w+", code))

    unknown = [
        name
        for row in rows()
        for name in re.findall(r"`([^`]+)`", row[1])
        if not set(re.findall(r"\w+", name)) <= words
    ]

    assert unknown == []


def test_choice_label_is_in_the_glossary() -> None:
    # A label may itself hold a slash, so the whole cell is a term too.
    terms = {term.strip() for row in rows() for term in [row[0], *re.split(r"[/、]", row[0])]}

    missing = {
        where: unexplained
        for where, choices in choice_classes()
        if (unexplained := [str(text) for text in choices.labels if str(text) not in terms])
    }

    assert missing == {}
