"""What the desk fills in about the words of a message."""

from typing import Any, Final

from django import forms

from common.admin import DeedForm
from common.models import MessageText
from common.texts import CATALOG
from xuexin.texts.writing import MessageContent, begin_with, content_of

__all__ = ["NoteForm", "RestoreTextForm", "TextForm"]

_NOTE: Final = "为什么改，写进历史和审计记录；可以不写。"


class NoteForm(DeedForm):
    """A word about why; carries the version that was read."""

    note = forms.CharField(label="说明", max_length=200, required=False, help_text=_NOTE)
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, obj: MessageText, **kwargs: Any) -> None:
        kwargs["initial"] = {**self.now_set(obj), **(kwargs.get("initial") or {})}
        super().__init__(*args, obj=obj, **kwargs)

    def now_set(self, text: MessageText) -> dict[str, Any]:
        """Which version is read."""
        return {"seen": text.version_no}


class TextForm(NoteForm):
    """The words as they stand, the code's own where the office has written none."""

    subject = forms.CharField(label="标题", max_length=60, help_text="邮件的主题，站内消息的标题。")
    body = forms.CharField(label="正文", max_length=1000, widget=forms.Textarea(attrs={"rows": 8}))
    sms = forms.CharField(
        label="短信",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="空着就发正文。短信按 70 个字一条计费，超过的每 67 个字一条。",
    )
    field_order = ("subject", "body", "sms", "note")

    def __init__(self, *args: Any, obj: MessageText, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        if CATALOG[obj.key].is_page:
            del self.fields["subject"], self.fields["sms"]
        names = "、".join(f"{{{each.name}}}" for each in CATALOG[obj.key].every())
        self.fields["body"].help_text = f"一行一段。可以用的变量：{names}。"

    def now_set(self, text: MessageText) -> dict[str, Any]:
        """As it stands."""
        content = begin_with(CATALOG[text.key]) if text.is_default else content_of(text)
        words = {name: getattr(content, name) for name in ("subject", "body", "sms")}
        return {**super().now_set(text), **words}

    def clean(self) -> dict[str, Any]:
        """The words as one value."""
        given = super().clean() or {}
        if not self.errors:
            # A place on a page has no words but these.
            subject = given.get("subject") or begin_with(CATALOG[self.obj.key]).subject
            given["content"] = MessageContent(
                subject=subject, body=given["body"], sms=given.get("sms", "")
            )
        return given


class RestoreTextForm(NoteForm):
    """Which version's words are wanted back."""

    number = forms.TypedChoiceField(label="用回哪一版", coerce=int)
    field_order = ("number", "note")

    def __init__(self, *args: Any, obj: MessageText, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        field = self.fields["number"]
        if isinstance(field, forms.ChoiceField):
            former = obj.versions.exclude(number=obj.version_no).order_by("-number")
            field.choices = [
                ("", "请选择"),
                *(
                    (
                        row.number,
                        f"第 {row.number} 版：{row.written_by}，{row.subject or '系统的文字'}",
                    )
                    for row in former
                ),
            ]
