"""Canonical form, check rules and contents of document numbers."""

import re
import unicodedata
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from accounts.identity.documents import DocumentType, Sex
from accounts.identity.text import SPACES

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"

# Cross, Cyrillic and Greek letters and drawn crosses that people type for the check digit X.
_LOOKALIKE_X = "×хХχΧ✕✖╳⨯⨉乂"  # noqa: RUF001 - these characters are the point
_HYPHENS = "\\-_\u2010-\u2015\u2212\u30fc\ufe58\ufe63\uff0d"
_BRACKETS = "()\\[\\]{}<>〔〕【】〈〉《》「」"  # noqa: RUF001 - the same

_CLEAN_RESIDENT = re.compile(r"[0-9]{17}[0-9X]")
_RESIDENT_LOOKALIKE = re.compile(rf"([0-9]{{17}})[{_LOOKALIKE_X}]")
_FIFTEEN = re.compile(r"[0-9]{15}")
_NUMBER_NOISE = re.compile(rf"[{_HYPHENS}{_BRACKETS}'‘’`\"“”]+")
_HK_MACAU_WITH_ISSUE = re.compile(r"([HM][0-9]{8})[0-9]{2}")
# Old Taiwan permits print the issue count, and a letter, in brackets behind the person's 8 digits.
_TAIWAN_BRACKETED = re.compile(r"([0-9]{8})(?:[0-9]{2}\([A-Z]\)|\([0-9]{2}\)|\([0-9]{2}[A-Z]\))")
_TAIWAN_WITH_ISSUE = re.compile(r"([HM]?[0-9]{8})[0-9]{2}[A-Z]?")


class NumberProblem(NamedTuple):
    """One thing that is odd about a document number; whether it stops anything is the caller's rule."""

    code: str
    message: str


def canonical_number(raw: str, kind: str | None = None) -> str:
    """Return the form under which a document number is compared and must be unique.

    The same document gives the same key however it was typed, and the kind is no part of the key:
    a number that was declared under another kind than the roster's still meets it. The kind is
    only asked where the digits alone cannot tell (issue count of an unbracketed Taiwan permit).
    """
    if _CLEAN_RESIDENT.fullmatch(raw):
        return raw
    text = SPACES.sub("", unicodedata.normalize("NFKC", raw)).upper()
    if permit := _TAIWAN_BRACKETED.fullmatch(text):
        return permit[1]
    text = _NUMBER_NOISE.sub("", text)
    if resident := _RESIDENT_LOOKALIKE.fullmatch(text):
        return f"{resident[1]}X"
    if _FIFTEEN.fullmatch(text):
        return _widened(text)
    with_issue = _TAIWAN_WITH_ISSUE if kind == DocumentType.TAIWAN_PERMIT else _HK_MACAU_WITH_ISSUE
    permit = with_issue.fullmatch(text)
    return permit[1] if permit else text


def _widened(fifteen: str) -> str:
    """Make 18 digits of a first-generation number; 15 digits without a date in them stay alone."""
    first17 = f"{fifteen[:6]}19{fifteen[6:]}"
    if _date(first17[6:14]) is None:
        return fifteen
    return first17 + check_digit(first17)


def is_fifteen_digits(raw: str) -> bool:
    """Tell whether a number was delivered in the first generation's 15 digits."""
    text = _NUMBER_NOISE.sub("", SPACES.sub("", unicodedata.normalize("NFKC", raw)))
    return _FIFTEEN.fullmatch(text) is not None


def has_lookalike_x(raw: str) -> bool:
    """Tell whether the check digit X was delivered as another character that looks like it."""
    text = _NUMBER_NOISE.sub("", SPACES.sub("", raw))
    return len(text) == 18 and text[:17].isdigit() and text[17] in f"{_LOOKALIKE_X}ＸｘⅩⅹ"  # noqa: PLR2004, RUF001


def check_digit(first17: str) -> str:
    """Return the check character of GB 11643-1999 (ISO 7064 MOD 11-2) for 17 digits."""
    total = _weighed(first17[:6], 0) + _weighed(first17[6:14], 6) + _weighed(first17[14:17], 14)
    return _CHECK_CHARACTERS[total % 11]


@lru_cache(maxsize=32_768)
def _weighed(digits: str, offset: int) -> int:
    """Weigh a part of a number; a roster has few regions, days and sequence numbers."""
    weights = _WEIGHTS[offset : offset + len(digits)]
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


def check_number(canonical: str, kind: str) -> list[NumberProblem]:
    """Return what is odd about a canonical number of this kind; an empty list when nothing is.

    A wrong check digit may still be what the roster rightly holds, so these are remarks: the
    caller decides whether to warn or to ask again. Messages never repeat the number.
    """
    if kind in _MOD_11_KINDS:
        if _CLEAN_RESIDENT.fullmatch(canonical):
            return _check_clean_eighteen(canonical, kind)
        return _check_other_eighteen(canonical, DocumentType(kind))
    rule = _FORM_RULES.get(DocumentType(kind))
    if rule is not None:
        if not rule[0].fullmatch(canonical):
            return [NumberProblem("number_form", rule[1])]
        if kind == DocumentType.HK_ID and not _hk_id_holds(canonical):
            return [
                NumberProblem(
                    "wrong_check_digit", "香港身份证号码括号里的校验码不对，请对照证件核对。"
                )
            ]
    elif not canonical:
        return [NumberProblem("number_form", "证件号码是空的，请按证件填写。")]
    return []


