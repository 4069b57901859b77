"""Formal notices at the desk: drafted with a preview on the readers' own page, published, withdrawn."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from common.admin import (
    Act,
    Cell,
    Deed,
    DeedForm,
    Panel,
    ReadonlyAdmin,
    ReasonForm,
    WorkflowAdmin,
    moment,
    moment_text,
    rehearsal,
)
from common.errors import InvalidInputError, StaleStateError
from imaging.admin.announcement_forms import (
    AnnouncementForm,
    AttachForm,
    NewAnnouncementForm,
    RestoreAnnouncementForm,
    SeenForm,
    whom_in_words,
)
from imaging.models import Announcement, AnnouncementFile, AnnouncementVersion
from imaging.services.announcements import (
    FIELD_NAMES,
    AnnouncementContent,
    attach_file,
    available_announcement_actions,
    content_of,
    draft_announcement,
    publish_announcement,
    remove_file,
    restore_announcement,
    revise_announcement,
    withdraw_announcement,
)
from imaging.states.announcement import AnnouncementAction
from imaging.views.announcement import page_of


def _draft(_obj: None, act: Act) -> Announcement:
    return draft_announcement(content=act.given["content"], actor=act.actor, now=act.now)


def _revise(found: Announcement, act: Act) -> Announcement:
    try:
        return revise_announcement(
            announcement=found,
            content=act.given["content"],
            seen=act.given["seen"],
            note=act.given["note"],
            actor=act.actor,
            now=act.now,
        )
    except StaleStateError as error:  # the form stays, with what was typed
        raise InvalidInputError(str(error)) from error


def _restore(found: Announcement, act: Act) -> str:
    restored = restore_announcement(
        announcement=found,
        number=act.given["number"],
        seen=act.given["seen"],
        note=act.given["note"],
        actor=act.actor,
        now=act.now,
    )
    return f"已存为第 {restored.version_no} 版"


def _publish(found: Announcement, act: Act) -> str:
    publish_announcement(announcement=found, seen=act.given["seen"], actor=act.actor, now=act.now)
    return f"已发布，{moment_text(found.opens_at)} 起看得到"


def _withdraw(found: Announcement, act: Act) -> str:
    withdraw_announcement(announcement=found, reason=act.reason, actor=act.actor, now=act.now)
    return "已撤下，谁都看不到了；内容和历史都还在这里"


def _attach(found: Announcement, act: Act) -> str:
    upload = act.given["file"]
    added = attach_file(
        announcement=found, data=upload.read(), name=upload.name, actor=act.actor, now=act.now
    )
    return f"已加上附件“{added.name}”"


def _remove(found: Announcement, act: Act) -> str:
    removed = remove_file(
        announcement=found, number=act.given["number"], actor=act.actor, now=act.now
    )
    return f"已拿掉附件“{removed.name}”"


def _may(*actions: AnnouncementAction) -> Callable[[Announcement, Act], bool]:
    return lambda found, act: bool(
        set(actions) & set(available_announcement_actions(act.actor, found))
    )


class RemoveForm(DeedForm):
    """Which file goes."""

    number = forms.TypedChoiceField(label="附件", coerce=int)

    def __init__(self, *args: Any, obj: Announcement, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        field = self.fields["number"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(row.pk, row.name) for row in obj.files.filter(removed_at=None)]


@admin.register(Announcement)
class AnnouncementAdmin(WorkflowAdmin):
    """Every formal notice, with its versions, its files, and how many have opened it."""

    list_display = (
        "title",
        "document_no",
        "state",
        "is_public",
        moment("opens_at", "从"),
        moment("closes_at", "到"),
        "changed_by",
    )
    list_filter = ("state", "is_public")
    search_fields = ("title", "document_no", "body")
    search_help_text = "标题、文号或正文里的字"
    ordering = ("-opens_at", "-id")
    fields = (
        "document_no",
        "title",
        "body",
        "duties",
        "room",
        "phone",
        "whom",
        "campaign",
        "graduating_class",
        "is_public",
        "opens_at",
        "closes_at",
        "state",
        "opened",
        "version_no",
        "changed_at",
        "changed_by",
        "published_at",
        "published_by",
        "withdrawn_at",
        "withdrawn_by",
        "withdrawal_reason",
    )
    readonly_fields = ("whom", "opened")
    create = Deed(
        name="create",
        label="起草公告",
        lead="先看读者会看到的样子，再存成草稿。发布是另外一步。",
        form=NewAnnouncementForm,
        asks_first=True,
        preview=lambda obj, act: _seen_as(lambda: _draft(obj, act)),
        run=_draft,
    )
    deeds = (
        Deed(
            name="change",
            label="修改",
            lead="草稿随便改；已经发布的是更正，要写明更正了什么，读者看得到这句话。",
            form=AnnouncementForm,
            asks_first=True,
            is_offered=_may(AnnouncementAction.REVISE, AnnouncementAction.CORRECT),
            preview=lambda found, act: _seen_as(lambda: _revise(_fresh(found), act)),
            run=lambda found, act: f"已存为第 {_revise(found, act).version_no} 版",
        ),
        Deed(
            name="publish",
            label="发布",
            lead="发布以后，下面定的人到了时间就在首页看到。发布的正是你看到的这一版。",
            form=SeenForm,
            is_offered=_may(AnnouncementAction.PUBLISH),
            run=_publish,
        ),
        Deed(
            name="attach",
            label="加附件",
            lead="照片（JPG、PNG、WebP）或 PDF，5 MB 以内。图片会重新编码，去掉拍摄地点这些信息。",
            form=AttachForm,
            is_offered=_may(AnnouncementAction.PUBLISH, AnnouncementAction.WITHDRAW),
            run=_attach,
        ),
        Deed(
            name="remove",
            label="拿掉附件",
            form=RemoveForm,
            is_offered=lambda found, act: (
                _may(AnnouncementAction.PUBLISH, AnnouncementAction.WITHDRAW)(found, act)
                and found.files.filter(removed_at=None).exists()
            ),
            run=_remove,
        ),
        Deed(
            name="restore",
            label="用回旧版",
            form=RestoreAnnouncementForm,
            is_offered=lambda found, act: (
                found.version_no > 1
                and _may(AnnouncementAction.REVISE, AnnouncementAction.CORRECT)(found, act)
            ),
            run=_restore,
        ),
        Deed(
            name="withdraw",
            label="撤下",
            lead="撤下以后谁都看不到，也不能再发布；要重新说，另外起草一份。",
            form=ReasonForm,
            is_offered=_may(AnnouncementAction.WITHDRAW),
            is_danger=True,
            run=_withdraw,
        ),
    )

    @admin.display(description="给谁")
    def whom(self, found: Announcement) -> str:
        """In words."""
        return whom_in_words(found)

    @admin.display(description="打开过的账号")
    def opened(self, found: Announcement) -> str:
        """How many, never who."""
        return f"{found.reads.count()} 个"

    def panels(self, request: HttpRequest, obj: Announcement) -> Sequence[Panel]:
        """Files and versions."""
        return [
            Panel.of(
                "附件",
                ("名称", "什么时候", "谁", "拿掉"),
                (
                    (row.name, moment_text(row.added_at), row.added_by, moment_text(row.removed_at))
                    for row in obj.files.order_by("pk")
                ),
            ),
            Panel.of(
                "历史",
                ("第几版", "什么时候", "谁", "标题", "说明"),
                (
                    (
                        Cell(text=f"第 {row.number} 版", url=_version_url(row)),
                        moment_text(row.written_at),
                        row.written_by,
                        row.content["title"],
                        row.note,
                    )
                    for row in obj.versions.order_by("-number")[:50]
                ),
            ),
        ]

    def perform(self, request: HttpRequest, obj: Any, deed: Deed) -> HttpResponse:
        """Back from the preview to the form with everything that was typed."""
        if request.method == "POST" and "_again" in request.POST:
            form = deed.form(request.POST, obj=obj)
            return self.draw(request, obj, deed, form, (), is_filled=False)
        return super().perform(request, obj, deed)

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
        """The preview on the readers' own page; the form with both texts when two wrote at once."""
        content = form.cleaned_data.get("content") if is_filled and form.is_bound else None
        if content is not None and panels:
            drawn = Announcement(pk=obj.pk if obj else 0, **content.cleaned().stored())
            context = {
                **self.frame(request, obj, deed),
                **page_of(drawn, now=timezone.now()),
                "form": form,
                "remark": "还没有保存。下面是读者会看到的样子。",
            }
            return TemplateResponse(request, "imaging/announcement_preview.html", context)
        both = _both(obj, form) if obj is not None and form.is_bound else ()
        return super().draw(request, obj, deed, form, [*both, *panels], is_filled=is_filled)


