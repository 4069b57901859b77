"""Two students whose photos may be mixed up, with everything that a repair touches."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import User
from enrollment.models import ClassGroup, StudentRecord
from imaging.models import (
    CampaignMember,
    CaptureEntry,
    PhotoRepair,
    PhotoVersion,
    VerificationConclusion,
)
from imaging.services.repair import confirm_repair, propose_swap
from imaging.states import Conclusion, ConclusionKind, PhotoKind
from tests.factories import enrolment, imaging, people

DAY = timedelta(days=1)


@dataclass
class Student:
    """One student with a record, an account, a photo and a place in the campaign."""

    record: StudentRecord
    user: User
    member: CampaignMember
    entry: CaptureEntry

    @property
    def shown(self) -> CaptureEntry | None:
        """The photo that the record shows now."""
        version = PhotoVersion.objects.filter(
            record=self.record, kind=PhotoKind.GRADUATION, is_current=True
        ).first()
        return version.entry if version else None

    @property
    def conclusion(self) -> VerificationConclusion:
        """The photo conclusion of the current round."""
        return VerificationConclusion.objects.select_related("round").get(
            round__member=self.member, round__is_current=True, kind=ConclusionKind.PHOTO
        )


def make_student(
    student_no: str,
    name: str,
    *,
    at: datetime,
    class_group: ClassGroup | None = None,
    state: Conclusion | None = Conclusion.CORRECT,
    concluded: timedelta = 3 * DAY,
) -> Student:
    """A bound student who concluded on the photo so long before `at`; locked after a day."""
    record = enrolment.make_record(
        student_no=student_no, name=name, class_group=class_group or enrolment.make_class()
    )
    user = people.make_user(f"s{student_no}@example.test")
    enrolment.bind(record, people.make_identity(user, name=name, number=record.id_number))
    photo = imaging.make_photo(record, at=at - 9 * DAY)
    member = imaging.make_member(record)
    if state is not None:
        imaging.make_conclusion(member, ConclusionKind.PHOTO, state, at=at - concluded)
    entry = CaptureEntry.objects.select_related("record", "original").get(pk=photo.entry_id)
    return Student(record, user, member, entry)


def make_pair(at: datetime) -> tuple[Student, Student]:
    """Two classmates, both 正确 and locked."""
    return (
        make_student("2022040111", "沈若溪", at=at),
        make_student("2022040112", "陆鸣远", at=at),
    )


def proposed_swap(one: Student, other: Student, *, actor: User, now: datetime) -> PhotoRepair:
    """Proposed by the first person."""
    return propose_swap(
        one=one.entry, other=other.entry, reason="两人照片弄混", actor=actor, now=now
    )


def done_swap(
    one: Student, other: Student, *, first: User, second: User, now: datetime
) -> PhotoRepair:
    """Proposed by one and confirmed by another, a minute later."""
    repair = proposed_swap(one, other, actor=first, now=now)
    later = now + timedelta(minutes=1)
    return confirm_repair(repair=repair, reason="对过照片", actor=second, now=later)
