"""Things the registrar may do: each a button, a form, a preview, and one call of a service."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.db import models, transaction

from common.actors import Actor
from common.admin.panels import Panel

__all__ = ["Act", "Deed", "DeedForm", "Download", "NothingForm", "ReasonForm", "rehearsal"]


class DeedForm(forms.Form):
    """What a deed asks for; knows the object that it is about."""

    def __init__(self, *args: Any, obj: Any = None, **kwargs: Any) -> None:
        self.obj = obj
        super().__init__(*args, **kwargs)
        for asked in self.fields.values():
            # Django's own word for nothing chosen is a row of dashes.
            if isinstance(asked, forms.ModelChoiceField) and asked.empty_label:
                asked.empty_label = "请选择" if asked.required else "不选"


class NothingForm(DeedForm):
    """A deed that asks for nothing but the click."""


class ReasonForm(DeedForm):
    """A deed whose reason is kept in the audit trail."""

    reason = forms.CharField(
        label="理由",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写进审计记录。",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who does it when, and what was filled in."""

    actor: Actor
    now: datetime
    given: dict[str, Any] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """The reason, empty when none was asked for."""
        return str(self.given.get("reason", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file that a deed has made; the browser keeps it and stays where it is."""

    name: str
    content_type: str
    data: bytes


@contextmanager
def rehearsal() -> Iterator[None]:
    """Do what is inside for a preview, and take all of it back: the service itself says what happens."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _always(_obj: Any, _act: Act) -> bool:
    return True


def _no_preview(_obj: Any, _act: Act) -> Sequence[Panel]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing that may be done with an object.

    `run` calls the service and returns what is said afterwards, the row that was created, a file, or panels
    that are shown once and kept nowhere. With `proves_again` whoever does it has just shown the password or
    second factor once more. `preview` says what it would touch; with `asks_first` only after the form is
    filled in; the fields named in `asks_last` are still open beside the preview.
    """

    name: str
    label: str
    run: Callable[[Any, Act], str | Sequence[Panel] | models.Model | Download]
    lead: str = ""
    form: type[DeedForm] = ReasonForm
    is_offered: Callable[[Any, Act], bool] = _always
    preview: Callable[[Any, Act], Sequence[Panel]] = _no_preview
    asks_first: bool = False
    asks_last: tuple[str, ...] = ()
    is_danger: bool = False
    proves_again: bool = False
