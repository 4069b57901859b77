"""证件号码找回 at the desk: both accounts side by side, the proofs, and two people who decide."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from accounts.models import User
from common import files
from common.admin import (
    Act,
    Deed,
    DeedForm,
    Panel,
    Phase,
    WorkflowAdmin,
    masked,
    moment,
    phase_filter,
)
from common.masking import MaskKind
from enrollment.admin.rescue_panels import case_panels, hand_over_panel, undo_panel
from enrollment.models import RescueCase, RescueQuerySet
from enrollment.policies import available_rescue_actions
from enrollment.selectors import rescue_evidence_visible_to
from enrollment.services.rescue import (
    approve_rescue,
    ask_undo_rescue,
    call_in,
    keep_rescue,
    meet,
    open_evidence,
    propose_rescue,
    refuse_rescue,
    restart_rescue,
    send_back_rescue,
    undo_rescue,
)
from enrollment.states import RescueAction, RescueOpinion, RescueState

_NAME_HELP = "你的姓名，印在双方的回执上。"


class ProposeForm(DeedForm):
    """What should be done, and what the claimant will read."""

    opinion = forms.ChoiceField(
        label="意见", choices=RescueOpinion.choices, widget=forms.RadioSelect
    )
    answer = forms.CharField(
        label="给申请人的答复",
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="办结后申请人会看到。不要写对方是谁。",
    )
    name = forms.CharField(label="第一经办人姓名", max_length=50, help_text=_NAME_HELP)


class NameForm(DeedForm):
    """Who confirms, for the receipt."""

    name = forms.CharField(label="第二经办人姓名", max_length=50, help_text=_NAME_HELP)


def _desk(act: Act) -> User:
    return cast("User", act.actor)


def _can(action: RescueAction) -> Callable[[RescueCase, Act], bool]:
    """Whether the table and the policy offer the action."""
    return lambda case, act: action in available_rescue_actions(_desk(act), case, now=act.now)


def _noted(
    service: Callable[..., RescueCase], said: str
) -> Callable[[RescueCase, Act], str | Sequence[Panel]]:
    """A deed that takes nothing but a reason."""

    def run(case: RescueCase, act: Act) -> str:
        service(case=case, note=act.reason, actor=_desk(act), now=act.now)
        return said

    return run


def _propose(case: RescueCase, act: Act) -> str:
    propose_rescue(
        case=case,
        opinion=RescueOpinion(act.given["opinion"]),
        answer=act.given["answer"],
        name=act.given["name"],
        actor=_desk(act),
        now=act.now,
    )
    return "意见已提交，要由另一位老师确认"


def _approve(case: RescueCase, act: Act) -> str:
    approve_rescue(case=case, name=act.given["name"], actor=_desk(act), now=act.now)
    return "已通过：号码和学籍转到申请人，原账号停用，双方都会收到通知。记得打印回执"


def _refuse(case: RescueCase, act: Act) -> str:
    refuse_rescue(case=case, name=act.given["name"], actor=_desk(act), now=act.now)
    return "不通过，申请人会看到答复"


def _cases(rows: "QuerySet[Any]") -> RescueQuerySet:
    """The list's rows as what they are."""
    return cast("RescueQuerySet", rows)


