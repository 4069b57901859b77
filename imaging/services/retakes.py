"""A retake that the office arranged: from then on the student may book, until the case goes on."""

from datetime import datetime

from django.db import transaction

from common import audit
from common.actors import Actor
from common.errors import StaleStateError
from imaging.models import CampaignMember, VerificationRound
from imaging.policies import check_can_run_capture

__all__ = ["end_retake", "grant_retake"]


@transaction.atomic
def grant_retake(*, member: CampaignMember, case: str, actor: Actor, now: datetime) -> None:
    """The student is photographed again, whatever was taken before; `case` says why."""
    check_can_run_capture(actor)
    _set(member, now, actor.actor_label)
    audit.record(
        "retake.granted", actor=actor, now=now, obj=member, subject=member.record, reason=case
    )


@transaction.atomic
def end_retake(*, member: CampaignMember, case: str, actor: Actor, now: datetime) -> None:
    """The case waits for no retake any more, whoever moved it on; nothing happens where none was granted."""
    if member.retake_granted_at is None:
        return
    _set(member, None, "")
    audit.record(
        "retake.ended", actor=actor, now=now, obj=member, subject=member.record, reason=case
    )


def _set(member: CampaignMember, granted_at: datetime | None, granted_by: str) -> None:
    # The round first: what follows in the same transaction may open the next one (ADR 0056).
    rounds = VerificationRound.objects.select_for_update(no_key=True)
    list(rounds.filter(member=member, is_current=True).values_list("pk"))
    there = CampaignMember.objects.filter(pk=member.pk, retake_granted_at=member.retake_granted_at)
    if there.update(retake_granted_at=granted_at, retake_granted_by=granted_by) != 1:
        raise StaleStateError("这名学生的重拍安排刚刚有了变化，请刷新后再看。")
    member.retake_granted_at, member.retake_granted_by = granted_at, granted_by
