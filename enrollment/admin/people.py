"""Lists of people and invitations at the registrar's desk."""

from collections.abc import Sequence

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from common.admin import (
    Act,
    Deed,
    DeedForm,
    NothingForm,
    Panel,
    Phase,
    ReadonlyAdmin,
    ReasonForm,
    WorkflowAdmin,
    facts,
    masked,
    moment,
    moment_text,
    phase_filter,
)
from common.masking import MaskKind
from enrollment.models import Invitation, PeopleList, PeopleListRow
from enrollment.services.invitation import resend, revoke
from enrollment.services.people_list import (
    discard_people_list,
    start_people_list,
    upload_people_list,
)
from enrollment.states import ImportState, InvitationState, ListedOutcome, ListedRole

_SHOWN_ROWS = 200


class PeopleUploadForm(DeedForm):
    """The file."""

    file = forms.FileField(
        label="名单文件",
        help_text=(
            "XLSX 或 CSV，一行一个人：姓名、角色、邮箱或手机号；辅导员写班级（同名的再写学院、年级），"
            "教学秘书和学院领导写学院，班长和学生写学号；任期写起、止。"
        ),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
    )


def _upload(_obj: None, act: Act) -> PeopleList:
    return upload_people_list(
        file=act.given["file"], file_name=act.given["file"].name, actor=act.actor, now=act.now
    )


def _start(people_list: PeopleList, act: Act) -> str:
    start_people_list(people_list=people_list, actor=act.actor, now=act.now)
    return "开始办理"


def _discard(people_list: PeopleList, act: Act) -> str:
    discard_people_list(people_list=people_list, actor=act.actor, now=act.now)
    return "已放弃，谁也没有任命或邀请"


def _counts(people_list: PeopleList) -> Panel:
    rows = list(people_list.rows.values_list("outcome", "done_at"))
    said = [
        (outcome.label, sum(1 for kind, _ in rows if kind == outcome)) for outcome in ListedOutcome
    ]
    return facts(
        "一共", [*said, ("办好了", sum(1 for _, done_at in rows if done_at)), ("行数", len(rows))]
    )


def _rows(people_list: PeopleList) -> Panel:
    """Rows with errors first, because they are what somebody has to do something about."""
    rows = list(
        people_list.rows.select_related("class_group", "college").order_by("row_no").iterator()
    )
    rows.sort(key=lambda row: (row.outcome != ListedOutcome.ERROR, row.row_no))
    return Panel.of(
        "逐行",
        ("行", "姓名", "角色", "范围", "联系方式", "起", "止", "处理", "说明"),
        (
            (
                row.row_no,
                row.name,
                f"{ListedRole(row.role).label}{'（代理）' if row.is_deputy else ''}"
                if row.role
                else "",
                row.scope,
                row.contact_label,
                moment_text(row.starts_at),
                moment_text(row.ends_at),
                "办好了" if row.done_at else row.get_outcome_display(),
                row.finding,
            )
            for row in rows[:_SHOWN_ROWS]
        ),
        note=f"只列出前 {_SHOWN_ROWS} 行。" if len(rows) > _SHOWN_ROWS else "",
    )


@admin.register(PeopleList)
class PeopleListAdmin(WorkflowAdmin):
    """Lists of people: looked at first, then applied in the background."""

    list_display = ("file_name", "state", moment("created_at", "上传时间"), "created_by")
    list_filter = ("state",)
    ordering = ("-id",)
    fields = ("file_name", "state", "created_at", "created_by", "applied_at", "applied_by")
    create = Deed(
        name="upload",
        label="上传任职名单",
        lead="先看每一行会怎样，再决定办理：有账号的直接任命，没有的发邀请。谁都不用初始密码。",
        form=PeopleUploadForm,
        run=_upload,
    )
    deeds = (
        Deed(
            name="apply",
            label="办理名单",
            lead="有账号的直接任命，没有的发邀请；有错误的行不办。",
            form=NothingForm,
            is_offered=lambda row, _act: row.state == ImportState.STAGED,
            preview=lambda row, _act: [_counts(row)],
            run=_start,
        ),
        Deed(
            name="discard",
            label="放弃",
            lead="谁也不任命、不邀请，名单上的联系方式一并删除。",
            form=NothingForm,
            is_offered=lambda row, _act: row.state == ImportState.STAGED,
            run=_discard,
            is_danger=True,
        ),
    )

    def panels(self, request: HttpRequest, obj: PeopleList) -> Sequence[Panel]:
        """Counts, and every row with what it does."""
        return [_counts(obj), _rows(obj)]


@admin.register(PeopleListRow)
class PeopleListRowAdmin(ReadonlyAdmin):
    """Rows of lists; their contacts are on no list page."""

    list_display = ("people_list", "row_no", "role", "outcome", "finding")
    list_display_links = ("row_no",)
    list_filter = ("outcome", "role")
    list_select_related = ("people_list",)
    ordering = ("-people_list_id", "row_no")
    fields = ("people_list", "row_no", "role", "class_group", "college", "outcome", "finding")


def _resend(invitation: Invitation, act: Act) -> str:
    resend(invitation=invitation, actor=act.actor, now=act.now)
    return "已再发一次，之前的链接不能用了"


def _revoke(invitation: Invitation, act: Act) -> str:
    revoke(invitation=invitation, actor=act.actor, now=act.now, reason=act.reason)
    return "已撤回，链接不能用了"


def _is_pending(invitation: Invitation, _act: Act) -> bool:
    return invitation.state == InvitationState.PENDING


@admin.register(Invitation)
class InvitationAdmin(WorkflowAdmin):
    """Invitations: who has not come yet, send again, take back."""

    list_display = (
        masked("name", MaskKind.NAME, "姓名"),
        "role",
        "scope_shown",
        "contact_shown",
        "state",
        moment("created_at", "发出时间"),
        moment("expires_at", "有效期至"),
    )
    list_filter = (
        phase_filter(
            "有效期",
            "phase",
            Phase("open", "等对方接受", lambda rows, now: rows.open_at(now)),  # type: ignore[attr-defined]
            Phase(
                "late",
                "过期没接受",
                lambda rows, now: rows.filter(state=InvitationState.PENDING, expires_at__lte=now),
            ),
        ),
        "state",
        "role",
    )
    list_select_related = ("class_group", "college")
    ordering = ("-id",)
    fields = (
        "name",
        "role",
        "scope_shown",
        "contact_shown",
        "state",
        "created_at",
        "created_by",
        "expires_at",
        "accepted_at",
        "accepted_by",
        "revoked_at",
        "revoked_by",
    )
    deeds = (
        Deed(
            name="resend",
            label="再发一次",
            lead="换一个新链接，再给 7 天；之前的链接不能用了。",
            form=NothingForm,
            is_offered=_is_pending,
            run=_resend,
        ),
        Deed(
            name="revoke",
            label="撤回邀请",
            form=ReasonForm,
            is_offered=_is_pending,
            run=_revoke,
            is_danger=True,
        ),
    )

    @admin.display(description="范围")
    def scope_shown(self, row: Invitation) -> str:
        """The class, the college, or the whole school."""
        return row.scope

    @admin.display(description="发往")
    def contact_shown(self, row: Invitation) -> str:
        """The masked contact."""
        return row.contact_label
