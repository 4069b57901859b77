"""Choices and machines of imaging."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import models

from common.workflow import Transition, Workflow, sources
from enrollment.states import EnrollmentStatus
from imaging.states.announcement import ANNOUNCEMENT
from imaging.states.batches import PhotoOutcome
from imaging.states.capture import BookingEnd, PlaceKind, SessionKind
from imaging.states.claim import PHOTO_CLAIM, PhotoClaimAction, PhotoClaimState
from imaging.states.own_photo import OWN_PHOTO
from imaging.states.registration import PACK
from imaging.states.rehearsal import WIPE
from imaging.states.repair import (
    HINT,
    REPAIR,
    HintAction,
    HintKind,
    HintState,
    RepairAction,
    RepairKind,
    RepairState,
)
from imaging.states.review import REVIEW, REVIEW_END

__all__ = [
    "ANNOUNCEMENT",
    "BY_SILENCE",
    "CAPTURE",
    "CONCLUDED",
    "HINT",
    "MEMBERSHIP_EFFECTS",
    "OPEN_REOPENS",
    "OWN_PHOTO",
    "PACK",
    "PHOTO_CLAIM",
    "PHOTO_REASON_HINTS",
    "PROPOSED_REOPENS",
    "REOPEN",
    "REPAIR",
    "REVIEW",
    "REVIEW_END",
    "SILENCE",
    "VERIFICATION",
    "WIPE",
    "BookingEnd",
    "CampaignKind",
    "Conclusion",
    "ConclusionAction",
    "ConclusionKind",
    "DataReason",
    "HintAction",
    "HintKind",
    "HintState",
    "MatchAction",
    "MatchState",
    "MembershipEffect",
    "PhotoClaimAction",
    "PhotoClaimState",
    "PhotoKind",
    "PhotoMatter",
    "PhotoOutcome",
    "PhotoReason",
    "PlaceKind",
    "ProxyWay",
    "RenditionUse",
    "ReopenAction",
    "ReopenState",
    "RepairAction",
    "RepairKind",
    "RepairState",
    "RoundCause",
    "Ruling",
    "SessionKind",
    "contradiction",
    "kinds_asked",
    "lock_moment",
    "photo_matter",
    "statuses_with",
]


class CampaignKind(models.TextChoices):
    """What a campaign asks for."""

    GRADUATION = "GRADUATION", "毕业图像校对"
    FRESHMAN = "FRESHMAN", "新生学籍自查"


class PhotoKind(models.TextChoices):
    """Which photo of a person."""

    GRADUATION = "GRADUATION", "毕业照片"
    ADMISSION = "ADMISSION", "录取照片"
    ENROLMENT = "ENROLMENT", "学籍照片"


class RenditionUse(models.TextChoices):
    """What a further picture of the same shot is for, beside the original and the one that is registered."""

    THUMBNAIL = "THUMBNAIL", "缩略图"
    PRINT = "PRINT", "印制用照片"


class MatchState(models.TextChoices):
    """Whether a capture entry has found its record."""

    MATCHED = "MATCHED", "已对上"
    UNMATCHED = "UNMATCHED", "未对上"
    AMBIGUOUS = "AMBIGUOUS", "对上多人"
    VOIDED = "VOIDED", "已作废"


class Ruling(models.TextChoices):
    """What staff decided about a photo after looking at what was measured."""

    USABLE = "USABLE", "可以用"
    RETAKE = "RETAKE", "建议重拍"


class MatchAction(models.TextChoices):
    """Moves of a capture entry."""

    ATTACH = "ATTACH", "关联学籍"
    DETACH = "DETACH", "解除关联"
    REMATCH = "REMATCH", "修改采集信息并重新比对"
    VOID = "VOID", "作废"
    EDIT = "EDIT", "修改采集信息"
    MOVE = "MOVE", "改到另一份学籍"
    RESTORE = "RESTORE", "恢复"


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
            sources(MatchState.UNMATCHED, MatchState.AMBIGUOUS, MatchState.MATCHED),
            MatchState.VOIDED,
        ),
        MatchAction.EDIT: Transition(sources(MatchState.MATCHED), MatchState.MATCHED),
        MatchAction.MOVE: Transition(sources(MatchState.MATCHED), MatchState.MATCHED),
        # An undone repair gives back the state that the entry had, which its case remembers.
        MatchAction.RESTORE: Transition(sources(MatchState.VOIDED), MatchState.UNMATCHED),
    },
)


# What comes of silence, where the office has written nothing of its own. Since 2021 nobody is
# registered without a photo that was checked (domain 5.6).
SILENCE: Mapping[str, str] = {
    CampaignKind.GRADUATION: (
        "{截止时间}以前不提交，不会替你算正确：反馈表上写“未校对”，"
        "照片不能用于学历注册，毕业证书可能没有照片，或者不能按时发给你。"
    ),
    CampaignKind.FRESHMAN: "{截止时间}以前没有提交，就按“信息正确”算。",
}


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


# Who concluded where a freshman's deadline passed in silence.
BY_SILENCE = "到期没有提出有误"
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


class ProxyWay(models.TextChoices):
    """How the student was reached for whom staff entered a conclusion."""

    IN_PERSON = "IN_PERSON", "当面"
    VIDEO = "VIDEO", "视频通话"
    PHONE = "PHONE", "电话"
    WRITTEN = "WRITTEN", "本人书面"


class ReopenState(models.TextChoices):
    """申请重新开放: a locked conclusion that its student wants to give again; two people decide."""

    SUBMITTED = "SUBMITTED", "等教务处看"
    TO_GRANT = "TO_GRANT", "拟重新开放，待复核"
    TO_REFUSE = "TO_REFUSE", "拟不开放，待复核"
    GRANTED = "GRANTED", "重新开放了"
    REFUSED = "REFUSED", "没有开放"
    WITHDRAWN = "WITHDRAWN", "已撤回"


class ReopenAction(models.TextChoices):
    """Moves of a request to reopen."""

    PROPOSE_GRANT = "PROPOSE_GRANT", "提出重新开放"
    PROPOSE_REFUSE = "PROPOSE_REFUSE", "提出不开放"
    GRANT = "GRANT", "复核：重新开放"
    REFUSE = "REFUSE", "复核：不开放"
    SEND_BACK = "SEND_BACK", "退回重看"
    WITHDRAW = "WITHDRAW", "撤回"


OPEN_REOPENS = sources(ReopenState.SUBMITTED, ReopenState.TO_GRANT, ReopenState.TO_REFUSE)
PROPOSED_REOPENS = sources(ReopenState.TO_GRANT, ReopenState.TO_REFUSE)

REOPEN = Workflow[ReopenState, ReopenAction](
    name="reopen_request",
    initial=ReopenState.SUBMITTED,
    transitions={
        ReopenAction.PROPOSE_GRANT: Transition(
            sources(ReopenState.SUBMITTED), ReopenState.TO_GRANT
        ),
        ReopenAction.PROPOSE_REFUSE: Transition(
            sources(ReopenState.SUBMITTED), ReopenState.TO_REFUSE
        ),
        ReopenAction.GRANT: Transition(sources(ReopenState.TO_GRANT), ReopenState.GRANTED),
        ReopenAction.REFUSE: Transition(sources(ReopenState.TO_REFUSE), ReopenState.REFUSED),
        ReopenAction.SEND_BACK: Transition(PROPOSED_REOPENS, ReopenState.SUBMITTED),
        ReopenAction.WITHDRAW: Transition(OPEN_REOPENS, ReopenState.WITHDRAWN),
    },
)


class PhotoReason(models.TextChoices):
    """Why a photo is wrong; a campaign chooses from these (domain: reason list)."""

    NOT_ME = "NOT_ME", "不是我本人"
    SWAPPED = "SWAPPED", "和同学的照片弄混了"
    POOR_QUALITY = "POOR_QUALITY", "模糊、变形或底色不对"
    OLD_PHOTO = "OLD_PHOTO", "是以前学历的照片"
    MISSING = "MISSING", "拍过照，但看不到照片"
    WANTS_RETAKE = "WANTS_RETAKE", "是我本人，但希望重拍"
    OTHER = "OTHER", "其他"


# What stands beside a reason in the list, until the office words it in its own way.
PHOTO_REASON_HINTS: Mapping[str, str] = {
    PhotoReason.NOT_ME: "照片里是别人",
    PhotoReason.WANTS_RETAKE: "确认是你；能不能重拍由教务处决定",
    PhotoReason.SWAPPED: "照片里是你认识的同学",
    PhotoReason.POOR_QUALITY: "不喜欢这张照片，不算有误",
    PhotoReason.OTHER: "下一步写明",
}


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


class PhotoMatter(StrEnum):
    """What a 有误 on a photo is about: each is another case for whoever deals with it (domain 9, row 10)."""

    NOT_THEIRS = "NOT_THEIRS"  # somebody else's face: the photo must not be registered
    MISSING = "MISSING"  # nothing to be seen: a matter of finding it
    RETAKE = "RETAKE"  # the student's own photo, and the wish for another: nothing is wrong with it
    FLAWED = "FLAWED"  # the student's own, but bad, old, or something else


def photo_matter(reasons: Collection[str]) -> PhotoMatter:
    """Which case the reasons on a photo make; the gravest one counts, a mere wish only alone."""
    given = set(reasons)
    if given & sources(PhotoReason.NOT_ME, PhotoReason.SWAPPED):
        return PhotoMatter.NOT_THEIRS
    if PhotoReason.MISSING in given:
        return PhotoMatter.MISSING
    return PhotoMatter.RETAKE if given == {PhotoReason.WANTS_RETAKE} else PhotoMatter.FLAWED


def lock_moment(concluded_at: datetime, *, window: timedelta, freeze_at: datetime) -> datetime:
    """When a conclusion locks: at the end of its window, but no later than the sheet is frozen.

    One given after the freeze (a recheck that nobody extended) locks at once.
    """
    return max(concluded_at, min(concluded_at + window, freeze_at))
