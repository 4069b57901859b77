"""The student's conclusions: given, changed and taken back by the student, until they lock.

代录: where a student cannot, staff enter what the student said; it is marked, and the student's to take back.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from typing import Any

from django.db import transaction

from accounts.models import User
from common import audit, files
from common.errors import InvalidInputError, StaleStateError
from common.evidence import CleanEvidence
from common.models import StoredFile
from imaging.models import (
    CampaignMember,
    PhotoVersion,
    VerificationConclusion,
    VerificationRound,
)
from imaging.policies import (
    check_can_change,
    check_can_conclude,
    check_can_enter_for,
    check_can_withdraw,
    check_not_registered,
)
from imaging.services.rounds import NextRound, open_next_rounds
from imaging.services.telling import acknowledge, tell_entered
from imaging.services.verdicts import (
    ProxyContact,
    Seen,
    Verdict,
    check_seen,
    check_terms,
    checked,
    photo_reasons,
    proxy_values,
    seen_of,
)
from imaging.states import (
    VERIFICATION,
    Conclusion,
    ConclusionAction,
    ConclusionKind,
    RoundCause,
    lock_moment,
)

__all__ = [
    "ProxyContact",
    "Seen",
    "Verdict",
    "change",
    "conclude",
    "conclude_both",
    "enter_for",
    "photo_reasons",
    "seen_of",
    "withdraw",
]

_LOST = "这项核对刚刚在另一个窗口或设备上有了变化，这次没有提交。请刷新页面再看。"
_EMPTY: dict[str, Any] = {
    "reasons": [],
    "wrong_fields": [],
    "proposed": None,
    "note": None,
    "evidence": None,
    "seen_photo": None,
    "seen_digest": "",
    "concluded_at": None,
    "concluded_by": "",
    "locks_at": None,
    "terms_no": 1,
    "is_proxy": False,
    "proxy_way": "",
    "proxy_reason": None,
    "reached_at": None,
}


@dataclass(frozen=True, slots=True)
class _Sitting:
    """One student before one record, or staff in the student's place, as the transaction sees it."""

    member: CampaignMember
    photo: PhotoVersion | None
    rows: dict[ConclusionKind, VerificationConclusion]
    actor: User
    now: datetime
    contact: ProxyContact | None = None


@transaction.atomic
def conclude(
    *, member: CampaignMember, kind: ConclusionKind, verdict: Verdict, actor: User, now: datetime
) -> VerificationConclusion:
    """Give one conclusion, once, or say why not; it locks at min(now + window, own sheet freeze).

    What the page showed must still be there. Where a former conclusion has become outdated, the next
    round is opened first, in the same transaction.
    """
    return _conclude({kind: verdict}, member=member, actor=actor, now=now)[0]


@transaction.atomic
def conclude_both(
    *,
    member: CampaignMember,
    verdicts: Mapping[ConclusionKind, Verdict],
    actor: User,
    now: datetime,
) -> list[VerificationConclusion]:
    """Give the conclusions of one page together: all of them or none."""
    if not verdicts:
        raise InvalidInputError("请至少给出一项结论。")
    return _conclude(verdicts, member=member, actor=actor, now=now)


@transaction.atomic
def enter_for(
    *,
    member: CampaignMember,
    verdicts: Mapping[ConclusionKind, Verdict],
    contact: ProxyContact,
    actor: User,
    now: datetime,
) -> list[VerificationConclusion]:
    """代录: enter what a student said who cannot do it; all or none, marked, and the student is told.

    Only where nothing is given yet. Until the lock the student may take it back, as long as there is one.
    """
    if not verdicts:
        raise InvalidInputError("照片和信息，至少录一项结论。")
    return _conclude(
        verdicts, member=member, actor=actor, now=now, contact=contact.checked(now=now)
    )


@transaction.atomic
def change(
    *, member: CampaignMember, kind: ConclusionKind, verdict: Verdict, actor: User, now: datetime
) -> VerificationConclusion:
    """Replace an unlocked conclusion by another: withdrawn and concluded in one transaction.

    Allowed after the student's deadline too; the new conclusion starts a new window.
    """
    if verdict.seen.locks_at is None:
        raise StaleStateError(_LOST)
    return _conclude({kind: verdict}, member=member, actor=actor, now=now)[0]


