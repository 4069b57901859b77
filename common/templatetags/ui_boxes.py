"""Boxes: components with content of their own, as block tags. `{% load ui %}` brings them."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from common import wording
from common.components import ActionButton, PhotoView

register = template.Library()

NoteTone = Literal["plain", "due", "done", "lock", "error"]
SealKind = Literal["closed", "corrected", "pending"]

_NOTE_ICONS = {"plain": "", "due": "clock", "done": "check", "lock": "", "error": "warn"}


def _box(name: str, content: str, /, **values: Any) -> SafeString:
    return render_to_string(f"components/{name}.html", {"content": content, **values})


@register.simple_block_tag
def section(
    content: str, *, title: str, aside: str = "", level: Literal[2, 3] = 2, anchor: str = ""
) -> SafeString:
    """A part of a page under its fishtail heading."""
    return _box("section", content, title=title, aside=aside, level=level, anchor=anchor)


@register.simple_block_tag
def paper(content: str, *, rule: bool = True) -> SafeString:
    """A sheet of paper; with the double rule when it matters."""
    return _box("paper", content, rule=rule)


@register.simple_block_tag
def note(content: str, *, tone: NoteTone = "plain") -> SafeString:
    """A remark beside the work; its tone carries an icon, so that colour is never alone."""
    return _box("note", content, tone=tone, icon=_NOTE_ICONS[tone])


@register.simple_block_tag
def fold(content: str, *, summary: str, is_open: bool = False, anchor: str = "") -> SafeString:
    """Something that few need, folded away; with an anchor, a link can lead there."""
    return _box("fold", content, summary=summary, is_open=is_open, anchor=anchor)


@register.simple_block_tag
def rows(content: str) -> SafeString:
    """A list of `row` lines."""
    return _box("rows", content)


@register.simple_block_tag
def nothing(content: str, *, title: str, picture: bool = False) -> SafeString:
    """What stands where nothing is yet: what will come here, or what to do."""
    return _box("nothing", content, title=title, picture=picture)


@register.simple_block_tag(takes_context=True)
def next_step(
    context: Context,
    content: str,
    *,
    title: str,
    kicker: str = "现在只有一件事",
    until: datetime | None = None,
    now: datetime | None = None,
    action: ActionButton | None = None,
    photo: PhotoView | None = None,
) -> SafeString:
    """The one next thing and until when, quieter when there is nothing to do; `|` may break the title."""
    return _box(
        "next_step",
        content,
        title=title,
        kicker=kicker,
        until=until,
        left=wording.days_left(until, now=now) if until and now else "",
        action=action,
        photo=photo,
        calm=action is None,
        csrf_token=context.get("csrf_token"),
    )


@register.simple_block_tag
def confirm(content: str, *, title: str, level: Literal[1, 2] = 1) -> SafeString:
    """An open dialog as a page of its own; a script may show the same dialog over the page before."""
    return _box("confirm", content, title=title, level=level)


@register.simple_block_tag
def confirm_who(content: str, *, photo: PhotoView | None, name: str) -> SafeString:
    """Who confirms what: the photo alone, the name, and what was said."""
    bare = replace(photo, caption="", note="", zoom_url="") if photo else None
    return _box("confirm_who", content, photo=bare, name=name)


@register.simple_block_tag
def confirm_lock(content: str, *, kind: SealKind = "pending") -> SafeString:
    """The strip that says when it locks, beside the stamp that will be set."""
    return _box("confirm_lock", content, kind=kind)


@register.simple_block_tag
def actions(content: str) -> SafeString:
    """The buttons that end a page or a form."""
    return _box("actions", content)


@register.simple_block_tag
def table_box(content: str, *, label: str) -> SafeString:
    """A wide table that scrolls inside itself, by keyboard too."""
    return _box("table_box", content, label=label)


@register.simple_block_tag
def capture(content: str) -> SafeString:
    """Keep rendered text in a variable (`{% capture as name %}`); empty when there is only white space."""
    return SafeString(content.strip())
