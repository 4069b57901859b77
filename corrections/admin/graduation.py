"""毕业资格审核 at the desk: a round with its list, items, notice, figures and certificates."""

from collections.abc import Sequence
from typing import cast

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from common.admin import Act, Cell, Deed, Panel, WorkflowAdmin, moment
from corrections.admin.graduation_deeds import AUDIT_DEEDS
from corrections.admin.graduation_forms import AuditForm
from corrections.models import GraduationAudit
from corrections.selectors.graduation_totals import AuditTotals, totals_of
from corrections.services.graduation import create_audit

__all__ = ["GraduationAuditAdmin"]


def _create(_obj: None, act: Act) -> GraduationAudit:
    return create_audit(
        school=act.given["school"],
        graduating_class=act.given["graduating_class"],
        title=act.given["title"],
        campaign=act.given["campaign"],
        confirm_until=act.given["confirm_until"],
        actor=cast("User", act.actor),
        now=act.now,
    )


@admin.register(GraduationAudit)
class GraduationAuditAdmin(WorkflowAdmin):
    """Rounds, the latest first."""

    list_display = (
        "__str__",
        "school",
        "graduating_class",
        "state",
        moment("confirm_until", "学生核对截止"),
        moment("notice_closes_at", "公示结束"),
    )
    list_filter = ("state", "graduating_class", "school")
    list_select_related = ("school",)
    ordering = ("-graduating_class", "-round_no", "-id")
    fields = (
        "school",
        "graduating_class",
        "round_no",
        "title",
        "campaign",
        "state",
        "confirm_until",
        "notice_opens_at",
        "notice_closes_at",
        "notice_text",
        "opened_at",
        "opened_by",
        "published_at",
        "published_by",
        "closed_at",
        "closed_by",
    )
    create = Deed(
        name="create",
        label="新建毕业资格审核",
        lead="先建第一轮，带常用的项目；项目开始以前可以增减。第二轮从归档的上一轮建。",
        form=AuditForm,
        run=_create,
    )
    deeds = AUDIT_DEEDS

    def panels(self, request: HttpRequest, obj: GraduationAudit) -> Sequence[Panel]:
        """Items, and figures per college and major."""
        return [_items(obj), _figures(obj, totals_of(obj))]


def _items(audit: GraduationAudit) -> Panel:
    return Panel.of(
        "审核项目",
        ("项目", "来自", "毕业必须达到", "没达到时", "有疑问问谁"),
        (
            (
                item.title,
                item.get_source_display(),
                "是" if item.is_required else "否",
                item.get_otherwise_display() if item.is_required else "",
                item.ask_whom,
            )
            for item in audit.items.order_by("position", "pk")
        ),
        empty="还没有项目",
    )


def _figures(audit: GraduationAudit, totals: AuditTotals) -> Panel:
    people = reverse("admin:corrections_auditedstudent_changelist")
    return Panel.of(
        "人数",
        ("学院", "专业", "准予毕业", "准予结业", "暂缓毕业", "没审定", "合计"),
        (
            (
                line.college,
                line.major,
                line.graduate,
                line.complete,
                line.defer,
                line.undecided,
                line.amount,
            )
            for line in [*totals.lines, totals.total]
        ),
        note=(
            f"名单 {totals.listed} 人，"
            f"{'和各行相加一致' if totals.ties_out else '和各行相加对不上，请查'}；"
            f"证书 {totals.certificates} 本，已发 {totals.handed} 本。"
        ),
        more=Cell(text="看名单", url=f"{people}?audit__id__exact={audit.pk}"),
    )
