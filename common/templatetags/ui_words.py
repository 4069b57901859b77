"""Filters: moments, spans and sizes in Chinese. `{% load ui %}` brings them; see `common.wording`."""

from datetime import date, datetime, timedelta

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from common import wording

register = template.Library()

_BREAK = "|"
_MESSAGE_TONES = {"success": "done", "warning": "due", "error": "error"}


@register.filter
def moment_sentence(at: datetime | None) -> str:
    """6月16日（星期二）23:00."""
    return wording.moment_sentence(at) if at else ""


@register.filter
def until_sentence(at: datetime | None) -> str:
    """A deadline: like `moment_sentence`, with midnight as 24:00 of the day that it ends."""
    return wording.until_sentence(at) if at else ""


@register.filter
def moment_field(at: datetime | None) -> str:
    """2026年6月12日 星期五 14:32."""
    return wording.moment_field(at) if at else ""


@register.filter
def moment_short(at: datetime | None) -> str:
    """6月12日 14:32."""
    return wording.moment_short(at) if at else ""


@register.filter
def date_cn(day: date | None) -> str:
    """2026年06月30日."""
    return wording.date_cn(day) if day else ""


@register.filter
def date_sentence(day: date | None) -> str:
    """6月16日（星期二）."""
    return wording.date_sentence(day) if day else ""


@register.filter
def days_left(deadline: datetime | None, now: datetime) -> str:
    """还有 4 天, 还有 3 小时, 已截止; stands beside the moment, never instead of it."""
    return wording.days_left(deadline, now=now) if deadline else ""


@register.filter
def duration(delta: timedelta | None) -> str:
    """24 小时."""
    return wording.duration(delta) if delta is not None else ""


@register.filter
def file_size(size: int | None) -> str:
    """64 KB."""
    return wording.file_size(size) if size is not None else ""


@register.filter
def clauses(text: str) -> SafeString:
    """Clauses parted by `|`, each kept on one line where it fits: a line never starts inside a word."""
    parts = str(text).split(_BREAK)
    if len(parts) == 1:
        return format_html_join("", "{}", ((part,) for part in parts))
    return format_html_join("", '<span class="nb">{}</span>', ((part,) for part in parts))


@register.filter
def message_tone(level_tag: str) -> str:
    """The tone of a note for the level of a Django message."""
    return _MESSAGE_TONES.get(level_tag, "plain")
