"""命名规则: what the files of a case file are called, as the province prescribes it. Pure.

A rule is text with places in braces. It is checked when it is written down, so that no case can
produce two files of one name or a name that a computer refuses.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from common.errors import InvalidInputError
from common.placeholders import check_places, fill, places_in

__all__ = ["PLACES", "case_file_name", "check_file_rule", "check_folder_rule"]

PLACES: Final = ("院校代码", "学号", "姓名", "证件号码", "考生号", "案号", "序号", "材料")
# What tells one person from another; 姓名 alone does not.
_WHOSE: Final = frozenset({"学号", "证件号码", "考生号", "案号"})
_OF_A_FILE: Final = frozenset({"序号", "材料"})
# What Windows refuses in a name, beside control characters.
_REFUSED: Final = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
# A name of the ZIP format may be longer; a folder of Windows takes no more with what stands before it.
_MOST_BYTES: Final = 180
_INVISIBLE: Final = frozenset({"Cf", "Cc", "Co", "Cs"})


def check_file_rule(rule: str) -> str:
    """The rule without blank ends, or InvalidInputError saying what is missing in it."""
    stripped = _checked(rule, field="file_rule")
    places = set(places_in(stripped))
    if "序号" not in places:
        raise InvalidInputError(
            "文件命名里要有{序号}，不然同一个人的文件会重名。", field="file_rule"
        )
    if not places & _WHOSE:
        raise InvalidInputError(
            "文件命名里要有{学号}、{证件号码}、{考生号}或{案号}，同名的人才分得开。",
            field="file_rule",
        )
    return stripped


def check_folder_rule(rule: str) -> str:
    """The rule without blank ends; a folder is one person's, so it names no document."""
    stripped = _checked(rule, field="folder_rule")
    places = set(places_in(stripped))
    if places & _OF_A_FILE:
        raise InvalidInputError("文件夹是一个人的，不能有{序号}和{材料}。", field="folder_rule")
    if not places & _WHOSE:
        raise InvalidInputError(
            "文件夹命名里要有{学号}、{证件号码}、{考生号}或{案号}，同名的人才分得开。",
            field="folder_rule",
        )
    return stripped


def case_file_name(rule: str, values: Mapping[str, str], *, suffix: str = "") -> str:
    """The name that the rule gives; whatever a value holds, it is one harmless part of a path.

    A long one is cut before its suffix. Characters that no file name may have become underscores.
    """
    filled = fill(rule, {name: _harmless(value) for name, value in values.items()})
    name = _harmless(filled).strip(" .") or "材料"
    if _RESERVED.fullmatch(name):
        name = f"_{name}"
    while len(name.encode()) > _MOST_BYTES:
        name = name[:-1]
    return f"{name}{suffix}"


def _checked(rule: str, *, field: str) -> str:
    stripped = rule.strip()
    check_places(stripped, known=PLACES, field=field)
    if found := _REFUSED.search(stripped):
        raise InvalidInputError(f"命名里不能有“{found[0]}”，文件名不允许。", field=field)
    if stripped.startswith("."):
        raise InvalidInputError("命名不能以点开头，那样的文件看不见。", field=field)
    return stripped


def _harmless(value: str) -> str:
    folded = unicodedata.normalize("NFC", value)
    seen = "".join(each for each in folded if unicodedata.category(each) not in _INVISIBLE)
    return _REFUSED.sub("_", seen).strip()
