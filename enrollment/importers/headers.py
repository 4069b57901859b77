"""Which column of a roster is which field: platform codes and the usual Chinese names."""

import re
import unicodedata
from typing import NamedTuple

__all__ = [
    "FIELD_LABELS",
    "LINE_HEADER",
    "REMARK_HEADER",
    "ColumnMap",
    "field_of",
    "map_columns",
]

# Columns that an error workbook adds. A mended workbook may be handed in as it is: they are not read.
REMARK_HEADER = "检查说明（导入时不读）"
LINE_HEADER = "原文件行号（导入时不读）"

# Names of one field, best first: when a file has several, the first is used and the rest kept aside.
_NAMES: dict[str, tuple[str, ...]] = {
    "school_code": ("院校代码", "YXDM", "学校代码", "学校标识码", "XXDM", "院校编码"),
    "school_name": ("院校名称", "YXMC", "学校名称", "学校", "院校", "XXMC"),
    "student_no": ("学号", "XH", "学生学号", "学籍号"),
    "candidate_no": ("考生号", "KSH", "高考考生号", "高考报名号"),
    "name": ("姓名", "XM", "学生姓名", "考生姓名"),
    "sex": ("性别", "XB"),
    "birth_date": ("出生日期", "CSRQ", "出生年月", "出生年月日", "生日"),
    "id_type": ("证件类型", "SFZJLX", "身份证件类型", "证件类别", "ZJLX", "ZJLXM", "证件种类"),
    "id_number": (
        "证件号码",
        "SFZH",
        "身份证号",
        "身份证号码",
        "身份证件号",
        "身份证件号码",
        "证件号",
        "居民身份证号",
        "居民身份证号码",
        "公民身份号码",
        "SFZJH",
        "ZJHM",
        "ZJH",
        "身份证",
        "身份证号/证件号码",
        "证件号码/身份证号",
    ),
    "ethnicity": ("民族", "MZ"),
    "political_status": ("政治面貌", "ZZMM"),
    "major_code": ("专业代码", "ZYDM", "专业编码", "专业代号"),
    "major_name": ("专业名称", "ZYMC", "专业", "专业名称/专业", "所学专业", "录取专业"),
    "level": ("层次", "CC", "培养层次", "学历层次"),
    "duration_years": ("学制", "XZ", "学制年", "修业年限"),
    "study_mode": ("学习形式", "XXXS"),
    "education_category": ("学历类别", "XLLB", "办学类型", "学历类型"),
    "entry_date": ("入学日期", "RXRQ", "入学时间", "入学年月"),
    "entry_grade": (
        "年级",
        "NJ",
        "所在年级",
        "SZNJ",
        "当前所在级",
        "入学年级",
        "入学年份",
        "DQSZJ",
    ),
    "college_name": (
        "学院",
        "分院",
        "FY",
        "学院名称",
        "分院名称",
        "分院/学院",
        "学院/分院",
        "院系",
        "二级学院",
        "所在学院",
        "院系名称",
        "YXSMC",
    ),
    "department": (
        "系所",
        "XSH",
        "系(所、部、处)",
        "系(所,部,处)",
        "系所函授站",
        "系(所)",
        "系",
        "系别",
        "函授站",
        "系名称",
        "系所/系(所、部、处)",
    ),
    "class_name": (
        "班级",
        "BJMC",
        "班级名称",
        "行政班",
        "行政班级",
        "BH",
        "班号",
        "班次",
        "所在班级",
        "班级/班号/班次",
        "BJ",
    ),
    "expected_graduation_date": (
        "预计毕业日期",
        "YJBYRQ",
        "预计毕业时间",
        "预计毕业年月",
        "预毕业日期",
        "应毕业日期",
        "毕业日期",
        "毕业时间",
        "BYRQ",
    ),
    "graduating_class": (
        "届",
        "届别",
        "毕业届",
        "毕业届别",
        "毕业年份",
        "预计毕业年份",
        "毕业年度",
    ),
    "enrollment_status": ("学籍状态", "XJZT", "状态", "学生状态"),
    "counsellor_text": ("辅导员", "FDY", "辅导员姓名", "班主任", "辅导员/班主任"),
    "remark": ("备注", "BZ", "说明"),
}

# What a message calls a field that the file has no column for.
FIELD_LABELS: dict[str, str] = {field: names[0] for field, names in _NAMES.items()}

_BLANKS = re.compile("[\\s\u200b-\u200f\u2060\ufeff*:_]+")
_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^】]*】")


def _plain(header: str) -> str:
    return _BLANKS.sub("", unicodedata.normalize("NFKC", header)).upper()


_RANKED: dict[str, tuple[str, int]] = {
    _plain(name): (field, rank)
    for field, names in _NAMES.items()
    for rank, name in enumerate(names)
}


_OWN_COLUMNS = frozenset({_plain(REMARK_HEADER), _plain(LINE_HEADER)})


def field_of(header: str) -> str | None:
    """Return the field that a column header names, or None."""
    found = _ranked(header)
    return found[0] if found else None


def _ranked(header: str) -> tuple[str, int] | None:
    """Try the whole header, then without its brackets, then its bracketed code: 姓名(必填), 学号(XH)."""
    plain = _plain(header)
    if plain in _RANKED:
        return _RANKED[plain]
    outside = _BRACKETED.sub("", plain)
    if outside in _RANKED:
        return _RANKED[outside]
    for inside in _BRACKETED.findall(plain):
        if inside[1:-1] in _RANKED:
            return _RANKED[inside[1:-1]]
    return None


class ColumnMap(NamedTuple):
    """Where each field stands, and which columns are kept aside."""

    headers: tuple[str, ...]
    index_of: dict[str, int]
    unknown: tuple[int, ...]
    repeated: tuple[int, ...]

    def header_of(self, field: str) -> str:
        """The file's own name of a field's column, or our name where the file has none."""
        index = self.index_of.get(field)
        return FIELD_LABELS[field] if index is None else self.headers[index]


def map_columns(headers: list[str]) -> ColumnMap:
    """Assign each field its best column; other columns are unknown or repeated, and kept aside.

    The columns of our own error workbooks are neither.
    """
    best: dict[str, tuple[int, int]] = {}
    unknown: list[int] = []
    known: list[int] = []
    for index, header in enumerate(headers):
        if _plain(header) in _OWN_COLUMNS:
            continue
        found = _ranked(header)
        if found is None:
            unknown.append(index)
            continue
        known.append(index)
        field, rank = found
        if field not in best or rank < best[field][0]:
            best[field] = (rank, index)
    index_of = {field: index for field, (_, index) in best.items()}
    used = set(index_of.values())
    return ColumnMap(
        headers=tuple(headers),
        index_of=index_of,
        unknown=tuple(unknown),
        repeated=tuple(index for index in known if index not in used),
    )
