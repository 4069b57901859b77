"""One conclusion: the service against a plain ORM loop of the same statements."""

from collections.abc import Iterator

from django.db import transaction

from accounts.models import User
from benchmarks.measure import Result, alternating, note
from benchmarks.people import NOW, analyse, members
from common.models import AuditEvent, Channel, OutboxMessage
from imaging.models import (
    CampaignMember,
    PhotoVersion,
    VerificationConclusion,
    VerificationRound,
)
from imaging.services.verification import Seen, Verdict, conclude
from imaging.states import Conclusion, ConclusionAction, ConclusionKind

_EACH = 150
_ROUNDS = 7


def run() -> list[Result]:
    """Conclusions a second, ours and floor."""
    note("members with accounts")
    waiting = iter(members(2 * _EACH * (_ROUNDS + 1)))
    analyse()

    def ours() -> None:
        for member in _some(waiting):
            _ours(member)

    def floor() -> None:
        for member in _some(waiting):
            _floor(member)

    ours_s, floor_s, ratio = alternating(ours, floor, rounds=_ROUNDS)
    return [
        Result(
            "conclusion transaction", _EACH / ours_s, _EACH / floor_s, 1 / ratio, ">= 0.85", "tx/s"
        )
    ]


def _some(waiting: Iterator[CampaignMember]) -> list[CampaignMember]:
    return [next(waiting) for _ in range(_EACH)]


def _ours(member: CampaignMember) -> None:
    actor = User.objects.get(identity__bindings__record=member.record_id)
    verdict = Verdict(
        action=ConclusionAction.ACCEPT, seen=Seen(photo_id=None, digest=member.record.key_digest)
    )
    conclude(member=member, kind=ConclusionKind.DATA, verdict=verdict, actor=actor, now=NOW)


def _floor(member: CampaignMember) -> None:
    actor = User.objects.get(identity__bindings__record=member.record_id)
    with transaction.atomic():
        fresh = CampaignMember.objects.select_related(
            "campaign__profile", "record__binding__identity"
        ).get(pk=member.pk)
        current = VerificationRound.objects.select_for_update().get(member=fresh, is_current=True)
        PhotoVersion.objects.filter(
            record=fresh.record_id, kind=fresh.campaign.profile.kind, is_current=True
        ).first()
        row = {each.kind: each for each in current.conclusions.all()}[ConclusionKind.DATA]
        locks_at = NOW + fresh.campaign.window
        VerificationConclusion.objects.filter(
            pk=row.pk,
            round=current.pk,
            state=row.state,
            locks_at=None,
            concluded_at=None,
            lock_announced_at=None,
        ).update(
            state=Conclusion.CORRECT,
            reasons=[],
            wrong_fields=[],
            proposed=None,
            note=None,
            evidence=None,
            seen_photo=None,
            seen_digest=fresh.record.key_digest,
            concluded_at=NOW,
            concluded_by=actor.actor_label,
            locks_at=locks_at,
        )
        AuditEvent.objects.create(
            occurred_at=NOW,
            actor_id=actor.actor_id,
            actor_label=actor.actor_label,
            action="verification.concluded",
            object_type="imaging.verificationconclusion",
            object_id=str(row.pk),
            subject_id=str(fresh.record_id),
            details={"kind": "DATA", "state": "CORRECT", "locks_at": locks_at.isoformat()},
        )
        OutboxMessage.objects.bulk_create(
            [
                OutboxMessage(
                    key=f"floor:{row.pk}",
                    channel=Channel.NOTICE,
                    template="verification_submitted",
                    params={"campaign": fresh.campaign.title, "locks_at": locks_at.isoformat()},
                    user_id=actor.pk,
                    created_at=NOW,
                    due_at=NOW,
                    sent_at=NOW,
                )
            ],
            ignore_conflicts=True,
        )
