"""What the page of a photo batch shows: counts, findings by kind, what a click would do or take back."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from common.admin import Cell, Panel, facts, moment_text
from enrollment.states import ImportState, UndoState
from imaging.admin.pictures import picture_cell
from imaging.documents.batch_words import finding_name
from imaging.matching import MatchReason
from imaging.models import PhotoBatch
from imaging.selectors.batch_effects import BatchEffects, later_work_on
from imaging.selectors.contact_sheet import finding_kinds, has_items, outcome_counts
from imaging.states import MatchState, PhotoOutcome

__all__ = [
    "applying_panel",
    "batch_panels",
    "sheet_url",
    "undo_panels",
    "undone_panel",
]

_COUNTS = (
    ("files", "文件"),
    ("ignored", "忽略的杂项"),
    ("accepted", "收下"),
    ("matched", "对上学籍"),
    ("unmatched", "没对上"),
    ("ambiguous", "对上多人，或者要人决定"),
    ("duplicate", "已经有过"),
)
_LABELS = {**dict(PhotoOutcome.choices), **dict(MatchState.choices)}
_SHOWN = 200
_PICTURES = 24


def sheet_url(batch: PhotoBatch, **chosen: str) -> str:
    """The contact sheet, perhaps of one outcome or one kind of finding."""
    page = reverse("admin:imaging_photobatch_sheet", args=[batch.pk])
    return f"{page}?{urlencode(chosen)}" if chosen else page


def batch_panels(batch: PhotoBatch) -> list[Panel]:
    """Counts and findings by kind, each leading to its files; some photos that were taken in."""
    report: dict[str, Any] = batch.report or {}
    shown = [counts_panel(batch, report)]
    if has_items(batch):
        shown += [outcomes_panel(batch), kinds_panel(batch)]
    else:
        shown += [
            _files_panel("不收的文件", report.get("rejected", [])),
            _files_panel("提醒", report.get("warnings", [])),
        ]
    if batch.state in {ImportState.APPLYING, ImportState.APPLIED}:
        shown.append(pictures_panel(batch))
    undone = undone_panel(batch)
    return [undone, *shown] if undone else shown


def counts_panel(batch: PhotoBatch, report: dict[str, Any]) -> Panel:
    """What the import did, or would do."""
    counts = [(label, str(report.get(key, "–"))) for key, label in _COUNTS]
    counts += [
        ("不收", str(len(report.get("rejected", [])))),
        ("提醒", str(len(report.get("warnings", [])))),
    ]
    note = ""
    if (
        batch.state in {ImportState.STAGED, ImportState.APPLIED}
        and report.get("duplicate")
        and not report.get("accepted")
    ):
        note = "每一张以前都收过，这一批没有新的照片。"
    return facts("结果", counts, note=note)


def outcomes_panel(batch: PhotoBatch) -> Panel:
    """What becomes of the files; every number leads to their pictures."""
    return facts(
        "逐张的结果",
        [
            (
                _LABELS[outcome],
                Cell(text=f"{count} 个文件", url=sheet_url(batch, outcome=outcome)),
            )
            for outcome, count in outcome_counts(batch).items()
        ],
    )


def kinds_panel(batch: PhotoBatch) -> Panel:
    """Findings counted by kind, each with the first example and the way to the files."""
    return Panel.of(
        "检查结果分类",
        ("程度", "问题", "数量", "例子"),
        (
            (
                kind.severity,
                finding_name(kind.code),
                Cell(text=str(kind.count), url=sheet_url(batch, finding=kind.code)),
                kind.example,
            )
            for kind in finding_kinds(batch)
        ),
        empty="没有问题，也没有提醒",
    )


def _files_panel(title: str, items: list[dict[str, Any]]) -> Panel:
    left_out = len(items) - _SHOWN
    return Panel.of(
        title,
        ("文件", "原因"),
        ((item.get("file", ""), item.get("message", "")) for item in items[:_SHOWN]),
        note=f"只列前 {_SHOWN} 个，还有 {left_out} 个。" if left_out > 0 else "",
    )


def pictures_panel(batch: PhotoBatch) -> Panel:
    """Some of the photos that were taken in, those without a record first."""
    url = reverse("admin:imaging_captureentry_changelist")
    rows = batch.entries.defer("file_name", "measures", "warnings").order_by("-state", "pk")
    return Panel.of(
        f"收下的照片（最多列 {_PICTURES} 张）",
        ("照片", "学号", "状态"),
        (
            (
                picture_cell(
                    row.pk,
                    f"采集 {row.pk}",
                    url=reverse("admin:imaging_captureentry_change", args=[row.pk]),
                ),
                row.student_no,
                row.get_state_display(),
            )
            for row in rows[:_PICTURES]
        ),
        empty="还没有收下照片",
        more=Cell(text="看这一批全部采集信息", url=f"{url}?batch__id__exact={batch.pk}"),
    )


def applying_panel(batch: PhotoBatch, effects: BatchEffects) -> Panel:
    """What the click would do now; what was locked since the check waits as well."""
    kinds = {kind.code: kind.count for kind in finding_kinds(batch)}
    held = effects.locked + kinds.get(MatchReason.LOCKED_PHOTO, 0)
    return facts(
        "会这样做",
        [
            ("新增照片", f"{effects.created} 份学籍"),
            ("替换照片", f"{effects.replaced} 份学籍"),
            ("会失效的照片结论", f"{effects.conclusions_lost} 项"),
            (
                "收下，留待处理",
                Cell(
                    text=f"{effects.waiting + effects.locked} 张",
                    url=sheet_url(batch, outcome=PhotoOutcome.WAIT),
                ),
            ),
            (
                "其中照片已锁定，不换",
                Cell(
                    text=f"{held} 张",
                    url=sheet_url(batch, finding="locked_photo") if held else "",
                ),
            ),
            ("已有同一张，不再收", f"{effects.known} 个文件"),
            ("不收", f"{effects.refused} 个文件"),
            ("略过", f"{effects.left} 个文件"),
        ],
        note="".join(
            [
                "结论失效的学生会收到通知，要再核对一次。" if effects.conclusions_lost else "",
                "锁定的照片要换，收下以后在“采集信息”里由两位老师办。" if held else "",
            ]
        ),
    )


def undo_panels(batch: PhotoBatch) -> Sequence[Panel]:
    """What would be taken back, and what speaks against it."""
    report = batch.report or {}
    works = later_work_on(batch)
    return [
        facts(
            "会撤销",
            [
                ("作废这一批收下的照片", f"{report.get('accepted', 0)} 张"),
                ("其中已经成为学籍照片的", f"{report.get('matched', 0)} 张"),
            ],
            note="原来有照片的学籍换回原来那张，没有的先空着；本人会收到通知，核对过的要再核对。"
            "撤销以后，同样的照片可以改好再传。",
        ),
        Panel.of(
            "导入以后又办了事情的照片",
            ("什么事", "多少张", "例如学号"),
            ((work.label, work.count, "、".join(work.examples)) for work in works),
            empty="没有，可以整批撤销",
            note="要么先处理这些事情再撤销，要么勾选下面一项，把这些照片留下。" if works else "",
        ),
    ]


def undone_panel(batch: PhotoBatch) -> Panel | None:
    """Who took the import back, when and why."""
    if batch.undo_state == UndoState.NONE:
        return None
    return facts(
        "撤销",
        [
            ("状态", batch.get_undo_state_display()),
            ("理由", batch.undo_reason),
            ("开始", f"{moment_text(batch.undo_started_at)} {batch.undo_started_by}"),
            ("完成", f"{moment_text(batch.undone_at)} {batch.undone_by}"),
            ("保留没有撤销", f"{batch.kept_count} 张"),
        ],
    )
