"""What the registrar may do with a delivered photo: attach, detach, correct its data and rematch.

What somebody relies on becomes a proposal for a second person by the same button.
"""

from collections.abc import Callable, Sequence
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.urls import reverse

from accounts.models import User
from common.admin import Act, Cell, Deed, Panel, ReasonForm, facts, rehearsal
from common.masking import MaskKind, mask
from enrollment.admin.lookup import records_with_student_no
from enrollment.models import School, StudentRecord
from imaging.admin.pictures import picture_cell
from imaging.admin.repair_panels import consequence_panels
from imaging.models import CaptureEntry, PhotoRepair, PhotoVersion, VerificationConclusion
from imaging.selectors.captures import CAPTURE_FIELDS, preview_rematch
from imaging.selectors.repair import Guard, guard_of_entry, guard_of_record
from imaging.services.capture import (
    attach_entry,
    detach_entry,
    edit_capture_data,
    edit_matched_data,
)
from imaging.services.repair import consequences, propose_detach, propose_replace
from imaging.states import CAPTURE, MatchAction, MatchState

__all__ = ["ENTRY_DEEDS", "RecordForm", "candidates_panel", "foretold", "said_of"]

# Shown in a form only masked; left blank, it stays.
_HIDDEN_FIELDS = frozenset({"document_no"})


