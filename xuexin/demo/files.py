"""The files that the demonstration school delivers: rosters as XLSX, photos as ZIP."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import xlsxwriter

from xuexin.demo.classes import ENTRY_GRADE, GRADUATING_CLASS
from xuexin.demo.people import Student

__all__ = [
    "GbkName",
    "by_document_number",
    "by_number_and_name",
    "by_student_no",
    "usual_name",
    "write_photos",
    "write_roster",
]

Column = tuple[str, Callable[[Student], str]]


def _always(text: str) -> Callable[[Student], str]:
    return lambda _student: text


# Headers as a school's own list has them; 宿舍 is nothing that the portal knows and is kept aside.
_SCHOOL_LIST: tuple[Column, ...] = (
    ("学号", lambda each: each.student_no),
    ("考生号", lambda each: each.candidate_no),
    ("姓名", lambda each: each.name),
    ("性别", lambda each: str(each.sex.label)),
    ("出生日期", lambda each: f"{each.birth_date:%Y%m%d}"),
    ("证件类型", _always("居民身份证")),
    ("证件号码", lambda each: each.id_number),
    ("民族", lambda each: each.called.ethnicity),
    ("政治面貌", lambda each: "中共预备党员" if each.serial % 9 == 0 else "共青团员"),
    ("院校代码", lambda each: each.group.school.code),
    ("院校名称", lambda each: each.group.school.name),
    ("学院", lambda each: each.group.college),
    ("专业代码", lambda each: each.group.major_code),
    ("专业名称", lambda each: each.group.major),
    ("层次", _always("本科")),
    ("学制", lambda each: str(each.group.years)),
    ("学历类别", _always("普通高等教育")),
    ("学习形式", _always("普通全日制")),
    ("年级", _always(str(ENTRY_GRADE))),
    ("班级", lambda each: each.group.name),
    ("入学日期", _always(f"{ENTRY_GRADE}-09-01")),
    ("预计毕业日期", _always(f"{GRADUATING_CLASS}-06-30")),
    ("学籍状态", lambda each: each.status),
    ("辅导员", lambda each: each.group.counsellor),
    ("宿舍", lambda each: f"{each.serial % 12 + 1} 号楼 {each.serial % 6 + 1}{each.seat:02d}"),
)
# What the platform's own export calls the same; it names no school.
_PLATFORM_LIST: tuple[Column, ...] = tuple(
    (code, dict(_SCHOOL_LIST)[name])
    for code, name in (
        ("KSH", "考生号"),
        ("XH", "学号"),
        ("XM", "姓名"),
        ("XB", "性别"),
        ("CSRQ", "出生日期"),
        ("SFZH", "证件号码"),
        ("MZ", "民族"),
        ("ZZMM", "政治面貌"),
        ("ZYDM", "专业代码"),
        ("ZYMC", "专业名称"),
        ("CC", "层次"),
        ("XZ", "学制"),
        ("XLLB", "学历类别"),
        ("XXXS", "学习形式"),
        ("FY", "学院"),
        ("NJ", "年级"),
        ("BH", "班级"),
        ("RXRQ", "入学日期"),
        ("YJBYRQ", "预计毕业日期"),
        ("XJZT", "学籍状态"),
    )
)


def write_roster(path: Path, students: Iterable[Student], *, as_platform: bool = False) -> Path:
    """A workbook with one sheet, every cell text; `as_platform` uses its field codes as headers."""
    columns = _PLATFORM_LIST if as_platform else _SCHOOL_LIST
    options = {"constant_memory": True, "strings_to_numbers": False, "strings_to_formulas": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet("学生名册")
        sheet.write_row(0, 0, [header for header, _ in columns])
        for row, student in enumerate(students, start=1):
            sheet.write_row(row, 0, [read(student) for _, read in columns])
    return path


def by_student_no(student: Student) -> str:
    """College / class / student number."""
    return f"{_folder(student)}/{student.student_no}.jpg"


def by_document_number(student: Student) -> str:
    """The same, named by the document number."""
    return f"{_folder(student)}/{student.id_number}.jpg"


def by_number_and_name(student: Student) -> str:
    """The same, named by student number and name."""
    return f"{_folder(student)}/{student.student_no}_{student.name}.jpg"


def usual_name(student: Student) -> str:
    """As the class happens to do it: most by student number, a few otherwise."""
    habits = (by_student_no, by_student_no, by_document_number, by_student_no, by_number_and_name)
    return habits[(student.group.college_no + student.group.class_no) % len(habits)](student)


def _folder(student: Student) -> str:
    return f"{student.group.college}/{student.group.name}"


def write_photos(path: Path, photos: Iterable[tuple[str, bytes]], *, is_gbk: bool = False) -> Path:
    """A ZIP of named photos with what Windows leaves behind; with GBK names as its own packer has them."""
    kind = GbkName if is_gbk else ZipInfo
    with ZipFile(path, "w", ZIP_STORED) as archive:
        for name, data in (*_left_behind(), *photos):
            archive.writestr(kind(name, date_time=(GRADUATING_CLASS, 5, 20, 9, 30, 0)), data)
    return path


def _left_behind() -> Iterator[tuple[str, bytes]]:
    yield "Thumbs.db", b"\xd0\xcf\x11\xe0"
    yield "说明.txt", "毕业照片，按学院和班级分文件夹。演示数据。".encode()


class GbkName(ZipInfo):
    """An entry whose name is written as Windows in Chinese writes it: GBK, without a flag."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 -- zipfile's own name
        return self.filename.encode("gb18030"), self.flag_bits & ~0x800
