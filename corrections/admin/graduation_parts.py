"""Around a round at the desk: lists of results, objections, certificates."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest

from accounts.models import User
from common.admin import (
    Act,
    Deed,
    NothingForm,
    Panel,
    WorkflowAdmin,
    facts,
    masked,
    moment,
    moment_text,
)
from common.masking import MaskKind
from corrections.admin.graduation_forms import (
    AnswerForm,
    NoteForm,
    ReceiptForm,
    ReceiptRightForm,
    ResultsForm,
)
from corrections.models import AuditObjection, Certificate, ResultImport
from corrections.policies.graduation import (
    certificate_actions,
    objection_actions,
)
from corrections.services.graduation import (
    answer_objection,
    apply_results,
    correct_receipt,
    discard_results,
    hand_out,
    undo_results,
    upload_results,
    void_certificate,
)
from corrections.states.graduation import (
    ANSWERING,
    CertificateAction,
    ObjectionAction,
    TakerKind,
)
from enrollment.states import ImportState, RowOutcome, UndoState

__all__ = [
    "AuditObjectionAdmin",
    "CertificateAdmin",
    "ResultImportAdmin",
]

_SHOWN = 500


def _user(act: Act) -> User:
    return cast("User", act.actor)


def _upload(_obj: None, act: Act) -> ResultImport:
    file = act.given["file"]
    return upload_results(
        file=file,
        file_name=file.name,
        audit=act.given["audit"],
        actor=_user(act),
        now=act.now,
    )


def _apply(made: ResultImport, act: Act) -> str:
    apply_results(result_import=made, actor=_user(act), now=act.now)
    written = made.rows.filter(outcome__in=[RowOutcome.CREATE, RowOutcome.UPDATE]).count()
    return f"已写入 {written} 个结果"


def _undo(made: ResultImport, act: Act) -> str:
    done, kept = undo_results(result_import=made, actor=_user(act), now=act.now)
    return f"已撤销 {done} 个；{kept} 个后来又改过，没有动"


def _discard(made: ResultImport, act: Act) -> str:
    discard_results(result_import=made, actor=_user(act), now=act.now)
    return "已放弃，什么都没有写"


@admin.register(ResultImport)
class ResultImportAdmin(WorkflowAdmin):
    """Lists of results: looked at first, written by a click, taken back as a whole."""

    list_display = (
        "__str__",
        "audit",
        "state",
        "undo_state",
        moment("created_at", "上传时间"),
        "created_by",
    )
    list_filter = ("state", "undo_state")
    list_select_related = ("audit",)
    ordering = ("-id",)
    fields = (
        "audit",
        "file_name",
        "state",
        "undo_state",
        "created_at",
        "created_by",
        "applied_at",
        "applied_by",
        "undone_at",
        "undone_by",
    )
    viewed_action = "resultimport.viewed"
    create = Deed(
        name="upload",
        label="上传审核结果",
        lead="先看会改什么，再决定导入。",
        form=ResultsForm,
        run=_upload,
    )
    deeds = (
        Deed(
            name="apply",
            label="导入",
            lead="没有错误的行会写入；导入以后可以整份撤销。",
            form=NothingForm,
            is_offered=lambda made, _act: made.state == ImportState.STAGED,
            run=_apply,
        ),
        Deed(
            name="discard",
            label="放弃",
            form=NothingForm,
            is_offered=lambda made, _act: made.state == ImportState.STAGED,
            run=_discard,
        ),
        Deed(
            name="undo",
            label="撤销",
            lead="写入的结果恢复成导入以前的样子；后来又改过的不动。",
            form=NothingForm,
            is_offered=lambda made, _act: (
                made.state == ImportState.APPLIED and made.undo_state == UndoState.NONE
            ),
            run=_undo,
            is_danger=True,
        ),
    )

    def panels(self, request: HttpRequest, obj: ResultImport) -> Sequence[Panel]:
        """How many rows do what, and the rows that change something or cannot be used."""
        outcomes = list(obj.rows.values_list("outcome", flat=True))
        shown = (
            obj.rows.exclude(outcome=RowOutcome.UNCHANGED)
            .select_related("item")
            .order_by(F("outcome").desc(), "row_no", "pk")
        )
        ordered = sorted(shown[: _SHOWN * 4], key=lambda row: row.outcome != RowOutcome.ERROR)
        return [
            facts(
                "会怎样" if obj.state == ImportState.STAGED else "每个结果怎样处理的",
                [
                    (each.label, f"{outcomes.count(each)} 个")
                    for each in RowOutcome
                    if each in outcomes
                ],
            ),
            Panel.of(
                f"差异（前 {_SHOWN} 个）" if len(ordered) > _SHOWN else "差异",
                ("行", "学号", "项目", "原来", "改为", "处理", "说明"),
                (
                    (
                        row.row_no,
                        row.student_no,
                        row.item.title if row.item else "",
                        f"{row.get_former_state_display()} {row.former_note or ''}".strip(),
                        f"{row.get_new_state_display()} {row.new_note or ''}".strip(),
                        row.get_outcome_display(),
                        row.finding,
                    )
                    for row in ordered[:_SHOWN]
                ),
                empty="没有差异",
            ),
        ]


def _answer(objection: AuditObjection, act: Act) -> str:
    answer_objection(
        objection=objection,
        action=ObjectionAction(act.given["action"]),
        answer=act.given["answer"],
        actor=_user(act),
        now=act.now,
    )
    return "已答复"


@admin.register(AuditObjection)
class AuditObjectionAdmin(WorkflowAdmin):
    """Objections, those that wait first."""

    list_display = (
        "__str__",
        "audit",
        "kind",
        "item",
        "state",
        moment("received_at", "收到时间"),
        moment("answered_at", "答复时间"),
    )
    list_filter = ("state", "kind", "audit")
    list_select_related = ("audit", "item")
    ordering = (F("answered_at").desc(nulls_first=True), "received_at", "id")
    fields = (
        "audit",
        "kind",
        "student",
        "item",
        "seen_state",
        "reason",
        "objector_name",
        "contact",
        "state",
        "received_at",
        "received_by",
        "answer",
        "answered_at",
        "answered_by",
    )
    viewed_action = "auditobjection.viewed"
    deeds = (
        Deed(
            name="answer",
            label="答复",
            form=AnswerForm,
            is_offered=lambda objection, act: bool(
                ANSWERING & set(objection_actions(_user(act), objection, now=act.now))
            ),
            run=_answer,
        ),
    )

    def subject_of(self, obj: AuditObjection) -> Any:
        """The record of the student whom it is about, if it says whom."""
        return obj.student.record if obj.student else None


def _may(action: CertificateAction) -> Callable[[Certificate, Act], bool]:
    return lambda row, act: action in certificate_actions(_user(act), row, now=act.now)


def _receipt(act: Act) -> dict[str, Any]:
    return {
        "taker": TakerKind(act.given["taker"]),
        "taker_name": act.given["taker_name"],
        "proxy_reason": act.given["proxy_reason"],
        "actor": _user(act),
        "now": act.now,
    }


def _hand(row: Certificate, act: Act) -> str:
    hand_out(certificate=row, **_receipt(act))
    return "已发证，学生会收到通知"


def _correct(row: Certificate, act: Act) -> str:
    correct_receipt(certificate=row, reason=act.given["reason"], **_receipt(act))
    return "已更正，原来的记录留着"


def _void(row: Certificate, act: Act) -> str:
    void_certificate(certificate=row, reason=act.given["note"], actor=_user(act), now=act.now)
    return "已作废，这个编号不能再用"


@admin.register(Certificate)
class CertificateAdmin(WorkflowAdmin):
    """Certificates with their receipts; numbers masked in the list."""

    list_display = (
        masked("student.record.name", MaskKind.NAME, "姓名"),
        masked("number", MaskKind.DOCUMENT_NO, "证书编号"),
        "college",
        "state",
        "taker",
        moment("handed_at", "领取时间"),
        "handed_by",
    )
    list_filter = ("state", "taker", "student__audit", "student__college")
    list_select_related = ("student__record", "student__college")
    search_fields = ("student__record__student_no",)
    ordering = ("-id",)
    fields = (
        "student",
        "number",
        "state",
        "printed_at",
        "printed_by",
        "fetched_at",
        "fetched_by",
        "fetcher_name",
        "taker",
        "taker_name",
        "proxy_reason",
        "handed_at",
        "handed_by",
        "voided_at",
        "voided_by",
        "void_reason",
    )
    viewed_action = "certificate.viewed"
    deeds = (
        Deed(
            name="hand",
            label=CertificateAction.HAND.label,
            form=ReceiptForm,
            lead="核对身份证再发。一本证书只能发一次，公示结束以后才能发。",
            is_offered=_may(CertificateAction.HAND),
            run=_hand,
        ),
        Deed(
            name="correct",
            label=CertificateAction.CORRECT.label,
            form=ReceiptRightForm,
            lead="登记错了领取人时用；原来的记录留着。",
            is_offered=_may(CertificateAction.CORRECT),
            run=_correct,
        ),
        Deed(
            name="void",
            label=CertificateAction.VOID.label,
            form=NoteForm,
            lead="印坏、写错的证书作废以后，可以用新编号再登记一本。",
            is_offered=_may(CertificateAction.VOID),
            run=_void,
            is_danger=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Certificate]":
        """With the round, which the policies ask for."""
        rows: QuerySet[Certificate] = super().get_queryset(request)
        return rows.select_related("student__audit", "student__record", "student__college")

    def subject_of(self, obj: Certificate) -> Any:
        """The student's record."""
        return obj.student.record

    def panels(self, request: HttpRequest, obj: Certificate) -> Sequence[Panel]:
        """What the receipt said before it was put right."""
        return [
            Panel.of(
                "领取记录的更正",
                ("原来", "原领取人", "理由", "更正时间", "更正人"),
                (
                    (
                        each.get_former_taker_display(),
                        each.former_name,
                        each.reason,
                        moment_text(each.corrected_at),
                        each.corrected_by,
                    )
                    for each in obj.corrections.order_by("pk")
                ),
            )
        ]

    @admin.display(description="学院", ordering="student__college__name")
    def college(self, row: Certificate) -> str:
        """The college that fetches it."""
        return row.student.college.name if row.student.college else "–"
