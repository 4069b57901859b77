"""Which record a delivered photo belongs to, from its file name or its row in the list: pure rules.

A photo that is matched wrongly is worse than one that waits for staff, so everything that is not
plain stays unmatched or ambiguous, with the reason.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from string import digits
from typing import NamedTuple, Protocol

from accounts.identity import canonical_number, name_match_key
from imaging.identity import canonical_ticket, tickets_in
from imaging.states import MatchState

__all__ = [
    "Claim",
    "KeyKind",
    "MatchReason",
    "MatchResult",
    "PhotoKey",
    "RecordIndex",
    "RecordRef",
    "claim_from_name",
    "claim_from_row",
    "likely_kind",
    "mark_repeats",
    "match",
    "waiting_for_two",
    "waiting_for_waiver",
]


class KeyKind(StrEnum):
    """What a number may be."""

    STUDENT_NO = "student_no"
    DOCUMENT_NO = "document_no"
    CANDIDATE_NO = "candidate_no"
    TICKET = "ticket"


class MatchReason(StrEnum):
    """Why an entry is not matched; stored with it."""

    NO_NUMBER = "no_number"
    UNKNOWN_NUMBER = "unknown_number"
    OTHER_SCHOOL = "other_school"
    NAME_MISMATCH = "name_mismatch"
    KEYS_DISAGREE = "keys_disagree"
    TWO_SCHOOLS = "two_schools"
    SEVERAL_RECORDS = "several_records"
    SEVERAL_PHOTOS = "several_photos"
    SAME_FILE = "same_file"
    DETACHED = "detached"
    LOCKED_PHOTO = "locked_photo"
    VOID_TICKET = "void_ticket"
    BATCH_UNDONE = "batch_undone"
    PHOTO_WAIVED = "photo_waived"

    @property
    def message(self) -> str:
        """A sentence for staff."""
        return _REASON_MESSAGES[self]


_REASON_MESSAGES = {
    MatchReason.NO_NUMBER: "文件名里没有学号、证件号码、考生号或采集号，只凭姓名不会自动关联。",
    MatchReason.UNKNOWN_NUMBER: "名册里没有这个号码，名册导入后可重新比对。",
    MatchReason.OTHER_SCHOOL: "这个号码不在所选学校的名册里。",
    MatchReason.NAME_MISMATCH: "号码对得上，但姓名与名册不一致，请核对是谁的照片。",
    MatchReason.KEYS_DISAGREE: "所给的几个号码对不上同一个人，请核对采集信息。",
    MatchReason.TWO_SCHOOLS: "这个号码在几所学校都有，请指定学校后重新比对。",
    MatchReason.SEVERAL_RECORDS: "这个号码对应几份学籍，请选定是哪一份。",
    MatchReason.SEVERAL_PHOTOS: "同一人有几张不同的照片，请选定用哪一张。",
    MatchReason.SAME_FILE: "内容完全相同的照片用了几个人的号码，请核对是谁的。",
    MatchReason.DETACHED: "教务处解除了关联，不会自动再对上，请选定学籍。",
    MatchReason.LOCKED_PHOTO: "这个人的照片已经锁定。关联时要另一位老师确认，才会换掉。",
    MatchReason.BATCH_UNDONE: "收下它、或让它对上的那一批照片撤销了，不会自动再对上。",
    MatchReason.PHOTO_WAIVED: "这名学生登记了免交照片，不会自动关联。先看批次成员里的理由；要用这张，先恢复收照片。",
    MatchReason.VOID_TICKET: "这个采集号拍照时已经作废，可能不是本人在用，请对着照片选定学籍。",
}


_TICKET = (KeyKind.TICKET,)


class PhotoKey(NamedTuple):
    """A number with the kinds it may be; a list says the kind, a file name leaves all of them open."""

    value: str
    kinds: tuple[KeyKind, ...] = tuple(KeyKind)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a delivery says about whose photo this is.

    `names` are readings of one name: a file name does not tell which of its words is the person.
    """

    keys: tuple[PhotoKey, ...]
    names: tuple[str, ...] = ()
    school_code: str = ""


class RecordRef(NamedTuple):
    """What matching needs to know about a record."""

    record_id: int
    school_code: str
    name_key: str


class RecordIndex(Protocol):
    """Look records up by number; document numbers are asked for in canonical form."""

    def find(self, kind: KeyKind, value: str) -> Iterable[RecordRef]:
        """Return the records of all schools that carry this number."""
        ...

    def find_voided(self, ticket: str) -> Iterable[RecordRef]:
        """Return the record that this ticket led to before it was voided."""
        ...