@transaction.atomic
def withdraw(
    *, member: CampaignMember, kinds: Collection[ConclusionKind], actor: User, now: datetime
) -> list[VerificationConclusion]:
    """Take unlocked conclusions back to PENDING, before the own deadline; all of them or none."""
    if not kinds:
        raise StaleStateError("没有可以撤回的结论，请刷新页面再看。")
    sitting = _sit_down(member, actor=actor, now=now)
    rows = [sitting.rows[kind] for kind in sitting.rows if kind in kinds]
    for row in rows:
        check_can_withdraw(actor, row, member=sitting.member, now=now)
        former = row.state
        target = VERIFICATION.target(ConclusionAction.WITHDRAW, source=Conclusion(row.state))
        _swap(row, {**_EMPTY, "state": target}, now=now)
        audit.record(
            "verification.withdrawn",
            actor=actor,
            now=now,
            obj=row,
            subject=sitting.member.record,
            details={"kind": row.kind, "state": former},
        )
    return rows


def _conclude(
    verdicts: Mapping[ConclusionKind, Verdict],
    *,
    member: CampaignMember,
    actor: User,
    now: datetime,
    contact: ProxyContact | None = None,
) -> list[VerificationConclusion]:
    sitting = replace(_sit_down(member, actor=actor, now=now), contact=contact)
    if not set(verdicts) <= set(sitting.rows):
        raise InvalidInputError("这次校对不看这一项，请刷新页面再看。")
    for kind, verdict in verdicts.items():
        check_terms(verdict, sitting.member.campaign)
        check_seen(verdict, kind, record=sitting.member.record, photo=sitting.photo)
    sitting = _in_valid_round(sitting)
    rows = [_give(sitting, kind, verdicts[kind]) for kind in ConclusionKind if kind in verdicts]
    given = [row for row in rows if row.concluded_at == now]
    if given and contact is not None:
        tell_entered(sitting.member, given, now=now)
    elif given and not given[0].is_locked_at(now):
        # What locks at once is announced with its receipt; there is nothing to take back before.
        acknowledge(sitting.member, given, actor=actor, now=now)
    return rows


def _sit_down(member: CampaignMember, *, actor: User, now: datetime) -> _Sitting:
    """Everything the decision needs, read inside the transaction with the round locked."""
    fresh = CampaignMember.objects.select_related(
        "campaign__profile", "record__binding__identity"
    ).get(pk=member.pk)
    check_not_registered(fresh)
    current = (
        VerificationRound.objects.select_for_update().filter(member=fresh, is_current=True).first()
    )
    if current is None:
        raise StaleStateError(_LOST)
    photo = PhotoVersion.objects.filter(
        record=fresh.record_id, kind=fresh.campaign.profile.kind, is_current=True
    ).first()
    return _Sitting(fresh, photo, _rows_of(current), actor, now)


def _rows_of(current: VerificationRound) -> dict[ConclusionKind, VerificationConclusion]:
    rows = {ConclusionKind(row.kind): row for row in current.conclusions.all()}
    for row in rows.values():
        row.round = current
    return rows


def _in_valid_round(sitting: _Sitting) -> _Sitting:
    """Open the next round when a conclusion of this one is outdated; the sweep would do the same."""
    outdated = frozenset(kind for kind, row in sitting.rows.items() if not _holds(sitting, row))
    if not outdated:
        return sitting
    ended = next(iter(sitting.rows.values())).round
    ended.member = sitting.member
    cause = (
        RoundCause.PHOTO_CHANGED if ConclusionKind.PHOTO in outdated else RoundCause.DATA_CHANGED
    )
    plan = NextRound(ended=ended, kinds=outdated, cause=cause)
    opened = open_next_rounds([plan], actor=sitting.actor, now=sitting.now)[0]
    sitting.member.refresh_from_db(fields=["closes_at", "sheet_freeze_at"])
    return replace(sitting, rows=_rows_of(opened))


def _holds(sitting: _Sitting, row: VerificationConclusion) -> bool:
    record = sitting.member.record
    return row.is_valid(
        key_digest=record.key_digest,
        identity_digest=record.identity_digest,
        photo_id=sitting.photo.pk if sitting.photo else None,
    )


def _give(sitting: _Sitting, kind: ConclusionKind, asked: Verdict) -> VerificationConclusion:
    row, member, now = sitting.rows[kind], sitting.member, sitting.now
    verdict = checked(asked, kind, campaign=member.campaign, has_photo=sitting.photo is not None)
    former = Conclusion(row.state)
    source = _source(sitting, row, verdict)
    if source is None:
        return row
    target = VERIFICATION.target(verdict.action, source=source)
    _check_proof(member, row, verdict)
    locks_at = lock_moment(now, window=member.campaign.window, freeze_at=member.sheet_freeze_at)
    evidence = _evidence_of(sitting, row, verdict)
    _swap(
        row,
        {
            "state": target,
            "reasons": list(verdict.reasons),
            "wrong_fields": list(verdict.wrong_fields),
            "proposed": dict(verdict.proposed) or None,
            "note": verdict.note or None,
            "evidence": evidence,
            "seen_photo": sitting.photo if kind == ConclusionKind.PHOTO else None,
            "seen_digest": verdict.seen.digest,
            "concluded_at": now,
            "concluded_by": sitting.actor.actor_label,
            "locks_at": locks_at,
            "terms_no": member.campaign.terms_no,
            **proxy_values(sitting.contact),
        },
        now=now,
    )
    _write_down(sitting, row, former)
    return row


