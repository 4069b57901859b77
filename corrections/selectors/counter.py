"""What lies before the two at the counter: the record, its conclusions, and everything that is not ended."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import F, Q, QuerySet

from accounts.models import User
from accounts.policies import is_registrar
from common.components import FieldRow
from common.wording import moment_field
from corrections.models import AuditObjection, CorrectionRequest, CounterVisit
from corrections.states import AWAITED
from corrections.states.graduation import ObjectionKind, ObjectionState
from enrollment.models import RescueCase, StudentRecord
from enrollment.selectors import owner_of, record_value
from enrollment.selectors.claims import open_claims
from imaging.models import PhotoClaim, ReopenRequest
from imaging.selectors import Part, Verification, verification_of
from imaging.selectors.own_photo import waiting_own_photos
from imaging.states import OPEN_REOPENS, ConclusionKind, PhotoClaimState

__all__ = ["CounterPerson", "OpenCase", "counter_person", "visits_visible_to"]

# Of one kind nobody has so many; a page and a receipt stay readable whatever is there.
_MOST: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """One thing that is not ended: what, where it is, since when, who has it, and where the desk opens it."""

    label: str
    state: str
    since: datetime
    owner: str
    model: str
    pk: int

    @property
    def note(self) -> str:
        """The caption under the label."""
        return f"{moment_field(self.since)} 提交，{self.owner or '还没有人受理'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterPerson:
    """The person at the counter, as the office reads it."""

    record: StudentRecord
    verification: Verification | None
    cases: tuple[OpenCase, ...]
    owner: User | None

    @property
    def rows(self) -> list[FieldRow]:
        """What is compared with the document; the number masked as everywhere."""
        record = self.record
        return [
            FieldRow(label="姓名", value=record.name),
            FieldRow(label="学号", value=record.student_no),
            FieldRow(label="证件号码", value=record_value(record, "id_number")),
            FieldRow(label="学校", value=record.school.name),
            FieldRow(label="专业", value=record.major_name),
            FieldRow(label="账号", value="已绑定" if self.owner else "还没有账号绑定这份学籍"),
        ]

    @property
    def lines(self) -> list[tuple[str, str]]:
        """The two conclusions in words: what, and how it stands."""
        if self.verification is None:
            return [("核对", "现在没有要核对的批次")]
        return [(_title(part), _standing(part)) for part in self.verification.parts]


def counter_person(record: StudentRecord, *, now: datetime) -> CounterPerson:
    """Everything about one record that is settled or answered at the counter."""
    owner = owner_of(record)
    return CounterPerson(
        record=record,
        verification=verification_of(record, now=now),
        cases=tuple(_cases(record, owner)),
        owner=owner,
    )


def visits_visible_to(user: User) -> QuerySet[CounterVisit]:
    """The registrar finds all, a student the own ones since the record was bound; nobody else any."""
    visits = CounterVisit.objects.select_related("record__school")
    if is_registrar(user):
        return visits
    return visits.filter(
        record__binding__identity__user=user,
        record__hidden_at=None,
        record__duplicate_of=None,
        confirmed_at__gte=F("record__binding__bound_at"),
    )


def _title(part: Part) -> str:
    return "照片" if part.kind == ConclusionKind.PHOTO else "学籍信息"


def _standing(part: Part) -> str:
    row = part.row
    if row is None or row.locks_at is None:
        return str(part.state.label)
    word = "锁定" if row.is_locked_at(part.now) else "以前可以改"
    return f"{part.state.label}，{moment_field(row.locks_at)} {word}"


def _cases(record: StudentRecord, owner: User | None) -> list[OpenCase]:
    """Everything that is not ended, the oldest first; then what waits about the account itself."""
    found = [*_corrections(record), *_photos(record), *_objections(record, owner)]
    of_account = [*_rescues(owner), *_record_claims(owner)] if owner else []
    return sorted(found, key=_since) + sorted(of_account, key=_since)


def _since(case: OpenCase) -> datetime:
    return case.since


def _corrections(record: StudentRecord) -> Iterator[OpenCase]:
    for row in (
        CorrectionRequest.objects.filter(record=record, state__in=AWAITED)
        .defer("note", "answer")
        .select_related("handler")[:_MOST]
    ):
        owner = row.handler.actor_label if row.handler else ""
        label = f"{row.get_kind_display()}勘误"
        yield _case(row, label, "corrections_correctionrequest", row.submitted_at, owner)


def _photos(record: StudentRecord) -> Iterator[OpenCase]:
    """About the conclusions and the picture: a reopening, a claim on a photo, a photo of the own."""
    reopens = ReopenRequest.objects.filter(member__record=record, state__in=OPEN_REOPENS)
    for reopen in reopens[:_MOST]:
        yield _case(reopen, "申请重新开放", "imaging_reopenrequest", reopen.submitted_at)
    for claim in PhotoClaim.objects.filter(record=record, state=PhotoClaimState.OPEN)[:_MOST]:
        yield _case(claim, "照片认领", "imaging_photoclaim", claim.submitted_at)
    for photo in waiting_own_photos().filter(member__record=record)[:_MOST]:
        since = photo.sent_at or photo.made_at
        yield _case(photo, "自己交的照片", "imaging_ownphoto", since, photo.claimed_by)


def _objections(record: StudentRecord, owner: User | None) -> Iterator[OpenCase]:
    """What the student objects to, by whatever way it came; never what others say about the student."""
    own = Q(kind=ObjectionKind.ITEM, student__record=record)
    if owner is not None:
        own |= Q(kind=ObjectionKind.NOTICE, objector=owner)
    rows = AuditObjection.objects.filter(own, state=ObjectionState.OPEN)
    for row in rows.defer("reason", "objector_name", "contact", "answer").order_by("pk")[:_MOST]:
        yield _case(row, "毕业审核异议", "corrections_auditobjection", row.received_at)


def _rescues(owner: User) -> Iterator[OpenCase]:
    """Cases of the account about its document number."""
    for row in RescueCase.objects.waiting().filter(identity__user=owner)[:_MOST]:
        yield _case(row, "证件号码找回", "enrollment_rescuecase", row.opened_at)


def _record_claims(owner: User) -> Iterator[OpenCase]:
    """Further records that the account says are its own."""
    rows = open_claims().filter(identity__user=owner).defer("former_number", "note", "answer")
    for row in rows[:_MOST]:
        yield _case(row, "学籍认领", "enrollment_recordclaim", row.submitted_at)


def _case(row: Any, label: str, model: str, since: datetime, owner: str = "") -> OpenCase:
    return OpenCase(
        label=label,
        state=row.get_state_display(),
        since=since,
        owner=owner,
        model=model,
        pk=row.pk,
    )
