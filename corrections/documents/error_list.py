"""The merged error list of a college or of all colleges, as the office works through it."""

from dataclasses import dataclass

from corrections.documents.table import Column, TablePaper

__all__ = ["ErrorRow", "error_paper"]

_EMPTY = "（空）"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRow:
    """One thing that is wrong with one student: what the record says and what it should say."""

    class_name: str
    student_no: str
    name: str
    label: str
    changes: tuple[tuple[str, str, str], ...]
    reasons: tuple[str, ...]
    status: str
    record_id: int | None = None

    @property
    def written_changes(self) -> str:
        """`姓名：沈若曦 → 沈若溪`, one after the other."""
        return "；".join(
            f"{label}：{original or _EMPTY} → {proposed or _EMPTY}"
            for label, original, proposed in self.changes
        )


def error_paper(rows: tuple[ErrorRow, ...], *, year: int, place: str, classes: int) -> TablePaper:
    """The list lying on A4, numbered through all classes."""
    people = len({row.student_no for row in rows})
    return TablePaper(
        title=f"图像信息校对异常汇总表（{year}届）",
        place=place,
        summary=f"{classes} 个班，{people} 人，{len(rows)} 项",
        columns=(
            Column(title="序号", width=12),
            Column(title="班级", width=46, is_left=True),
            Column(title="学号", width=31),
            Column(title="姓名", width=32, is_name=True),
            Column(title="异常情况", width=42, is_left=True),
            Column(title="学籍上 → 应为", width=54, is_left=True),
            Column(title="原因", width=27, is_left=True),
            Column(title="办到哪里", width=23),
        ),
        rows=tuple(
            (
                str(number),
                row.class_name,
                row.student_no,
                row.name,
                row.label,
                row.written_changes,
                "、".join(row.reasons),
                row.status,
            )
            for number, row in enumerate(rows, start=1)
        ),
        row_height=11.0,
        closing=(("经办人：", "日期：　　　　年　　月　　日"), ("学院公章：", "")),
        empty="（没有异常）",
        is_landscape=True,
    )
