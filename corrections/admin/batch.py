"""Decisions on many cases at the desk: chosen in the list, looked at here, confirmed, taken back."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.admin import (
    Act,
    Cell,
    Deed,
    DeedForm,
    NothingForm,
    Panel,
    Phase,
    ReadonlyAdmin,
    WorkflowAdmin,
    moment,
    phase_filter,
)
from common.masking import MaskKind, mask
from common.policy import allowed
from corrections.admin.forms import ToldReasonForm
from corrections.models import BatchedCase, CaseBatch
from corrections.policies.batch import (
    check_can_decide_case,
    check_can_take_case_back,
    check_can_undo_batch,
    why_not,
)
from corrections.selectors.batch import changes_text, lines_of
from corrections.services.batch import apply_batch, discard_batch, stage_batch, undo_batch
from corrections.services.looks import note_cases_read
from corrections.states import RequestAction, RequestState
from corrections.states.batch import (
    BATCHED_FROM,
    MOST_AT_ONCE,
    MOST_BATCHED,
    CaseBatchState,
    CaseOutcome,
)
from enrollment.models import StudentRecord

__all__ = ["BatchedCaseAdmin", "CaseBatchAdmin"]

_NUMBER = re.compile("[0-9]{1,15}")
_COLUMNS = ("单号", "学号", "姓名", "原值 → 应为", "现在", "处理", "说明")


class BatchForm(DeedForm):
    """Which cases, what is decided, and what the students read."""

    cases = forms.CharField(required=False, widget=forms.HiddenInput())
    action = forms.ChoiceField(
        label="怎么办",
        choices=[("", "请选择"), *((each.value, each.label) for each in BATCHED_FROM)],
    )
    word = forms.CharField(
        label="给学生的话",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="每名学生都会看到同一段话，不要写任何人的姓名和号码。“受理”不能写，别的都要写。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        count = len(self._chosen(str(self["cases"].value() or "")))
        self.fields["action"].help_text = (
            f"勾选了 {count} 张勘误单。"
            if count
            else "还没有勾选：先到“勘误申请”的列表里勾选，再选“一起办”。"
        )

    def clean_cases(self) -> list[int]:
        """The numbers of the ticked cases."""
        return self._chosen(self.cleaned_data["cases"])

    @staticmethod
    def _chosen(text: str) -> list[int]:
        return [int(each) for each in text.split("-") if _NUMBER.fullmatch(each)]


def _user(act: Act) -> User:
    return cast("User", act.actor)


def _stage(_obj: None, act: Act) -> CaseBatch:
    given = act.given
    return stage_batch(
        request_ids=given["cases"],
        action=given["action"],
        word=given["word"],
        actor=_user(act),
        now=act.now,
    )


def _apply(batch: CaseBatch, act: Act) -> str:
    done = apply_batch(batch=batch, actor=_user(act), now=act.now)
    waiting = batch.lines.filter(outcome=CaseOutcome.TAKE).count()
    if waiting:
        return f"办好了 {done} 张，还有 {waiting} 张，再点一次“确认办理”接着办"
    left = batch.cases - done
    return f"办好了 {done} 张，{left} 张没有办，原因在下面" if left else f"办好了 {done} 张"


def _discard(batch: CaseBatch, act: Act) -> str:
    discard_batch(batch=batch, actor=_user(act), now=act.now)
    return "已放弃，什么都没有办"


def _undo(batch: CaseBatch, act: Act) -> str:
    undone = undo_batch(batch=batch, reason=act.reason, actor=_user(act), now=act.now)
    decided = batch.lines.filter(outcome=CaseOutcome.DONE)
    # A line that was tried says why it stays.
    if untried := decided.filter(finding="").count():
        return f"已撤销 {undone} 张，还有 {untried} 张，再点一次“整批撤销”接着撤"
    kept = decided.count()
    return f"已撤销 {undone} 张，{kept} 张没有撤销，原因在下面" if kept else f"已撤销 {undone} 张"


def _note(batch: CaseBatch, act: Act) -> None:
    note_cases_read(
        record_ids=batch.lines.values_list("request__record", flat=True),
        viewer=_user(act),
        now=act.now,
        reason=f"看{batch}的清单",
    )


def _row(line: BatchedCase, will: str, why: str) -> tuple[object, ...]:
    """A case that its student has taken back is a draft again: what is in it is the student's alone."""
    request = line.request
    is_draft = request.state == RequestState.DRAFT
    url = reverse("admin:corrections_correctionrequest_change", args=[request.pk])
    return (
        str(request.pk) if is_draft else Cell(text=str(request.pk), url=url),
        request.record.student_no,
        mask(request.record.name, MaskKind.NAME),
        "–" if is_draft else changes_text(request),
        request.get_state_display(),
        Cell(text=will, is_loud=bool(why)),
        why,
    )


def _foreseen(
    batch: CaseBatch, judge: Callable[[BatchedCase], str], *, can: str, cannot: str
) -> Panel:
    """Each case as it is now; what is in the way first."""
    judged = [(line, judge(line)) for line in lines_of(batch)]
    rows = [
        _row(line, cannot if why else can, why)
        for line, why in sorted(judged, key=lambda pair: not pair[1])
    ]
    free = sum(not why for _, why in judged)
    return Panel.of(f"{can} {free} 张，{cannot} {len(judged) - free} 张", _COLUMNS, rows)


