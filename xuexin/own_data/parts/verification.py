"""Campaigns, rounds and conclusions of the own records, with the proofs that are in no request."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from accounts.models import User
from enrollment.models import Binding
from enrollment.selectors import FIELD_LABELS, records_of
from imaging.models import (
    CampaignMember,
    PhotoClaim,
    ReopenRequest,
    VerificationConclusion,
    VerificationRound,
)
from imaging.selectors import reasons_said
from imaging.states import Conclusion
from xuexin.own_data.items import Item, by_whom
from xuexin.own_data.proofs import proof_bytes, suffix_of

__all__ = ["verification_items"]


def verification_items(user: User, now: datetime) -> Iterator[Item]:  # noqa: ARG001 -- one signature for all parts
    """What the person was asked and what they answered, record by record."""
    bindings = Binding.objects.filter(
        identity__user=user, record__in=records_of(user).order_by()
    ).select_related("record")
    for binding in bindings.order_by("pk"):
        folder = f"学籍 {binding.record.student_no}"
        members = CampaignMember.objects.filter(record=binding.record)
        data = [
            _member(member, binding, user)
            for member in members.select_related("campaign", "class_group").order_by("pk")
        ]
        yield Item(path=f"{folder}/校对.json", label="校对批次、轮次和结论", data=data)
        claims = PhotoClaim.objects.filter(record=binding.record, claimant=user).order_by("pk")
        if claims:
            yield Item(
                path=f"{folder}/照片认领.json",
                label="你认领过的照片",
                data=[_claim(each) for each in claims],
            )
        own = VerificationConclusion.objects.filter(
            round__member__record=binding.record,
            concluded_at__gte=binding.bound_at,
            evidence__purged_at=None,
            evidence__isnull=False,
            correction_request=None,
        )
        for row in own.select_related("evidence").order_by("pk"):
            if row.evidence is not None:
                yield Item(
                    path=f"{folder}/证明材料 结论{row.pk}{suffix_of(row.evidence)}",
                    label="随有误交的证明材料",
                    read=partial(proof_bytes, row.evidence),
                )


def _member(member: CampaignMember, binding: Binding, user: User) -> dict[str, Any]:
    rounds = VerificationRound.objects.filter(member=member).order_by("round_no")
    return {
        "campaign": member.campaign.title,
        "class": member.class_group.name if member.class_group else "",
        "closes_at": member.closes_at,
        "sheet_freeze_at": member.sheet_freeze_at,
        "added_at": member.added_at,
        "removed_at": member.removed_at,
        "photo_waived_at": member.photo_waived_at,
        "photo_waived_because": member.photo_waived_reason or "",
        "rounds": [_round(row, binding, user) for row in rounds],
        "reopen_requests": [
            _reopen(each)
            for each in member.reopens.order_by("pk")
            if each.submitted_at >= binding.bound_at
        ],
    }


def _claim(claim: PhotoClaim) -> dict[str, Any]:
    """What the person said and was answered; nothing of a photo that may be somebody else's."""
    return {
        "state": claim.get_state_display(),
        "note": claim.note or "",
        "submitted_at": claim.submitted_at,
        "answer": claim.answer or "",
        "closed_at": claim.closed_at,
    }


def _reopen(asked: ReopenRequest) -> dict[str, Any]:
    return {
        "kinds": asked.kinds_text,
        "reason": asked.reason,
        "state": asked.get_state_display() if asked.closed_at else "在办",
        "submitted_at": asked.submitted_at,
        "answer": asked.answer or "",
        "closed_at": asked.closed_at,
    }


def _round(row: VerificationRound, binding: Binding, user: User) -> dict[str, Any]:
    return {
        "round_no": row.round_no,
        "cause": row.get_cause_display(),
        "opened_at": row.opened_at,
        "opened_by": by_whom(row.opened_by, user),
        "conclusions": [_conclusion(each, binding) for each in row.conclusions.order_by("kind")],
    }


def _conclusion(row: VerificationConclusion, binding: Binding) -> dict[str, Any]:
    """A conclusion; words and values only when this account gave it: the record may have changed hands."""
    shown: dict[str, Any] = {
        "kind": row.get_kind_display(),
        "state": row.get_state_display(),
        "concluded_at": row.concluded_at,
        "locks_at": row.locks_at,
        "entered_by_staff": row.is_proxy,
    }
    is_own = row.concluded_at is not None and row.concluded_at >= binding.bound_at
    if row.state != Conclusion.PENDING and is_own:
        shown |= {
            "reasons": list(reasons_said(row)),
            "wrong_fields": [FIELD_LABELS.get(name, name) for name in row.wrong_fields],
            "proposed": {
                FIELD_LABELS.get(name, name): value for name, value in (row.proposed or {}).items()
            },
            "note": row.note or "",
            "photo_version": row.seen_photo.version_no if row.seen_photo else None,
        }
    if row.is_proxy and is_own:
        shown |= {
            "reached_how": row.get_proxy_way_display(),
            "reached_at": row.reached_at,
            "entered_because": row.proxy_reason or "",
        }
    return shown
