"""Rounds and conclusions: looked at, never touched; a receipt is held against its rows."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from common import audit
from common.admin import (
    Act,
    Deed,
    DeedForm,
    Panel,
    Phase,
    ReadonlyAdmin,
    WorkflowAdmin,
    facts,
    masked,
    moment,
    moment_text,
    phase_filter,
)
from common.errors import InvalidInputError
from common.masking import MaskKind
from imaging.models import VerificationConclusion, VerificationRound
from imaging.selectors import (
    field_labels,
    has_receipt,
    reason_labels,
    reasons_said,
    receipt_digest,
    verification_in,
)
from imaging.states import Conclusion


def standing(conclusion: VerificationConclusion, *, now: datetime) -> str:
    """待校对, 暂定 or 锁定, whatever was concluded."""
    if conclusion.state == Conclusion.PENDING:
        return "待校对"
    return "锁定" if conclusion.is_locked_at(now) else "暂定"


def reasons_text(conclusion: VerificationConclusion) -> str:
    """What is said to be wrong: reasons and fields by name, never the proposed values."""
    said = (*reason_labels(conclusion.reasons), *field_labels(conclusion.wrong_fields))
    return "、".join(said) or "–"


def _said(conclusion: VerificationConclusion) -> str:
    """The same in the words that the student chose from."""
    said = (*reasons_said(conclusion), *field_labels(conclusion.wrong_fields))
    return "、".join(said) or "–"


def conclusions_panel(rows: "QuerySet[VerificationConclusion]", *, now: datetime) -> Panel:
    """Conclusions as a table, the newest round first."""
    return Panel.of(
        "校对记录",
        ("轮次", "校对内容", "结论", "进度", "哪里有误", "提交时间", "锁定时间", "按哪版规则"),
        (
            (
                f"第 {row.round.round_no} 轮{'' if row.round.is_current else '（已过）'}",
                row.get_kind_display(),
                f"{row.get_state_display()}{'（代录）' if row.is_proxy else ''}",
                standing(row, now=now),
                _said(row),
                moment_text(row.concluded_at),
                moment_text(row.locks_at),
                f"第 {row.terms_no} 版" if row.concluded_at else "",
            )
            for row in rows.select_related("round__member__campaign").order_by(
                "-round__opened_at", "kind"
            )
        ),
        empty="还没有校对记录",
    )


class DigestForm(DeedForm):
    """The digest as it stands on a receipt; spaces and capitals do not count."""

    digest = forms.CharField(
        label="回执摘要",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="64 位，照回执抄；空格和大小写不管。",
    )

    def clean_digest(self) -> str:
        """Sixty-four hexadecimal characters."""
        digest = "".join(str(self.cleaned_data["digest"]).split()).lower()
        if not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise forms.ValidationError("摘要是 64 位数字和字母 a 到 f，请照回执再抄一遍。")
        return digest


def stored_digest(obj: VerificationRound, *, now: datetime) -> str:
    """What the round's receipt says, from the rows as they are now, or as they were when it ended."""
    if not obj.is_current:
        return obj.receipt_digest
    found = verification_in(obj, now=now)
    return receipt_digest(found) if has_receipt(found) else ""


def _check_receipt(obj: VerificationRound, act: Act) -> str:
    digest = stored_digest(obj, now=act.now)
    if not digest:
        raise InvalidInputError("这一轮没有全部锁定，没有回执。", field="digest")
    is_same = constant_time_compare(digest, act.given["digest"])
    audit.record(
        "verification.receipt_checked",
        actor=act.actor,
        now=act.now,
        obj=obj,
        subject=obj.member.record,
        details={"is_same": is_same},
    )
    if not is_same:
        raise InvalidInputError(
            "不一致：这张回执不是这一轮的，或者被改过。先看轮次对不对，再看每一项结论。",
            field="digest",
        )
    return "一致：回执上的结论和学校保存的一样。姓名和学号请对着名册看。"


