"""What is wrong, as different readers may see it: reported, locked, in the hands of the office."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from common.components import FieldRow, Tone
from common.wording import moment_sentence
from corrections.models import CorrectionRequest, Evidence
from corrections.selectors.standing import Standing, error_label
from corrections.selectors.values import masked_value, written_value
from corrections.states import RequestState
from enrollment.models import StudentRecord
from enrollment.selectors import FIELD_LABELS, record_value
from imaging.models import VerificationConclusion
from imaging.selectors import ConclusionResult, reason_labels
from imaging.states import Conclusion, ConclusionKind

REPORTED = "已报告"
LOCKED = "已锁定"
REQUEST_COMES = "勘误单即将建立"

_TONES: dict[str, Tone] = {
    RequestState.DRAFT: Tone.DUE,
    RequestState.SUBMITTED: Tone.DISPUTED,
    RequestState.COLLEGE_REVIEW: Tone.DISPUTED,
    RequestState.OFFICE_REVIEW: Tone.DISPUTED,
    RequestState.AWAITING_PROVINCE: Tone.DISPUTED,
    RequestState.APPROVED: Tone.DISPUTED,
    RequestState.AWAITING_ORIGIN: Tone.DISPUTED,
    RequestState.AWAITING_VENDOR: Tone.DISPUTED,
    RequestState.RECAPTURE: Tone.DUE,
    RequestState.RETURNED: Tone.DUE,
    RequestState.APPLIED: Tone.DONE,
    RequestState.RECHECK: Tone.DUE,
    RequestState.CLOSED: Tone.DONE,
    RequestState.REFUSED: Tone.BLOCKED,
    RequestState.WITHDRAWN: Tone.TODO,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field as it stands in the record and as the student says it should be."""

    name: str
    label: str
    original: str
    proposed: str
    is_applied: bool = False
    is_key: bool = False
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One conclusion 有误 on a class page; what a monitor may not see is simply not in it."""

    student_no: str
    name: str
    label: str
    status: str
    tone: Tone
    conclusion_id: int | None = None
    locks_at: datetime | None = None
    is_locked: bool = False
    request_id: int | None = None
    reasons: tuple[str, ...] = ()
    note: str = ""
    changes: tuple[FieldChange, ...] = ()
    evidence_ids: tuple[int, ...] = ()
    has_unfiled_evidence: bool = False
    record_id: int | None = None

    @property
    def title(self) -> str:
        """Who, and what is wrong."""
        return f"{self.name}　{self.label}"

    @property
    def when(self) -> str:
        """When it locked or will lock."""
        if self.locks_at is None:
            return ""
        return lock_text(
            self.locks_at, is_locked=self.is_locked, is_waiting=self.request_id is None
        )

    @property
    def rows(self) -> list[FieldRow]:
        """Reasons and note, for a list of fields."""
        return reason_rows(self.reasons, self.note)


def lock_text(locks_at: datetime, *, is_locked: bool, is_waiting: bool) -> str:
    """When it locks, or that it is locked and a request is about to be made of it."""
    at = moment_sentence(locks_at)
    if not is_locked:
        return f"{at} 锁定，此前学生可以撤回或改"
    return f"{at} 已锁定，{REQUEST_COMES}" if is_waiting else f"{at} 已锁定"


def reason_rows(reasons: Iterable[str], note: str) -> list[FieldRow]:
    """Why it is wrong, and what the student added."""
    rows = [FieldRow(label="原因", value="、".join(reasons))]
    return [*rows, FieldRow(label="补充说明", value=note)] if note else rows


def state_tone(state: str) -> Tone:
    """The look of a request's state."""
    return _TONES[state]


def note_text(note: object) -> str:
    """A note as text, whatever the form kept it in."""
    return "" if note is None else str(note)


def proposed_changes(
    record: StudentRecord, conclusion: VerificationConclusion
) -> tuple[FieldChange, ...]:
    """The wrong fields of a conclusion beside what the record holds now, numbers masked."""
    proposed = conclusion.proposed or {}
    return tuple(
        FieldChange(
            name=name,
            label=FIELD_LABELS[name],
            original=record_value(record, name),
            proposed=masked_value(name, written_value(name, str(proposed.get(name, "")))),
        )
        for name in conclusion.wrong_fields
        if name in FIELD_LABELS
    )


def plain_cases(people: Iterable[Standing]) -> list[Case]:
    """What is wrong by label alone, for a monitor: reported, and nothing of what follows."""
    return [
        Case(
            student_no=person.found.student_no,
            name=person.found.name,
            label=error_label(part),
            status=REPORTED,
            tone=Tone.DISPUTED,
        )
        for person in people
        for part in person.wrong_parts
    ]


def detailed_cases(people: Iterable[Standing]) -> list[Case]:
    """What is wrong with reasons, right values and where each stands; from the counsellor upward."""
    wrong = [(person, part) for person in people for part in person.wrong_parts]
    if not wrong:
        return []
    conclusions = _conclusions({person.found.member_id for person, _ in wrong})
    evidence = _evidence([conclusion.pk for conclusion in conclusions.values()])
    return [
        _detailed(person, part, conclusions[person.found.member_id, part.kind], evidence)
        for person, part in wrong
    ]


def _conclusions(member_pks: set[int]) -> dict[tuple[int, str], VerificationConclusion]:
    rows = VerificationConclusion.objects.filter(
        round__member__in=member_pks, round__is_current=True, state=Conclusion.INCORRECT
    ).select_related(
        "correction_request",
        "evidence",
        "round__member__record__school",
        "round__member__record__college",
        "round__member__record__major",
        "round__member__record__class_group",
    )
    return {(row.round.member_id, row.kind): row for row in rows}


def _evidence(conclusion_pks: list[int]) -> dict[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = {}
    rows = Evidence.objects.filter(
        request__conclusion__in=conclusion_pks, file__purged_at=None
    ).order_by("pk")
    for request_id, pk in rows.values_list("request_id", "pk"):
        found[request_id] = (*found.get(request_id, ()), pk)
    return found


def request_of(conclusion: VerificationConclusion) -> CorrectionRequest | None:
    """The request that came from the conclusion, once the sweep has made it."""
    found: CorrectionRequest | None = getattr(conclusion, "correction_request", None)
    return found


def case_status(request: CorrectionRequest | None, *, is_locked: bool) -> tuple[str, Tone]:
    """Where a 有误 stands: reported until its lock, then what its request says."""
    if request is not None:
        return str(RequestState(request.state).label), state_tone(request.state)
    return (LOCKED, Tone.DISPUTED) if is_locked else (REPORTED, Tone.DUE)


def _detailed(
    person: Standing,
    part: ConclusionResult,
    conclusion: VerificationConclusion,
    evidence: dict[int, tuple[int, ...]],
) -> Case:
    request = request_of(conclusion)
    status, tone = case_status(request, is_locked=part.is_locked)
    is_data = part.kind == ConclusionKind.DATA
    record = conclusion.round.member.record
    return Case(
        conclusion_id=conclusion.pk,
        student_no=person.found.student_no,
        name=person.found.name,
        label=error_label(part),
        status=status,
        tone=tone,
        locks_at=part.locks_at,
        is_locked=part.is_locked,
        request_id=request.pk if request else None,
        reasons=reason_labels(conclusion.reasons),
        note=note_text(conclusion.note),
        changes=proposed_changes(record, conclusion) if is_data else (),
        evidence_ids=evidence.get(request.pk, ()) if request else (),
        record_id=record.pk,
        has_unfiled_evidence=request is None
        and conclusion.evidence is not None
        and conclusion.evidence.purged_at is None,
    )
