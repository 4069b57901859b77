"""照片线索 at the desk: what the portal noticed, looked at photo by photo."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.models import User
from common.admin import (
    Act,
    Deed,
    NothingForm,
    Panel,
    WorkflowAdmin,
    actor_of,
    masked,
    moment,
    rehearsal,
)
from common.masking import MaskKind, mask
from enrollment.models import StudentRecord
from imaging.admin.entry_deeds import said_of
from imaging.admin.pictures import face_cell, thumbnail
from imaging.admin.repair_panels import foreseen, record_cell
from imaging.matching import hint_text
from imaging.models import CaptureEntry, PhotoHint, PhotoRepair, PhotoVersion
from imaging.selectors.repair import current_versions
from imaging.services.hints import find_hints, refuse_hint, reopen_hint, take_hint
from imaging.services.repair import Consequence, consequences
from imaging.states import HINT, HintAction, HintKind, HintState


def _desk(act: Act) -> User:
    return cast("User", act.actor)


def _allows(action: HintAction, *states: HintState) -> Callable[[PhotoHint, Act], bool]:
    return lambda hint, _act: (
        HINT.allows(action, source=HintState(hint.state)) and hint.state in states
    )


def _take(hint: PhotoHint, act: Act) -> str:
    taken = take_hint(hint=hint, reason=act.reason, actor=_desk(act), now=act.now)
    return said_of(taken) if isinstance(taken, PhotoRepair) else "已关联，成为这份学籍的当前照片"


def _preview_take(hint: PhotoHint, act: Act) -> Sequence[Panel]:
    if hint.kind == HintKind.NEAR:
        return [compared(hint)]
    seen = PhotoHint.objects.get(pk=hint.pk)

    def look() -> Sequence[Consequence]:
        with rehearsal():
            taken = take_hint(hint=seen, reason="预览", actor=_desk(act), now=act.now)
            return consequences(cast("PhotoRepair", taken), actor=act.actor, now=act.now)

    return foreseen(look)


def _refuse(hint: PhotoHint, act: Act) -> str:
    refuse_hint(hint=hint, reason=act.reason, actor=_desk(act), now=act.now)
    return "记住了，以后不再提"


def _reopen(hint: PhotoHint, act: Act) -> str:
    reopen_hint(hint=hint, reason=act.reason, actor=_desk(act), now=act.now)
    return "放回待看的线索"


def _find(_obj: None, act: Act) -> str:
    found = find_hints(now=act.now)
    return f"找完了，新发现 {found} 条" if found else "找完了，没有新的线索"


def compared(hint: PhotoHint) -> Panel:
    """Each photo of the hint beside the record that it may belong to."""
    entries = CaptureEntry.objects.in_bulk([entry for entry, _ in hint.moves])
    records = StudentRecord.objects.select_related("class_group").in_bulk(
        [record for _, record in hint.moves if record]
    )
    shown = current_versions(records, entries[hint.entry_id].kind)
    return Panel.of(
        "照片和学籍对着看",
        ("照片", "采集信息", "可能是谁", "班级", "这人现在的照片"),
        (
            (
                face_cell(entry, f"采集照片 {entry}"),
                _said(entries[entry]),
                record_cell(records[record]) if record else "没有人",
                records[record].class_group if record else "",
                _picture(shown.get(record)),
            )
            for entry, record in hint.moves
        ),
        note="依据："
        + "；".join(map(hint_text, hint.reasons))
        + "。先看照片和两边的信息，再决定。",
    )


def _picture(version: PhotoVersion | None) -> Any:
    return face_cell(version.entry_id, "现在的照片") if version else "没有照片"


def _said(entry: CaptureEntry) -> str:
    words = (
        entry.school_code,
        entry.student_no,
        entry.candidate_no,
        mask(entry.document_no or "", MaskKind.DOCUMENT_NO),
        entry.name,
    )
    return " ".join(word for word in words if word) or "–"


HINT_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="take",
        label="是，就这样办",
        lead="没对上的照片马上关联；互换和错位只是提出，另一位老师确认以后才生效。",
        is_offered=_allows(HintAction.TAKE, HintState.OPEN),
        preview=_preview_take,
        run=_take,
    ),
    Deed(
        name="refuse",
        label="不是",
        lead="记住以后，这条不再提出来。",
        is_offered=_allows(HintAction.REFUSE, HintState.OPEN),
        run=_refuse,
    ),
    Deed(
        name="reopen",
        label="再看一次",
        is_offered=_allows(HintAction.REOPEN, HintState.REFUSED),
        run=_reopen,
    ),
)


@admin.register(PhotoHint)
class PhotoHintAdmin(WorkflowAdmin):
    """What waits for somebody to look, the newest first."""

    list_display = (
        "picture",
        "kind",
        "reasons_shown",
        masked("record.name", MaskKind.NAME, "可能是谁"),
        "student_no",
        "state",
        moment("found_at", "发现时间"),
    )
    list_display_links = ("picture", "kind")
    list_filter = ("state", "kind", ("record__class_group", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("record",)
    search_fields = ("^record__student_no",)
    search_help_text = "学号开头"
    ordering = ("-id",)
    viewed_action = "photohint.viewed"
    fields = ("kind", "state", "reasons_shown", "found_at", "reason", "decided_at", "decided_by")
    deeds = HINT_DEEDS
    create = Deed(
        name="find",
        label="现在找一遍",
        form=NothingForm,
        lead="把没对上的照片和没有照片的学籍、相邻的照片再比一遍。只提出来，不会自己改。",
        run=_find,
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What has happened so far."""
        return [name for name in self.fields if not obj or getattr(obj, name, True)]

    def subject_of(self, obj: PhotoHint) -> StudentRecord:
        """The record that may be meant."""
        return obj.record

    @admin.display(description="照片")
    def picture(self, hint: PhotoHint) -> SafeString:
        """A thumbnail."""
        return thumbnail(hint.entry_id, f"采集照片 {hint.entry_id}")

    @admin.display(description="依据")
    def reasons_shown(self, hint: PhotoHint) -> str:
        """Why it was noticed."""
        return "；".join(map(hint_text, hint.reasons))

    @admin.display(description="学号")
    def student_no(self, hint: PhotoHint) -> str:
        """The student number of the record that may be meant."""
        return hint.record.student_no

    def panels(self, request: HttpRequest, obj: PhotoHint) -> Sequence[Panel]:
        """The photos beside the records, and what would come of it."""
        panels = [compared(obj)]
        if obj.state == HintState.OPEN and obj.kind != HintKind.NEAR and self.may_act(request):
            act = Act(actor=actor_of(request), now=timezone.now())
            panels += _preview_take(obj, act)
        return panels
