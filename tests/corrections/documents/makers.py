"""Sheets to print."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from corrections.documents.sheet import ClassSheet, SheetRow

NAMES = ("夏侯远", "苏合", "沈若溪", "唐小满", "叶知秋", "欧阳知微", "宋时雨", "罗听雨", "温良")


def make_row(position: int, **changes: Any) -> SheetRow:
    row = SheetRow(
        position=position,
        student_no=f"{2022040200 - position}",
        name=NAMES[position % len(NAMES)],
        result="无误",
    )
    return replace(row, **changes)


def make_sheet(
    count: int, *, rows: dict[int, SheetRow] | None = None, **changes: Any
) -> ClassSheet:
    special = rows or {}
    sheet = ClassSheet(
        title_year=2026,
        entry_grade=2022,
        class_name="汉语言文学2201班",
        rows=tuple(special.get(n, make_row(n)) for n in range(1, count + 1)),
        generated_at=datetime(2026, 6, 17, 1, 2, tzinfo=UTC),
        school_name="远山大学",
        ordering_label="按学号由大到小",
    )
    return replace(sheet, **changes)
