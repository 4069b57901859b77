"""清除演练 at the desk: what would go is counted, the title written once more, then it goes."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from accounts.models import User
from common.admin import Act, Deed, Panel, ReasonForm, facts, moment
from common.admin.imports import ImportAdmin
from imaging.models import Campaign, RehearsalWipe
from imaging.policies.rehearsal import check_can_wipe
from xuexin.rehearsal.scope import FILES, check_all_demo, foresee
from xuexin.rehearsal.wiping import ask_wipe

__all__ = ["RehearsalWipeAdmin"]


class WipeForm(ReasonForm):
    """Which rehearsal, its title once more, and why; any other campaign is no choice."""

    campaign = forms.ModelChoiceField(
        label="演练批次",
        queryset=Campaign.objects.filter(is_rehearsal=True, wipe=None).order_by("-opens_at"),
        help_text="只有演示学校的演练批次；过了学生截止时间，或者提前结束了，才能清除。",
    )
    title = forms.CharField(
        label="再写一遍批次的名称",
        max_length=100,
        help_text="连同【演练】，一个字不差；清除以后不能恢复。",
    )
    field_order = ["campaign", "title", "reason"]


def _preview(_obj: None, act: Act) -> Sequence[Panel]:
    """Everything that would go, table by table."""
    campaign = act.given["campaign"]
    check_can_wipe(act.actor, campaign, now=act.now)
    check_all_demo(campaign)
    found = foresee(campaign)
    rows = [(name, count) for name, count in found.counts.items() if name != FILES]
    note = "演示学校、学籍、账号和审计记录都留着。"
    if found.kept_batches:
        note += f"另有 {found.kept_batches} 批照片别的批次在用，留下不清。"
    if found.kept_notices:
        note += f"另有 {found.kept_notices} 份撤下的公告给别的人看过，也留下不清。"
    return [
        facts(
            "会清除",
            [
                ("演练批次", campaign.title),
                ("内容", f"{found.total} 行"),
                ("文件", f"{found.counts.get(FILES, 0)} 个"),
            ],
            note=note,
        ),
        Panel.of("都有什么", ("内容", "数量"), rows, empty="里面什么都没有"),
    ]


def _wipe(_obj: None, act: Act) -> RehearsalWipe:
    return ask_wipe(
        campaign=act.given["campaign"],
        title=act.given["title"],
        reason=act.reason,
        actor=cast("User", act.actor),
        now=act.now,
    )


@admin.register(RehearsalWipe)
class RehearsalWipeAdmin(ImportAdmin):
    """Rehearsals that were wiped or are on their way out, the newest first."""

    running = {"WIPING": "正在清除"}
    list_display = ("title", "state", moment("asked_at", "开始清除"), "asked_by", "progress")
    list_filter = ("state",)
    ordering = ("-id",)
    fields = (
        "title",
        "state",
        "reason",
        "failure",
        "asked_at",
        "asked_by",
        "done_at",
    )
    create = Deed(
        name="wipe",
        label="清除演练",
        form=WipeForm,
        lead=(
            "演练结束后用。批次里的成员、结论、反馈表、勘误、照片、消息和文件全部删掉，不能恢复；"
            "先看会删多少，再确认。真的批次不会出现在这里，也清不掉。"
        ),
        asks_first=True,
        preview=_preview,
        run=_wipe,
        is_danger=True,
        proves_again=True,
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What has happened so far."""
        return [name for name in self.fields if not obj or getattr(obj, name)]

    def total_of(self, obj: RehearsalWipe) -> int:
        """Rows that were foreseen."""
        return obj.total

    def panels(self, request: HttpRequest, obj: RehearsalWipe) -> Sequence[Panel]:
        """What was there before, and how much of it has gone."""
        names = list(obj.foreseen) + [name for name in obj.wiped if name not in obj.foreseen]
        rows = [(name, obj.foreseen.get(name, 0), obj.wiped.get(name, 0)) for name in names]
        return [Panel.of("清除了什么", ("内容", "清除前", "已清除"), rows)]
