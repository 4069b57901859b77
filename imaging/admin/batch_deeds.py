"""What the registrar may do with a photo batch: upload, import, go on, take back, put aside."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings

from common.admin import Act, Deed, DeedForm, NothingForm, Panel, ReasonForm
from common.wording import file_size
from enrollment.models import School
from enrollment.states import IMPORT, ImportAction, ImportState, UndoState
from imaging.admin.batch_panels import applying_panel, counts_panel, undo_panels
from imaging.models import Campaign, PhotoBatch
from imaging.selectors.batch_effects import batch_effects
from imaging.selectors.contact_sheet import has_items
from imaging.services.batch import discard_batch, stage_batch, start_batch
from imaging.services.batch_undo import check_can_undo_batch, start_batch_undo
from imaging.states import PhotoKind

__all__ = ["BATCH_DEEDS", "UPLOAD"]


class BatchUploadForm(DeedForm):
    """The archive, what it holds, and for whom."""

    file = forms.FileField(label="照片压缩包", widget=forms.FileInput(attrs={"accept": ".zip"}))
    kind = forms.ChoiceField(label="照片种类", choices=PhotoKind.choices)
    school = forms.ModelChoiceField(
        label="学校",
        queryset=School.objects.order_by("code"),
        required=False,
        help_text="不选时，几所学校都有的号码算“对上多人”。",
    )
    campaign = forms.ModelChoiceField(
        label="校对批次",
        queryset=Campaign.objects.order_by("-opens_at"),
        required=False,
        help_text="照片标准从它来，不选用默认标准。选了演练，这批照片会随演练一起清除。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        most = file_size(settings.MAX_PHOTO_ZIP_BYTES)
        self.fields["file"].help_text = (
            f"ZIP，最大 {most}。照片按学号、证件号码、考生号或采集号命名，"
            "也可以附一张清单（CSV、XLSX）。"
        )


class UndoForm(ReasonForm):
    """Why, and what with photos that were worked on since."""

    keeps_later_work = forms.BooleanField(
        label="后来又办了事情的照片留下，其余撤销",
        required=False,
        help_text="不勾选：只要有一张照片后来又办了事情，就一张也不撤销。",
    )


def _upload(_obj: None, act: Act) -> PhotoBatch:
    return stage_batch(
        file=act.given["file"],
        file_name=act.given["file"].name,
        kind=PhotoKind(act.given["kind"]),
        school=act.given["school"],
        campaign=act.given["campaign"],
        actor=act.actor,
        now=act.now,
    )


def _preview_start(batch: PhotoBatch, act: Act) -> Sequence[Panel]:
    if not has_items(batch):
        return [counts_panel(batch, batch.report or {})]
    return [applying_panel(batch, batch_effects(batch, now=act.now))]


def _start(batch: PhotoBatch, act: Act) -> str:
    start_batch(batch=batch, actor=act.actor, now=act.now)
    return "开始导入"


def _discard(batch: PhotoBatch, act: Act) -> str:
    discard_batch(batch=batch, reason=act.reason, actor=act.actor, now=act.now)
    return "已放弃，没有收下照片"


def _preview_undo(batch: PhotoBatch, act: Act) -> Sequence[Panel]:
    check_can_undo_batch(batch, actor=act.actor)
    return undo_panels(batch)


def _undo(batch: PhotoBatch, act: Act) -> str:
    start_batch_undo(
        batch=batch,
        reason=act.reason,
        keeps_later_work=act.given["keeps_later_work"],
        actor=act.actor,
        now=act.now,
    )
    return "开始撤销"


def _stands_still(batch: PhotoBatch) -> bool:
    return batch.state == ImportState.APPLYING and bool(batch.failure)


UPLOAD = Deed(
    name="upload",
    label="上传照片",
    lead="上传后在后台检查，不收照片；看过结果，再决定导入。",
    form=BatchUploadForm,
    run=_upload,
)
BATCH_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="apply",
        label="导入照片",
        lead="在后台分批收下，对上的照片立刻成为学籍的当前照片；中途断了会接着做，不会收两次。",
        form=NothingForm,
        is_offered=lambda batch, _act: batch.state == ImportState.STAGED,
        preview=_preview_start,
        run=_start,
    ),
    Deed(
        name="again",
        label="接着导入",
        form=NothingForm,
        lead="从断的地方接着做，不会收两次。",
        is_offered=lambda batch, _act: _stands_still(batch),
        run=_start,
    ),
    Deed(
        name="undo",
        label="撤销导入",
        lead="这一批的照片作废，各人换回原来的照片。由导入的人以外的另一位老师来做。",
        form=UndoForm,
        is_offered=lambda batch, _act: (
            batch.state == ImportState.APPLIED and batch.undo_state == UndoState.NONE
        ),
        preview=_preview_undo,
        run=_undo,
        is_danger=True,
    ),
    Deed(
        name="discard",
        label="放弃",
        is_offered=lambda batch, _act: IMPORT.allows(
            ImportAction.DISCARD, source=ImportState(batch.state)
        ),
        run=_discard,
        is_danger=True,
    ),
)
