"""Certificates: fetched by the college, handed out once against receipt, put right, voided."""

from datetime import datetime
from typing import Any, Final

from django.db import transaction

from accounts.models import User
from common import audit as trail
from common.errors import NotAllowedError, StaleStateError
from common.masking import MaskKind, mask
from corrections.models import Certificate, CertificateCorrection, GraduationAudit
from corrections.policies.graduation import (
    check_can_move_certificate,
    check_is_office,
    check_notice_is_over,
)
from corrections.services.graduation.chunks import in_chunks
from corrections.services.graduation.listing import held_audit
from corrections.services.graduation.telling import tell_students
from corrections.services.graduation.words import required_text, short_text
from corrections.states.graduation import (
    CERTIFICATE,
    CertificateAction,
    CertificateState,
    TakerKind,
)
from enrollment.models import College

__all__ = [
    "correct_receipt",
    "fetch_certificates",
    "hand_out",
    "void_certificate",
]

_STALE: Final = "这本证书刚刚有了变化，请刷新后再看。"
_OWN_LEFT: Final = "这个学院等着领的只有你本人的证书，请教务处另一位老师登记领取。"
_AUDIT: Final[dict[CertificateAction, str]] = {
    CertificateAction.FETCH: "certificate.fetched",
    CertificateAction.HAND: "certificate.handed",
    CertificateAction.CORRECT: "certificate.corrected",
    CertificateAction.VOID: "certificate.voided",
}


@transaction.atomic
def fetch_certificates(
    *, audit: GraduationAudit, college: College, fetcher: str, actor: User, now: datetime
) -> int:
    """The college takes all of its printed certificates against receipt; students are told where."""
    held = held_audit(audit)
    check_is_office(actor)
    check_notice_is_over(held, now=now)
    name = short_text(fetcher, field="fetcher", most=50, message="写上领取人的姓名。")
    printed = Certificate.objects.filter(
        student__audit=held, student__college=college, state=CertificateState.PRINTED
    )
    # Nobody moves the own certificate; another of the office does.
    waiting = printed.exclude(student__record__binding__identity__user=actor)

    def fetch(some: list[Certificate]) -> int:
        _fetch(some, name, actor=actor, now=now)
        for row in some:
            row.student.audit = held
        tell_students(
            [row.student for row in some],
            "graduation_certificate",
            key=f"graduation-certificate:{now.timestamp():.6f}",
            params={"college": college.name},
            now=now,
        )
        return len(some)

    done = in_chunks(waiting.select_related("student__record"), fetch)
    if not done:
        raise NotAllowedError(_OWN_LEFT if printed.exists() else "这个学院没有等着领的证书。")
    return done


def _fetch(some: list[Certificate], name: str, *, actor: User, now: datetime) -> None:
    target = CERTIFICATE.target(CertificateAction.FETCH, source=CertificateState.PRINTED)
    unmoved = Certificate.objects.filter(
        pk__in=[row.pk for row in some], state=CertificateState.PRINTED
    )
    moved = unmoved.update(
        state=target, fetched_at=now, fetched_by=actor.actor_label, fetcher_name=name
    )
    if moved != len(some):
        raise StaleStateError(_STALE)
    trail.record_many(
        trail.event(
            _AUDIT[CertificateAction.FETCH],
            actor=actor,
            now=now,
            obj=row,
            subject=row.student.record,
            details={"certificate": mask(row.number, MaskKind.DOCUMENT_NO)},
        )
        for row in some
    )


@transaction.atomic
def hand_out(
    *,
    certificate: Certificate,
    taker: TakerKind,
    taker_name: str = "",
    proxy_reason: str = "",
    actor: User,
    now: datetime,
) -> Certificate:
    """Into the hands of the student, or of a proxy with name and reason; once, after the notice."""
    certificate.student.audit = held_audit(certificate.student.audit)
    check_can_move_certificate(actor, certificate, CertificateAction.HAND, now=now)
    _move(
        certificate,
        CertificateAction.HAND,
        actor=actor,
        now=now,
        **_receipt(certificate, taker, taker_name, proxy_reason),
        handed_at=now,
        handed_by=actor.actor_label,
    )
    tell_students(
        [certificate.student],
        "graduation_handed",
        key=f"graduation-handed:{certificate.pk}",
        now=now,
    )
    return certificate


@transaction.atomic
def correct_receipt(
    *,
    certificate: Certificate,
    taker: TakerKind,
    taker_name: str = "",
    proxy_reason: str = "",
    reason: str,
    actor: User,
    now: datetime,
) -> Certificate:
    """Put the receipt right; what stood there is kept with the reason. The moment stays."""
    held = (
        Certificate.objects.select_for_update(of=("self",))
        .select_related("student__record", "student__audit")
        .get(pk=certificate.pk)
    )
    check_can_move_certificate(actor, held, CertificateAction.CORRECT, now=now)
    said = required_text(reason, field="reason", message="写明为什么更正。")
    if (held.taker, held.taker_name) != (certificate.taker, certificate.taker_name):
        raise StaleStateError(_STALE)
    receipt = _receipt(held, taker, taker_name, proxy_reason)
    CertificateCorrection.objects.create(
        certificate=held,
        former_taker=held.taker,
        former_name=held.taker_name or "",
        former_reason=held.proxy_reason,
        reason=said,
        corrected_at=now,
        corrected_by=actor.actor_label,
    )
    _move(held, CertificateAction.CORRECT, actor=actor, now=now, **receipt)
    return held


@transaction.atomic
def void_certificate(
    *, certificate: Certificate, reason: str, actor: User, now: datetime
) -> Certificate:
    """Misprinted or damaged before it was handed out; its number is never used again."""
    check_can_move_certificate(actor, certificate, CertificateAction.VOID, now=now)
    said = short_text(reason, field="reason", most=300, message="写明为什么作废。")
    _move(
        certificate,
        CertificateAction.VOID,
        actor=actor,
        now=now,
        voided_at=now,
        voided_by=actor.actor_label,
        void_reason=said,
    )
    return certificate


def _receipt(
    certificate: Certificate, taker: TakerKind, name: str, reason: str
) -> dict[str, str | None]:
    """Who took it, as it is stored: the student by the name of the record, a proxy by name and reason."""
    if taker is TakerKind.SELF:
        return {
            "taker": taker.value,
            "taker_name": certificate.student.record.name,
            "proxy_reason": None,
        }
    return {
        "taker": taker.value,
        "taker_name": short_text(name, field="taker_name", most=50, message="写上代领人的姓名。"),
        "proxy_reason": required_text(
            reason, field="proxy_reason", message="写明为什么代领，凭什么（如委托书）。"
        ),
    }


def _move(
    certificate: Certificate,
    action: CertificateAction,
    *,
    actor: User,
    now: datetime,
    **changes: Any,
) -> None:
    source = CertificateState(certificate.state)
    target = CERTIFICATE.target(action, source=source)
    unmoved = Certificate.objects.filter(pk=certificate.pk, state=source)
    if unmoved.update(state=target, **changes) != 1:
        raise StaleStateError(_STALE)
    for column, value in {"state": target, **changes}.items():
        setattr(certificate, column, value)
    trail.record(
        _AUDIT[action],
        actor=actor,
        now=now,
        obj=certificate,
        subject=certificate.student.record,
        details={"certificate": mask(certificate.number, MaskKind.DOCUMENT_NO)},
    )