def _preview_apply(batch: CaseBatch, act: Act) -> Sequence[Panel]:
    action = RequestAction(batch.action)
    _note(batch, act)

    def against(line: BatchedCase) -> str:
        if line.outcome != CaseOutcome.TAKE:
            return line.finding or line.get_outcome_display()
        return why_not(check_can_decide_case, line, action, actor=_user(act), now=act.now)

    return [_foreseen(batch, against, can="会办理", cannot="不会办理")]


def _preview_undo(batch: CaseBatch, act: Act) -> Sequence[Panel]:
    check_can_undo_batch(batch, actor=_user(act), now=act.now)
    _note(batch, act)

    def against(line: BatchedCase) -> str:
        return why_not(check_can_take_case_back, line, actor=_user(act), now=act.now)

    return [_foreseen(batch, against, can="会撤销", cannot="不会撤销")]


def _undoable(rows: "QuerySet[Any]", now: datetime) -> "QuerySet[Any]":
    return rows & CaseBatch.objects.undoable_at(now)


def _is_staged(batch: CaseBatch, _act: Act) -> bool:
    return batch.state == CaseBatchState.STAGED


@admin.register(CaseBatch)
class CaseBatchAdmin(WorkflowAdmin):
    """Batches of decisions, the newest first."""

    list_display = (
        "__str__",
        "action",
        "state",
        "cases",
        moment("created_at", "准备时间"),
        "created_by",
        moment("applied_at", "办理时间"),
        moment("undone_at", "撤销时间"),
    )
    list_filter = (
        "state",
        "action",
        phase_filter(
            "撤销",
            "undo",
            Phase("open", "还能整批撤销", _undoable),
        ),
    )
    ordering = ("-id",)
    viewed_action = "casebatch.viewed"
    fields = (
        *("action", "word", "state", "cases", "created_at", "created_by"),
        *("applied_at", "applied_by", "undone_at", "undone_by", "undo_reason"),
    )
    create = Deed(
        name="stage",
        label="列出清单",
        lead=f"先列出每一张会不会办、为什么不办，确认以后才办。一次最多 {MOST_BATCHED} 张。"
        "更正（写进学籍）不能批量，要逐张办。",
        form=BatchForm,
        run=_stage,
    )
    deeds = (
        Deed(
            name="apply",
            label="确认办理",
            lead="“会办理”的逐张办，学生马上收到通知；有一张办不了，不影响别的。"
            f"点一次最多办 {MOST_AT_ONCE} 张，多的再点一次接着办。"
            "24 小时内、后来没有再办过的，可以整批撤销，学生会再收到一条“上一条通知作废”。",
            form=NothingForm,
            is_offered=lambda batch, _act: (
                batch.state in {CaseBatchState.STAGED, CaseBatchState.RUNNING}
            ),
            preview=_preview_apply,
            run=_apply,
            is_danger=True,
        ),
        Deed(
            name="discard",
            label="放弃",
            form=NothingForm,
            lead="这一批不办了，什么都不会变。",
            is_offered=_is_staged,
            run=_discard,
        ),
        Deed(
            name="undo",
            label="整批撤销",
            form=ToldReasonForm,
            lead="办理满 24 小时以前可以撤销。后来又办过的、打进报省数据包的不会撤销，照旧。"
            "撤销的回到办理以前，学生会看到理由；通知已经发出的，再发一条作废的通知。",
            is_offered=lambda batch, act: allowed(
                check_can_undo_batch, batch, actor=_user(act), now=act.now
            ),
            preview=_preview_undo,
            run=_undo,
            is_danger=True,
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What has happened so far."""
        return [name for name in self.fields if not obj or getattr(obj, name)]

    def note_look(self, request: HttpRequest, obj: CaseBatch) -> None:
        """Into the ledger of everybody in it, once in ten minutes."""
        _note(obj, Act(actor=cast("User", request.user), now=timezone.now()))

    def panels(self, request: HttpRequest, obj: CaseBatch) -> Sequence[Panel]:
        """What becomes of each case, or has become; what was not done first."""
        loud = {CaseOutcome.BLOCKED, CaseOutcome.TAKE}
        lines = sorted(lines_of(obj), key=lambda line: line.outcome not in loud or not line.finding)
        rows = [_row(line, line.get_outcome_display(), line.finding) for line in lines]
        return [Panel.of("逐张", _COLUMNS, rows, empty="没有")]


@admin.register(BatchedCase)
class BatchedCaseAdmin(ReadonlyAdmin):
    """Which case was in which batch, and what became of it."""

    list_display = ("batch", "request", "outcome", "finding")
    list_filter = ("outcome",)
    list_select_related = ("batch", "request")
    ordering = ("-id",)
    fields = ("batch", "request", "outcome", "finding", "step")

    def subject_of(self, obj: BatchedCase) -> StudentRecord:
        """The student's record."""
        return obj.request.record
