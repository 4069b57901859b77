"""The class feedback sheet as data: what stands on each printed line.

The form is annex 2 of a university's notice on checking graduation photos
(高等教育学历电子注册图像信息校对反馈表): five columns, 25 rows, four lines below the table.
PDF and XLSX print the same pages from here.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

ROWS_PER_PAGE = 25
COLUMN_TITLES = ("序号", "学号", "姓名", "校对结果", "本人签名")
RESULT_HINT = "（无异常填“无误”，异常情况请如实填写异常内容）"
COUNSELLOR_LINE = "辅导员签名："
LEADER_LINE = "学院领导："
SEAL_LINE = "学院公章："
REST_IS_BLANK = "以下空白"
PROVISIONAL_MARK = "（暂定）"
DEMO_MARK = "演示数据"
DEMO_NOTICE = "演示数据，不可提交"
DRAFT_NOTICE = "草稿，还没有定稿"
STALE_NOTICE = "本版已过期，定稿以后内容有变"

_RIGHT = "无误"
_UNCHECKED = ("未校对", "照片未校对", "信息未校对")
# What the enrolment status adds to a result where nothing is asked.
IDLE_REMARKS = frozenset({"休学", "保留学籍", "保留入学资格", "不在籍"})
_NOTE = "；备注："
_HASH_GROUP = 4
_HASH_GROUPS = 3
# 班 already ends the name, maybe with a remark in brackets: "2201班", "1班（专升本）".
_ENDS_AS_CLASS = re.compile(r"班\s*(?:（[^）]*）|\([^)]*\))?$")


class ResultKind(StrEnum):
    """What a result counts as: a 有误 first, then what is missing."""

    RIGHT = "RIGHT"
    WRONG = "WRONG"
    UNCHECKED = "UNCHECKED"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetCheck:
    """Where anybody can ask whether the data still are what a version of a sheet says."""

    address: str
    version: int
    # Drawn after something had changed that the version printed.
    is_stale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """One student's line; `result` is a label without private values."""

    position: int
    student_no: str
    name: str
    result: str
    is_provisional: bool = False

    @property
    def printed_result(self) -> str:
        """The result as it stands on paper: an open one is marked 暂定."""
        return f"{self.result}{PROVISIONAL_MARK}" if self.is_provisional else self.result

    @property
    def kind(self) -> ResultKind:
        """What the result counts as; its first words decide, remarks come after a semicolon."""
        if self.result.startswith(_RIGHT):
            return ResultKind.RIGHT
        is_unchecked = self.result.startswith(_UNCHECKED)
        return ResultKind.UNCHECKED if is_unchecked else ResultKind.WRONG

    @property
    def is_checked(self) -> bool:
        """Whether everything was checked; one part may be wrong and the other not checked yet."""
        return not any(word.startswith(_UNCHECKED) for word in self._words)

    @property
    def is_idle(self) -> bool:
        """Whether something is unchecked of somebody of whom nothing is asked: suspended, or not here any more."""
        return not self.is_checked and not IDLE_REMARKS.isdisjoint(self._words)

    @property
    def _words(self) -> list[str]:
        """The result word by word, without what the monitor remarked."""
        return self.result.split(_NOTE, maxsplit=1)[0].split("；")


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """The texts of one of the 25 lines; the signature cell is always empty."""

    position: str = ""
    student_no: str = ""
    name: str = ""
    result: str = ""