class RecordForm(ReasonForm):
    """Which record is meant."""

    student_no = forms.CharField(
        label="学号", max_length=32, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    school = forms.ModelChoiceField(
        label="学校",
        queryset=School.objects.order_by("code"),
        required=False,
        help_text="几所学校都有这个学号时要选。",
    )
    field_order = ["student_no", "school", "reason"]

    def clean(self) -> dict[str, Any]:
        """Exactly one record."""
        given = super().clean() or {}
        found = (
            records_with_student_no(given["student_no"], school=given.get("school"))
            if given.get("student_no")
            else []
        )
        if len(found) > 1:
            self.add_error("school", "几所学校都有这个学号，选是哪一所")
        elif not found and given.get("student_no"):
            self.add_error("student_no", "名册里没有这个学号")
        given["record"] = found[0] if len(found) == 1 else None
        return given


class AttachForm(RecordForm):
    """Whose photo it is; and what to think of the photo that it replaces."""

    is_former_wrong = forms.BooleanField(
        label="原来那张不是本人",
        required=False,
        help_text="只在换掉已锁定的照片时看：勾上，原来那张解除关联，另找是谁的；不勾，留作旧的一版。",
    )
    field_order = ["student_no", "school", "is_former_wrong", "reason"]


class RematchForm(ReasonForm):
    """The data that came with the photo, to be put right."""

    def __init__(self, *args: Any, obj: CaptureEntry, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        for name, (label, longest) in CAPTURE_FIELDS.items():
            stored = str(getattr(obj, name) or "")
            is_hidden = name in _HIDDEN_FIELDS
            masked = mask(stored, MaskKind.DOCUMENT_NO) or "（空）"
            self.fields[name] = forms.CharField(
                label=label,
                max_length=longest,
                required=False,
                initial="" if is_hidden else stored,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
                help_text=f"现在：{masked}；不填就不改。" if is_hidden else "",
            )
        self.order_fields([*CAPTURE_FIELDS, "reason"])

    def clean(self) -> dict[str, Any]:
        """What differs from the stored data."""
        given = super().clean() or {}
        given["changes"] = {
            name: given[name].strip()
            for name in CAPTURE_FIELDS
            if name in given
            and given[name].strip() != str(getattr(self.obj, name) or "")
            and not (name in _HIDDEN_FIELDS and not given[name].strip())
        }
        return given


def _allows(action: MatchAction) -> Callable[[CaptureEntry, Act], bool]:
    return lambda entry, _act: CAPTURE.allows(action, source=MatchState(entry.state))


def _record_panel(entry: CaptureEntry, record: StudentRecord) -> Panel:
    current = PhotoVersion.objects.filter(record=record, kind=entry.kind, is_current=True).first()
    seen = VerificationConclusion.objects.filter(
        round__member__record=record, round__is_current=True, seen_photo=current
    )
    has_conclusion = current is not None and seen.exists()
    return Panel.of(
        "会这样关联",
        ("项目", "这张照片", "学籍"),
        (
            ("照片", picture_cell(entry.pk, "这张照片"), _photo_of(current)),
            ("姓名", mask(entry.name, MaskKind.NAME), record.name),
            ("学号", entry.student_no, _record_link(record)),
            ("班级", "", record.class_group),
        ),
        note=(
            "学籍现在的照片会被换下，学生已有的照片结论失效，要再核对一次。"
            if has_conclusion
            else "学籍现在的照片会被换下。"
            if current is not None
            else "会成为这份学籍的当前照片。"
        ),
    )


def _photo_of(version: PhotoVersion | None) -> Cell | str:
    return "还没有照片" if version is None else picture_cell(version.entry_id, "学籍现在的照片")


def _record_link(record: StudentRecord) -> Cell:
    url = reverse("admin:enrollment_studentrecord_change", args=[record.pk])
    return Cell(text=record.student_no, url=url)


def foretold(propose: Callable[[], PhotoRepair], act: Act) -> list[Panel]:
    """What a proposal would come to if the second person agreed: proposed and carried out for a look."""
    with rehearsal():
        panels = consequence_panels(consequences(propose(), actor=act.actor, now=act.now))
    second = facts(
        "要第二个人",
        [("现在", "只提出，照片和结论都不变"), ("接着", "另一位老师 7 天内核对、确认，才会这样办")],
    )
    return [second, *panels]


def said_of(repair: PhotoRepair) -> str:
    """What the first person is told."""
    return f"已提出照片更正 {repair.case_no}，现在什么都没变；请另一位老师在 7 天内确认"


def _desk(act: Act) -> User:
    return cast("User", act.actor)


def _is_locked(entry: CaptureEntry, act: Act) -> bool:
    return guard_of_record(act.given["record"], entry.kind, now=act.now) is Guard.LOCKED


def _replace(entry: CaptureEntry, act: Act) -> PhotoRepair:
    return propose_replace(
        entry=entry,
        record=act.given["record"],
        is_former_wrong=act.given["is_former_wrong"],
        reason=act.reason,
        actor=_desk(act),
        now=act.now,
    )


def _preview_attach(entry: CaptureEntry, act: Act) -> Sequence[Panel]:
    if _is_locked(entry, act):
        return foretold(lambda: _replace(entry, act), act)
    return [_record_panel(entry, act.given["record"]), facts("理由", [("理由", act.reason)])]


def _attach(entry: CaptureEntry, act: Act) -> str:
    if _is_locked(entry, act):
        return said_of(_replace(entry, act))
    attach_entry(
        entry=entry,
        record=act.given["record"],
        reason=act.reason,
        actor=act.actor,
        now=act.now,
    )
    return "已关联，成为这份学籍的当前照片"


def _detach_by_two(entry: CaptureEntry, act: Act) -> PhotoRepair:
    return propose_detach(entry=entry, reason=act.reason, actor=_desk(act), now=act.now)


def _preview_detach(entry: CaptureEntry, act: Act) -> Sequence[Panel]:
    if entry.record is None:
        return ()
    if guard_of_entry(entry, now=act.now) is not Guard.NONE:
        return foretold(lambda: _detach_by_two(entry, act), act)
    is_current = PhotoVersion.objects.filter(
        entry=entry, record=entry.record, is_current=True
    ).exists()
    return [
        Panel.of(
            "会解除",
            ("项目", "内容"),
            (
                ("照片", picture_cell(entry.pk, "这张照片")),
                ("学籍", f"{entry.record.name} {entry.record.student_no}"),
                ("是当前照片", "是" if is_current else "否"),
            ),
            note=(
                "学籍回到上一张照片，没有上一张就没有照片。学生还没有核对过这张，不要第二个人。"
                if is_current
                else "当前照片不变。"
            ),
        )
    ]


def _detach(entry: CaptureEntry, act: Act) -> str:
    if guard_of_entry(entry, now=act.now) is not Guard.NONE:
        return said_of(_detach_by_two(entry, act))
    detach_entry(entry=entry, reason=act.reason, actor=act.actor, now=act.now)
    return "已解除关联"


def _changes_panel(entry: CaptureEntry, act: Act, *, empty: str, note: str = "") -> Panel:
    changes = act.given["changes"]
    rows = [
        (label, _shown(name, getattr(entry, name)), _shown(name, changes[name]))
        for name, (label, _longest) in CAPTURE_FIELDS.items()
        if name in changes
    ]
    return Panel.of("会改的采集信息", ("字段", "现在", "改为"), rows, empty=empty, note=note)


def _preview_rematch(entry: CaptureEntry, act: Act) -> Sequence[Panel]:
    preview = preview_rematch(entry, act.given["changes"])
    panels = [_changes_panel(entry, act, empty="不改，只重新比对")]
    if preview.record is not None and (
        guard_of_record(preview.record, entry.kind, now=act.now) is Guard.LOCKED
    ):
        locked = "这个人的照片已经锁定：采集信息马上改好，照片先不换。再用“关联到学籍”提出，由另一位老师确认。"
        outcome = facts("比对结果", [("学籍", _record_link(preview.record))], note=locked)
        return [*panels, outcome]
    if preview.record is not None:
        return [*panels, _record_panel(entry, preview.record)]
    outcome = facts(
        "比对结果",
        [("状态", preview.state.label), ("原因", preview.reason)],
        note="学籍里找不到唯一的一个人，照片不动。",
    )
    return [*panels, outcome, candidates_panel(entry, preview.candidates)]


def candidates_panel(entry: CaptureEntry, candidates: Sequence[StudentRecord]) -> Panel:
    """Records that the photo may belong to, each with the way to attach it."""
    attach = reverse("admin:imaging_captureentry_do", args=[entry.pk, "attach"])
    return Panel.of(
        "可能是谁的",
        ("学号", "姓名", "班级", "学校", "关联"),
        (
            (
                _record_link(record),
                record.name,
                record.class_group,
                record.school.name,
                Cell(
                    text="关联到这份学籍",
                    url=f"{attach}?{urlencode({'student_no': record.student_no, 'school': record.school_id})}",
                ),
            )
            for record in candidates
        ),
        empty="按现在的采集信息，找不到可能的人",
    )


def _shown(name: str, value: object) -> str:
    text = str(value or "")
    return (mask(text, MaskKind.DOCUMENT_NO) if name in _HIDDEN_FIELDS else text) or "（空）"


def _rematch(entry: CaptureEntry, act: Act) -> str:
    edit_capture_data(
        entry=entry,
        changes=act.given["changes"],
        reason=act.reason,
        actor=act.actor,
        now=act.now,
    )
    return f"已重新比对：{entry.get_state_display()}"


def _preview_edit(entry: CaptureEntry, act: Act) -> Sequence[Panel]:
    with rehearsal():
        edit_matched_data(
            entry=CaptureEntry.objects.get(pk=entry.pk),
            changes=act.given["changes"],
            reason=act.reason,
            actor=act.actor,
            now=act.now,
        )
    return [_changes_panel(entry, act, empty="没有改", note="照片仍在这份学籍上，学生的结论不变。")]


def _edit(entry: CaptureEntry, act: Act) -> str:
    edit_matched_data(
        entry=entry,
        changes=act.given["changes"],
        reason=act.reason,
        actor=act.actor,
        now=act.now,
    )
    return "采集信息已改，照片不变"


ENTRY_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="attach",
        label="关联到学籍",
        form=AttachForm,
        asks_first=True,
        preview=_preview_attach,
        is_offered=_allows(MatchAction.ATTACH),
        run=_attach,
    ),
    Deed(
        name="rematch",
        label="修改采集信息并重新比对",
        form=RematchForm,
        asks_first=True,
        preview=_preview_rematch,
        is_offered=_allows(MatchAction.REMATCH),
        run=_rematch,
    ),
    Deed(
        name="edit",
        label="修改采集信息",
        form=RematchForm,
        asks_first=True,
        preview=_preview_edit,
        is_offered=_allows(MatchAction.EDIT),
        run=_edit,
    ),
    Deed(
        name="detach",
        label="解除关联",
        asks_first=True,
        preview=_preview_detach,
        is_offered=_allows(MatchAction.DETACH),
        run=_detach,
        is_danger=True,
    ),
)