@dataclass(frozen=True, slots=True)
class MatchResult:
    """The outcome for one claim; `candidates` are shown to staff when it is not plain."""

    state: MatchState
    record_id: int | None = None
    reason: MatchReason | None = None
    candidates: tuple[int, ...] = ()


# A Hong Kong identity card keeps its bracketed check digit; a number typed with a drawn X its cross.
_NUMBER = re.compile(
    r"(?<![0-9A-Za-z])(?:[A-Za-z]{1,2}\d{6}\([0-9Aa]\)|[A-Za-z]{0,4}\d[0-9A-Za-z]*[×хХ✕]?)",  # noqa: RUF001
    re.ASCII,
)
_MIN_DIGITS = 4
# Counters that cameras and messengers give are nobody's number.
_CAMERA_NAME = re.compile(
    r"(?:img|mvimg|dsc[nf]?|pxl|mmexport|wx_camera|screenshot|微信图片|wechat|qq图片|scan)[\s_-]*\d",
    re.IGNORECASE,
)
_COPY_MARK = re.compile(r"(?:[\s_-]*(?:副本|copy))?\s*(?:\(\d{1,2}\))?$", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s_\-+,;:、~()\[\]{}【】《》&#@=]+")
_NO_NAME = re.compile(
    r"(?:毕业|录取|学历|证件|采集|登记)?(?:照片?|图像)|正面|男|女|学号|姓名|身份证号?|考生号|photo|jpe?g"
    r"|.*(?:班|级|学院|系|专业|大学)",
    re.IGNORECASE,
)
_DOCUMENT_LIKE = re.compile(r"\d{17}[\dX]|\d{15}|[A-Z]{1,3}\d{6,12}[0-9A-Z]?", re.ASCII)

# A document number with something typed to it is still readable.
_HIDES_ONE = re.compile(r"\d{15}", re.ASCII)


def claim_from_name(stem: str) -> Claim:
    """Read a file name without its suffix: number, number and name in any order, or a name alone.

    Several numbers are several keys, which then must lead to the same record. Words that name a
    class, a college or the photo itself are no names.
    """
    text = unicodedata.normalize("NFKC", stem).strip()
    if _CAMERA_NAME.match(text):
        return Claim(keys=())
    tickets = tickets_in(text)
    for written in tickets:
        text = text.replace(written, " ")
    without_copy = _COPY_MARK.sub("", text)
    if not re.search(r"[A-Za-z]{1,2}\d{6}\([0-9Aa]\)$", text):
        text = without_copy
    numbers = [
        found[0] for found in _NUMBER.finditer(text) if _digit_count(found[0]) >= _MIN_DIGITS
    ]
    rest = text
    for number in numbers:
        rest = rest.replace(number, " ", 1)
    words = [
        word for word in (part.strip(digits) for part in _SEPARATORS.split(rest)) if _is_name(word)
    ]
    names = dict.fromkeys([*words, "".join(words)] if words else [])
    keys = [*(PhotoKey(code, _TICKET) for code in tickets.values()), *map(PhotoKey, numbers)]
    return Claim(keys=tuple(dict.fromkeys(keys)), names=tuple(names))


def _digit_count(text: str) -> int:
    return sum(character.isdigit() for character in text)


def _is_name(word: str) -> bool:
    return any(map(str.isalpha, word)) and not _NO_NAME.fullmatch(word)


def claim_from_row(
    *,
    student_no: str = "",
    document_no: str = "",
    candidate_no: str = "",
    ticket: str = "",
    name: str = "",
    school_code: str = "",
) -> Claim:
    """Build the claim of a row in a photo list, where every number's kind is known."""
    numbers = (
        (KeyKind.STUDENT_NO, student_no),
        (KeyKind.DOCUMENT_NO, document_no),
        (KeyKind.CANDIDATE_NO, candidate_no),
        (KeyKind.TICKET, canonical_ticket(ticket) or ticket),
    )
    keys = tuple(PhotoKey(value.strip(), (kind,)) for kind, value in numbers if value.strip())
    return Claim(keys, (name,) if name.strip() else (), school_code.strip())


def likely_kind(value: str) -> KeyKind:
    """Return what an unmatched number most likely is, so that a document number is stored encrypted.

    In doubt it counts as a document number: a student number may be encrypted, the reverse may not.
    """
    is_document = _DOCUMENT_LIKE.fullmatch(canonical_number(value)) or _HIDES_ONE.search(value)
    return KeyKind.DOCUMENT_NO if is_document else KeyKind.STUDENT_NO


def match(claim: Claim, index: RecordIndex, *, school_code: str = "") -> MatchResult:
    """Find the one record that a claim means, or say why there is none.

    Every number must lead to the same record. A number that two schools use is ambiguous unless
    the school is given; so is a document number with two records. A name that disagrees with the
    record's leaves the photo unmatched, however well the number fits.
    """
    found = [(key, _refs(key, index)) for key in claim.keys]
    known = [refs for _, refs in found if refs]
    voided = {ref for key in claim.keys for ref in _voided_refs(key, index)}
    if voided.difference(*known):
        return _unmatched(MatchReason.VOID_TICKET, voided.union(*known))
    if not known:
        reason = MatchReason.UNKNOWN_NUMBER if claim.keys else MatchReason.NO_NUMBER
        return MatchResult(MatchState.UNMATCHED, reason=reason)
    if any(not refs and _must_be_known(key) for key, refs in found):
        return _unmatched(MatchReason.KEYS_DISAGREE, set.union(*known))
    schools = {code for code in (claim.school_code, school_code) if code}
    groups = [{ref for ref in refs if {ref.school_code} >= schools} for refs in known]
    if not all(groups):
        return MatchResult(MatchState.UNMATCHED, reason=MatchReason.OTHER_SCHOOL)
    return _chosen(claim, groups)


def _chosen(claim: Claim, groups: Sequence[set[RecordRef]]) -> MatchResult:
    common = sorted(set.intersection(*groups))
    if not common:
        return _ambiguous(MatchReason.KEYS_DISAGREE, set.union(*groups))
    if len({ref.school_code for ref in common}) > 1:
        return _ambiguous(MatchReason.TWO_SCHOOLS, common)
    if len(common) > 1:
        return _ambiguous(MatchReason.SEVERAL_RECORDS, common)
    if claim.names and common[0].name_key not in map(name_match_key, claim.names):
        return _unmatched(MatchReason.NAME_MISMATCH, common)
    return MatchResult(MatchState.MATCHED, record_id=common[0].record_id)


def _refs(key: PhotoKey, index: RecordIndex) -> set[RecordRef]:
    refs: set[RecordRef] = set()
    for kind in key.kinds:
        if kind is KeyKind.DOCUMENT_NO:
            refs.update(index.find(kind, canonical_number(key.value)))
            continue
        for value in dict.fromkeys((key.value, key.value.upper())):
            refs.update(index.find(kind, value))
    return refs


def _voided_refs(key: PhotoKey, index: RecordIndex) -> Iterable[RecordRef]:
    """Whoever holds a voided ticket may have found it: a person looks, unless another number agrees."""
    return index.find_voided(key.value) if KeyKind.TICKET in key.kinds else ()


def _must_be_known(key: PhotoKey) -> bool:
    """Tell whether a number that no record carries contradicts the others.

    Records may lack a candidate number or a ticket, and a second number in a file name may be a
    date; a student or document number that a list states is never missing from the roster.
    """
    return key.kinds in {(KeyKind.STUDENT_NO,), (KeyKind.DOCUMENT_NO,)}


def _unmatched(reason: MatchReason, refs: Iterable[RecordRef]) -> MatchResult:
    return MatchResult(MatchState.UNMATCHED, reason=reason, candidates=_ids(refs))


def _ambiguous(reason: MatchReason, refs: Iterable[RecordRef]) -> MatchResult:
    return MatchResult(MatchState.AMBIGUOUS, reason=reason, candidates=_ids(refs))


def _ids(refs: Iterable[RecordRef]) -> tuple[int, ...]:
    return tuple(sorted({ref.record_id for ref in refs}))


def mark_repeats(results: Sequence[MatchResult]) -> list[MatchResult]:
    """Make matches ambiguous where one delivery holds several photos of the same record.

    Newer or larger is not better; a person chooses. Identical bytes are dropped before this.
    """
    counts = Counter(result.record_id for result in results if result.record_id is not None)
    return [
        replace(
            result,
            state=MatchState.AMBIGUOUS,
            record_id=None,
            reason=MatchReason.SEVERAL_PHOTOS,
            candidates=(result.record_id,),
        )
        if result.record_id is not None and counts[result.record_id] > 1
        else result
        for result in results
    ]


def waiting_for_two(result: MatchResult) -> MatchResult:
    """The same match, waiting: the record's photo is locked, and only two people replace it."""
    return MatchResult(
        MatchState.AMBIGUOUS,
        reason=MatchReason.LOCKED_PHOTO,
        candidates=(result.record_id,) if result.record_id is not None else (),
    )


def waiting_for_waiver(result: MatchResult) -> MatchResult:
    """The same match, waiting: the student need not hand in a photo, so staff look before it is used."""
    return MatchResult(
        MatchState.UNMATCHED,
        reason=MatchReason.PHOTO_WAIVED,
        candidates=(result.record_id,) if result.record_id is not None else (),
    )
