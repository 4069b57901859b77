"""处分 at the desk: confidential, for the named handlers alone, every look written down."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import User
from common.admin import (
    Act,
    Deed,
    NothingForm,
    Panel,
    Phase,
    WorkflowAdmin,
    facts,
    masked,
    moment,
    phase_filter,
)
from common.masking import MaskKind
from common.wording import local
from corrections.admin.graduation_forms import (
    HandlerForm,
    LiftForm,
    NoteForm,
    SanctionForm,
    SanctionsForm,
)
from corrections.models import Sanction, SanctionHandler, SanctionImport
from corrections.selectors.graduation_scope import is_sanction_handler
from corrections.services.graduation import (
    apply_sanctions,
    discard_sanctions,
    end_sanction_handler,
    enter_sanction,
    lift_sanction,
    name_sanction_handler,
    note_sanction_seen,
    note_sanctions_listed,
    undo_sanctions,
    upload_sanctions,
    void_sanction,
)
from corrections.states.graduation import SanctionKind
from enrollment.states import ImportState, RowOutcome, UndoState
from imaging.admin.review_guard import HandlersOnly, desk_user

__all__ = ["SanctionAdmin", "SanctionHandlerAdmin", "SanctionImportAdmin"]

_SHOWN = 500


def _user(act: Act) -> User:
    return cast("User", act.actor)


class SanctionHandlersOnly(HandlersOnly):
    """The same guard as for identity reviews, with the handlers of sanctions."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Named, and still of the office; looked up once for a request."""
        known: bool | None = getattr(request, "_is_sanction_handler", None)
        if known is None:
            known = isinstance(request.user, User) and is_sanction_handler(request.user)
            request._is_sanction_handler = known  # type: ignore[attr-defined]  # noqa: SLF001 -- our own mark
        return known


def _enter(_obj: None, act: Act) -> Sanction:
    return enter_sanction(
        record=act.given["record"],
        kind=SanctionKind(act.given["kind"]),
        document_no=act.given["document_no"],
        imposed_date=act.given["imposed_date"],
        reason=act.given["reason"],
        actor=_user(act),
        now=act.now,
    )


def _lift(sanction: Sanction, act: Act) -> str:
    lift_sanction(
        sanction=sanction, lifted_date=act.given["lifted_date"], actor=_user(act), now=act.now
    )
    return "已登记解除"


def _void(sanction: Sanction, act: Act) -> str:
    void_sanction(sanction=sanction, reason=act.given["note"], actor=_user(act), now=act.now)
    return "已撤下，不再算"


def _in_force(rows: Any, now: datetime) -> Any:
    return rows.in_force_on(local(now).date())


