"""The pack for the province as a ZIP: the table of changes, the table to fill in, proofs by case."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import IO, Final
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from common.wording import local, moment_field
from corrections.states.province import ANSWER_COLUMNS
from imaging.documents.workbook import TextBook

__all__ = ["PackedChange", "PackedPaper", "PackedRow", "values_text", "write_province_pack"]

_EARLIEST: Final = 1980
_SUFFIXES: Final = {"image/jpeg": ".jpg", "application/pdf": ".pdf"}
_CHANGES: Final = (
    *(("单号", 8), ("院校代码", 10), ("学号", 16), ("姓名", 12), ("证件号码", 22)),
    *(("字段", 14), ("原内容", 26), ("更正后内容", 26), ("学校意见", 30), ("证明材料", 16)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedChange:
    """One field as it is and as it should be, unmasked."""

    label: str
    original: str
    proposed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedPaper:
    """One proof, read when it is its turn."""

    number: int
    size: int
    content_type: str
    read: Callable[[], bytes]
    is_whole: Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedRow:
    """One case as the province gets it."""

    case_no: str
    school_code: str
    student_no: str
    name: str
    id_number: str
    opinion: str
    changes: tuple[PackedChange, ...]
    papers: tuple[PackedPaper, ...]

    @property
    def digest(self) -> str:
        """Of what the province decides about."""
        parts = [self.case_no, self.student_no, *map(repr, self.changes)]
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def values_text(changes: Iterable[PackedChange]) -> str:
    """What the case asks for, in one cell."""
    return "；".join(f"{change.label}：{change.proposed}" for change in changes)


def write_province_pack(target: IO[bytes], rows: list[PackedRow], *, at: datetime) -> None:
    """Write the archive; one proof at a time is held in memory."""
    moment = local(at)
    stamp = (max(moment.year, _EARLIEST), moment.month, moment.day, moment.hour, moment.minute, 0)
    with ZipFile(target, "w", ZIP_STORED) as archive:
        archive.writestr(ZipInfo("更正明细.xlsx", stamp), _changes(rows, at=at))
        archive.writestr(ZipInfo("批复.xlsx", stamp), _answers(rows, at=at))
        for row in rows:
            for number, paper in enumerate(row.papers, start=1):
                suffix = _SUFFIXES.get(paper.content_type, "")
                name = f"证明材料/{_folder(row)}/{number:02d}{suffix}"
                archive.writestr(ZipInfo(name, stamp), paper.read())
        words = (
            f"报省审批数据包，{moment_field(at)} 备好，{len(rows)} 张勘误单。\r\n\r\n"
            "更正明细.xlsx：每个字段一行。\r\n"
            "批复.xlsx：每张单一行，由省里填结论、批复文号和说明，填好后原样导回。\r\n\r\n"
            "里面有完整证件号码和证明材料：只交给办理审批的人，用完删除，不要转发。\r\n"
        )
        archive.writestr(ZipInfo("说明.txt", stamp), words.encode("utf-8-sig"))


def _folder(row: PackedRow) -> str:
    """Case and student number; whatever else the roster brought is no part of a path."""
    number = "".join(each for each in row.student_no if each.isalnum())
    return f"{row.case_no}-{number}"


def _changes(rows: list[PackedRow], *, at: datetime) -> bytes:
    target = BytesIO()
    book = TextBook(target, title="更正明细", at=at)
    sheet = book.sheet("更正明细", _CHANGES)
    for row in rows:
        papers = f"{len(row.papers)} 份" if row.papers else "没有"
        for change in row.changes:
            sheet.write(
                [
                    *(row.case_no, row.school_code, row.student_no, row.name, row.id_number),
                    *(change.label, change.original, change.proposed, row.opinion, papers),
                ]
            )
    book.close()
    return target.getvalue()


def _answers(rows: list[PackedRow], *, at: datetime) -> bytes:
    target = BytesIO()
    book = TextBook(target, title="批复", at=at)
    sheet = book.sheet("批复", [(title, 16) for title in ANSWER_COLUMNS])
    for row in rows:
        sheet.write([row.case_no, row.student_no, row.name, values_text(row.changes), *[""] * 4])
    book.close()
    return target.getvalue()
