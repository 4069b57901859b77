"""Capture tickets: issued to a whole campaign, renewed one by one."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from accounts.models import User
from common import audit
from common.actors import Actor
from common.errors import NotAllowedError, StaleStateError
from common.ratelimit import Limit, hit
from imaging.identity import new_ticket_code
from imaging.models import Campaign, CampaignMember, CaptureTicket
from imaging.policies import check_can_run_capture, check_own_capture, is_own
from imaging.selectors.capture_desk import members_for_tickets
from imaging.selectors.capture_plan import ticket_of
from imaging.states import ConclusionKind

__all__ = ["RENEWALS", "issue_tickets", "renew_ticket", "ticket_for"]

RENEWALS: Final = Limit("ticket-renew", 5, 24 * 3600)
_BATCH: Final = 1_000


@transaction.atomic
def issue_tickets(*, campaign: Campaign, actor: Actor, now: datetime) -> int:
    """Give every member who has none a ticket; returns how many. A second call gives nobody two."""
    check_can_run_capture(actor)
    if ConclusionKind.PHOTO not in campaign.asked:
        raise NotAllowedError("这个批次不要照片，不用采集号。")
    having = CaptureTicket.objects.filter(campaign=campaign, voided_at=None).values("record")
    without = members_for_tickets(campaign, now=now).exclude(record__in=having)
    issued = _issue(campaign, without.order_by("pk").values_list("record", flat=True), actor, now)
    if issued:
        audit.record("ticket.issued", actor=actor, now=now, obj=campaign, details={"count": issued})
    return issued


def _issue(campaign: Campaign, record_ids: Iterable[int], actor: Actor, now: datetime) -> int:
    """Whoever is given one by somebody else at this moment keeps that one."""
    valid = CaptureTicket.objects.filter(campaign=campaign, voided_at=None)
    before = valid.count()
    wanted = list(record_ids)
    for start in range(0, len(wanted), _BATCH):
        CaptureTicket.objects.bulk_create(
            (
                CaptureTicket(
                    campaign=campaign,
                    record_id=record_id,
                    code=new_ticket_code(),
                    issued_at=now,
                    issued_by=actor.actor_label,
                )
                for record_id in wanted[start : start + _BATCH]
            ),
            ignore_conflicts=True,
        )
    return valid.count() - before


@transaction.atomic
def renew_ticket(
    *, member: CampaignMember, actor: Actor, now: datetime, reason: str = ""
) -> CaptureTicket:
    """A new ticket in place of the one there is, which leads nowhere from now on.

    For the student (lost, seen by others) five times a day, and for the office. Who has been checked
    in with the old one need not fear: photos under it still arrive.
    """
    if isinstance(actor, User) and is_own(actor, member):
        check_own_capture(actor, member, now=now)
        hit(RENEWALS, str(actor.pk), now=now)
    else:
        check_can_run_capture(actor)
    old = ticket_of(member)
    if old is not None:
        there = CaptureTicket.objects.filter(pk=old.pk, voided_at=None)
        if there.update(voided_at=now, voided_by=actor.actor_label) != 1:
            raise StaleStateError("采集号刚刚换过，请看最新的。")
    ticket = _new(member, actor=actor, now=now)
    audit.record(
        "ticket.renewed",
        actor=actor,
        now=now,
        obj=ticket,
        subject=member.record,
        reason=reason,
        details={"first": old is None},
    )
    return ticket


def ticket_for(*, member: CampaignMember, actor: Actor, now: datetime) -> CaptureTicket:
    """The member's ticket, issued now where there is none; the caller has checked who asks."""
    return ticket_of(member) or _new(member, actor=actor, now=now)


def _new(member: CampaignMember, *, actor: Actor, now: datetime) -> CaptureTicket:
    try:
        with transaction.atomic():
            return CaptureTicket.objects.create(
                campaign=member.campaign,
                record=member.record,
                code=new_ticket_code(),
                issued_at=now,
                issued_by=actor.actor_label,
            )
    except IntegrityError as error:
        raise StaleStateError("采集号刚刚换过，请看最新的。") from error