@admin.register(RescueCase)
class RescueCaseAdmin(WorkflowAdmin):
    """Open cases first: objected ones on top, then by the day that was promised."""

    list_display = (
        "__str__",
        masked("identity.name", MaskKind.NAME, "姓名"),
        "state",
        "proof",
        "has_objection",
        moment("opened_at", "提交时间"),
        moment("due_at", "答复期限"),
        "is_late",
        "proposed_by",
    )
    list_filter = (
        phase_filter(
            "等着办",
            "waiting",
            Phase("open", "没办结", lambda rows, _now: _cases(rows).waiting()),
            Phase("late", "过了答复期限", lambda rows, now: _cases(rows).overdue_at(now)),
            Phase("frozen", "还在等 24 小时", lambda rows, now: _cases(rows).frozen_at(now)),
            Phase(
                "second",
                "等第二人确认",
                lambda rows, _now: rows.filter(
                    state__in=[RescueState.AWAITING_SECOND, RescueState.UNDOING]
                ),
            ),
        ),
        "state",
        "proof",
    )
    list_select_related = ("identity__user",)
    ordering = (
        F("closed_at").desc(nulls_first=True),
        F("objected_at").asc(nulls_last=True),
        "due_at",
        "id",
    )
    fields = (
        "state",
        "proof",
        "opened_at",
        "freeze_ends_at",
        "due_at",
        "statement_shown",
        "objection_shown",
        "met_at",
        "met_by",
        "opinion",
        "proposed_at",
        "proposed_by",
        "proposer_name",
        "answer_shown",
        "closed_at",
        "closed_by",
        "decider_name",
        "undo_asked_at",
        "undo_asked_by",
        "undone_at",
        "undone_by",
        "receipt_link",
    )
    deeds = (
        Deed(
            name="propose",
            label="提出处理意见",
            form=ProposeForm,
            lead="你是第一经办人，另一位老师确认以后才生效。",
            is_offered=_can(RescueAction.PROPOSE),
            run=_propose,
            preview=lambda case, _act: [hand_over_panel(case)],
        ),
        Deed(
            name="meet",
            label="已当面核对",
            lead="申请人带证件来过，你看了证件原件和本人。",
            is_offered=_can(RescueAction.MEET),
            run=_noted(meet, "已记下当面核对"),
        ),
        Deed(
            name="call_in",
            label="请来当面核对",
            lead="材料不够时用。申请人会收到通知。",
            is_offered=_can(RescueAction.CALL_IN),
            run=_noted(call_in, "已通知申请人带证件来"),
        ),
        Deed(
            name="approve",
            label="确认通过",
            form=NameForm,
            lead="你是第二经办人。确认后马上生效：号码和学籍转到申请人，原账号停用、退出所有设备。",
            is_offered=_can(RescueAction.APPROVE),
            run=_approve,
            preview=lambda case, _act: [hand_over_panel(case)],
            is_danger=True,
        ),
        Deed(
            name="refuse",
            label="确认不通过",
            form=NameForm,
            lead="你是第二经办人。确认后办结，申请人会看到答复。",
            is_offered=_can(RescueAction.REFUSE),
            run=_refuse,
            is_danger=True,
        ),
        Deed(
            name="send_back",
            label="退回再核",
            lead="不同意第一经办人的意见，或者自己收回。",
            is_offered=_can(RescueAction.SEND_BACK),
            run=_noted(send_back_rescue, "已退回，重新核实"),
        ),
        Deed(
            name="restart",
            label="重新告知并等待",
            lead="现登记的账号变了：告知新的账号，重新等 24 小时。",
            is_offered=_can(RescueAction.RESTART),
            run=_noted(restart_rescue, "已重新告知，再等 24 小时"),
        ),
        Deed(
            name="ask_undo",
            label="撤销通过",
            lead="通过错了时用：号码、学籍、任职和原账号都恢复到通过以前。另一位老师确认以后才生效。",
            is_offered=_can(RescueAction.ASK_UNDO),
            preview=lambda case, _act: [undo_panel(case)],
            run=_noted(ask_undo_rescue, "已提出撤销，现在什么都没变；请另一位老师确认"),
        ),
        Deed(
            name="undo",
            label="确认撤销",
            lead="确认后马上生效：原账号恢复使用，号码、学籍和任职转回，双方都会收到通知。",
            is_offered=_can(RescueAction.UNDO),
            preview=lambda case, _act: [undo_panel(case)],
            run=_noted(undo_rescue, "已撤销，号码、学籍和原账号恢复到通过以前"),
            is_danger=True,
        ),
        Deed(
            name="keep",
            label="不撤销",
            lead="核实以后，当初通过是对的。",
            is_offered=_can(RescueAction.KEEP),
            run=_noted(keep_rescue, "维持通过，什么都没变"),
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        """Photos are served here, each view logged."""
        photo = path(
            "<int:pk>/evidence/<int:evidence_pk>/",
            self.admin_site.admin_view(self.evidence_view),
            name="enrollment_rescuecase_evidence",
        )
        return [photo, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> Any:
        """With what the page reads."""
        return (
            super()
            .get_queryset(request)
            .select_related("identity__user", "number", "holder", "school", "proposer")
        )

    @admin.display(description="有人反对", boolean=True)
    def has_objection(self, case: RescueCase) -> bool:
        """Whether the holder said no."""
        return case.objected_at is not None

    @admin.display(description="超期", boolean=True)
    def is_late(self, case: RescueCase) -> bool:
        """Whether the answer was promised for earlier."""
        return case.is_overdue_at(timezone.now())

    @admin.display(description="情况说明")
    def statement_shown(self, case: RescueCase) -> str:
        """What the claimant wrote."""
        return case.statement or "–"

    @admin.display(description="反对的理由")
    def objection_shown(self, case: RescueCase) -> str:
        """Whether the holder objects, and what was written."""
        if case.objected_at is None:
            return "没有人反对"
        return f"{case.objected_by}反对：{case.objection or '没有写理由'}"

    @admin.display(description="答复")
    def answer_shown(self, case: RescueCase) -> str:
        """What the claimant reads at the end."""
        return case.answer or "–"

    @admin.display(description="回执")
    def receipt_link(self, case: RescueCase) -> str:
        """The page to print for both sides."""
        return format_html(
            '<a href="{}">打印回执，一式两份</a>',
            reverse("enrollment:rescue_receipt", args=[case.pk]),
        )

    def panels(self, request: HttpRequest, obj: RescueCase) -> Sequence[Panel]:
        """Both accounts, facts, photos, alerts, rivals and what happened so far."""
        return case_panels(obj)

    def evidence_view(self, request: HttpRequest, pk: int, evidence_pk: int) -> HttpResponse:
        """One photo, shown in the browser; the view is logged with its purpose."""
        viewer = cast("User", request.user)
        found = rescue_evidence_visible_to(viewer).filter(pk=evidence_pk, case=pk).first()
        if found is None:
            raise Http404
        with files.lost_is_404(found.file):
            content = open_evidence(evidence=found, viewer=viewer, now=timezone.now())
        return files.send_bytes(content, content_type=found.file.content_type)
