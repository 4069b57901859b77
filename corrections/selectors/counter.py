"""What lies before the two at the counter: the record, its conclusions, and everything that is not ended."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, QuerySet

from accounts.models import User
from accounts.policies import is_registrar
from common.components import FieldRow
from common.wording import moment_field
from corrections.models import CorrectionRequest, CounterVisit
from corrections.states import AWAITED
from enrollment.models import RescueCase, StudentRecord
from enrollment.selectors import owner_of, record_value
from imaging.models import PhotoClaim, ReopenRequest
from imaging.selectors import Part, Verification, verification_of
from imaging.states import OPEN_REOPENS, ConclusionKind, PhotoClaimState

__all__ = ["CounterPerson", "OpenCase", "counter_person", "visits_visible_to"]


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
    found = [
        OpenCase(
            label=f"{row.get_kind_display()}勘误",
            state=row.get_state_display(),
            since=row.submitted_at,
            owner=row.handler.actor_label if row.handler else "",
            model="corrections_correctionrequest",
            pk=row.pk,
        )
        for row in CorrectionRequest.objects.filter(record=record, state__in=AWAITED)
        .defer("note", "answer")
        .select_related("handler")
    ]
    found += [
        OpenCase(
            label="申请重新开放",
            state=row.get_state_display(),
            since=row.submitted_at,
            owner="",
            model="imaging_reopenrequest",
            pk=row.pk,
        )
        for row in ReopenRequest.objects.filter(member__record=record, state__in=OPEN_REOPENS)
    ]
    found += [
        OpenCase(
            label="照片认领",
            state=row.get_state_display(),
            since=row.submitted_at,
            owner="",
            model="imaging_photoclaim",
            pk=row.pk,
        )
        for row in PhotoClaim.objects.filter(record=record, state=PhotoClaimState.OPEN)
    ]
    return sorted(found, key=lambda case: case.since) + _rescues(owner)


def _rescues(owner: User | None) -> list[OpenCase]:
    """Cases of the account about its document number."""
    if owner is None:
        return []
    return [
        OpenCase(
            label="证件号码找回",
            state=row.get_state_display(),
            since=row.opened_at,
            owner="",
            model="enrollment_rescuecase",
            pk=row.pk,
        )
        for row in RescueCase.objects.waiting().filter(identity__user=owner)
    ]
