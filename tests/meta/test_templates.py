"""Every template compiles, has a title, and keeps script and style out of the page."""

import re
from functools import cache
from pathlib import Path

import pytest
from django.template import engines
from django.template.loader_tags import BlockNode, ExtendsNode

from tests.meta.project import ROOT, relative, templates

pytestmark = pytest.mark.unit

FORBIDDEN = {
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", re.IGNORECASE),
    "inline style": re.compile(r"<style\b|\sstyle=", re.IGNORECASE),
    "inline handler": re.compile(r"<[^>{]*\son[a-z]+\s*=", re.IGNORECASE),
    "script address": re.compile(r"javascript:", re.IGNORECASE),
    "foreign address": re.compile(
        r"<(?:script|link|img|source|iframe)[^>]*(?:src|href)=[\"']?(?:https?:)?//"
    ),
    "switched-off escaping": re.compile(r"(?<!help_text)\|\s*safe\b|\{%\s*autoescape off"),
}
# template: what → why
EXEMPT = {
    "templates/mfa/totp/activate_form.html: switched-off escaping": (
        "the QR code is drawn by allauth; nothing in it was typed by people"
    ),
}
BUTTON = re.compile(r"\bbtn-[a-z-]+\b")
TITLE = re.compile(r"<title>.*\S.*</title>", re.DOTALL)
DJANGO = engines["django"].engine  # type: ignore[attr-defined]


def name(path: Path) -> str:
    return path.relative_to(ROOT / "templates").as_posix()


@pytest.mark.parametrize("path", templates(), ids=relative)
def test_template_compiles(path: Path) -> None:
    assert DJANGO.get_template(name(path)).name == name(path)


@pytest.mark.parametrize("path", templates(), ids=relative)
def test_template_holds_nothing_inline(path: Path) -> None:
    text = re.sub(
        r"\{#.*?#\}|\{% comment.*?endcomment %\}",
        "",
        path.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )

    found = [what for what, pattern in FORBIDDEN.items() if pattern.search(text)]

    assert [what for what in found if f"{relative(path)}: {what}" not in EXEMPT] == []


@pytest.mark.parametrize("path", templates(), ids=relative)
def test_button_is_of_a_kind_that_is_drawn(path: Path) -> None:
    """A class without a rule leaves a button that looks like plain text."""
    used = set(BUTTON.findall(path.read_text(encoding="utf-8")))

    assert sorted(used - drawn_buttons()) == []


@cache
def drawn_buttons() -> set[str]:
    """Every kind of button that a style sheet speaks of."""
    sheets = (ROOT / "static").rglob("*.css")
    return {
        name
        for sheet in sheets
        for name in re.findall(r"\.(btn-[a-z-]+)", sheet.read_text(encoding="utf-8"))
    }


@pytest.mark.parametrize("path", templates(), ids=relative)
def test_page_has_a_title(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if "<html" in text:
        assert TITLE.search(text), "a page without <title>"
    elif "{% extends" in text:
        assert has_title(name(path)), (
            "neither this page nor one that it extends fills a title block"
        )


def has_title(template_name: str) -> bool:
    """Does the template, or one between it and the skeleton, fill a block named …title?"""
    template = DJANGO.get_template(template_name)
    extends = next(iter(template.nodelist.get_nodes_by_type(ExtendsNode)), None)
    if extends is None:
        return False
    blocks = extends.nodelist.get_nodes_by_type(BlockNode)
    if any(block.name.endswith("title") and len(block.nodelist) for block in blocks):
        return True
    parent = extends.parent_name.var
    return template_name.startswith("admin/") or (isinstance(parent, str) and has_title(parent))
