"""A bound form field taken apart for drawing: which control it is, its label, help, errors and their ids."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from django import forms
from django.forms.boundfield import BoundField
from django.utils.safestring import SafeString

from common.wording import count_cn

__all__ = ["Control", "Option", "Problem", "control_of", "problems_of", "problems_title"]

Kind = Literal["input", "select", "file", "checkbox", "options", "hidden"]
_HINT_MARK = "|"
_QUESTION = ("？", "?")
_ASKS: dict[Kind, str] = {
    "input": "请填写",
    "select": "请选择",
    "options": "请选择",
    "file": "请附上",
    "checkbox": "请勾选：",
    "hidden": "缺少",
}
_OPTION_WIDGETS = (forms.RadioSelect, forms.CheckboxSelectMultiple)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One radio button or check box of a list."""

    id: str
    tag: SafeString
    label: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One field of a form as its template needs it."""

    kind: Kind
    id: str
    label: str
    help_text: str
    help_id: str
    error_id: str
    errors: tuple[str, ...]
    described_by: str
    widget: SafeString | str
    options: tuple[Option, ...]
    has_strength: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One line of the error summary with the control that it leads to."""

    message: str
    anchor: str = ""


def _kind(bound: BoundField) -> Kind:
    widget = bound.field.widget
    if bound.is_hidden:
        return "hidden"
    if isinstance(widget, _OPTION_WIDGETS):
        return "options"
    if isinstance(widget, forms.CheckboxInput):
        return "checkbox"
    if isinstance(widget, forms.FileInput):
        return "file"
    if isinstance(widget, forms.Select):
        return "select"
    return "input"


def _attributes(bound: BoundField, kind: Kind, described_by: str) -> dict[str, str | bool]:
    attributes: dict[str, str | bool] = {}
    if described_by:
        attributes["aria-describedby"] = described_by
    if bound.errors:
        attributes["aria-invalid"] = "true"
    if kind in ("input", "select"):
        attributes["class"] = "form-select" if kind == "select" else "form-control"
    if bound.field.widget.attrs.get("placeholder") == bound.label:
        # A placeholder that repeats the label only makes an empty field look filled.
        attributes["placeholder"] = False
    return attributes


def _options(bound: BoundField) -> Iterable[Option]:
    for part in bound.subwidgets:
        label, _, hint = str(part.choice_label).partition(_HINT_MARK)
        yield Option(id=part.id_for_label, tag=part.tag(), label=label, hint=hint)


def control_of(bound: BoundField) -> Control:
    """Take a bound field apart; the widget is rendered with its class and with what describes it."""
    kind = _kind(bound)
    errors = _messages(bound)
    help_id, error_id = f"{bound.auto_id}_helptext", f"{bound.auto_id}_error"
    described_by = " ".join(
        [*([error_id] if errors else []), *([help_id] if bound.help_text else [])]
    )
    many = kind == "options"
    return Control(
        kind=kind,
        id=bound.id_for_label or bound.auto_id,
        label=str(bound.label),
        help_text=str(bound.help_text),
        help_id=help_id,
        error_id=error_id,
        errors=errors,
        described_by=described_by,
        widget="" if many else bound.as_widget(attrs=_attributes(bound, kind, described_by)),
        options=tuple(_options(bound)) if many else (),
        has_strength="data-ui-strength" in bound.field.widget.attrs,
    )


def _messages(bound: BoundField) -> tuple[str, ...]:
    """The errors in order; Django's bare "required" becomes a sentence that names the field."""
    plain = str(forms.Field.default_error_messages["required"])
    return tuple(_missing(bound) if str(error) == plain else str(error) for error in bound.errors)


def _missing(bound: BoundField) -> str:
    label = str(bound.label)
    if label.endswith(_QUESTION):
        return f"还没回答：{label}"
    return f"{_ASKS[_kind(bound)]}{label}"


def _named(bound: BoundField, message: str) -> str:
    label = str(bound.label)
    return message if label in message else f"{label}：{message}"


def _anchor(bound: BoundField) -> str:
    return (f"{bound.auto_id}_0" if _kind(bound) == "options" else bound.id_for_label) or ""


def problems_of(form: forms.BaseForm) -> tuple[Problem, ...]:
    """Every error of a form in the order of its fields; those of the whole form come first."""
    if not form.is_bound:
        return ()
    whole = [Problem(message=str(error)) for error in form.non_field_errors()]
    hidden = [
        Problem(message=str(error)) for bound in form.hidden_fields() for error in bound.errors
    ]
    shown = [
        Problem(message=_named(bound, message), anchor=_anchor(bound))
        for bound in form.visible_fields()
        for message in _messages(bound)
    ]
    return (*whole, *hidden, *shown)


def problems_title(problems: tuple[Problem, ...]) -> str:
    """How many places are still to be filled in or mended."""
    places = {problem.anchor for problem in problems if problem.anchor}
    return f"还差{count_cn(len(places), '处')}" if places else "还没办成"
