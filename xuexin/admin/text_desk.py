"""Words of messages at the desk: written with a preview of what arrives, every version kept."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, QueryDict

from common.admin import (
    Act,
    Deed,
    DeedForm,
    Panel,
    ReadonlyAdmin,
    WorkflowAdmin,
    facts,
    moment,
    rehearsal,
)
from common.errors import InvalidInputError, StaleStateError
from common.models import MessageText, MessageTextVersion
from common.texts import CATALOG, COMMON_VARIABLES
from xuexin.admin.labels import notice_actions  # noqa: F401 -- what the trail calls it
from xuexin.admin.text_forms import NoteForm, RestoreTextForm, TextForm
from xuexin.admin.text_panels import both_panel, history_panel, reading_panels
from xuexin.texts.writing import begin_with, put_back, restore_text, revise_text

Write = Callable[..., MessageText]


def _written(service: Write, text: MessageText, act: Act, *names: str) -> MessageText:
    try:
        return service(
            text=text,
            **{name: act.given[name] for name in names},
            seen=act.given["seen"],
            note=act.given["note"],
            actor=act.actor,
            now=act.now,
        )
    except StaleStateError as error:  # the form stays, with what was typed
        raise InvalidInputError(str(error)) from error


def _revise(text: MessageText, act: Act) -> MessageText:
    return _written(revise_text, text, act, "content")


def _restore(text: MessageText, act: Act) -> MessageText:
    return _written(restore_text, text, act, "number")


def _put_back(text: MessageText, act: Act) -> MessageText:
    return _written(put_back, text, act)


def _previewed(run: Callable[[MessageText, Act], MessageText]) -> Callable[..., Sequence[Panel]]:
    def preview(text: MessageText, act: Act) -> Sequence[Panel]:
        with rehearsal():
            return reading_panels(run(MessageText.objects.get(pk=text.pk), act))

    return preview


def _said(text: MessageText) -> str:
    words = "系统的文字" if text.is_default else "教务处写的文字"
    if CATALOG[text.key].is_page:
        return f"已存为第 {text.version_no} 版，页面上马上是{words}"
    return f"已存为第 {text.version_no} 版，以后发的用{words}；已经发出的不变"


def _is_sent(text: MessageText, _act: Act) -> bool:
    return text.key in CATALOG


@admin.register(MessageText)
class MessageTextAdmin(WorkflowAdmin):
    """Messages of the portal: whose words they have now, how they read, and every version."""

    list_display = ("label", "is_default", "key", moment("changed_at", "最近修改"), "changed_by")
    list_filter = ("is_default",)
    search_fields = ("label", "key", "subject", "body")
    search_help_text = "消息的名称或里面的字"
    ordering = ("label",)
    fields = ("label", "key", "is_default", "version_no", "changed_at", "changed_by")
    deeds = (
        Deed(
            name="change",
            label="修改文字",
            lead="改好先看收到的人会看到什么，再存。邮件末尾的落款和防骗提示由系统加，不用写。",
            form=TextForm,
            asks_first=True,
            is_offered=_is_sent,
            preview=_previewed(_revise),
            run=lambda text, act: _said(_revise(text, act)),
        ),
        Deed(
            name="restore",
            label="用回旧版",
            lead="把以前某一版的文字拿回来，存成新的一版；中间的版本都还在。",
            form=RestoreTextForm,
            asks_first=True,
            is_offered=lambda text, act: _is_sent(text, act) and text.version_no > 1,
            preview=_previewed(_restore),
            run=lambda text, act: _said(_restore(text, act)),
        ),
        Deed(
            name="default",
            label="用回系统的文字",
            lead="以后这条消息又按系统自带的文字发。教务处写过的都在历史里，随时可以拿回来。",
            form=NoteForm,
            asks_first=True,
            is_offered=lambda text, _act: not text.is_default,
            preview=_previewed(_put_back),
            run=lambda text, act: _said(_put_back(text, act)),
        ),
    )

    def panels(self, request: HttpRequest, obj: MessageText) -> Sequence[Panel]:
        """How it reads with samples, what may be written, every version."""
        history = history_panel(obj, may_act=self.may_act(request))
        wording = CATALOG.get(obj.key)
        if wording is None:
            return [history]
        values = wording.values(wording.samples())
        needed = {each.name for each in wording.variables if each.is_needed}
        shared = {each.name for each in COMMON_VARIABLES}
        places = Panel.of(
            "可以用的变量",
            ("写成", "比如", "说明"),
            (
                (
                    f"{{{name}}}",
                    value,
                    "必须有" if name in needed else "每条消息都能用" if name in shared else "",
                )
                for name, value in values.items()
            ),
        )
        return [*reading_panels(obj), places, history]

    def draw(
        self,
        request: HttpRequest,
        obj: Any,
        deed: Deed,
        form: DeedForm,
        panels: Sequence[Panel],
        *,
        is_filled: bool = True,
    ) -> HttpResponse:
        """The form with both texts when two wrote at once; saving it again is then deliberate."""
        both = _both(obj, form) if form.is_bound else ()
        return super().draw(request, obj, deed, form, [*both, *panels], is_filled=is_filled)


def _both(text: MessageText, form: DeedForm) -> Sequence[Panel]:
    seen = form.cleaned_data.get("seen") if hasattr(form, "cleaned_data") else None
    current = MessageText.objects.get(pk=text.pk)
    if seen is None or seen == current.version_no:
        return ()
    typed = cast("QueryDict", form.data).copy()
    typed["seen"] = str(current.version_no)
    form.data = typed
    return both_panel(current, seen=seen, mine=form.cleaned_data.get("content"))


@admin.register(MessageTextVersion)
class MessageTextVersionAdmin(ReadonlyAdmin):
    """One version of a message."""

    list_display = ("text", "number", moment("written_at", "什么时候"), "written_by", "note")
    list_select_related = ("text",)
    search_fields = ("subject", "body", "sms")
    search_help_text = "那一版里的字"
    ordering = ("-written_at", "-id")
    fields = (
        "text",
        "number",
        "restored_no",
        "is_default",
        "subject",
        "body",
        "sms",
        "note",
        "written_at",
        "written_by",
    )

    def panels(self, request: HttpRequest, obj: MessageTextVersion) -> Sequence[Panel]:
        """What the code said instead, where this version let it."""
        wording = CATALOG.get(obj.text.key)
        if wording is None or not obj.is_default:
            return ()
        words = begin_with(wording)
        return [facts("系统的文字", (("标题", words.subject), ("正文", words.body)))]
