"""Office-wide roles: granted on the page of an account, ended here."""

from django.contrib import admin

from accounts.models import OfficeRole
from accounts.services import end_role
from accounts.states import Role
from common.admin import Act, Deed, NothingForm, Phase, WorkflowAdmin, moment, phase_filter
from common.errors import NotAllowedError


def _end(row: OfficeRole, act: Act) -> str:
    others = OfficeRole.objects.filter(role=Role.REGISTRAR, ended_at=None).exclude(pk=row.pk)
    if row.role == Role.REGISTRAR and not others.exists():
        raise NotAllowedError("这是最后一个教务处账号，先授予另一个人再终止。")
    end_role(user=row.user, role=Role(row.role), actor=act.actor, now=act.now)
    return "已终止，对方立刻失去这个角色"


@admin.register(OfficeRole)
class OfficeRoleAdmin(WorkflowAdmin):
    """Who holds which role for the whole office."""

    list_display = (
        "account",
        "role",
        moment("granted_at", "授予时间"),
        "granted_by",
        moment("ended_at", "终止时间"),
        "ended_by",
    )
    list_filter = (
        phase_filter(
            "时间",
            "phase",
            Phase("now", "现任", lambda rows, _now: rows.filter(ended_at=None)),
            Phase("past", "已终止", lambda rows, _now: rows.filter(ended_at__isnull=False)),
        ),
        "role",
    )
    list_select_related = ("user",)
    ordering = ("-id",)
    fields = ("account", "role", "granted_at", "granted_by", "ended_at", "ended_by")
    deeds = (
        Deed(
            name="end",
            label="终止角色",
            form=NothingForm,
            lead="对方从现在起进不了工作台，历史记录保留。",
            is_offered=lambda row, _act: row.ended_at is None,
            run=_end,
            is_danger=True,
        ),
    )

    @admin.display(description="账号")
    def account(self, row: OfficeRole) -> str:
        """The masked log-in name."""
        return row.user.contact_label