@dataclass(frozen=True, slots=True)
class SheetPage:
    """One complete form: its number within the class and its 25 lines."""

    number: int
    total: int
    lines: tuple[PrintedLine, ...]

    @property
    def label(self) -> str:
        """`第 1 页，共 2 页`."""
        return f"第 {self.number} 页，共 {self.total} 页"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassSheet:
    """A class's sheet at one moment, its rows in the order in which they are printed."""

    title_year: int
    entry_grade: int | None
    class_name: str
    rows: tuple[SheetRow, ...]
    generated_at: datetime
    school_name: str
    ordering_label: str
    is_demo: bool = False
    check: SheetCheck | None = None

    @property
    def title(self) -> str:
        """The form's title with the graduating class (届)."""
        return f"高等教育学历电子注册图像信息校对反馈表（{self.title_year}届）"

    @property
    def class_fill(self) -> tuple[str, str, str, str]:
        """What fills 班级名称：__级__班: grade, 级, name and 班, none of them said twice.

        The grade stays blank, to be filled in by hand, where the roster named none.
        """
        grade = "" if self.entry_grade is None else str(self.entry_grade)
        name = self.class_name.strip()
        name = name.removeprefix(str(self.entry_grade)).lstrip() if self._repeats_grade else name
        name = name.removeprefix("级").lstrip() if self._repeats_grade else name
        if name.endswith("班") and name != "班":
            return (grade, "级", name[:-1].rstrip(), "班")
        return (grade, "级", name, "" if _ENDS_AS_CLASS.search(name) else "班")

    @property
    def class_line(self) -> str:
        """`班级名称：2022级汉语言文学2201班`."""
        return "班级名称：" + "".join(self.class_fill)

    @property
    def version_hash(self) -> str:
        """SHA-256 of everything that the paper says, so that stale paper can be told.

        The moment of printing and the name of the order are not part of it: the same
        rows in the same order are the same sheet.
        """
        content = {
            "school": self.school_name,
            "title": self.title,
            "class": self.class_line,
            "demo": self.is_demo,
            "rows": [
                [row.position, row.student_no, row.name, row.result, row.is_provisional]
                for row in self.rows
            ],
        }
        canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    @property
    def version_label(self) -> str:
        """The first twelve digits of the hash in groups of four, as printed: `9F3A 71C0 5E2B`."""
        digits = self.version_hash[: _HASH_GROUP * _HASH_GROUPS].upper()
        return " ".join(digits[at : at + _HASH_GROUP] for at in range(0, len(digits), _HASH_GROUP))

    def footer(self, page: SheetPage) -> str:
        """The small line that tells versions and pages apart, the form's only addition."""
        return self.footer_of(page.label)

    def footer_of(self, page_label: str) -> str:
        """The same for any layout: whether it is frozen, which data, which page."""
        frozen = DRAFT_NOTICE if self.check is None else f"第 {self.check.version} 版定稿"
        is_stale = self.check is not None and self.check.is_stale
        parts = (
            frozen,
            STALE_NOTICE if is_stale else "",
            f"版本 {self.version_label}",
            page_label,
            DEMO_NOTICE if self.is_demo else "",
        )
        return "　".join(part for part in parts if part)

    def pages(self) -> tuple[SheetPage, ...]:
        """The complete forms of this class, 25 lines each; an empty class gives one empty form."""
        if not self.rows:
            numbered = tuple(PrintedLine(position=str(n + 1)) for n in range(ROWS_PER_PAGE))
            return (SheetPage(number=1, total=1, lines=numbered),)
        starts = range(0, len(self.rows), ROWS_PER_PAGE)
        return tuple(
            SheetPage(
                number=number,
                total=len(starts),
                lines=_printed_lines(self.rows[start : start + ROWS_PER_PAGE]),
            )
            for number, start in enumerate(starts, start=1)
        )

    @property
    def _repeats_grade(self) -> bool:
        pattern = rf"{self.entry_grade}\s*级"
        return (
            self.entry_grade is not None and re.match(pattern, self.class_name.strip()) is not None
        )


def _printed_lines(rows: tuple[SheetRow, ...]) -> tuple[PrintedLine, ...]:
    lines = [
        PrintedLine(
            position=str(row.position),
            student_no=row.student_no,
            name=row.name,
            result=row.printed_result,
        )
        for row in rows
    ]
    if len(lines) < ROWS_PER_PAGE:
        lines.append(PrintedLine(name=REST_IS_BLANK))
    lines.extend(PrintedLine() for _ in range(ROWS_PER_PAGE - len(lines)))
    return tuple(lines)
