"""Certificates: entered when printed, fetched by the college, handed out once against receipt."""

from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction

from accounts.models import User
from common import audit as trail
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.masking import MaskKind, mask
from corrections.models import (
    AuditedStudent,
    Certificate,
    CertificateCorrection,
    GraduationAudit,
)
from corrections.policies.graduation import check_can_move_certificate, check_is_office
from corrections.selectors.graduation_scope import is_own
from corrections.services.graduation.telling import tell_students
from corrections.services.graduation.words import required_text, short_text
from corrections.states.graduation import (
    CERTIFICATE,
    AuditOutcome,
    AuditState,
    CertificateAction,
    CertificateState,
    ResultState,
    TakerKind,
)
from enrollment.importers.certificates import plain_certificate_no
from enrollment.models import College, Graduation
from enrollment.services.graduation import certificate_index
from enrollment.states import GraduationOutcome

__all__ = [
    "correct_receipt",
    "fetch_certificates",
    "hand_out",
    "print_certificate",
    "print_registered",
    "void_certificate",
]

_LONGEST_NO: Final = 30
_STALE: Final = "这本证书刚刚有了变化，请刷新后再看。"
_AUDIT: Final[dict[CertificateAction, str]] = {
    CertificateAction.FETCH: "certificate.fetched",
    CertificateAction.HAND: "certificate.handed",
    CertificateAction.CORRECT: "certificate.corrected",
    CertificateAction.VOID: "certificate.voided",
}
# What a certificate may say for what was decided.
_FITS: Final = {
    AuditOutcome.GRADUATE: GraduationOutcome.GRADUATED,
    AuditOutcome.COMPLETE: GraduationOutcome.COMPLETED,
}
_ENDED: Final = [AuditState.NOTICE, AuditState.CLOSED]


@transaction.atomic
def print_certificate(
    *, student: AuditedStudent, number: str, actor: User, now: datetime
) -> Certificate:
    """Enter a printed certificate under its number, which no other one has."""
    check_is_office(actor)
    if student.state != ResultState.DECIDED or student.decided not in _FITS:
        raise NotAllowedError("审定为毕业或结业的学生才有证书。")
    if student.audit.state not in _ENDED:
        raise NotAllowedError("公示以后才能登记证书。")
    plain = plain_certificate_no(number)
    if not plain or len(plain) > _LONGEST_NO:
        raise InvalidInputError(f"写上证书编号，最多 {_LONGEST_NO} 个字。", field="number")
    try:
        with transaction.atomic():
            made = Certificate.objects.create(
                student=student,
                school=student.record.school,
                number=plain,
                number_index=certificate_index(plain),
                printed_at=now,
                printed_by=actor.actor_label,
            )
    except IntegrityError as error:
        raise InvalidInputError(
            "这个编号已经用过，或者这名学生已有一本没作废的证书。", field="number"
        ) from error
    trail.record(
        "certificate.printed",
        actor=actor,
        now=now,
        obj=made,
        subject=student.record,
        details={"certificate": mask(plain, MaskKind.DOCUMENT_NO)},
    )
    return made


@transaction.atomic
def print_registered(*, audit: GraduationAudit, actor: User, now: datetime) -> int:
    """Enter the certificates of everybody whose registered number fits the decision; how many.

    Who has one, who is not registered, and whose registration says something else are left out.
    """
    check_is_office(actor)
    if audit.state not in _ENDED:
        raise NotAllowedError("公示以后才能登记证书。")
    students = (
        audit.students.filter(state=ResultState.DECIDED, decided__in=list(_FITS))
        .exclude(
            certificates__state__in=[
                CertificateState.PRINTED,
                CertificateState.AT_COLLEGE,
                CertificateState.HANDED,
            ]
        )
        .select_related("record__school", "audit")
        .order_by("pk")
    )
    registered = {
        row.record_id: row
        for row in Graduation.objects.filter(
            superseded_at=None, record__in=students.values("record").order_by()
        )
    }
    done = 0
    for student in students:
        found = registered.get(student.record_id)
        if found is None or found.outcome != _FITS[AuditOutcome(student.decided)]:
            continue
        try:
            print_certificate(student=student, number=found.certificate_no, actor=actor, now=now)
        except InvalidInputError:
            continue
        done += 1
    return done


@transaction.atomic
def fetch_certificates(
    *, audit: GraduationAudit, college: College, fetcher: str, actor: User, now: datetime
) -> int:
    """The college takes all of its printed certificates against receipt; students are told where."""
    check_is_office(actor)
    name = short_text(fetcher, field="fetcher", most=50, message="写上领取人的姓名。")
    waiting = Certificate.objects.select_for_update(of=("self",)).filter(
        student__audit=audit, student__college=college, state=CertificateState.PRINTED
    )
    rows = list(waiting.select_related("student__record", "student__audit").order_by("pk"))
    # Nobody moves the own certificate; another of the office does.
    rows = [row for row in rows if not is_own(actor, row.student.record)]
    if not rows:
        raise NotAllowedError("这个学院没有等着领的证书。")
    for row in rows:
        _move(
            row,
            CertificateAction.FETCH,
            actor=actor,
            now=now,
            fetched_at=now,
            fetched_by=actor.actor_label,
            fetcher_name=name,
        )
    tell_students(
        [row.student for row in rows],
        "graduation_certificate",
        key=f"graduation-certificate:{now.timestamp():.6f}",
        params={"college": college.name},
        now=now,
    )
    return len(rows)


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
    """Into the hands of the student, or of a proxy with name and reason; once."""
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