# Members as constants, and tuples instead of sets: looking a member up, or hashing one, costs more
# than checking a number does. Stored kinds come as plain text, so they are compared with ==.
_RESIDENT_ID = DocumentType.RESIDENT_ID
_HMT_RESIDENCE = DocumentType.HMT_RESIDENCE
_FOREIGN_PERMANENT = DocumentType.FOREIGN_PERMANENT
_MOD_11_KINDS = (_RESIDENT_ID, _HMT_RESIDENCE, _FOREIGN_PERMANENT)
_OLD_FOREIGN = re.compile(r"[A-Z]{3}[0-9]{12}")
_HMT_REGIONS = ("810000", "820000", "830000")
_FORM_RULES: dict[DocumentType, tuple[re.Pattern[str], str]] = {
    DocumentType.HK_MACAU_PERMIT: (
        re.compile(r"[HM][0-9]{8}"),
        "港澳居民来往内地通行证是字母 H 或 M 加 8 位数字，不含换证次数，请对照证件核对。",
    ),
    DocumentType.TAIWAN_PERMIT: (
        re.compile(r"[0-9]{8}"),
        "台湾居民来往大陆通行证是 8 位数字，不含换证次数，请对照证件核对。",
    ),
    DocumentType.HK_ID: (
        re.compile(r"[A-Z]{1,2}[0-9]{6}[0-9A]|[A-Z][0-9]{8}|[A-Z]{2}[0-9]{7}"),
        "香港身份证号码是 1–2 个字母、6 位数字加校验码，护照是字母加数字共 9 位，请对照证件核对。",
    ),
    DocumentType.MACAU_ID: (
        re.compile(r"[0-9]{8}|[A-Z]{1,2}[0-9]{7}"),
        "澳门身份证号码是 8 位数字，护照是字母加 7 位数字，请对照证件核对。",
    ),
    DocumentType.PASSPORT: (
        re.compile(r"[A-Z0-9]{5,20}"),
        "护照号码只有字母和数字，一般 5 到 20 位，请对照护照资料页核对。",
    ),
}


def _check_other_eighteen(canonical: str, kind: DocumentType) -> list[NumberProblem]:
    if kind == DocumentType.FOREIGN_PERMANENT and _OLD_FOREIGN.fullmatch(canonical):
        return []
    if _FIFTEEN.fullmatch(canonical) and kind == DocumentType.RESIDENT_ID:
        return [
            NumberProblem("impossible_date", "15 位证件号码里的出生日期不存在，请对照证件核对。")
        ]
    if len(canonical) != 18:  # noqa: PLR2004 - the length of the number is the rule
        return [
            NumberProblem(
                "number_length",
                f"{kind.label}号码应为 18 位，这里是 {len(canonical)} 位，请补全或去掉多余的字。",
            )
        ]
    return [
        NumberProblem(
            "number_form", f"{kind.label}号码应为 17 位数字加一位数字或 X，请对照证件核对。"
        )
    ]


def _check_clean_eighteen(canonical: str, kind: str) -> list[NumberProblem]:
    problems = [] if kind == _RESIDENT_ID else _check_region(canonical, kind)
    if kind != _FOREIGN_PERMANENT and _date(canonical[6:14]) is None:
        problems.append(
            NumberProblem("impossible_date", "证件号码里的出生日期不存在，请对照证件核对。")
        )
    if check_digit(canonical[:17]) != canonical[17]:
        problems.append(
            NumberProblem("wrong_check_digit", "证件号码最后一位校验不对，请对照证件核对。")
        )
    return problems


def _check_region(canonical: str, kind: str) -> list[NumberProblem]:
    if kind == _FOREIGN_PERMANENT and canonical[0] != "9":
        message = "新版外国人永久居留身份证号码以 9 开头，请对照证件核对。"
    elif kind == _HMT_RESIDENCE and canonical[:6] not in _HMT_REGIONS:
        message = "港澳台居民居住证号码以 810000、820000 或 830000 开头，请对照证件核对。"
    else:
        return []
    return [NumberProblem("number_region", message)]


def _hk_id_holds(canonical: str) -> bool:
    """Check the bracketed digit of a one-letter HK identity card; other shapes may be passports."""
    if len(canonical) != 8:  # noqa: PLR2004
        return True
    values = [36, *(int(character, 36) for character in canonical[:7])]
    total = sum(value * weight for value, weight in zip(values, range(9, 1, -1), strict=True))
    return "0123456789A"[(11 - total % 11) % 11] == canonical[7]


@lru_cache(maxsize=32_768)
def _date(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


_MALE, _FEMALE = Sex.MALE, Sex.FEMALE
_DATED_KINDS = (_RESIDENT_ID, _HMT_RESIDENCE)


def birth_date_of(canonical: str, kind: str) -> date | None:
    """Return the birth date that an 18-digit resident or residence-permit number states."""
    if kind not in _DATED_KINDS or not _CLEAN_RESIDENT.fullmatch(canonical):
        return None
    return _date(canonical[6:14])


def sex_of(canonical: str, kind: str) -> Sex | None:
    """Return the sex that an 18-digit resident or residence-permit number states (odd is male)."""
    if kind not in _DATED_KINDS or not _CLEAN_RESIDENT.fullmatch(canonical):
        return None
    return _MALE if canonical[16] in "13579" else _FEMALE
