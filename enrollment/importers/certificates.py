"""Certificate numbers: how they are built, as a warning and never as a refusal (domain: 2.6)."""

import re
import unicodedata
from datetime import date

__all__ = ["certificate_warnings", "plain_certificate_no"]

_DIGITS = re.compile(r"\d{17,18}")
_TYPES = {"1": "普通", "5": "成人", "6": "自学考试", "7": "网络教育"}
_LEVELS = {
    "01": ("博士",),
    "02": ("硕士",),
    "04": ("第二学士", "二学位"),
    "05": ("本科", "专升本"),
    "06": ("专科", "高职"),
}


def plain_certificate_no(text: str) -> str:
    """The number as it is stored and compared: width, blanks and dashes do not count."""
    return re.sub(r"[\s-]+", "", unicodedata.normalize("NFKC", text)).upper()


def certificate_warnings(
    number: str, *, school_code: str, conferred_date: date, level: str
) -> list[str]:
    """What looks odd about a regular number: school 5, type 1, year 4, level 2, serial 5 or 6.

    There is no check digit, and numbers of self-study follow another layout: so nothing is refused.
    """
    plain = plain_certificate_no(number)
    if not _DIGITS.fullmatch(plain):
        return ["证书编号一般是 18 位数字（2001、2002 年有 17 位的），这个不是。"]
    said = []
    if plain[:5] != school_code:
        said.append(f"前 5 位 {plain[:5]} 不是学校代码 {school_code}。")
    kind = plain[5]
    if kind not in _TYPES:
        said.append(f"第 6 位 {kind} 不是常见的办学类型。")
    if kind == "6":  # self-study: the rest is arranged in another way
        return said
    if plain[6:10] != str(conferred_date.year):
        said.append(f"第 7 到 10 位 {plain[6:10]} 不是毕业年份 {conferred_date.year}。")
    words = _LEVELS.get(plain[10:12])
    if words is None:
        said.append(f"第 11、12 位 {plain[10:12]} 不是常见的层次代码。")
    elif level and not any(word in level for word in words):
        said.append(f"第 11、12 位 {plain[10:12]} 是{words[0]}，学籍的层次是{level}。")
    return said
