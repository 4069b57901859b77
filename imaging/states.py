"""Choices and machines of imaging."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import models

from common.workflow import Transition, Workflow, sources
from enrollment.states import EnrollmentStatus


class CampaignKind(models.TextChoices):
    """What a campaign asks for."""

    GRADUATION = "GRADUATION", "毕业图像校对"
    FRESHMAN = "FRESHMAN", "新生学籍自查"


class PhotoKind(models.TextChoices):
    """Which photo of a person."""

    GRADUATION = "GRADUATION", "毕业照片"
    ADMISSION = "ADMISSION", "录取照片"


class MatchState(models.TextChoices):
    """Whether a capture entry has found its record."""

    MATCHED = "MATCHED", "已对上"
    UNMATCHED = "UNMATCHED", "未对上"
    AMBIGUOUS = "AMBIGUOUS", "对上多人"
    VOIDED = "VOIDED", "已作废"


class MatchAction(models.TextChoices):
    """Moves of a capture entry."""

    ATTACH = "ATTACH", "关联学籍"
    DETACH = "DETACH", "解除关联"
    REMATCH = "REMATCH", "修改采集信息并重新比对"
    VOID = "VOID", "作废"


CAPTURE = Workflow[MatchState, MatchAction](
    name="capture_entry",
    initial=MatchState.UNMATCHED,
    transitions={
        MatchAction.ATTACH: Transition(
            sources(MatchState.UNMATCHED, MatchState.AMBIGUOUS), MatchState.MATCHED
        ),
        MatchAction.DETACH: Transition(sources(MatchState.MATCHED), MatchState.UNMATCHED),
        # Rematching may leave it unmatched or make it matched; the service decides by the data.
        MatchAction.REMATCH: Transition(
            sources(MatchState.UNMATCHED, MatchState.AMBIGUOUS), MatchState.UNMATCHED
        ),
        MatchAction.VOID: Transition(
            sources(MatchState.UNMATCHED, MatchState.AMBIGUOUS), MatchState.VOIDED
        ),
    },
)


def kinds_asked(campaign_kind: str) -> "tuple[ConclusionKind, ...]":
    """The conclusions that a campaign of this kind asks for: a freshman has no graduation photo yet."""
    if campaign_kind == CampaignKind.FRESHMAN:
        return (ConclusionKind.DATA,)
    return tuple(ConclusionKind)


class MembershipEffect(StrEnum):
    """What an enrolment status means for a campaign that is running."""

    STAYS = "STAYS"  # takes part like everybody
    WAITS = "WAITS"  # stays on the list with a remark; nobody reminds
    SILENT = "SILENT"  # stays on the list with a remark; no message is ever sent
    REMOVED = "REMOVED"  # is taken out with the status as the remark; comes back with it


# A photo is registered for whoever leaves with a certificate; nobody else is waited for. Who has died
# stays in the class's list, and the family is left in peace.
MEMBERSHIP_EFFECTS: Mapping[str, MembershipEffect] = {
    EnrollmentStatus.REGISTERED: MembershipEffect.STAYS,
    EnrollmentStatus.UNREGISTERED: MembershipEffect.STAYS,
    EnrollmentStatus.OTHER: MembershipEffect.STAYS,
    EnrollmentStatus.GRADUATED: MembershipEffect.STAYS,
    EnrollmentStatus.COMPLETED: MembershipEffect.STAYS,
    EnrollmentStatus.INCOMPLETE: MembershipEffect.WAITS,
    EnrollmentStatus.SUSPENDED: MembershipEffect.WAITS,
    EnrollmentStatus.RETAINED: MembershipEffect.WAITS,
    EnrollmentStatus.ADMISSION_RETAINED: MembershipEffect.WAITS,
    EnrollmentStatus.DECEASED: MembershipEffect.SILENT,
    EnrollmentStatus.WITHDRAWN: MembershipEffect.REMOVED,
    EnrollmentStatus.TRANSFERRED_OUT: MembershipEffect.REMOVED,
    EnrollmentStatus.EXPELLED: MembershipEffect.REMOVED,
    EnrollmentStatus.CANCELLED: MembershipEffect.REMOVED,
}


def statuses_with(effect: MembershipEffect) -> frozenset[str]:
    """The enrolment statuses that mean this for a campaign."""
    return frozenset(status for status, what in MEMBERSHIP_EFFECTS.items() if what is effect)


class ConclusionKind(models.TextChoices):
    """The two conclusions of a verification."""

    DATA = "DATA", "学籍信息"
    PHOTO = "PHOTO", "毕业照片"


class Conclusion(models.TextChoices):
    """校对结论."""

    PENDING = "PENDING", "待校对"
    CORRECT = "CORRECT", "正确"
    INCORRECT = "INCORRECT", "有误"


class ConclusionAction(models.TextChoices):
    """Moves of a conclusion."""

    ACCEPT = "ACCEPT", "正确"
    DISPUTE = "DISPUTE", "有误"
    WITHDRAW = "WITHDRAW", "撤回"


CONCLUDED = sources(Conclusion.CORRECT, Conclusion.INCORRECT)

VERIFICATION = Workflow[Conclusion, ConclusionAction](
    name="verification",
    initial=Conclusion.PENDING,
    transitions={
        ConclusionAction.ACCEPT: Transition(sources(Conclusion.PENDING), Conclusion.CORRECT),
        ConclusionAction.DISPUTE: Transition(sources(Conclusion.PENDING), Conclusion.INCORRECT),
        ConclusionAction.WITHDRAW: Transition(CONCLUDED, Conclusion.PENDING),
    },
)


class RoundCause(models.TextChoices):
    """Why a verification round was opened."""

    FIRST = "FIRST", "首次校对"
    PHOTO_CHANGED = "PHOTO_CHANGED", "照片更换"
    DATA_CHANGED = "DATA_CHANGED", "关键信息变更"
    CORRECTED = "CORRECTED", "勘误后复核"
    REOPENED = "REOPENED", "教务处重新开放"


class PhotoReason(models.TextChoices):
    """Why a photo is wrong; a campaign chooses from these (domain: reason list)."""

    NOT_ME = "NOT_ME", "不是我本人"
    SWAPPED = "SWAPPED", "和同学的照片弄混了"
    POOR_QUALITY = "POOR_QUALITY", "模糊、变形或底色不对"
    OLD_PHOTO = "OLD_PHOTO", "是以前学历的照片"
    MISSING = "MISSING", "拍过照，但看不到照片"
    WANTS_RETAKE = "WANTS_RETAKE", "是我本人，但希望重拍"
    OTHER = "OTHER", "其他"


class DataReason(models.TextChoices):
    """Why the data is wrong."""

    FIELD_WRONG = "FIELD_WRONG", "有字段写错了"
    OTHER = "OTHER", "其他"


# Pairs that cannot both be true: who is not in the picture cannot want a retake of it, and a photo
# that cannot be seen has no other fault.
_CONTRADICTIONS: tuple[tuple[frozenset[str], frozenset[str]], ...] = (
    (
        sources(PhotoReason.NOT_ME, PhotoReason.SWAPPED),
        sources(PhotoReason.WANTS_RETAKE, PhotoReason.OLD_PHOTO),
    ),
    (
        sources(PhotoReason.MISSING),
        frozenset(PhotoReason) - {PhotoReason.MISSING, PhotoReason.OTHER},
    ),
)


def contradiction(reasons: Collection[str]) -> tuple[PhotoReason, PhotoReason] | None:
    """Two of the given reasons on a photo that exclude each other, or None."""
    for one, other in _CONTRADICTIONS:
        left, right = one.intersection(reasons), other.intersection(reasons)
        if left and right:
            return PhotoReason(min(left)), PhotoReason(min(right))
    return None


def lock_moment(concluded_at: datetime, *, window: timedelta, freeze_at: datetime) -> datetime:
    """When a conclusion locks: at the end of its window, but no later than the sheet is frozen.

    One given after the freeze (a recheck that nobody extended) locks at once.
    """
    return max(concluded_at, min(concluded_at + window, freeze_at))
