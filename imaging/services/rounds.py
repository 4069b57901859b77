"""Opening verification rounds: the first one of a member, and the next one when something changed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Prefetch, prefetch_related_objects

from common import audit, outbox
from common.actors import SYSTEM, Actor
from common.errors import InvalidInputError, StaleStateError
from common.inserting import insert_from
from common.models import Channel
from common.outbox import Message
from imaging.models import (
    Campaign,
    CampaignMember,
    Extension,
    ReopenRequest,
    VerificationConclusion,
    VerificationRound,
)
from imaging.policies import is_told
from imaging.selectors.receipts import round_digest
from imaging.services.deadlines import apply_deadlines
from imaging.states import (
    OPEN_REOPENS,
    REOPEN,
    Conclusion,
    ConclusionKind,
    ReopenAction,
    RoundCause,
)

# Encrypted, and no part of what a round's end needs.
_WORDS = ("proposed", "note", "proxy_reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class NextRound:
    """The round that ends, what must be checked again, and why."""

    ended: VerificationRound
    kinds: frozenset[ConclusionKind]
    cause: RoundCause
    reason: str = ""
    until: datetime | None = None  # given time, where it is not the campaign's recheck time


def open_first_rounds(campaign: Campaign, *, actor: Actor, now: datetime) -> int:
    """Give every member that has none a first round with two PENDING conclusions; set-based.

    Runs in the caller's transaction.
    """
    has_round = VerificationRound.objects.filter(member=OuterRef("pk"))
    without = CampaignMember.objects.filter(~Exists(has_round), campaign=campaign)
    opened = insert_from(
        VerificationRound,
        without,
        {
            "member_id": F("pk"),
            "round_no": 1,
            "cause": RoundCause.FIRST,
            "opened_at": now,
            "opened_by": actor.actor_label,
        },
        unique=("member_id", "round_no"),
    )
    begun = VerificationRound.objects.filter(member__campaign=campaign, round_no=1, opened_at=now)
    for kind in campaign.asked:
        insert_from(
            VerificationConclusion,
            begun,
            {"round_id": F("pk"), "kind": kind},
            unique=("round_id", "kind"),
        )
    return opened


@transaction.atomic
def reopen_round(
    *,
    member: CampaignMember,
    kinds: frozenset[ConclusionKind],
    cause: RoundCause,
    actor: Actor,
    now: datetime,
    reason: str,
    until: datetime | None = None,
) -> VerificationRound:
    """Open the next round: `kinds` must be concluded again, also when what was seen has not changed.

    Conclusions of other kinds that still hold go along into the new round. A student who would have
    no time left gets an extension to `until`, or of the campaign's recheck time. StaleStateError when the round has
    changed meanwhile.
    """
    if not reason.strip():
        raise InvalidInputError("请写明重新开放的理由。", field="reason")
    ended = (
        VerificationRound.objects.select_for_update(of=("self",))
        .filter(member=member, is_current=True)
        .select_related("member__campaign", "member__record")
        .first()
    )
    if ended is None:
        raise StaleStateError("这名学生的核对刚刚有了变化，请刷新页面再看。")
    invalid = VerificationConclusion.objects.invalid().filter(round=ended)
    outdated = {ConclusionKind(kind) for kind in invalid.values_list("kind", flat=True)}
    plan = NextRound(
        ended=ended, kinds=kinds | outdated, cause=cause, reason=reason.strip(), until=until
    )
    return open_next_rounds([plan], actor=actor, now=now)[0]


def open_next_rounds(
    plans: Sequence[NextRound], *, actor: Actor, now: datetime
) -> list[VerificationRound]:
    """End the given rounds and open the next ones, tell the students, write the audit; set-based.

    Runs in the caller's transaction, with the ended rounds locked where the database can. Each
    round is ended by compare-and-swap: StaleStateError when one is no longer current.
    """
    ended = VerificationRound.objects.filter(
        pk__in=[plan.ended.pk for plan in plans], is_current=True
    )
    if ended.update(is_current=False) != len(plans):
        raise StaleStateError("核对刚刚有了变化，请刷新页面再看。")
    _keep_receipts([plan.ended for plan in plans], now=now)
    _drop_reopens([plan.ended for plan in plans if plan.cause != RoundCause.REOPENED], now=now)
    opened = VerificationRound.objects.bulk_create(
        VerificationRound(
            member_id=plan.ended.member_id,
            round_no=plan.ended.round_no + 1,
            cause=plan.cause,
            opened_at=now,
            opened_by=actor.actor_label,
        )
        for plan in plans
    )
    _carry_over(plans, opened, now=now)
    _give_time(plans, actor=actor, now=now)
    audit.record_many(
        audit.event(
            "verification.reopened",
            actor=actor,
            now=now,
            obj=new,
            subject=plan.ended.member.record,
            reason=plan.reason,
            details={"cause": plan.cause, "kinds": sorted(plan.kinds)},
        )
        for plan, new in zip(plans, opened, strict=True)
    )
    _tell(plans, opened, now=now)
    return opened


def _keep_receipts(ended: list[VerificationRound], *, now: datetime) -> None:
    """What the receipts of these rounds said: conclusions that go along leave them."""
    prefetch_related_objects(
        ended, Prefetch("conclusions", VerificationConclusion.objects.defer(*_WORDS))
    )
    for each in ended:
        each.receipt_digest = round_digest(each, now=now)
    kept = [each for each in ended if each.receipt_digest]
    VerificationRound.objects.bulk_update(kept, ["receipt_digest"], batch_size=500)


def _drop_reopens(ended: list[VerificationRound], *, now: datetime) -> None:
    """Whoever asked to open a round again has the next one now: nothing is left to decide."""
    waiting = ReopenRequest.objects.filter(round__in=ended, state__in=OPEN_REOPENS)
    dropped = list(waiting.select_related("member__record"))
    if not dropped:
        return
    target = REOPEN.transitions[ReopenAction.WITHDRAW].target
    waiting.update(state=target, closed_at=now, closed_by=SYSTEM.actor_label)
    audit.record_many(
        audit.event("reopen.overtaken", actor=SYSTEM, now=now, obj=each, subject=each.member.record)
        for each in dropped
    )


def _carry_over(
    plans: Sequence[NextRound], opened: Sequence[VerificationRound], *, now: datetime
) -> None:
    """What was concluded and still holds belongs to the new round; the rest begins as PENDING.

    What stays behind counts no longer, so nobody is told that it locks.
    """
    target = {plan.ended.pk: (plan, new) for plan, new in zip(plans, opened, strict=True)}
    rows = VerificationConclusion.objects.filter(round__in=list(target)).exclude(
        state=Conclusion.PENDING
    )
    kept = [row for row in rows if ConclusionKind(row.kind) not in target[row.round_id][0].kinds]
    present = set()
    for row in kept:
        row.round = target[row.round_id][1]
        present.add((row.round_id, row.kind))
    VerificationConclusion.objects.bulk_update(kept, ["round"], batch_size=500)
    VerificationConclusion.objects.filter(
        round__in=list(target), lock_announced_at=None, locks_at__isnull=False
    ).update(lock_announced_at=now)
    VerificationConclusion.objects.bulk_create(
        VerificationConclusion(round=new, kind=kind)
        for plan, new in zip(plans, opened, strict=True)
        for kind in plan.ended.member.asked
        if (new.pk, kind) not in present
    )


def _give_time(plans: Iterable[NextRound], *, actor: Actor, now: datetime) -> None:
    """Nobody is asked to check again without time to do it: extend the record where it is short."""
    by_campaign = sorted(plans, key=lambda plan: plan.ended.member.campaign_id)
    for _, group in groupby(by_campaign, key=lambda plan: plan.ended.member.campaign_id):
        each_of = list(group)
        campaign = each_of[0].ended.member.campaign
        short = [
            (plan.ended.member, until)
            for plan in each_of
            if plan.ended.member.closes_at < (until := plan.until or now + campaign.recheck_time)
        ]
        if not short:
            continue
        Extension.objects.bulk_create(
            Extension(
                campaign=campaign,
                record_id=member.record_id,
                closes_at=until,
                sheet_freeze_at=max(member.sheet_freeze_at, until),
                reason="要重新核对，留出时间",
                granted_at=now,
                granted_by=actor.actor_label,
            )
            for member, until in short
        )
        apply_deadlines(
            campaign,
            CampaignMember.objects.filter(pk__in=[member.pk for member, _until in short]),
            now=now,
        )


def _tell(
    plans: Sequence[NextRound], opened: Sequence[VerificationRound], *, now: datetime
) -> None:
    members = CampaignMember.objects.filter(
        pk__in=[plan.ended.member_id for plan in plans]
    ).select_related("campaign", "record__binding__identity__user")
    by_pk = {member.pk: member for member in members}
    messages = [
        message
        for new, plan in zip(opened, plans, strict=True)
        for message in _messages(by_pk[new.member_id], new, plan.cause, now=now)
    ]
    outbox.queue_many(messages, now=now)


def _messages(
    member: CampaignMember, opened: VerificationRound, cause: RoundCause, *, now: datetime
) -> Iterator[Message]:
    binding = getattr(member.record, "binding", None)
    if binding is None or not is_told(member.record, now=now):
        return
    user = binding.identity.user
    for channel in (Channel.NOTICE, Channel.EMAIL if user.email else Channel.SMS):
        yield Message(
            key=f"verification-again:{opened.pk}:{channel}",
            channel=channel,
            template="verification_again",
            user_id=user.pk,
            params={
                "campaign": member.campaign.title,
                "cause": cause,
                "until_at": member.closes_at.isoformat(),
            },
        )
