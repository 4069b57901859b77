"""A photo rule by rule at the desk: measured, allowed, drawn over it, and what people said of it."""

from collections.abc import Sequence

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from common.admin import Act, Cell, Deed, NothingForm, Panel, ReasonForm, moment_text
from imaging.admin.pictures import picture_url
from imaging.inspection import RULE_NAMES, RuleCode, Verdict
from imaging.models import CaptureEntry
from imaging.selectors.inspections import PhotoInspection, inspection_of
from imaging.services.rulings import measure_entry, rule_on_photo
from imaging.states import MatchState, Ruling

__all__ = [
    "INSPECTION_DEEDS",
    "VERDICT_WORDS",
    "inspection_panels",
    "measured_picture",
    "results_panel",
]

VERDICT_WORDS = {
    Verdict.PASS: "符合",
    Verdict.WARN: "要看",
    Verdict.FAIL: "不符合",
    Verdict.UNKNOWN: "没量到",
}
_NOTE = (
    "程序量出来的数值，按现在的照片标准对照；只提醒，不拒收，也不判断人。量的是画面里的位置和明暗，"
    "不保存人脸特征。和你看到的不一样，以你看到的为准，写一条人工判定。"
)


def measured_picture(entry: CaptureEntry) -> SafeString:
    """The photo as it would be registered, with what was measured drawn over it."""
    context = {
        "overlay": inspection_of(entry).overlay,
        "href": picture_url(entry.pk, large=True),
        "alt": f"采集照片 {entry.pk}，画着量到的位置，数值在下面的表里",
    }
    return render_to_string("imaging/_overlay.html", context)


def inspection_panels(entry: CaptureEntry) -> list[Panel]:
    """The table of the same values, and the rulings, the newest first."""
    inspection = inspection_of(entry)
    rulings = [
        (
            Cell(text=ruling.get_ruling_display(), is_loud=not number),
            ruling.reason,
            "、".join(RULE_NAMES[RuleCode(code)] for code in ruling.remarks if code in _NAMED),
            ruling.ruled_by,
            moment_text(ruling.ruled_at),
        )
        for number, ruling in enumerate(entry.rulings.order_by("-pk"))
    ]
    panels = [results_panel(inspection)]
    if rulings:
        columns = ("判定", "理由", "当时的提醒", "判定人", "时间")
        panels.append(Panel.of("人工判定", columns, rulings, note="最上面的一条算数。"))
    return panels


_NAMED = frozenset(RuleCode)


def results_panel(inspection: PhotoInspection) -> Panel:
    """The values beside what is allowed."""
    note = _NOTE
    if not inspection.is_looked_at:
        note = "这张照片收到时没有检查构图和人脸，可以点“量一遍构图”。" + note
    return Panel.of(
        "逐项检查",
        ("项目", "结果", "量到", "要求", "说明"),
        (
            (
                result.name,
                Cell(text=VERDICT_WORDS[result.verdict], is_loud=result.is_remark),
                result.measured,
                result.allowed,
                "" if result.verdict is Verdict.PASS else result.sentence,
            )
            for result in inspection.results
        ),
        empty="没有量过",
        note=note,
    )


class RulingForm(ReasonForm):
    """可以用 or 建议重拍, with what can be seen in the photo."""

    ruling = forms.ChoiceField(
        label="判定", choices=Ruling.choices, widget=forms.RadioSelect, initial=""
    )
    field_order = ("ruling", "reason")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields[
            "reason"
        ].help_text = (
            "写照片上看到了什么，比如“头顶留白够，量到的是帽子”；不写对人的评价。写进审计记录。"
        )


def _is_there(entry: CaptureEntry, _act: Act) -> bool:
    return entry.state != MatchState.VOIDED


def _preview(entry: CaptureEntry, _act: Act) -> Sequence[Panel]:
    results = [result for result in inspection_of(entry).results if result.is_remark]
    return [
        Panel.of(
            "有提醒的项目",
            ("项目", "量到", "要求"),
            ((result.name, result.measured, result.allowed) for result in results),
            empty="没有提醒",
            note="判定只记录人看过的结论，照片、学籍和学生的核对都不变。要重拍，请再安排采集。",
        )
    ]


def _rule(entry: CaptureEntry, act: Act) -> str:
    made = rule_on_photo(
        entry=entry,
        ruling=Ruling(act.given["ruling"]),
        reason=act.reason,
        actor=act.actor,
        now=act.now,
    )
    return f"已记录：{made.get_ruling_display()}"


def _measure(entry: CaptureEntry, act: Act) -> str:
    measured = measure_entry(entry=entry, actor=act.actor, now=act.now)
    count = len(measured.warnings)
    return f"已量过，有 {count} 条提醒" if count else "已量过，没有提醒"


INSPECTION_DEEDS: tuple[Deed, ...] = (
    Deed(
        name="rule",
        label="人工判定",
        form=RulingForm,
        preview=_preview,
        is_offered=_is_there,
        run=_rule,
    ),
    Deed(
        name="measure",
        label="量一遍构图",
        form=NothingForm,
        lead="按现在的照片标准，把人脸、构图、边框和曝光再量一遍；只改量到的数值和提醒。",
        is_offered=_is_there,
        run=_measure,
    ),
)
