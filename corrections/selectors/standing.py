"""Where each student of a class stands, in the words of the form.

What a conclusion counts for is decided in imaging (`class_results`); here it gets its wording, and what
the enrolment status adds.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from common.components import MeterCounts
from enrollment.models import ClassGroup
from enrollment.selectors import has_status, status_now
from enrollment.states import EnrollmentStatus
from imaging.models import Campaign, CampaignMember
from imaging.selectors import ConclusionResult, StudentResult, class_results
from imaging.states import MEMBERSHIP_EFFECTS, Conclusion, ConclusionKind, MembershipEffect

_GONE = "不在籍"
_REGISTERED = "已登记学历"
_WAIVED = "免交照片"
_UNCHECKED = {ConclusionKind.PHOTO: "照片未校对", ConclusionKind.DATA: "信息未校对"}
# A class sheet hangs in a classroom: it says that no result is due, never why somebody left.
_REMARKS: dict[str, str] = {
    EnrollmentStatus.SUSPENDED: "休学",
    EnrollmentStatus.RETAINED: "保留学籍",
    EnrollmentStatus.ADMISSION_RETAINED: "保留入学资格",
    EnrollmentStatus.INCOMPLETE: _GONE,
    EnrollmentStatus.WITHDRAWN: _GONE,
    EnrollmentStatus.TRANSFERRED_OUT: _GONE,
    EnrollmentStatus.EXPELLED: _GONE,
    EnrollmentStatus.DECEASED: _GONE,
    EnrollmentStatus.CANCELLED: _GONE,
}


class Phase(StrEnum):
    """Everybody stands in exactly one: the same six, in the same order, as `imaging.class_progress` counts."""

    DISPUTED = "DISPUTED"
    IDLE = "IDLE"
    NO_PHOTO = "NO_PHOTO"
    TODO = "TODO"
    OPEN = "OPEN"
    LOCKED = "LOCKED"


def is_pending(part: ConclusionResult) -> bool:
    """Not concluded, or concluded on something that has changed since."""
    return part.state == Conclusion.PENDING


def is_wrong(part: ConclusionResult) -> bool:
    """Reported as wrong."""
    return part.state == Conclusion.INCORRECT


def error_label(part: ConclusionResult) -> str:
    """What is wrong as the sheet says it: the names of the fields, never a value."""
    if part.kind == ConclusionKind.PHOTO:
        return "是本人，希望重拍" if part.is_wish else "照片有误"
    return f"信息有误：{'、'.join(part.wrong_fields)}" if part.wrong_fields else "信息有误"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One student of a class in one campaign at one moment."""

    found: StudentResult
    remark: str = ""
    effect: MembershipEffect = MembershipEffect.STAYS

    @property
    def parts(self) -> tuple[ConclusionResult, ...]:
        """What the campaign asks for, photo first, as the sheet names them."""
        return tuple(part for part in (self.found.photo, self.found.data) if part.is_asked)

    @property
    def wrong_parts(self) -> tuple[ConclusionResult, ...]:
        """What was reported as wrong."""
        return tuple(part for part in self.parts if is_wrong(part))

    @property
    def pending_parts(self) -> tuple[ConclusionResult, ...]:
        """What is not checked yet."""
        return tuple(part for part in self.parts if is_pending(part))

    @property
    def phase(self) -> Phase:
        """A 有误 first, then what is missing, then what may still change.

        Of whom nothing is asked because of the status, nothing is missing either.
        Where the certificate is registered nothing is missing any more, whatever was not checked.
        """
        if self.wrong_parts:
            return Phase.DISPUTED
        if self.found.is_registered:
            return Phase.LOCKED
        if self.pending_parts and self.effect is not MembershipEffect.STAYS:
            return Phase.IDLE
        if self.found.photo.is_asked and not self.found.has_photo:
            return Phase.NO_PHOTO
        if self.pending_parts:
            return Phase.TODO
        return Phase.OPEN if self.found.is_open else Phase.LOCKED

    @property
    def is_awaited(self) -> bool:
        """Something is still to be checked, by somebody who takes part: nobody else is reminded.

        Not where the certificate is registered: nobody can check it any more.
        """
        takes_part = self.effect is MembershipEffect.STAYS and not self.found.is_registered
        return bool(self.pending_parts) and takes_part

    @property
    def is_proxy(self) -> bool:
        """Whether staff entered any of it for the student (代录)."""
        return any(part.is_proxy for part in self.parts)

    @property
    def done_at(self) -> datetime | None:
        """When the second conclusion was given."""
        moments = [part.concluded_at for part in self.parts if part.concluded_at is not None]
        return max(moments) if moments and not self.pending_parts else None

    @property
    def result(self) -> str:
        """The 校对结果 of the form: 无误, what is wrong by label, or what is not checked yet."""
        words = "；".join(self._words())
        if self.is_proxy:
            words = f"{words}（代）"
        if self.found.is_waived:
            words = f"{words}；{_WAIVED}"
        return f"{words}；{self.remark}" if self.remark else words

    def _words(self) -> list[str]:
        if len(self.pending_parts) == len(self.parts):
            return ["未校对"]
        words = [error_label(part) for part in self.wrong_parts]
        words += [_UNCHECKED[part.kind] for part in self.pending_parts]
        return words or ["无误"]


def class_standings(
    *, campaign: Campaign, class_group: ClassGroup, now: datetime
) -> list[Standing]:
    """Where everybody of the class stands at `now`; the caller has checked who asks."""
    normal = has_status([EnrollmentStatus.REGISTERED], now=now, path="record__")
    statuses = dict(
        CampaignMember.objects.filter(~normal, campaign=campaign, class_group=class_group)
        .annotate(status=status_now(now=now, path="record__"))
        .values_list("pk", "status")
    )
    return [
        _standing(found, statuses.get(found.member_id, EnrollmentStatus.REGISTERED))
        for found in class_results(campaign, class_group, now=now)
    ]


def _standing(found: StudentResult, status: str) -> Standing:
    remark = _REMARKS.get(status, "")
    standing = Standing(found=found, remark=remark, effect=MEMBERSHIP_EFFECTS[status])
    if found.is_registered and standing.pending_parts and not remark:
        return replace(standing, remark=_REGISTERED)
    return standing


def meter_counts(people: list[Standing]) -> MeterCounts:
    """How many stand where."""
    phases = [person.phase for person in people]
    return MeterCounts(
        locked=phases.count(Phase.LOCKED),
        open=phases.count(Phase.OPEN),
        disputed=phases.count(Phase.DISPUTED),
        todo=phases.count(Phase.TODO),
        blocked=phases.count(Phase.NO_PHOTO),
        idle=phases.count(Phase.IDLE),
    )