def _fresh(found: Announcement) -> Announcement:
    return Announcement.objects.get(pk=found.pk)


def _seen_as(run: Callable[[], Announcement]) -> Sequence[Panel]:
    """That the service takes it; the page itself is drawn from what was typed."""
    with rehearsal():
        return [Panel.of(str(run()), (), ())]


def _version_url(row: AnnouncementVersion) -> str:
    return reverse("admin:imaging_announcementversion_change", args=[row.pk])


def _both(found: Announcement, form: DeedForm) -> Sequence[Panel]:
    """Both texts, when the form was opened on an older version; saving it again is then deliberate."""
    given = getattr(form, "cleaned_data", {})
    seen, mine = given.get("seen"), given.get("content")
    current = _fresh(found)
    if seen is None or seen == current.version_no:
        return ()
    typed = cast("QueryDict", form.data).copy()
    typed["seen"] = str(current.version_no)
    form.data = typed
    former = found.versions.filter(number=seen).first()
    told: list[tuple[str, AnnouncementContent | None]] = [
        (f"你打开时，第 {seen} 版", content_of(former) if former else None),
        (f"{current.changed_by} 改成，第 {current.version_no} 版", content_of(current)),
        ("你写的", mine),
    ]
    return [
        Panel.of(
            "两边的文字",
            (),
            (
                (f"{label}：{whose}", " / ".join(str(getattr(content, name)).splitlines()))
                for name, label in FIELD_NAMES.items()
                if len({str(getattr(content, name)) for _w, content in told if content}) > 1
                for whose, content in told
                if content is not None
            ),
            note="你写的还在下面的表单里：把要留的合进去再存。哪一版都不会丢，历史里都有。",
        )
    ]


@admin.register(AnnouncementVersion)
class AnnouncementVersionAdmin(ReadonlyAdmin):
    """One version of a notice."""

    list_display = (
        "announcement",
        "number",
        moment("written_at", "什么时候"),
        "written_by",
        "note",
    )
    list_select_related = ("announcement",)
    ordering = ("-written_at", "-id")
    fields = ("announcement", "number", "note", "written_at", "written_by")

    def panels(self, request: HttpRequest, obj: AnnouncementVersion) -> Sequence[Panel]:
        """What it said."""
        content = content_of(obj)
        return [
            Panel.of(
                "内容",
                (),
                ((label, str(getattr(content, name) or "")) for name, label in FIELD_NAMES.items()),
            )
        ]


@admin.register(AnnouncementFile)
class AnnouncementFileAdmin(ReadonlyAdmin):
    """Files beside notices."""

    list_display = ("name", "announcement", moment("added_at", "加上时间"), "added_by")
    list_select_related = ("announcement",)
    ordering = ("-added_at", "-id")
    fields = ("name", "announcement", "added_at", "added_by", "removed_at", "removed_by")
