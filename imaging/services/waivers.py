"""免交照片: a member of whom no photo is asked, for a reason, until it is taken back."""

from datetime import datetime
from typing import Final

from django.db import transaction

from common import audit
from common.actors import Actor
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from imaging.models import (
    CampaignMember,
    OwnPhoto,
    PhotoClaim,
    PhotoVersion,
    VerificationConclusion,
    VerificationRound,
)
from imaging.policies import check_can_manage_campaigns, check_not_registered
from imaging.selectors.reopens import open_reopen_of
from imaging.services.bookings import release_seat
from imaging.services.rounds import reopen_round
from imaging.states import Conclusion, ConclusionKind, PhotoClaimState, RoundCause
from imaging.states.own_photo import WAITING_OWN_PHOTOS

__all__ = ["ask_for_photo", "waive_photo"]

_STALE: Final = "这名学生刚刚有了变化，请刷新页面再看。"
_LONGEST: Final = 300


@transaction.atomic
def waive_photo(
    *, member: CampaignMember, actor: Actor, now: datetime, reason: str
) -> CampaignMember:
    """Ask this member for no photo: the data alone are checked, and a delivered photo waits for staff.

    Only while nothing hangs on a photo: none is there, none is judged, none is on its way to be one.
    """
    check_can_manage_campaigns(actor)
    reason = _reason(reason)
    current, fresh = _held(member)
    check_not_registered(fresh)
    if ConclusionKind.PHOTO not in fresh.campaign.asked:
        raise NotAllowedError("这个批次不核对照片，不用登记免交。")
    _check_nothing_there(fresh)
    photo_part = VerificationConclusion.objects.filter(round=current, kind=ConclusionKind.PHOTO)
    if photo_part.exclude(state=Conclusion.PENDING).exists():
        raise NotAllowedError(
            "学生已经给了照片的结论。没锁定的，请学生撤回；锁定了的，先重新开放照片这一项。"
        )
    there = CampaignMember.objects.filter(pk=fresh.pk, removed_at=None, photo_waived_at=None)
    if (
        there.update(
            photo_waived_at=now, photo_waived_by=actor.actor_label, photo_waived_reason=reason
        )
        != 1
    ):
        raise StaleStateError(_STALE)
    # Still to be given, so it holds nothing; a round has a row for each part that is asked.
    photo_part.delete()
    release_seat(member=fresh, actor=actor, now=now)
    member.refresh_from_db()
    audit.record(
        "campaign.photo_waived",
        actor=actor,
        now=now,
        obj=member,
        subject=member.record,
        reason=reason,
    )
    return member


@transaction.atomic
def ask_for_photo(
    *, member: CampaignMember, actor: Actor, now: datetime, reason: str
) -> CampaignMember:
    """Take the waiver back: the photo is asked for in a new round, with time to check it.

    What was said of the data goes along. A photo that waits is matched by the next sweep.
    """
    check_can_manage_campaigns(actor)
    reason = _reason(reason)
    _current, fresh = _held(member)
    check_not_registered(fresh)
    _check_no_reopen(fresh)
    there = CampaignMember.objects.filter(
        pk=fresh.pk, removed_at=None, photo_waived_at=member.photo_waived_at
    ).exclude(photo_waived_at=None)
    if there.update(photo_waived_at=None, photo_waived_by="", photo_waived_reason=None) != 1:
        raise StaleStateError(_STALE)
    reopen_round(
        member=fresh,
        kinds=frozenset({ConclusionKind.PHOTO}),
        cause=RoundCause.REOPENED,
        actor=actor,
        now=now,
        reason=reason,
    )
    member.refresh_from_db()
    audit.record(
        "campaign.photo_asked",
        actor=actor,
        now=now,
        obj=member,
        subject=member.record,
        reason=reason,
    )
    return member


def _reason(text: str) -> str:
    if not text.strip():
        raise InvalidInputError("请写明理由。", field="reason")
    if len(text.strip()) > _LONGEST:
        raise InvalidInputError(f"理由最多 {_LONGEST} 个字。", field="reason")
    return text.strip()


def _held(member: CampaignMember) -> tuple[VerificationRound, CampaignMember]:
    """The current round, locked as a student who concludes locks it, then the member as it is now."""
    current = (
        VerificationRound.objects.select_for_update(of=("self",))
        .filter(member=member.pk, is_current=True)
        .first()
    )
    fresh = CampaignMember.objects.select_related("campaign__profile", "record").get(pk=member.pk)
    if current is None or fresh.removed_at is not None:
        raise StaleStateError(_STALE)
    return current, fresh


def _check_nothing_there(member: CampaignMember) -> None:
    record, kind = member.record_id, member.campaign.profile.kind
    if PhotoVersion.objects.filter(record=record, kind=kind, is_current=True).exists():
        raise NotAllowedError("这名学生已经有照片。不用它的，先在“采集信息”里解除关联。")
    if PhotoClaim.objects.filter(record=record, state=PhotoClaimState.OPEN).exists():
        raise NotAllowedError("学生认领了一张照片，先答复认领。")
    if OwnPhoto.objects.filter(member=member, state__in=WAITING_OWN_PHOTOS).exists():
        raise NotAllowedError("学生自己交了一张照片，先看完那一张。")
    _check_no_reopen(member)


def _check_no_reopen(member: CampaignMember) -> None:
    if open_reopen_of(member) is not None:
        raise NotAllowedError("重新开放的申请在办，先办完那一份。")
