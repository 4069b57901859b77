"""A small way of writing for the office: paragraphs, lists, emphasis, links to the portal's own pages.

    One line is one paragraph. Lines that begin with “- ” or “1. ” are a list.
    **These words** are strong. [照片自检] leads to the page of that name, [量一量](照片自检) too.

Whatever else is written is text: it is escaped, so that no answer can carry HTML, script or an address
of another site. Checked when it is saved; what is saved can always be drawn.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Literal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from common.errors import InvalidInputError
from common.placeholders import fill

__all__ = ["check_markup", "plain", "render"]

_BULLET: Final = re.compile(r"^[-\uff0d•]\s+(?=\S)")
_NUMBER: Final = re.compile(r"^(\d{1,2})(?:[.\uff0e]\s+|、\s*)(?=\S)")
_TOKEN: Final = re.compile(
    r"\*\*(?P<strong>[^*\n]+)\*\*|\[(?P<text>[^\[\]\n]+)\](?:\((?P<page>[^()\n]*)\))?"
)

Kind = Literal["text", "bullet", "number"]


@dataclass(frozen=True, slots=True)
class _Line:
    """One line: what it is, what it says, and the number that a numbered one carries."""

    kind: Kind
    text: str
    number: int = 0


def check_markup(text: str, *, pages: Collection[str], field: str | None = None) -> None:
    """InvalidInputError where a link leads to no page of ours, or a mark is left open."""
    offered = "、".join(pages)
    for match in _TOKEN.finditer(text):
        target = match["page"] if match["page"] is not None else match["text"]
        if target is not None and target.strip() not in pages:
            raise InvalidInputError(
                f"没有叫“{target.strip()}”的页面。链接写成[页面名]，或者[显示的字](页面名)；"
                f"可以链接的有：{offered}。",
                field=field,
            )
    rest = _TOKEN.sub("", text)
    if "**" in rest:
        raise InvalidInputError(
            "星号没有成对。要加重的字，前后各写两个星号，在同一段里，像**这样**。", field=field
        )
    if "[" in rest or "]" in rest:
        raise InvalidInputError(
            "方括号没有成对。方括号是写链接用的：[页面名]；只是标点的话，用【】。", field=field
        )


def render(text: str, *, pages: Mapping[str, str], values: Mapping[str, str]) -> SafeString:
    """The text as HTML; `pages` leads from a page's name to its address, `values` fills the places.

    A place is filled after the marks are read, so that no value is ever taken for a mark.
    """

    def blocks() -> Iterator[tuple[SafeString]]:
        for kind, group in groupby(_lines(text), key=lambda line: line.kind):
            lines = list(group)
            said = [(_inline(line.text, pages, values),) for line in lines]
            if kind == "text":
                yield (format_html_join("", "<p>{}</p>", said),)
                continue
            items = format_html_join("", "<li>{}</li>", said)
            if kind == "bullet":
                yield (format_html("<ul>{}</ul>", items),)
            elif lines[0].number == 1:
                yield (format_html("<ol>{}</ol>", items),)
            else:
                yield (format_html('<ol start="{}">{}</ol>', lines[0].number, items),)

    return format_html_join("", "{}", blocks())


def plain(text: str, *, values: Mapping[str, str]) -> str:
    """The text without its marks, to be searched."""
    words = (
        _TOKEN.sub(lambda match: match["strong"] or match["text"], line.text)
        for line in _lines(text)
    )
    return fill("\n".join(words), values)


def _lines(text: str) -> Iterator[_Line]:
    """Every line that says something."""
    for raw in text.splitlines():
        line = raw.strip()
        if not line:
            continue
        if bullet := _BULLET.match(line):
            yield _Line("bullet", line[bullet.end() :])
        elif number := _NUMBER.match(line):
            yield _Line("number", line[number.end() :], int(number[1]))
        else:
            yield _Line("text", line)


def _inline(text: str, pages: Mapping[str, str], values: Mapping[str, str]) -> SafeString:
    """Emphasis and links of one line; everything is escaped where it is put in."""
    parts: list[tuple[str]] = []
    at = 0
    for match in _TOKEN.finditer(text):
        parts.append((fill(text[at : match.start()], values),))
        at = match.end()
        shown = fill(match["strong"] or match["text"], values)
        url = pages.get((match["page"] or match["text"] or "").strip())
        if match["strong"]:
            parts.append((format_html("<strong>{}</strong>", shown),))
        elif url:
            parts.append((format_html('<a class="ui-link" href="{}">{}</a>', url, shown),))
        else:  # a page that is no more: its words stay
            parts.append((shown,))
    parts.append((fill(text[at:], values),))
    return format_html_join("", "{}", parts)
