"""Whose photo it may be although its data do not say so plainly: likenesses, exchanges, shifts.

A likeness is a reason to ask a person, never a reason to act. How alike two numbers or two names are
is decided by `enrollment.matching` alone.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from enrollment.matching import NameLikeness, NumberLikeness, compare_names, compare_numbers

__all__ = [
    "Person",
    "Place",
    "Said",
    "Shift",
    "exchange_reasons",
    "hint_text",
    "likely_shifts",
    "photo_reasons",
    "says_enough",
]

_NAMESAKES = frozenset(
    {NameLikeness.SAME, NameLikeness.DOT, NameLikeness.VARIANT, NameLikeness.GAP}
)
_NUMBERS = {"student_no": "学号", "candidate_no": "考生号", "document_no": "证件号码"}
# A shorter run is an exchange, or chance.
_SHORTEST_RUN = 3
_WORDS = {
    "other_no": "和这个人登记过的另一个证件号码相同",
    "no_name": "采集信息里没有姓名",
    "no_number": "采集信息里没有号码，这个姓名没有照片的只有这一位",
    "only_one": "没有照片的人里，只有这一位的号码这么相近",
    "school": "院校代码不同，可能是附属学院",
    "both_no": "两个学生都说不是本人或弄混了",
    "one_swapped": "一个学生说和同学弄混了，另一个还没有核对",
    "all_no": "这一段的学生都说不是本人或弄混了，旁边正好有人没有照片",
    "neighbours": "拍摄次序或学号相邻",
}


class Person(NamedTuple):
    """What a photo or a record says of its person; a document number or, where only compared, its index."""

    school_code: str = ""
    student_no: str = ""
    candidate_no: str = ""
    document_no: str | bytes = ""
    name: str = ""


class Said(StrEnum):
    """What its student has said of a photo."""

    NOTHING = ""
    RIGHT = "right"
    NOT_ME = "not_me"
    SWAPPED = "swapped"


class Place(NamedTuple):
    """One place of a shooting order: a record, and the photo that it shows (0 for none)."""

    record_id: int
    record: Person
    entry_id: int = 0
    photo: Person = Person()
    said: Said = Said.NOTHING

    @property
    def is_denied(self) -> bool:
        """Whether its student says that this is somebody else."""
        return self.said in {Said.NOT_ME, Said.SWAPPED}


class Shift(NamedTuple):
    """A run whose photos belong `step` places on: entry and record (0 for nobody), with the reasons."""

    moves: tuple[tuple[int, int], ...]
    reasons: tuple[str, ...]


def photo_reasons(photo: Person, record: Person, *, has_other_no: bool = False) -> list[str]:
    """Why a photo without a record may be this record's, as codes; empty when nothing says so.

    Proposed are: a namesake (also by dot, variant or missing character) with the same or nearly the
    same number; nearly the same name with the same number; without a name a number one slip away;
    without a number the same name. With `has_other_no` the photo's document number is another one of
    this person's, former or second: it counts as a number nearly the same. `says_enough` tells which
    of these need to be the only one.
    """
    name = compare_names(photo.name, record.name)
    numbers = {
        field: likeness
        for field in _NUMBERS
        if (likeness := compare_numbers(_text(photo, field), _text(record, field)))
    }
    is_same = NumberLikeness.SAME in numbers.values()
    if photo.name and (name is None or (name not in _NAMESAKES and not is_same)):
        return []
    has_number = any(_text(photo, field) for field in _NUMBERS)
    is_other = has_other_no and "document_no" not in numbers
    if has_number and not numbers and not is_other:
        return []
    found = [f"{field}:{likeness}" for field, likeness in numbers.items()]
    if is_other:
        found.append("other_no")
    found.append(f"name:{name}" if name else "no_name")
    if not has_number:
        found.append("no_number")
    if photo.school_code and photo.school_code != record.school_code:
        found.append("school")
    return found


def says_enough(reasons: Sequence[str]) -> bool:
    """Whether these reasons stand alone; else the record must be the only one that they lead to.

    Student numbers of neighbours are one digit apart and both right; document numbers never are.
    """
    if "no_number" in reasons:
        return False
    return "no_name" not in reasons or any(code.startswith("document_no:") for code in reasons)


def hint_text(code: str) -> str:
    """A reason as staff read it."""
    field, _, likeness = code.partition(":")
    if field == "name":
        return NameLikeness(likeness).why
    if field == "fits":
        return f"换过来{_NUMBERS.get(likeness, '姓名')}就对上"
    if field in _NUMBERS:
        return NumberLikeness(likeness).why.replace(_NUMBERS["document_no"], _NUMBERS[field])
    return _WORDS[code]


def exchange_reasons(one: Place, other: Place) -> list[str]:
    """Why two photos fit better exchanged, as codes; empty when they do not.

    By data: exchanged, what came with both photos contradicts the records less and agrees no less.
    By word: both students say that the photo is somebody else's, or one says that it was mixed up
    and the other has not looked yet. A photo that its student called right is never proposed.
    """
    if not (one.entry_id and other.entry_id) or Said.RIGHT in {one.said, other.said}:
        return []
    better = [
        _is_better(left.photo, now=left.record, then=right.record)
        for left, right in ((one, other), (other, one))
    ]
    fits = _now_fitting(one, other)
    if all(better) and fits:
        return [*fits, "neighbours"]
    if one.is_denied and other.is_denied:
        return ["both_no", "neighbours"]
    if {one.said, other.said} == {Said.SWAPPED, Said.NOTHING}:
        return ["one_swapped", "neighbours"]
    return []


def _now_fitting(one: Place, other: Place) -> list[str]:
    """The data that would agree if the photos were exchanged, and do not now."""
    gained = _agreements(one.photo, other.record) | _agreements(other.photo, one.record)
    held = _agreements(one.photo, one.record) | _agreements(other.photo, other.record)
    return [f"fits:{field}" for field in sorted(gained - held)]


def _is_better(photo: Person, *, now: Person, then: Person) -> bool:
    """Whether the photo's data fit the other record no worse, and contradict it no more."""
    agrees = len(_agreements(photo, then)) - len(_agreements(photo, now))
    contradicts = len(_contradictions(photo, then)) - len(_contradictions(photo, now))
    return contradicts <= 0 <= agrees


