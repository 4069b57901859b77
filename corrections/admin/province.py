"""报省数据包 and the province's answers at the desk."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.models import User
from common import files
from common.admin import (
    Act,
    Cell,
    Deed,
    DeedForm,
    NothingForm,
    Panel,
    Phase,
    ReadonlyAdmin,
    ReasonForm,
    WorkflowAdmin,
    moment,
    moment_text,
    phase_filter,
)
from common.models import FileView, StoredFile
from common.policy import allowed
from corrections.admin.forms import ToldReasonForm
from corrections.models import AnswerLine, PackedCase, ProvinceAnswer, ProvincePack
from corrections.policies.batch import why_not
from corrections.policies.province import check_can_take_answer_back, check_can_undo_answers
from corrections.services.province.answers import apply_answers, discard_answers, upload_answers
from corrections.services.province.packs import (
    drop_province_pack,
    erase_province_pack,
    hand_out_province_pack,
    make_province_pack,
)
from corrections.services.province.undo import undo_answers
from corrections.states.province import LineOutcome, ProvincePackState
from enrollment.models import School, StudentRecord
from enrollment.states import ImportState

__all__ = ["AnswerLineAdmin", "PackedCaseAdmin", "ProvinceAnswerAdmin", "ProvincePackAdmin"]

_SHOWN: int = 500
_LOUD = (LineOutcome.BLOCKED, LineOutcome.EMPTY)


class ProvincePackForm(ReasonForm):
    """Of which school, and why."""

    school = forms.ModelChoiceField(label="学校", queryset=School.objects.order_by("code"))
    field_order = ["school", "reason"]


class AnswersForm(DeedForm):
    """The filled-in table, and of which pack."""

    pack = forms.ModelChoiceField(
        label="数据包",
        queryset=ProvincePack.objects.filter(state=ProvincePackState.OPEN).order_by("-pk"),
    )
    file = forms.FileField(
        label="批复表", help_text="数据包里的“批复.xlsx”，省里填好的。XLSX 或 CSV，最大 2 MB。"
    )


def _user(act: Act) -> User:
    return cast("User", act.actor)


def _make(_obj: None, act: Act) -> ProvincePack:
    return make_province_pack(
        school=act.given["school"], reason=act.reason, actor=_user(act), now=act.now
    )


def _take(pack: ProvincePack, act: Act) -> Any:
    return hand_out_province_pack(pack=pack, reason=act.reason, actor=_user(act), now=act.now)


def _drop(pack: ProvincePack, act: Act) -> str:
    drop_province_pack(pack=pack, reason=act.reason, actor=_user(act), now=act.now)
    return "已作废，里面没有答复的勘误单可以重新备包"


def _erase(pack: ProvincePack, act: Act) -> str:
    erase_province_pack(pack=pack, actor=_user(act), now=act.now)
    return "文件已销毁，销毁证明在“销毁证明”里"


def _is_open(pack: ProvincePack, _act: Act) -> bool:
    return pack.state == ProvincePackState.OPEN


def _has_file(pack: ProvincePack, _act: Act) -> bool:
    return pack.erased_at is None


@admin.register(ProvincePack)
class ProvincePackAdmin(WorkflowAdmin):
    """Packs for the province, the newest first."""

    list_display = (
        "__str__",
        "school",
        "state",
        "cases",
        moment("created_at", "备好时间"),
        "created_by",
        moment("erased_at", "文件销毁时间"),
    )
    list_filter = ("state", "school")
    list_select_related = ("school",)
    ordering = ("-id",)
    fields = (
        "school",
        "state",
        "reason",
        "cases",
        "left_out",
        "created_at",
        "created_by",
        "expires_at",
        "erased_at",
        "erased_by",
        "ended_at",
        "ended_by",
    )
    create = Deed(
        name="make",
        label="备一个报省数据包",
        lead="把等省里批复、还不在别的包里的勘误单打成一包，最多 100 张、200 MB：更正明细、批复表、证明材料。"
        "装不下的再备一包；证明材料读不出来的不装，备好后会列出来。勘误单不会变。",
        form=ProvincePackForm,
        run=_make,
    )
    deeds = (
        Deed(
            name="download",
            label="下载数据包",
            lead="里面有完整证件号码和证明材料，只交给办理审批的人。"
            "下载记入审计，包里的每名学生在“谁看过我的资料”里也看得到。",
            is_offered=lambda pack, act: _is_open(pack, act) and _has_file(pack, act),
            run=_take,
        ),
        Deed(
            name="erase",
            label="现在就销毁文件",
            lead="已经交给省里了。文件马上删掉，不能恢复；包里有哪些单、省里的答复照样登记。",
            form=NothingForm,
            is_offered=_has_file,
            run=_erase,
            is_danger=True,
        ),
        Deed(
            name="drop",
            label="作废",
            lead="省里不会答复这一包了。还没有答复的勘误单撤出来，可以重新备包；已经登记的答复不变。"
            "作废以后不能再导这一包的答复。",
            is_offered=_is_open,
            run=_drop,
            is_danger=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """With what the pages read."""
        return super().get_queryset(request).select_related("school", "file")

    def panels(self, request: HttpRequest, obj: ProvincePack) -> Sequence[Panel]:
        """Which cases, what came back, and who took the file."""
        packed = obj.packed.select_related("request__record").order_by("pk")
        taken = FileView.objects.filter(file=obj.file_id).order_by("-pk")[:_SHOWN]
        return [
            Panel.of(
                "包里的勘误单",
                ("单号", "学号", "状态", "省里结论", "批复文号", "登记时间"),
                (
                    (
                        _case_link(each),
                        each.request.record.student_no,
                        each.request.get_state_display(),
                        "已撤出" if each.left_at else each.get_verdict_display(),
                        each.document_no,
                        moment_text(each.answered_at),
                    )
                    for each in packed
                ),
            ),
            Panel.of(
                "谁下载过",
                ("时间", "谁", "为什么"),
                [(moment_text(view.viewed_at), view.viewer_label, view.purpose) for view in taken],
                empty="还没有人下载",
            ),
        ]

    def answer(self, request: HttpRequest, obj: Any, deed: Deed, outcome: Any) -> HttpResponse:
        """A stored file is streamed; everything else as usual."""
        if isinstance(outcome, StoredFile):
            name = f"报省-{obj.school.code}-{obj.pk}.zip"
            return cast("HttpResponse", files.stream(outcome, download_name=name))
        return super().answer(request, obj, deed, outcome)


def _case_link(packed: PackedCase) -> Cell:
    url = reverse("admin:corrections_correctionrequest_change", args=[packed.request_id])
    return Cell(text=str(packed.request_id), url=url)


@admin.register(PackedCase)
class PackedCaseAdmin(ReadonlyAdmin):
    """Which case was in which pack, and what was answered."""

    list_display = ("pack", "request", "verdict", "document_no", moment("answered_at", "登记时间"))
    list_filter = ("verdict",)
    list_select_related = ("pack", "request")
    ordering = ("-id",)
    fields = (
        *("pack", "request", "verdict", "document_no"),
        *("answered_at", "answered_by", "left_at", "left_by"),
    )

    def subject_of(self, obj: PackedCase) -> StudentRecord:
        """The student's record."""
        return obj.request.record