def _source(sitting: _Sitting, row: VerificationConclusion, verdict: Verdict) -> Conclusion | None:
    """The state from which this verdict leads on; None when it says again what is there already."""
    former, member, now = Conclusion(row.state), sitting.member, sitting.now
    if sitting.contact is not None:
        check_can_enter_for(sitting.actor, row, member=member, now=now)
        return former
    if former != Conclusion.PENDING and row.locks_at == verdict.seen.locks_at:
        check_can_change(sitting.actor, row, member=member, now=now)
        return VERIFICATION.target(ConclusionAction.WITHDRAW, source=former)
    if _is_repeated(row, verdict):
        return None
    if former == Conclusion.PENDING and verdict.seen.locks_at is not None:
        raise StaleStateError(_LOST)
    check_can_conclude(sitting.actor, row, member=member, now=now)
    return former


def _check_proof(member: CampaignMember, row: VerificationConclusion, verdict: Verdict) -> None:
    """Where silence counts as 正确, 有误 comes with a proof."""
    if verdict.action != ConclusionAction.DISPUTE or not member.campaign.counts_silence:
        return
    if verdict.evidence is None and row.evidence_id is None:
        raise InvalidInputError("报告有误要附证明材料，例如身份证、录取通知书。", field="evidence")


def _is_repeated(row: VerificationConclusion, verdict: Verdict) -> bool:
    """The second click of a double click: the very same conclusion is already there."""
    if row.state == Conclusion.PENDING or row.locks_at == verdict.seen.locks_at or row.is_proxy:
        return False
    target = VERIFICATION.target(verdict.action, source=Conclusion.PENDING)
    return (
        row.state == target
        and tuple(row.reasons) == verdict.reasons
        and tuple(row.wrong_fields) == verdict.wrong_fields
        and (row.proposed or {}) == dict(verdict.proposed)
        and (row.note or "") == verdict.note
    )


def _evidence_of(
    sitting: _Sitting, row: VerificationConclusion, verdict: Verdict
) -> StoredFile | None:
    """The proof that stands beside the new conclusion: the new one, or of a changed 有误 the former."""
    if verdict.action != ConclusionAction.DISPUTE:
        return None
    if verdict.evidence is None:
        return row.evidence
    return _kept(verdict.evidence, sitting)


def _kept(evidence: CleanEvidence, sitting: _Sitting) -> StoredFile:
    return files.store_sealed(
        BytesIO(evidence.data),
        kind="evidence",
        content_type=evidence.content_type,
        now=sitting.now,
        actor=sitting.actor,
        original_name=evidence.name,
    )


def _swap(row: VerificationConclusion, values: Mapping[str, Any], *, now: datetime) -> None:
    """Move the row by compare-and-swap; a proof that it needs no longer may be purged."""
    dropped, added = row.evidence_id, values["evidence"]
    unmoved = VerificationConclusion.objects.filter(
        pk=row.pk,
        round=row.round_id,
        state=row.state,
        locks_at=row.locks_at,
        concluded_at=row.concluded_at,
        lock_announced_at=None,
    )
    if unmoved.update(**values) != 1:
        if added is not None and added.pk != dropped:
            files.discard_blob(added.key)
        raise StaleStateError(_LOST)
    for name, value in values.items():
        setattr(row, name, value)
    if dropped is not None and dropped != row.evidence_id:
        StoredFile.objects.filter(pk=dropped).update(retain_until=now)


def _write_down(sitting: _Sitting, row: VerificationConclusion, former: Conclusion) -> None:
    details: dict[str, Any] = {
        "kind": row.kind,
        "state": row.state,
        "reasons": row.reasons,
        "fields": row.wrong_fields,
        "photo": row.seen_photo_id,
        "locks_at": row.locks_at.isoformat() if row.locks_at else "",
    }
    if row.terms_no > 1:
        details["terms_no"] = row.terms_no
    if former != Conclusion.PENDING:
        details["replaces"] = former
    if sitting.contact is not None:
        details |= {"way": row.proxy_way, "reached_at": sitting.contact.reached_at.isoformat()}
    audit.record(
        "verification.entered" if sitting.contact else "verification.concluded",
        actor=sitting.actor,
        now=sitting.now,
        obj=row,
        subject=sitting.member.record,
        details=details,
    )