@admin.register(Sanction)
class SanctionAdmin(SanctionHandlersOnly, WorkflowAdmin):
    """The sanctions, the latest first; list and page are both looks."""

    list_display = (
        masked("record.name", MaskKind.NAME, "姓名"),
        masked("record.student_no", MaskKind.STUDENT_NO, "学号"),
        "kind",
        "document_no",
        "imposed_date",
        "lifted_date",
    )
    list_filter = (
        "kind",
        phase_filter(
            "是否生效",
            "force",
            Phase("yes", "生效中", _in_force),
        ),
    )
    list_select_related = ("record",)
    search_fields = ("record__student_no", "document_no")
    ordering = ("-imposed_date", "-id")
    fields = (
        "student",
        "kind",
        "document_no",
        "imposed_date",
        "lifted_date",
        "reason",
        "entered_at",
        "entered_by",
        "lifted_at",
        "lifted_by",
        "voided_at",
        "voided_by",
        "void_reason",
    )
    viewed_action = "sanction.viewed"
    create = Deed(
        name="enter",
        label="登记处分",
        lead="保密：只有处分经办人看得到。每次打开都有记录，学生查得到。",
        form=SanctionForm,
        run=_enter,
    )
    deeds = (
        Deed(
            name="lift",
            label="登记解除",
            form=LiftForm,
            is_offered=lambda row, _act: row.lifted_date is None and row.voided_at is None,
            run=_lift,
        ),
        Deed(
            name="void",
            label="撤下",
            form=NoteForm,
            lead="登记错了时用：从来不算，记录留着。",
            is_offered=lambda row, _act: row.voided_at is None,
            run=_void,
            is_danger=True,
        ),
    )

    def subject_of(self, obj: Sanction) -> Any:
        """The student's record."""
        return obj.record

    def note_look(self, request: HttpRequest, obj: Sanction) -> None:
        """Every time, also the second time within ten minutes."""
        note_sanction_seen(sanction=obj, viewer=desk_user(request), now=timezone.now())

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list too is a look."""
        count = self.get_queryset(request).count()
        note_sanctions_listed(count=count, viewer=desk_user(request), now=timezone.now())
        return super().changelist_view(request, extra_context)

    @admin.display(description="学生")
    def student(self, sanction: Sanction) -> str:
        """Name and number."""
        return f"{sanction.record.name} {sanction.record.student_no}"


def _upload(_obj: None, act: Act) -> SanctionImport:
    file = act.given["file"]
    return upload_sanctions(
        file=file, file_name=file.name, school=act.given["school"], actor=_user(act), now=act.now
    )


def _apply(made: SanctionImport, act: Act) -> str:
    apply_sanctions(sanction_import=made, actor=_user(act), now=act.now)
    written = made.rows.filter(outcome__in=[RowOutcome.CREATE, RowOutcome.UPDATE]).count()
    return f"已登记 {written} 份"


def _undo(made: SanctionImport, act: Act) -> str:
    done, kept = undo_sanctions(sanction_import=made, actor=_user(act), now=act.now)
    return f"已撤销 {done} 份；{kept} 份后来又改过，没有动"


def _discard(made: SanctionImport, act: Act) -> str:
    discard_sanctions(sanction_import=made, actor=_user(act), now=act.now)
    return "已放弃，什么都没有登记"


@admin.register(SanctionImport)
class SanctionImportAdmin(SanctionHandlersOnly, WorkflowAdmin):
    """Lists of sanctions: looked at first, entered by a click, taken back as a whole."""

    list_display = (
        "__str__",
        "school",
        "state",
        "undo_state",
        moment("created_at", "上传时间"),
        "created_by",
    )
    list_filter = ("state", "undo_state")
    list_select_related = ("school",)
    ordering = ("-id",)
    fields = (
        "school",
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
    viewed_action = "sanctionimport.viewed"
    create = Deed(
        name="upload",
        label="上传处分名单",
        lead="先看每一行会怎样，再决定导入。",
        form=SanctionsForm,
        run=_upload,
    )
    deeds = (
        Deed(
            name="apply",
            label="导入",
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
            lead="这份名单登记的处分撤下，登记的解除取消；后来又改过的不动。",
            form=NothingForm,
            is_offered=lambda made, _act: (
                made.state == ImportState.APPLIED and made.undo_state == UndoState.NONE
            ),
            run=_undo,
            is_danger=True,
        ),
    )

    def panels(self, request: HttpRequest, obj: SanctionImport) -> Sequence[Panel]:
        """How many rows do what, and the rows, those with errors first."""
        rows = sorted(
            obj.rows.order_by("row_no", "pk"), key=lambda row: row.outcome != RowOutcome.ERROR
        )
        outcomes = [row.outcome for row in rows]
        return [
            facts(
                "会怎样" if obj.state == ImportState.STAGED else "每一行怎样处理的",
                [
                    (each.label, f"{outcomes.count(each)} 行")
                    for each in RowOutcome
                    if each in outcomes
                ],
            ),
            Panel.of(
                "逐行",
                ("行", "学号", "处分", "文号", "处分日期", "解除日期", "处理", "说明"),
                (
                    (
                        row.row_no,
                        row.student_no,
                        row.get_kind_display(),
                        row.document_no,
                        row.imposed_date,
                        row.lifted_date,
                        row.get_outcome_display(),
                        row.finding,
                    )
                    for row in rows[:_SHOWN]
                ),
                empty="没有行",
            ),
        ]


def _name(_obj: None, act: Act) -> SanctionHandler:
    return name_sanction_handler(
        user=act.given["login"], name=act.given["name"], actor=_user(act), now=act.now
    )


def _end(handler: SanctionHandler, act: Act) -> str:
    end_sanction_handler(handler=handler, actor=_user(act), now=act.now)
    return "已终止，对方马上看不到任何处分"


@admin.register(SanctionHandler)
class SanctionHandlerAdmin(WorkflowAdmin):
    """Who handles: seen by the whole office, because it says nothing of any student."""

    list_display = (
        "name",
        "user",
        moment("named_at", "指定时间"),
        "named_by",
        moment("ended_at", "终止时间"),
    )
    list_select_related = ("user",)
    ordering = ("-id",)
    fields = ("name", "user", "named_at", "named_by", "ended_at", "ended_by")
    create = Deed(
        name="name",
        label="指定处分经办人",
        lead="经办人看得到所有处分，教务处别的老师看不到。不能指定自己。",
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
