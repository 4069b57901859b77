"""Around identity reviews at the desk: lists of results, who handles, what a file holds and is called."""

from collections.abc import Sequence
from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import User
from common.admin import (
    Act,
    Deed,
    NothingForm,
    Panel,
    Phase,
    WorkflowAdmin,
    moment,
    phase_filter,
)
from enrollment.states import ImportState
from imaging.admin.review_forms import HandlerForm, ResultsForm, RulesForm
from imaging.admin.review_guard import HandlersOnly, is_handlers
from imaging.models import ReviewHandler, ReviewImport, ReviewRules
from imaging.services.review import (
    apply_review_import,
    change_rules,
    discard_review_import,
    end_handler,
    name_handler,
    read_papers,
    upload_results,
)
from imaging.states.review import ReviewRowOutcome

__all__ = ["ReviewHandlerAdmin", "ReviewImportAdmin", "ReviewRulesAdmin"]

_SHOWN_ROWS = 500


def _user(act: Act) -> User:
    return cast("User", act.actor)


def _upload(_obj: None, act: Act) -> ReviewImport:
    return upload_results(
        file=act.given["file"],
        file_name=act.given["file"].name,
        school=act.given["school"],
        due_at=act.given["due_at"],
        actor=_user(act),
        now=act.now,
    )


def _apply(made: ReviewImport, act: Act) -> str:
    apply_review_import(review_import=made, actor=_user(act), now=act.now)
    opened = made.rows.filter(outcome=ReviewRowOutcome.OPEN).count()
    return f"已导入：立案 {opened} 件，学生会收到通知"


def _discard(made: ReviewImport, act: Act) -> str:
    discard_review_import(review_import=made, actor=_user(act), now=act.now)
    return "已放弃，谁也没有立案"


def _is_staged(made: ReviewImport, _act: Act) -> bool:
    return made.state == ImportState.STAGED


@admin.register(ReviewImport)
class ReviewImportAdmin(HandlersOnly, WorkflowAdmin):
    """Delivered lists: looked at first, applied by a click."""

    list_display = ("__str__", "school", "state", moment("created_at", "上传时间"), "created_by")
    list_filter = ("state",)
    list_select_related = ("school",)
    ordering = ("-id",)
    fields = (
        "school",
        "file_name",
        "state",
        "due_at",
        "created_at",
        "created_by",
        "applied_at",
        "applied_by",
    )
    viewed_action = "reviewimport.viewed"
    create = Deed(
        name="upload",
        label="上传比对结果",
        lead="先看每一行会怎样，再决定导入。",
        form=ResultsForm,
        run=_upload,
    )
    deeds = (
        Deed(
            name="apply",
            label="导入",
            lead="没有错误的行会立案；规则要求的，学籍马上暂不显示。学生会收到通知，只说要当面核实。",
            form=NothingForm,
            is_offered=_is_staged,
            run=_apply,
        ),
        Deed(
            name="discard",
            label="放弃",
            form=NothingForm,
            is_offered=_is_staged,
            run=_discard,
        ),
    )

    def panels(self, request: HttpRequest, obj: ReviewImport) -> Sequence[Panel]:
        """Every row, those with errors first."""
        rows = sorted(
            obj.rows.order_by("row_no"), key=lambda row: row.outcome != ReviewRowOutcome.ERROR
        )
        return [
            Panel.of(
                "逐行",
                ("行", "学号", "结果", "处理", "说明"),
                (
                    (
                        row.row_no,
                        row.student_no,
                        row.get_result_display(),
                        row.get_outcome_display(),
                        row.finding,
                    )
                    for row in rows[:_SHOWN_ROWS]
                ),
                empty="没有行",
            )
        ]


def _name(_obj: None, act: Act) -> ReviewHandler:
    return name_handler(
        user=act.given["login"], name=act.given["name"], actor=_user(act), now=act.now
    )


def _end(handler: ReviewHandler, act: Act) -> str:
    end_handler(handler=handler, actor=_user(act), now=act.now)
    return "已终止，对方马上看不到任何复核"


@admin.register(ReviewHandler)
class ReviewHandlerAdmin(WorkflowAdmin):
    """Who handles: seen by the whole office, because it says nothing of any student."""

    list_display = (
        "name",
        "user",
        moment("named_at", "指定时间"),
        "named_by",
        moment("ended_at", "终止时间"),
    )
    list_filter = (
        phase_filter(
            "状态",
            "now",
            Phase("yes", "现在的", lambda rows, _now: rows.filter(ended_at=None)),
        ),
    )
    list_select_related = ("user",)
    ordering = ("-id",)
    fields = ("name", "user", "named_at", "named_by", "ended_at", "ended_by")
    create = Deed(
        name="name",
        label="指定复核经办人",
        lead="经办人看得到所有身份复核，教务处别的老师看不到。不能指定自己；办结要两位，至少指定两位。",
        form=HandlerForm,
        run=_name,
    )
    deeds = (
        Deed(
            name="end",
            label="终止",
            form=NothingForm,
            is_offered=lambda handler, _act: handler.ended_at is None,
            run=_end,
            is_danger=True,
        ),
    )


def _change(_obj: None, act: Act) -> ReviewRules:
    return change_rules(
        school=act.given["school"],
        papers=read_papers(act.given["papers"]),
        hides=act.given["hides"],
        folder_rule=act.given["folder_rule"],
        file_rule=act.given["file_rule"],
        basis=act.given["basis"],
        actor=_user(act),
        now=act.now,
    )


@admin.register(ReviewRules)
class ReviewRulesAdmin(WorkflowAdmin):
    """Editions of the rules: seen by the office, written by handlers, never changed."""

    list_display = ("__str__", "file_rule", moment("created_at", "建立时间"), "created_by")
    list_filter = ("school",)
    list_select_related = ("school",)
    ordering = ("school", "-number")
    fields = (
        "school",
        "number",
        "basis",
        "hides",
        "folder_rule",
        "file_rule",
        "created_at",
        "created_by",
    )
    create = Deed(
        name="change",
        label="写新的一版规则",
        lead="以后立案的用新的一版，在办的不变。",
        form=RulesForm,
        run=_change,
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rules are the handlers'."""
        return super().has_add_permission(request) and is_handlers(request)

    def panels(self, request: HttpRequest, obj: Any) -> Sequence[Panel]:
        """The checklist."""
        return [
            Panel.of(
                "材料清单",
                ("序号", "材料", "要求", "最多几份", "说明"),
                (
                    (each.position, each.title, each.get_need_display(), each.most, each.hint)
                    for each in obj.documents.order_by("position")
                ),
            )
        ]