def _upload(_obj: None, act: Act) -> ProvinceAnswer:
    given = act.given
    return upload_answers(
        pack=given["pack"],
        file=given["file"],
        file_name=given["file"].name,
        actor=_user(act),
        now=act.now,
    )


def _apply(answer: ProvinceAnswer, act: Act) -> str:
    done = apply_answers(answer=answer, actor=_user(act), now=act.now)
    blocked = answer.lines.filter(outcome=LineOutcome.BLOCKED).count()
    return f"已登记 {done} 张，{blocked} 行没有登记，原因在下面"


def _undo(answer: ProvinceAnswer, act: Act) -> str:
    undone = undo_answers(answer=answer, reason=act.reason, actor=_user(act), now=act.now)
    kept = answer.lines.filter(outcome=LineOutcome.DONE).count()
    return f"已撤销 {undone} 张，{kept} 张没有撤销，原因在下面" if kept else f"已撤销 {undone} 张"


def _preview_undo(answer: ProvinceAnswer, act: Act) -> Sequence[Panel]:
    """What goes back and what cannot, with the reason; what cannot comes first."""
    lines = answer.lines.filter(outcome=LineOutcome.DONE).order_by("row_no")
    judged = [
        (line, why_not(check_can_take_answer_back, line, actor=_user(act), now=act.now))
        for line in lines.select_related("packed__request__record", "step")
    ]
    free = sum(not why for _, why in judged)
    return [
        Panel.of(
            f"会撤销 {free} 张，不会撤销 {len(judged) - free} 张",
            ("单号", "结论", "现在", "会怎样", "为什么不"),
            (
                (
                    _case_link(line.packed) if line.packed else line.case_no,
                    line.get_verdict_display(),
                    line.packed.request.get_state_display() if line.packed else "",
                    Cell(text="照旧" if why else "回到“等省里批复”", is_loud=bool(why)),
                    why,
                )
                for line, why in sorted(judged, key=lambda pair: not pair[1])
            ),
        )
    ]


