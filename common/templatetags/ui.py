"""The components: one typed tag, one class block, one template each.

Arguments are keyword-only, so a wrong name fails when the template is compiled. Boxes are block tags.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Literal

from django import template
from django.core.paginator import Page
from django.forms import BaseForm
from django.forms.boundfield import BoundField
from django.http import HttpRequest, QueryDict
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from common import wording
from common.components import (
    ActionButton,
    BurnUp,
    FieldRow,
    MeterCounts,
    NavItem,
    PhotoView,
    SheetPage,
    TimelineStep,
    Tone,
)
from common.controls import control_of, problems_of, problems_title
from common.drawing import burn_up_drawing, clock_marks, time_parts
from common.icons import ICONS, TONE_ICONS
from common.templatetags import ui_boxes, ui_words

register = template.Library()
register.tags.update(ui_boxes.register.tags)
register.filters.update(ui_words.register.filters)

Values = dict[str, Any]
MomentForm = Literal["sentence", "until", "field", "short", "date"]

_STEP_LOOKS = {
    "done": ("check", "已完成"),
    "now": ("clock", "正在这一步"),
    "todo": ("circle", "还没到"),
    "lock": ("lock", "锁定"),
    "broken": ("cross", "断在这一步"),
}
_SEALS = {
    "closed": ("", "核讫", "印：核讫，正确，已锁定"),
    "corrected": ("line", "勘误", "印：勘误，有误，已锁定"),
    "pending": ("ghost", "核讫", "锁定以后盖核讫印"),
}
_BUTTONS = {
    "primary": "btn btn-primary",
    "outline": "btn btn-outline-primary",
    "danger": "btn btn-danger",
    "link": "btn btn-link",
}


# --- leaves ----------------------------------------------------------------------------------


@cache
def _icon_svg(name: str, label: str) -> SafeString:
    said = (
        format_html('role="img" aria-label="{}"', label)
        if label
        else SafeString('aria-hidden="true"')
    )
    return format_html(
        '<svg class="ui-icon" viewBox="0 0 24 24" {}><path d="{}"/></svg>', said, ICONS[name]
    )


@register.simple_tag
def icon(*, name: str, label: str = "") -> SafeString:
    """A line drawing; silent beside a word, spoken with `label` when it stands alone."""
    return _icon_svg(name, label)


@register.inclusion_tag("components/badge.html")
def badge(*, state: str, label: str, icon: str = "") -> Values:
    """A state as icon, word and colour; the word is the label of the state itself."""
    tone = Tone(state)
    return {"state": tone.value, "label": label, "icon": icon or TONE_ICONS[tone.value]}


@register.simple_tag
def moment(*, at: datetime | date | None, form: MomentForm = "sentence") -> SafeString:
    """A moment as `<time>`, written for a sentence, a deadline, a field or a caption; None is nothing."""
    if at is None:
        return SafeString("")
    if form == "date" or not isinstance(at, datetime):
        text = wording.date_sentence(at)
    elif form == "field":
        day, rest = wording.moment_field(at).split(" ", 1)
        text = format_html('<span class="nb">{}</span> <span class="nb">{}</span>', day, rest)
    else:
        writers = {"until": wording.until_sentence, "short": wording.moment_short}
        text = writers.get(form, wording.moment_sentence)(at)
    css = "" if form == "field" else SafeString(' class="nb"')
    return format_html('<time{} datetime="{}">{}</time>', css, at.isoformat(), text)


@register.simple_tag
def doc_no(*, value: str, kind: wording.NumberKind = "plain", label: str = "") -> SafeString:
    """A number in the groups it is read in; a masked one says aloud only what can be seen."""
    groups = format_html_join(
        "", "<span>{}</span>", ((group,) for group in wording.number_groups(value, kind))
    )
    if "*" not in value:
        return format_html('<span class="ui-docno">{}</span>', groups)
    return format_html(
        '<span class="ui-docno" role="img" aria-label="{}">{}</span>',
        wording.number_spoken(value, label),
        groups,
    )


@register.inclusion_tag("components/field_list.html")
def field_list(*, rows: Sequence[FieldRow], columns: int = 1) -> Values:
    """The fields of a record in order; 0 columns puts labels above values, for narrow places."""
    shown = [
        {
            "label": row.label,
            "note": row.note,
            "value": row.value
            if row.kind == "text" or not row.value
            else doc_no(value=row.value, kind=row.kind, label=row.label),
        }
        for row in rows
    ]
    return {"rows": shown, "columns": columns}


@register.inclusion_tag("components/photo.html")
def photo(*, view: PhotoView | None, hero: bool = False) -> Values:
    """A portrait, whole and unrounded; None or an empty address draws the missing photo."""
    return {"photo": view or PhotoView(url="", alt=""), "hero": hero}


@register.inclusion_tag("components/photo_pair.html")
def photo_pair(*, graduation: PhotoView | None, admission: PhotoView | None) -> Values:
    """The photo to be checked, large, and the one it is compared with."""
    return {
        "graduation": graduation
        or PhotoView(url="", alt="还没有毕业照片", caption="毕业照片", note="还没有"),
        "admission": admission
        or PhotoView(url="", alt="没有录取照片", caption="录取照片", note="没有"),
    }


@register.inclusion_tag("components/timeline.html")
def timeline(*, steps: Sequence[TimelineStep]) -> Values:
    """The stations of a way, with the present one marked for the eye and the ear."""
    shown = [
        {
            "label": step.label,
            "state": step.state,
            "note": step.note,
            "icon": _STEP_LOOKS[step.state][0],
            "spoken": _STEP_LOOKS[step.state][1],
        }
        for step in steps
    ]
    return {"steps": shown}


@register.inclusion_tag("components/countdown.html")
def countdown(
    *,
    locks_at: datetime,
    submitted_at: datetime,
    now: datetime,
    label: str = "还能撤回",
    start_label: str = "提交",
    end_label: str = "锁定",
) -> Values:
    """The water clock: right when drawn, and ticking where a script runs."""
    return {
        "label": label if now < locks_at else "已锁定",
        "start_label": start_label,
        "end_label": end_label,
        "submitted_at": submitted_at,
        "locks_at": locks_at,
        "locks_iso": locks_at.isoformat(),
        "submitted_iso": submitted_at.isoformat(),
        "now_iso": now.isoformat(),
        "parts": time_parts(locks_at - now),
        "marks": clock_marks(submitted_at=submitted_at, locks_at=locks_at, now=now),
    }


@register.inclusion_tag("components/class_meter.html")
def class_meter(*, counts: MeterCounts) -> Values:
    """One cell a person, different in shape as well as colour, with the numbers beside it."""
    parts = [
        ("done", "已锁定", counts.locked),
        ("due", "未锁定", counts.open),
        ("disputed", "有误", counts.disputed),
        ("", "没核", counts.todo),
    ]
    if counts.blocked:
        parts.append(("blocked", "没照片", counts.blocked))
    keys = [{"tone": tone, "label": label, "count": count} for tone, label, count in parts]
    cells = [tone for tone, _, count in parts for _ in range(count)]
    return {"keys": keys, "cells": cells}


@register.inclusion_tag("components/progress.html")
def progress(*, value: int, maximum: int, label: str, url: str = "", unit: str = "已核") -> Values:
    """How far something is, as a bar and as two numbers."""
    return {"value": value, "maximum": maximum, "label": label, "url": url, "unit": unit}


@register.inclusion_tag("components/burn_up.html")
def burn_up(*, chart: BurnUp) -> Values:
    """Conclusions given day by day against the deadline, with the same said in words."""
    return {"chart": burn_up_drawing(chart)}


@register.inclusion_tag("components/feedback_sheet.html")
def feedback_sheet(*, page: SheetPage) -> Values:
    """One page of the class feedback sheet: a table on paper and wide screens, cards on a phone."""
    return {"page": page}


@register.inclusion_tag("components/seal.html")
def seal(
    *, kind: Literal["closed", "corrected", "pending"], size: Literal["", "sm", "lg"] = ""
) -> Values:
    """The oblong stamp: solid 核讫, hollow 勘误, dashed while still to come."""
    look, word, label = _SEALS[kind]
    return {"look": look, "upper": word[0], "lower": word[1], "label": label, "size": size}


@register.inclusion_tag("components/action_button.html")
def action_button(*, action: ActionButton, size: Literal["", "sm", "lg"] = "") -> Values:
    """What the reader may do now: a link, or a form of its own when it changes something."""
    css = _BUTTONS[action.tone] + (f" btn-{size}" if size else "")
    return {"action": action, "css": css}


@register.inclusion_tag("components/row.html")
def row(
    *,
    title: str,
    note: str = "",
    url: str = "",
    icon: str = "",
    state: str = "todo",
    label: str = "",
) -> Values:
    """One line of a list: what, a caption, a state, and where it leads."""
    return {
        "title": title,
        "note": note,
        "url": url,
        "icon": icon,
        "state": state,
        "label": label,
    }


@register.inclusion_tag("components/look_list.html")
def look_list(*, items: Sequence[str], title: str = "看三处") -> Values:
    """What to look at, numbered 一二三."""
    return {"items": items, "title": title}


@register.inclusion_tag("components/paste_box.html")
def paste_box(*, text: str, label: str, anchor: str) -> Values:
    """Text to be taken elsewhere, with a copy button where a script runs."""
    return {"text": text, "label": label, "anchor": anchor}


@register.inclusion_tag("components/print_button.html")
def print_button(*, label: str, tone: Literal["primary", "outline-primary"] = "primary") -> Values:
    """Opens the print dialog; there only where a script runs."""
    return {"label": label, "tone": tone}


@register.inclusion_tag("components/tabs.html")
def tabs(*, items: Sequence[NavItem], label: str) -> Values:
    """Several things of one kind, each on its own address."""
    return {"items": items, "label": label}


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: Context, *, page: Page[Any], parameter: str = "page") -> Values:
    """Back and forth in a long list, keeping the rest of the address."""
    request = context.get("request")
    asked = request.GET if isinstance(request, HttpRequest) else QueryDict()

    def address(number: int) -> str:
        query = asked.copy()
        query[parameter] = str(number)
        return f"?{query.urlencode()}"

    return {
        "page": page,
        "previous_url": address(page.previous_page_number()) if page.has_previous() else "",
        "next_url": address(page.next_page_number()) if page.has_next() else "",
    }


# --- forms -----------------------------------------------------------------------------------


@register.inclusion_tag("components/field.html")
def field(*, bound: BoundField, current: str = "", mark_optional: bool = True) -> Values:
    """One form field with label, help, error and what ties them together for a screen reader."""
    return {
        "control": control_of(bound),
        "current": current,
        "optional": mark_optional and not bound.field.required,
    }


@register.inclusion_tag("components/form_fields.html")
def form_fields(*, form: BaseForm, mark_optional: bool = True) -> Values:
    """All fields of a form in order."""
    return {
        "hidden": form.hidden_fields(),
        "visible": form.visible_fields(),
        "mark_optional": mark_optional,
    }


@register.inclusion_tag("components/error_summary.html")
def error_summary(*, form: BaseForm, title: str = "") -> Values:
    """What is still missing, each with a link to its place; nothing when nothing is."""
    problems = problems_of(form)
    return {"problems": problems, "title": title or problems_title(problems)}


@register.inclusion_tag("components/conclusion_choice.html")
def conclusion_choice(*, field: BoundField) -> Values:
    """The two conclusions as two large radio buttons, neither preselected by this tag."""
    return {"control": control_of(field)}
