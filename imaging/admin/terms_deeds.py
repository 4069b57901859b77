"""Changing a campaign's rules, reasons and sentences at the desk, each with a preview."""

from collections.abc import Sequence
from typing import Any

from common.admin import Act, Deed, Panel, facts, rehearsal
from imaging.admin.campaign_panels import reasons_panel, texts_panel
from imaging.admin.terms_forms import ReasonsForm, RulesForm, TextsForm
from imaging.models import Campaign, VerificationConclusion
from imaging.services.terms import change_terms
from imaging.states import ConclusionKind

__all__ = ["TERMS_DEEDS"]


def _change(campaign: Campaign, act: Act) -> Campaign:
    return change_terms(
        campaign=campaign,
        changes=act.given["changes"],
        reason=act.reason,
        actor=act.actor,
        now=act.now,
    )


def _run(campaign: Campaign, act: Act) -> str:
    _change(campaign, act)
    return f"已改为第 {campaign.terms_no} 版规则"


def _kept(campaign: Campaign, act: Act) -> Panel:
    given = VerificationConclusion.objects.filter(
        round__member__campaign=campaign, concluded_at__isnull=False
    )
    unlocked = given.filter(locks_at__gt=act.now)
    return facts(
        "不会变的",
        [
            ("已提交的结论", f"{given.count()} 项，原因、说法和可撤回时间都按提交时的"),
            ("其中还没锁定的", f"{unlocked.count()} 项，锁定时间不变"),
            ("理由", act.reason),
        ],
        note="正开着旧页面的学生交上来时，会被请去看过新的再交。",
    )


def _preview_rules(campaign: Campaign, act: Act) -> Sequence[Panel]:
    before = (campaign.window_hours, campaign.recheck_hours, str(campaign.profile))
    with rehearsal():
        after = _change(campaign, act)
        said = (after.window_hours, after.recheck_hours, str(after.profile))
    rows = [
        (label, old, new)
        for label, old, new in zip(
            ("可撤回小时数", "重新核对至少给的小时数", "照片标准"), before, said, strict=True
        )
        if old != new
    ]
    final = "0 小时：学生提交后马上锁定，确认页和有误页都会先写明，按钮是红的。"
    return [
        Panel.of(
            "会改的规则",
            ("规则", "现在", "改为"),
            rows,
            note=final if said[0] == 0 and before[0] != 0 else "",
        ),
        _kept(campaign, act),
    ]


def _preview_reasons(campaign: Campaign, act: Act) -> Sequence[Panel]:
    with rehearsal():
        panel = reasons_panel(_change(campaign, act))
    return [panel, _kept(campaign, act)]


def _preview_texts(campaign: Campaign, act: Act) -> Sequence[Panel]:
    with rehearsal():
        panel = texts_panel(_change(campaign, act), title="学生会看到的话（用批次的时间作例）")
    return [panel, _kept(campaign, act)]


def _asks_photo(campaign: Any, _act: Act) -> bool:
    return ConclusionKind.PHOTO in campaign.asked


TERMS_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="rules",
        label="改规则",
        form=RulesForm,
        asks_first=True,
        preview=_preview_rules,
        run=_run,
    ),
    Deed(
        name="reasons",
        label="改照片有误的原因",
        lead="哪些原因给学生选、什么顺序、怎么叫。“不是我本人”和“其他”要一直能选。",
        form=ReasonsForm,
        asks_first=True,
        is_offered=_asks_photo,
        preview=_preview_reasons,
        run=_run,
    ),
    Deed(
        name="texts",
        label="改学生看到的话",
        lead="花括号里的是变量，学生看到的是自己的批次、学校和时间。下一步先看样子。",
        form=TextsForm,
        asks_first=True,
        preview=_preview_texts,
        run=_run,
    ),
)