def _agreements(photo: Person, record: Person) -> set[str]:
    found = {
        field
        for field in _NUMBERS
        if getattr(photo, field) == getattr(record, field) not in ("", b"")
    }
    if photo.name and compare_names(photo.name, record.name) in _NAMESAKES:
        found.add("name")
    return found


def _contradictions(photo: Person, record: Person) -> set[str]:
    found = {
        field
        for field in _NUMBERS
        if getattr(photo, field)
        and getattr(record, field)
        and getattr(photo, field) != getattr(record, field)
    }
    if photo.name and compare_names(photo.name, record.name) is None:
        found.add("name")
    return found


def likely_shifts(order: Sequence[Place]) -> list[Shift]:
    """Runs of at least three neighbours whose photos all belong one place on, or one place back.

    By data: each photo fits the neighbour's record and not its own. By word: all say that the photo
    is somebody else's, and just one end of the run has a neighbour without a photo.
    """
    found = []
    for step in (1, -1):
        for start, end in _runs([_fits_next(order, at, step) for at in range(len(order))]):
            run = _with_last(order, start, end, step)
            fits = sorted(_agreements(order[start].photo, order[start + step].record))
            codes = (*(f"fits:{field}" for field in fits), "neighbours")
            found.append(Shift(_moved(order, *run, step), codes))
    for start, end in _runs([place.is_denied for place in order]):
        empty_after = end < len(order) and not order[end].entry_id
        empty_before = start > 0 and not order[start - 1].entry_id
        if empty_after != empty_before:
            step = 1 if empty_after else -1
            found.append(Shift(_moved(order, start, end, step), ("all_no",)))
    return found


def _fits_next(order: Sequence[Place], place: int, step: int) -> bool:
    here = order[place]
    if not 0 <= place + step < len(order) or not here.entry_id or here.said == Said.RIGHT:
        return False
    there = order[place + step].record
    return bool(
        _agreements(here.photo, there) - _agreements(here.photo, here.record)
        and _contradictions(here.photo, here.record)
        and not _contradictions(here.photo, there)
    )


def _with_last(order: Sequence[Place], start: int, end: int, step: int) -> tuple[int, int]:
    """The run with the photo that stands in its way: at the last one's place, and of somebody else."""
    last = end if step > 0 else start - 1
    if 0 <= last < len(order) and _contradictions(order[last].photo, order[last].record):
        return (start, end + 1) if step > 0 else (start - 1, end)
    return start, end


def _runs(marks: Sequence[bool]) -> list[tuple[int, int]]:
    """Half-open stretches of marks that are long enough."""
    found, start = [], 0
    for place in range(len(marks) + 1):
        if place < len(marks) and marks[place]:
            continue
        if place - start >= _SHORTEST_RUN:
            found.append((start, place))
        start = place + 1
    return found


def _moved(order: Sequence[Place], start: int, end: int, step: int) -> tuple[tuple[int, int], ...]:
    """Each photo of the run with the record that it goes to; off the end only to one without a photo."""
    moves = []
    for place in range(start, end):
        there = place + step
        is_inside = start <= there < end
        is_free = 0 <= there < len(order) and not order[there].entry_id
        target = order[there].record_id if is_inside or is_free else 0
        moves.append((order[place].entry_id, target))
    return tuple(moves)


def _text(person: Person, field: str) -> str:
    value = getattr(person, field)
    return value if isinstance(value, str) else ""
