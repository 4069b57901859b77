"""What takes two people, from the page of a photo: exchange, shift a run, void it or its duplicates."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms

from accounts.models import User
from common.admin import Act, Deed, Panel, ReasonForm
from common.errors import InvalidInputError
from imaging.admin.entry_deeds import RecordForm, foretold, said_of
from imaging.admin.repair_panels import duplicates_panel
from imaging.models import CaptureEntry, CaptureVisit, PhotoRepair, PhotoVersion
from imaging.selectors.duplicates import duplicates_of
from imaging.selectors.repair import current_versions, open_repair_of, shifted
from imaging.services.repair import propose_shift, propose_swap, propose_void
from imaging.states import CAPTURE, MatchAction, MatchState

__all__ = ["REPAIRING_DEEDS"]

_LEAD = "先看会怎样，再提出；另一位老师确认以后才生效。"
# How far each photo is off, and whether by who came when instead of by student number.
_STEPS = {
    "next": (1, False),
    "previous": (-1, False),
    "next_came": (1, True),
    "previous_came": (-1, True),
}


class ShiftForm(RecordForm):
    """Which way a run of photos is off, and up to whom."""

    direction = forms.ChoiceField(
        label="怎样错的",
        widget=forms.RadioSelect,
        choices=[
            ("next", "每张其实是下一位的（按学号顺序）"),
            ("previous", "每张其实是上一位的（按学号顺序）"),
            ("next_came", "每张其实是下一位的（按报到拍照的先后）"),
            ("previous_came", "每张其实是上一位的（按报到拍照的先后）"),
        ],
    )
    field_order = ["direction", "student_no", "school", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["student_no"].label = "到哪个学号为止"
        self.fields[
            "student_no"
        ].help_text = "从这张照片的学生起，到这个学号：同一个班的按学号，同一场拍照的按报到先后。"


class DuplicatesForm(ReasonForm):
    """Which photos to void; this one stays."""

    entries = forms.TypedMultipleChoiceField(
        label="作废哪几张", coerce=int, widget=forms.CheckboxSelectMultiple
    )
    field_order = ["entries", "reason"]

    def __init__(self, *args: Any, obj: CaptureEntry, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        field = cast("forms.TypedMultipleChoiceField", self.fields["entries"])
        field.choices = [
            (each.pk, f"{each}：{each.get_state_display()}，{each.batch}")
            for each in duplicates_of(obj)
        ]
        field.help_text = "照片不删除，不再算这个人的；同一个文件不会再收。"


def _desk(act: Act) -> User:
    return cast("User", act.actor)


def _is_shown(entry: CaptureEntry, act: Act) -> bool:
    """It is what its record shows, and in no other case."""
    return (
        entry.state == MatchState.MATCHED
        and PhotoVersion.objects.filter(
            entry=entry, record=entry.record_id, is_current=True
        ).exists()
        and open_repair_of(entry, now=act.now) is None
    )


def _has_neighbours(entry: CaptureEntry) -> bool:
    """Its student stands in an order: in a class, or among those who came to a session."""
    if entry.record is None:
        return False
    return (
        entry.record.class_group_id is not None
        or CaptureVisit.objects.filter(member__record=entry.record, voided_at=None).exists()
    )


def _is_voidable(entry: CaptureEntry, act: Act) -> bool:
    return (
        CAPTURE.allows(MatchAction.VOID, source=MatchState(entry.state))
        and open_repair_of(entry, now=act.now) is None
    )


def _has_duplicates(entry: CaptureEntry, act: Act) -> bool:
    return _is_voidable(entry, act) and duplicates_of(entry).exists()


def _swap(entry: CaptureEntry, act: Act) -> PhotoRepair:
    record = act.given["record"]
    other = current_versions([record.pk], entry.kind).get(record.pk)
    if other is None:
        raise InvalidInputError(
            "这个人现在没有这种照片，没有可换的。只是放错了人，用“提出整段错位”或“解除关联”。",
            field="student_no",
        )
    return propose_swap(
        one=entry,
        other=CaptureEntry.objects.select_related("record").get(pk=other.entry_id),
        reason=act.reason,
        actor=_desk(act),
        now=act.now,
    )


def _shift(entry: CaptureEntry, act: Act) -> PhotoRepair:
    if entry.record is None:
        raise InvalidInputError("这张照片没有关联学籍，请刷新页面再看。")
    step, is_by_visit = _STEPS[act.given["direction"]]
    run = shifted(entry.record, act.given["record"], entry.kind, step=step, is_by_visit=is_by_visit)
    return propose_shift(transfers=run, reason=act.reason, actor=_desk(act), now=act.now)


def _void(entry: CaptureEntry, act: Act) -> PhotoRepair:
    return propose_void(
        entries=[entry], keep=None, reason=act.reason, actor=_desk(act), now=act.now
    )


def _void_duplicates(entry: CaptureEntry, act: Act) -> PhotoRepair:
    chosen = CaptureEntry.objects.filter(pk__in=act.given["entries"]).order_by("pk")
    return propose_void(
        entries=list(chosen), keep=entry, reason=act.reason, actor=_desk(act), now=act.now
    )


def _preview_duplicates(entry: CaptureEntry, act: Act) -> Sequence[Panel]:
    chosen = duplicates_of(entry).filter(pk__in=act.given["entries"])
    return [
        *foretold(lambda: _void_duplicates(entry, act), act),
        duplicates_panel([entry, *chosen], this=entry.pk),
    ]


REPAIRING_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="swap",
        label="提出互换两人的照片",
        form=RecordForm,
        lead=f"两个人的照片弄混了时用：一次换好，两个人都要重新核对。{_LEAD}",
        asks_first=True,
        is_offered=_is_shown,
        preview=lambda entry, act: foretold(lambda: _swap(entry, act), act),
        run=lambda entry, act: said_of(_swap(entry, act)),
    ),
    Deed(
        name="shift",
        label="提出整段错位",
        form=ShiftForm,
        lead=f"拍照时漏了或多了一个人，后面的都错开一位时用。{_LEAD}",
        asks_first=True,
        is_offered=lambda entry, act: _is_shown(entry, act) and _has_neighbours(entry),
        preview=lambda entry, act: foretold(lambda: _shift(entry, act), act),
        run=lambda entry, act: said_of(_shift(entry, act)),
    ),
    Deed(
        name="duplicates",
        label="提出作废重复的",
        form=DuplicatesForm,
        lead=f"同一个人有几张照片时用：留这张，作废选中的。{_LEAD}",
        asks_first=True,
        is_offered=_has_duplicates,
        preview=_preview_duplicates,
        run=lambda entry, act: said_of(_void_duplicates(entry, act)),
    ),
    Deed(
        name="void",
        label="提出作废",
        lead=f"这张照片不属于任何人，比如试拍。照片不删除，同一个文件不会再收。{_LEAD}",
        asks_first=True,
        is_offered=_is_voidable,
        preview=lambda entry, act: foretold(lambda: _void(entry, act), act),
        run=lambda entry, act: said_of(_void(entry, act)),
    ),
)
