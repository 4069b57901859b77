"""What the page of a roster import shows: counts, findings, near matches, what an undo would do."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.db.models import Count, Min
from django.urls import reverse

from accounts.identity import canonical_number
from common.admin import Cell, Panel, facts, moment_text
from common.masking import MaskKind, mask
from enrollment.importers.facts import Facts, decoder
from enrollment.importers.sections import unknown_to_sections
from enrollment.matching import reason_text
from enrollment.models import NearMatch, RosterFinding, RosterImport, StudentRecord
from enrollment.selectors import FIELD_LABELS, record_value
from enrollment.selectors.roster_later import later_work
from enrollment.selectors.roster_preview import (
    RowKind,
    conclusions_lost,
    count_kinds,
    shown_facts,
)
from enrollment.states import Coverage, ImportState, SamePerson, Severity, UndoState

__all__ = [
    "applying_panel",
    "counts_panel",
    "coverage_text",
    "findings_panel",
    "kinds_panel",
    "near_panel",
    "near_url",
    "rows_url",
    "undo_panels",
    "undone_panel",
]

_FINDINGS = 50
_FEW = 2
_SIDE_BY_SIDE = (
    "name",
    "id_type",
    "id_number",
    "sex",
    "birth_date",
    "candidate_no",
    "level",
    "major_name",
    "college_name",
    "class_name",
    "entry_date",
)


def rows_url(roster: RosterImport, kind: str) -> str:
    """The rows of a kind."""
    page = reverse("admin:enrollment_rosterimport_rows", args=[roster.pk])
    return f"{page}?{urlencode({'kind': kind})}"


def near_url(roster: RosterImport) -> str:
    """The near matches of an import that wait for a decision."""
    page = reverse("admin:enrollment_nearmatch_changelist")
    query = {"roster__id__exact": roster.pk, "decision__exact": SamePerson.UNDECIDED}
    return f"{page}?{urlencode(query)}"


def coverage_text(roster: RosterImport) -> str:
    """Of whom the roster claims to be complete."""
    if roster.coverage == Coverage.GRADE:
        return f"{roster.coverage_grade} 级的完整名册"
    if roster.coverage == Coverage.CLASS:
        return f"{roster.coverage_class} 的完整名册"
    return str(roster.get_coverage_display())


def applying_panel(roster: RosterImport) -> Panel:
    """What the click would do."""
    lost = conclusions_lost(roster)
    undecided = roster.near_matches.filter(decision=SamePerson.UNDECIDED).count()
    pairs: list[tuple[str, object]] = [
        ("新增", f"{roster.created_count} 份学籍"),
        ("更新", f"{roster.updated_count} 份学籍"),
        ("其中换班", f"{roster.class_change_count} 份"),
        ("其中关键信息有变", f"{roster.key_change_count} 份"),
        ("会失效的校对结论", f"{lost} 项"),
        ("不动", f"{roster.unchanged_count} 份学籍"),
        ("不导入", f"{roster.skipped_count} 行"),
    ]
    if roster.coverage != Coverage.PART:
        pairs.append(("标为“不在最新名册”", f"{roster.missing_count} 份学籍"))
    if undecided:
        pairs.append(("待定是不是同一人", Cell(text=f"{undecided} 处", url=near_url(roster))))
    return facts(
        "会写进学籍",
        pairs,
        note="结论失效的学生会收到通知，要再核对一次。" if lost else "",
    )


def counts_panel(roster: RosterImport) -> Panel:
    """What applying does, or did; every number leads to its rows."""
    counted = count_kinds(roster)

    def link(kind: RowKind, unit: str = "行") -> Cell:
        count = counted[kind]
        return Cell(text=f"{count} {unit}", url=rows_url(roster, kind) if count else "")

    pairs: list[tuple[str, object]] = [
        ("文件里", f"{roster.row_count} 行，{coverage_text(roster)}"),
        ("新增", link(RowKind.CREATE)),
        ("更新", link(RowKind.UPDATE)),
        ("其中换班", link(RowKind.MOVED)),
        ("其中关键信息有变", link(RowKind.KEY)),
        ("无变化", link(RowKind.UNCHANGED)),
        ("不导入", link(RowKind.LEFT)),
    ]
    if roster.state == ImportState.STAGED:
        pairs.insert(5, ("会失效的校对结论", f"{conclusions_lost(roster)} 项"))
        if counted[RowKind.NEAR]:
            pairs.append(
                (
                    "疑似同一人，待定",
                    Cell(text=f"{counted[RowKind.NEAR]} 行，去决定", url=near_url(roster)),
                )
            )
    if roster.coverage != Coverage.PART:
        missing = Cell(
            text=f"{roster.missing_count} 份学籍",
            url=rows_url(roster, "missing") if roster.missing_count else "",
        )
        pairs.append(("在籍、不在这份名册", missing))
    unknown = unknown_to_sections(map(str, roster.unknown_columns))
    if unknown:
        pairs.append(("不认识的列", "、".join(unknown)))
    return facts(
        "结果",
        pairs,
        note=_result_note(roster, has_unknown=bool(unknown)),
    )


def _result_note(roster: RosterImport, *, has_unknown: bool) -> str:
    """What a refused file needs, and where its unknown columns go."""
    notes = []
    if roster.state == ImportState.REFUSED:
        notes.append(
            "有错误，整份都没有导入。点“下载待改的行”，改好以后再上传；"
            "要先导没有错的行，重新上传时勾选“跳过有错误的行”。"
        )
    if has_unknown:
        notes.append("不认识的列加密留存，不写进学籍。")
    return "".join(notes)


def kinds_panel(roster: RosterImport) -> Panel:
    """Findings counted by kind, each with the first example."""
    counted = list(
        roster.findings.values("code", "severity")
        .annotate(counted=Count("pk"), first=Min("pk"))
        .order_by("severity", "-counted")
    )
    examples = RosterFinding.objects.in_bulk([row["first"] for row in counted])
    return Panel.of(
        "检查结果分类",
        ("程度", "数量", "例子", "列"),
        (
            (
                Severity(row["severity"]).label,
                row["counted"],
                examples[row["first"]].message,
                examples[row["first"]].column,
            )
            for row in counted
        ),
        empty="没有错误，也没有提醒",
    )


def findings_panel(roster: RosterImport) -> Panel:
    """The first findings, errors before warnings, and the whole list as a file without numbers."""
    rows = roster.findings.order_by("severity", "row_no", "pk")[:_FINDINGS]
    return Panel.of(
        f"逐行检查结果（前 {_FINDINGS} 条）",
        ("行", "程度", "列", "说明"),
        ((row.row_no, row.get_severity_display(), row.column, row.message) for row in rows),
        empty="没有",
        note="行号照文件里的数，表头是第 1 行。",
        more=Cell(
            text="下载检查结果清单（XLSX，不含学生信息）",
            url=reverse("admin:enrollment_rosterimport_findings", args=[roster.pk]),
        )
        if roster.error_count or roster.warning_count
        else None,
    )


def near_panel(match: NearMatch) -> Panel:
    """Row and record side by side; what differs is loud."""
    record = match.record
    facts_of_row = decoder(match.roster.value_fields)(match.row.values or ())
    row = shown_facts(facts_of_row)
    pairs = [
        ("院校", row["school_code"], record.school.code),
        ("学号", match.row.student_no, record.student_no),
        *((label, text, _record_text(match, name)) for name, label, text in _texts(row)),
    ]
    why = "；".join(reason_text(code) for code in match.reasons)
    why += _places(facts_of_row, record)
    return Panel.of(
        f"第 {match.row.row_no} 行和已有学籍",
        ("项目", "名册这一行", "已有学籍"),
        (
            (
                label,
                Cell(text=new or "（空）", is_loud=new != old),
                Cell(text=old or "（空）", is_loud=new != old),
            )
            for label, new, old in pairs
        ),
        note=f"相近之处：{why}。加粗的是两边不同的。",
    )


def _texts(row: dict[str, str]) -> Sequence[tuple[str, str, str]]:
    return [(name, FIELD_LABELS[name], row.get(name, "")) for name in _SIDE_BY_SIDE]


def _places(row: Facts, record: StudentRecord) -> str:
    """Where the two numbers differ, told without showing a digit of them."""
    mine = canonical_number(row.id_number, row.id_type)
    theirs = canonical_number(record.id_number, record.id_type)
    if len(mine) != len(theirs):
        return ""
    wrong = [place for place, (a, b) in enumerate(zip(mine, theirs, strict=True), 1) if a != b]
    if not 0 < len(wrong) <= _FEW:
        return ""
    return f"；证件号码第 {'、'.join(map(str, wrong))} 位不同"


def _record_text(match: NearMatch, name: str) -> str:
    value = record_value(match.record, name)
    return mask(value, MaskKind.NAME) if name == "name" else value


def undo_panels(roster: RosterImport) -> list[Panel]:
    """What would be taken back, and what speaks against it."""
    works = later_work(roster)
    return [
        facts(
            "会撤销",
            [
                ("删去新增的", f"{roster.created_count} 份学籍"),
                ("恢复原值", f"{roster.updated_count} 份学籍"),
            ],
            note="学院、专业、班级的名称留着。撤销后可以改好文件再导入。",
        ),
        Panel.of(
            "导入以后又办了事情的学籍",
            ("什么事", "多少份", "例如学号"),
            ((work.label, work.count, "、".join(work.examples)) for work in works),
            empty="没有，可以整份撤销",
            note="要么先处理这些事情再撤销，要么勾选下面一项，把这些学籍留下。" if works else "",
        ),
    ]


def undone_panel(roster: RosterImport) -> Panel | None:
    """Who took the import back, when and why."""
    if roster.undo_state == UndoState.NONE:
        return None
    return facts(
        "撤销",
        [
            ("状态", roster.get_undo_state_display()),
            ("理由", roster.undo_reason),
            ("开始", f"{moment_text(roster.undo_started_at)} {roster.undo_started_by}"),
            ("完成", f"{moment_text(roster.undone_at)} {roster.undone_by}"),
            ("保留没有撤销", f"{roster.kept_count} 份学籍"),
        ],
    )
