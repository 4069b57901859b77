"""Match keys of names, and what is odd about a name."""

import re
import unicodedata
from typing import NamedTuple

from accounts.identity.text import INVISIBLE, SPACES

# U+00B7 is the only right interpunct (rule of twelve ministries, 2016); these arrive instead of it.
_INTERPUNCTS = "\u2022\u30fb\u2027\u2219\u22c5\u25cf\uff0e\uff65\u0387\u16eb\u1427\u2024\u25e6\u2e31\u2e33\ufe52\ua78f"
_ANY_DOTS = re.compile(rf"[.·{_INTERPUNCTS}]+")
_LOOKALIKE_DOTS = re.compile(rf"[{_INTERPUNCTS}]")
_PLAIN_HAN = re.compile(r"[\u4e00-\u9fff]+")
_HAN = re.compile(r"[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_APOSTROPHES = str.maketrans(dict.fromkeys("‘’ʼʹ`´", "'"))  # noqa: RUF001
_NAME_HYPHENS = re.compile(r"[\u2010-\u2015\u2212]")
_PRIVATE_USE = re.compile(r"[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]")
_QUESTION_MARKS = re.compile(r"[?？\ufffd]")
_COMPONENTS = re.compile(r"[（(\[【{][^）)\]】}]*[）)\]】}]|[+＋\u2ff0-\u2ffb]")  # noqa: RUF001
_CONTROL = re.compile(rf"[\x00-\x1f\x7f{INVISIBLE}]")
_DIGITS = re.compile(r"[0-9０-９]")  # noqa: RUF001


class NameProblem(NamedTuple):
    """One thing that is odd about a name; names with problems are real and are kept."""

    code: str
    message: str


def fold_lookalikes(name: str) -> str:
    """Return the name with every interpunct variant as U+00B7, for showing a suggestion."""
    return _LOOKALIKE_DOTS.sub("·", name)


def name_match_key(name: str) -> str:
    """Return the key under which two spellings of one name meet; it is never stored as the name.

    Interpunct variants, widths, spaces, letter case, apostrophes and compatibility characters are
    folded; simplified, traditional and variant Han characters stay different.
    """
    if _PLAIN_HAN.fullmatch(name):
        return name
    text = SPACES.sub("", unicodedata.normalize("NFKC", name)).translate(_APOSTROPHES)
    text = _NAME_HYPHENS.sub("-", _ANY_DOTS.sub("·", text))
    return unicodedata.normalize("NFC", text.strip("·").casefold())


_NAME_RULES: tuple[tuple[str, re.Pattern[str], str], ...] = (
    (
        "name_unknown_character",
        _QUESTION_MARKS,
        "姓名里有“?”，多半是缺字，请向学生核实这个字后更正名册。",
    ),
    (
        "name_private_use",
        _PRIVATE_USE,
        "姓名里有自造字，别的电脑上显示不出来，请换成标准汉字后再导入。",
    ),
    ("name_components", _COMPONENTS, "姓名里像是用部件拼写的生僻字，请换成标准汉字后再导入。"),
    ("name_control_character", _CONTROL, "姓名里有看不见的字符，请重新输入姓名。"),
    ("name_digits", _DIGITS, "姓名里有数字，请核对是否错列。"),
)


def name_problems(name: str) -> list[NameProblem]:
    """Return what is odd about a name as delivered; real names of any length and script pass."""
    if _PLAIN_HAN.fullmatch(name):
        return []
    problems = [
        NameProblem(code, text) for code, pattern, text in _NAME_RULES if pattern.search(name)
    ]
    if _LOOKALIKE_DOTS.search(name) or ("." in name and _HAN.search(name)):
        problems.append(
            NameProblem(
                "name_lookalike_dot",
                "姓名里的间隔点不是标准的“·”（U+00B7），匹配时按标准点处理，请更正名册。",
            )
        )
    return problems
