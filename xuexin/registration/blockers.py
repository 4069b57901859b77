"""What stands in the way of registering, by what every app knows; counted, and as a workbook."""

import io
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from common.actors import Actor
from common.wording import moment_field
from corrections.models import CorrectionRequest
from corrections.states import UNDECIDED
from imaging.documents.workbook import TextBook
from imaging.models import RegistrationPack
from imaging.selectors.registration import Candidate, Found, Scope, candidates
from imaging.states.registration import BYTES_ADVICE, NEXT_STEPS, Blocker

__all__ = ["Overview", "blocker_book", "everybody", "overview_of", "scope_of"]

_SHOWN: Final = 50
_COLUMNS: Final = (
    ("学号", 16),
    ("姓名", 16),
    ("学院", 20),
    ("班级", 24),
    ("还差什么", 44),
    ("下一步", 48),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """How many can be handed over, how many not and why, and the first of those.

    `remarked` are the first of those who can be handed over and have something worth a look.
    """

    total: int
    ready: int
    registered: int
    counts: tuple[tuple[Blocker, int], ...]
    shown: tuple[Candidate, ...]
    remarks: int = 0
    remarked: tuple[Candidate, ...] = ()

    @property
    def blocked(self) -> int:
        """How many have something in the way."""
        return self.total - self.ready - self.registered


def scope_of(pack: RegistrationPack) -> Scope:
    """Of whom the pack is."""
    return Scope(campaign=pack.campaign, school=pack.school, graduating_class=pack.graduating_class)


def everybody(scope: Scope, *, now: datetime) -> Iterator[Candidate]:
    """Everybody of the scope with all that is in the way."""
    return candidates(scope, now=now, more=_more)


def overview_of(scope: Scope, *, now: datetime) -> Overview:
    """The counts of the scope at `now`."""
    total = ready = registered = remarks = 0
    counts: Counter[Blocker] = Counter()
    shown: list[Candidate] = []
    remarked: list[Candidate] = []
    for person in everybody(scope, now=now):
        total += 1
        ready += person.is_ready
        registered += person.is_registered
        if person.is_ready and person.remark:
            remarks += 1
            if len(remarked) < _SHOWN:
                remarked.append(person)
        if person.is_ready or person.is_registered:
            continue
        counts.update({each.blocker for each in person.found})
        if len(shown) < _SHOWN:
            shown.append(person)
    return Overview(
        total=total,
        ready=ready,
        registered=registered,
        counts=tuple((blocker, counts[blocker]) for blocker in Blocker if counts[blocker]),
        shown=tuple(shown),
        remarks=remarks,
        remarked=tuple(remarked),
    )


def blocker_book(scope: Scope, *, taken_by: Actor, now: datetime) -> bytes:
    """Who has something in the way, what, and the next step: a line for each; no document number.

    A last sheet has those who go into the pack with a remark.

    `taken_by` is who takes the list out of the house; it stands on every sheet.
    """
    target = io.BytesIO()
    book = TextBook(target, title="还不能登记的学生", at=now, taken_by=taken_by)
    book.sheet("还不能登记", _COLUMNS)
    counts: Counter[Blocker] = Counter()
    remarked: list[list[str]] = []
    for person in everybody(scope, now=now):
        if person.is_ready and person.remark:
            remarked.append([*_who(person), person.remark, BYTES_ADVICE])
        if person.is_ready or person.is_registered:
            continue
        counts.update({each.blocker for each in person.found})
        for each in person.found:
            book.write([*_who(person), each.text, each.next_step])
    book.sheet("各有几人", (("还差什么", 32), ("人数", 8), ("下一步", 56)))
    for blocker in Blocker:
        if counts[blocker]:
            book.write([blocker.value, str(counts[blocker]), NEXT_STEPS[blocker]])
    book.write([f"{moment_field(now)} 的情况", "", ""])
    if remarked:
        book.sheet("能登记，请留意", (*_COLUMNS[:4], ("留意什么", 44), ("下一步", 48)))
        for row in remarked:
            book.write(row)
    book.close()
    return target.getvalue()


def _who(person: Candidate) -> list[str]:
    record = person.record
    return [
        record.student_no,
        record.name,
        record.college.name if record.college else "",
        record.class_group.name if record.class_group else "",
    ]


def _more(record_ids: Collection[int]) -> Mapping[int, list[Found]]:
    """What the apps above the photos know: corrections that are not decided."""
    found: dict[int, list[Found]] = {}
    waiting = CorrectionRequest.objects.filter(record__in=record_ids, state__in=UNDECIDED).order_by(
        "pk"
    )
    for request in waiting.only("record_id", "kind", "state"):
        note = f"{request.get_kind_display()}，{request.get_state_display()}"
        found.setdefault(request.record_id, []).append(Found(Blocker.CORRECTION, note))
    return found
