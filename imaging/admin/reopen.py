"""Requests to reopen: proposed by one of the office, decided by another, each with a button."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from common.admin import (
    Act,
    Deed,
    DeedForm,
    Panel,
    Phase,
    WorkflowAdmin,
    facts,
    masked,
    moment,
    moment_text,
    phase_filter,
)
from common.masking import MaskKind
from enrollment.models import StudentRecord
from imaging.admin.campaign_forms import moment_field
from imaging.admin.verification import conclusions_panel
from imaging.models import ReopenRequest, VerificationConclusion
from imaging.policies import reopen_actions
from imaging.services.reopen import decide_reopen, propose_reopen, send_back_reopen
from imaging.states import OPEN_REOPENS, PROPOSED_REOPENS, ReopenAction


class GrantProposalForm(DeedForm):
    """Until when the student would have time, and what the second person should know."""

    closes_at = moment_field("开放到", "学生要在这以前重新核对；本人的截止时间更晚的，按更晚的算。")
    note = forms.CharField(
        label="给复核老师的意见",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="学生看不到。",
    )

    def __init__(self, *args: Any, obj: ReopenRequest, **kwargs: Any) -> None:
        until = timezone.now() + obj.member.campaign.recheck_time
        kwargs["initial"] = {"closes_at": until, **(kwargs.get("initial") or {})}
        super().__init__(*args, obj=obj, **kwargs)


class NoteForm(DeedForm):
    """What the other person of the office reads."""

    note = forms.CharField(
        label="给另一位老师的意见",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写明为什么。学生看不到。",
    )


class AnswerForm(DeedForm):
    """What the student is told."""

    answer = forms.CharField(
        label="给学生的答复",
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="学生会看到这段话。",
    )


class GrantForm(AnswerForm):
    """The usual answer is ready."""

    def __init__(self, *args: Any, obj: ReopenRequest, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "answer": "同意重新开放，请在截止时间以前重新核对。",
            **(kwargs.get("initial") or {}),
        }
        super().__init__(*args, obj=obj, **kwargs)


def _can(action: ReopenAction) -> Callable[[ReopenRequest, Act], bool]:
    return lambda asked, act: action in reopen_actions(act.actor, asked)


def _propose(action: ReopenAction) -> Callable[[ReopenRequest, Act], str]:
    def run(asked: ReopenRequest, act: Act) -> str:
        propose_reopen(
            request=asked,
            action=action,
            note=act.given["note"],
            closes_at=act.given.get("closes_at"),
            actor=act.actor,
            now=act.now,
        )
        return "已提出意见，请另一位老师复核"

    return run


def _decide(action: ReopenAction, said: str) -> Callable[[ReopenRequest, Act], str]:
    def run(asked: ReopenRequest, act: Act) -> str:
        decide_reopen(
            request=asked, action=action, answer=act.given["answer"], actor=act.actor, now=act.now
        )
        return said

    return run


def _send_back(asked: ReopenRequest, act: Act) -> str:
    send_back_reopen(request=asked, note=act.given["note"], actor=act.actor, now=act.now)
    return "已退回，重新提出意见"


def _preview_grant(asked: ReopenRequest, act: Act) -> Sequence[Panel]:
    return [
        facts(
            "会发生的事",
            [
                ("学生", f"{asked.member.record.name} {asked.member.record.student_no}"),
                ("重新核对", asked.kinds_text),
                ("开放到", moment_text(asked.closes_at)),
                ("轮次", f"第 {asked.round.round_no} 轮结束，开第 {asked.round.round_no + 1} 轮"),
                ("给学生的答复", act.given["answer"]),
            ],
            note="所选的结论作废，留作历史；没选的、仍然有效的结论带到新的一轮。"
            "有误的结论已经转成勘误单的，请同时到“勘误”里办结。",
        )
    ]


REOPEN_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="propose-grant",
        label=ReopenAction.PROPOSE_GRANT.label,
        lead="你是第一位。另一位老师复核以后才会重新开放。",
        form=GrantProposalForm,
        is_offered=_can(ReopenAction.PROPOSE_GRANT),
        run=_propose(ReopenAction.PROPOSE_GRANT),
    ),
    Deed(
        name="propose-refuse",
        label=ReopenAction.PROPOSE_REFUSE.label,
        lead="你是第一位。另一位老师复核以后才会答复学生。",
        form=NoteForm,
        is_offered=_can(ReopenAction.PROPOSE_REFUSE),
        run=_propose(ReopenAction.PROPOSE_REFUSE),
    ),
    Deed(
        name="grant",
        label=ReopenAction.GRANT.label,
        form=GrantForm,
        asks_first=True,
        preview=_preview_grant,
        is_offered=_can(ReopenAction.GRANT),
        run=_decide(ReopenAction.GRANT, "已重新开放，学生会收到通知"),
    ),
    Deed(
        name="refuse",
        label=ReopenAction.REFUSE.label,
        lead="原来的结论不变。",
        form=AnswerForm,
        is_offered=_can(ReopenAction.REFUSE),
        run=_decide(ReopenAction.REFUSE, "没有开放，学生会看到答复"),
        is_danger=True,
    ),
    Deed(
        name="send-back",
        label=ReopenAction.SEND_BACK.label,
        form=NoteForm,
        is_offered=_can(ReopenAction.SEND_BACK),
        run=_send_back,
    ),
)


@admin.register(ReopenRequest)
class ReopenRequestAdmin(WorkflowAdmin):
    """The office's side of 申请重新开放."""

    list_display = (
        "__str__",
        masked("member.record.name", MaskKind.NAME, "姓名"),
        "student_no",
        "campaign",
        "kinds_shown",
        "state",
        moment("submitted_at", "提交时间"),
        moment("due_at", "应答复"),
        "proposed_by",
    )
    list_filter = (
        phase_filter(
            "等着办",
            "waiting",
            Phase("open", "没办结", lambda rows, _now: rows.filter(state__in=OPEN_REOPENS)),
            Phase(
                "second",
                "等第二位老师复核",
                lambda rows, _now: rows.filter(state__in=PROPOSED_REOPENS),
            ),
            Phase(
                "late",
                "过了答复时间",
                lambda rows, now: rows.filter(state__in=OPEN_REOPENS, due_at__lte=now),
            ),
        ),
        "state",
        ("member__campaign", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("member__record", "member__campaign", "round")
    search_fields = ("^member__record__student_no",)
    search_help_text = "学号开头"
    ordering = (F("closed_at").desc(nulls_first=True), "due_at", "id")
    viewed_action = "reopen.viewed"
    deeds = REOPEN_DEEDS
    fields = (
        "student_no",
        "campaign",
        "kinds_shown",
        "state",
        "reason_shown",
        "is_by_staff",
        "submitted_at",
        "submitted_by",
        "due_at",
        "proposed_at",
        "proposed_by",
        "proposal_note",
        "closes_at",
        "answer_shown",
        "closed_at",
        "closed_by",
        "opened_round",
    )

    def subject_of(self, obj: ReopenRequest) -> StudentRecord:
        """The student's record."""
        return obj.member.record

    @admin.display(description="学号")
    def student_no(self, asked: ReopenRequest) -> str:
        """The student number."""
        return asked.member.record.student_no

    @admin.display(description="校对批次")
    def campaign(self, asked: ReopenRequest) -> str:
        """The campaign's title."""
        return asked.member.campaign.title

    @admin.display(description="重新核对")
    def kinds_shown(self, asked: ReopenRequest) -> str:
        """Photo, data or both."""
        return asked.kinds_text

    @admin.display(description="理由")
    def reason_shown(self, asked: ReopenRequest) -> str:
        """Why, in the student's words."""
        return str(asked.reason)

    @admin.display(description="答复")
    def answer_shown(self, asked: ReopenRequest) -> str:
        """What the student was told."""
        return asked.answer or "–"

    def panels(self, request: HttpRequest, obj: ReopenRequest) -> Sequence[Panel]:
        """All rounds with their conclusions."""
        rows = VerificationConclusion.objects.filter(round__member=obj.member)
        rows = rows.defer("proposed", "note", "proxy_reason")
        return [conclusions_panel(rows, now=timezone.now())]