@admin.register(VerificationRound)
class VerificationRoundAdmin(WorkflowAdmin):
    """Rounds with their cause, their two conclusions and their receipt."""

    deeds = (
        Deed(
            name="check-receipt",
            label="核对回执",
            lead="把回执上的摘要填进来，和学校保存的结论比一比。",
            form=DigestForm,
            run=_check_receipt,
        ),
    )
    list_display = (
        masked("member.record.name", MaskKind.NAME, "姓名"),
        "student_no",
        "campaign",
        "round_no",
        "is_current",
        "cause",
        moment("opened_at", "开启时间"),
        "opened_by",
    )
    list_filter = ("is_current", "cause", ("member__campaign", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("member__record", "member__campaign")
    search_fields = ("^member__record__student_no",)
    search_help_text = "学号开头"
    ordering = ("-id",)
    fields = (
        "student_no",
        "campaign",
        "round_no",
        "is_current",
        "cause",
        "opened_at",
        "opened_by",
    )

    @admin.display(description="学号")
    def student_no(self, row: VerificationRound) -> str:
        """The student number."""
        return row.member.record.student_no

    @admin.display(description="校对批次")
    def campaign(self, row: VerificationRound) -> str:
        """The campaign's title."""
        return row.member.campaign.title

    def panels(self, request: HttpRequest, obj: VerificationRound) -> Sequence[Panel]:
        """The two conclusions, and what their receipt says."""
        rows = VerificationConclusion.objects.filter(round=obj)
        now = timezone.now()
        digest = stored_digest(obj, now=now)
        return [
            conclusions_panel(rows, now=now),
            facts(
                "回执",
                [("编号", digest[:12].upper()), ("摘要（SHA-256）", digest)]
                if digest
                else [("回执", "这一轮没有全部锁定，没有回执")],
                note="摘要由保存的结论算出：同样的结论永远是同样的摘要。",
            ),
        ]


@admin.register(VerificationConclusion)
class VerificationConclusionAdmin(ReadonlyAdmin):
    """Every conclusion, narrowed by its derived phase."""

    list_display = (
        masked("round.member.record.name", MaskKind.NAME, "姓名"),
        "student_no",
        "kind",
        "state",
        "is_proxy",
        "phase",
        "reasons_shown",
        moment("concluded_at", "提交时间"),
        moment("locks_at", "锁定时间"),
    )
    list_filter = (
        phase_filter(
            "进度",
            "phase",
            Phase("todo", "待校对", lambda rows, _now: rows.filter(state=Conclusion.PENDING)),
            Phase("open", "暂定", lambda rows, now: rows.filter(locks_at__gt=now)),
            Phase("locked", "锁定", lambda rows, now: rows.locked_at(now)),  # type: ignore[attr-defined]
            Phase("invalid", "失效（所见已变）", lambda rows, _now: rows.invalid()),  # type: ignore[attr-defined]
        ),
        phase_filter(
            "轮次",
            "round",
            Phase("current", "当前轮次", lambda rows, _now: rows.filter(round__is_current=True)),
        ),
        "kind",
        "state",
        "is_proxy",
        ("round__member__campaign", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("round__member__record",)
    search_fields = ("^round__member__record__student_no",)
    search_help_text = "学号开头"
    ordering = ("-id",)
    fields = (
        "student_no",
        "round",
        "kind",
        "state",
        "phase",
        "reasons_shown",
        "has_evidence",
        "concluded_at",
        "concluded_by",
        "is_proxy",
        "proxy_way",
        "reached_at",
        "proxy_reason_shown",
        "locks_at",
        "lock_announced_at",
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """Without the encrypted proposals: they are read on the correction request."""
        return super().get_queryset(request).defer("proposed", "note")

    @admin.display(description="学号")
    def student_no(self, row: VerificationConclusion) -> str:
        """The student number."""
        return row.round.member.record.student_no

    @admin.display(description="进度")
    def phase(self, row: VerificationConclusion) -> str:
        """Where it stands now."""
        return standing(row, now=timezone.now())

    @admin.display(description="哪里有误")
    def reasons_shown(self, row: VerificationConclusion) -> str:
        """Reasons and fields."""
        return reasons_text(row)

    @admin.display(description="代录的原因")
    def proxy_reason_shown(self, row: VerificationConclusion) -> str:
        """Why the student could not do it."""
        return row.proxy_reason or "–"

    @admin.display(description="证明材料", boolean=True)
    def has_evidence(self, row: VerificationConclusion) -> bool:
        """Whether a proof came with it."""
        return row.evidence_id is not None