def _discard(answer: ProvinceAnswer, act: Act) -> str:
    discard_answers(answer=answer, actor=_user(act), now=act.now)
    return "已放弃，什么都没有登记"


def _undoable(rows: "QuerySet[Any]", now: datetime) -> "QuerySet[Any]":
    return rows & ProvinceAnswer.objects.undoable_at(now)


@admin.register(ProvinceAnswer)
class ProvinceAnswerAdmin(WorkflowAdmin):
    """Answers: looked at first, registered by a click."""

    list_display = (
        *("__str__", "pack", "state", moment("created_at", "上传时间"), "created_by"),
        moment("undone_at", "撤销时间"),
    )
    list_filter = (
        "state",
        phase_filter(
            "撤销",
            "undo",
            Phase("open", "还能撤销登记", _undoable),
        ),
    )
    list_select_related = ("pack",)
    ordering = ("-id",)
    fields = (
        *("pack", "file_name", "state", "created_at", "created_by"),
        *("applied_at", "applied_by", "undone_at", "undone_by", "undo_reason"),
    )
    create = Deed(
        name="upload",
        label="上传省里答复",
        lead="先看每一行会怎样、和报送的有什么不同，再决定登记。",
        form=AnswersForm,
        run=_upload,
    )
    deeds = (
        Deed(
            name="apply",
            label="登记答复",
            lead="“会登记”的各行逐张登记：同意的等另一位老师更正，不同意的马上答复学生。"
            "其余的行不动。登记错了，7 天内、后来没有再办过的，可以由另一位老师撤销。"
            "导入中断了可以再点一次，登记过的不会重复。",
            form=NothingForm,
            is_offered=lambda answer, _act: (
                answer.state in {ImportState.STAGED, ImportState.APPLYING}
            ),
            run=_apply,
            is_danger=True,
        ),
        Deed(
            name="discard",
            label="放弃",
            form=NothingForm,
            lead="这份表不登记，什么都不会变。",
            is_offered=lambda answer, _act: answer.state == ImportState.STAGED,
            run=_discard,
        ),
        Deed(
            name="undo",
            label="撤销登记",
            form=ToldReasonForm,
            lead="登记错了才撤销，要由登记以外的另一位老师来做。后来没有再办过的，回到“等省里批复”，"
            "可以再导正确的答复；已经更正、或者学生又办了事的，照旧。"
            "学生会看到理由；收到过“没有批准”的学生，会再收到一条“上一条通知作废”。",
            is_offered=lambda answer, act: allowed(
                check_can_undo_answers, answer, actor=_user(act), now=act.now
            ),
            preview=_preview_undo,
            run=_undo,
            is_danger=True,
        ),
    )

    def panels(self, request: HttpRequest, obj: ProvinceAnswer) -> Sequence[Panel]:
        """The list of differences: what is in the way first."""
        rows = sorted(obj.lines.order_by("row_no"), key=lambda row: row.outcome not in _LOUD)
        answered = {row.packed_id for row in rows if row.packed_id is not None}
        missing = obj.pack.packed.filter(answered_at=None, left_at=None).exclude(pk__in=answered)
        return [
            Panel.of(
                "逐行",
                ("行", "单号", "结论", "批复文号", "处理", "说明", "发现"),
                (
                    (
                        row.row_no,
                        row.case_no,
                        row.get_verdict_display(),
                        row.document_no,
                        row.get_outcome_display(),
                        row.text,
                        row.finding,
                    )
                    for row in rows[:_SHOWN]
                ),
                empty="没有行",
            ),
            Panel.of(
                "包里有、表里没有的勘误单",
                ("单号",),
                [(_case_link(each),) for each in missing.order_by("pk")],
                empty="没有，都在表里或已经有结果",
            ),
        ]


@admin.register(AnswerLine)
class AnswerLineAdmin(ReadonlyAdmin):
    """Lines of answers."""

    list_display = ("answer", "row_no", "case_no", "verdict", "outcome", "finding")
    list_filter = ("outcome",)
    list_select_related = ("answer",)
    ordering = ("-answer", "row_no")
    fields = ("answer", "row_no", "case_no", "verdict", "document_no", "outcome", "finding")
