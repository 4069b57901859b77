"""Certificates as they are printed: entered under their number, one by one or from what is registered."""

from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from accounts.models import User
from common import audit as trail
from common.errors import InvalidInputError, StaleStateError
from common.masking import MaskKind, mask
from corrections.models import AuditedStudent, Certificate, GraduationAudit
from corrections.policies.graduation import check_can_print_certificate, check_is_printed
from corrections.selectors.graduation_scope import to_print
from corrections.services.graduation.chunks import in_chunks
from corrections.services.graduation.listing import held_audit
from corrections.states.graduation import AuditOutcome
from enrollment.importers.certificates import plain_certificate_no
from enrollment.models import Graduation
from enrollment.services.graduation import certificate_index
from enrollment.states import GraduationOutcome

__all__ = ["print_certificate", "print_registered"]

_LONGEST_NO: Final = 30
# What a certificate may say for what was decided.
_FITS: Final = {
    AuditOutcome.GRADUATE: GraduationOutcome.GRADUATED,
    AuditOutcome.COMPLETE: GraduationOutcome.COMPLETED,
}


@transaction.atomic
def print_certificate(
    *, student: AuditedStudent, number: str, actor: User, now: datetime
) -> Certificate:
    """Enter a printed certificate under its number, which no other one has."""
    held_audit(student.audit)
    held = (
        AuditedStudent.objects.select_for_update(of=("self",))
        .select_related("audit", "record__school")
        .get(pk=student.pk)
    )
    check_can_print_certificate(actor, held)
    plain = plain_certificate_no(number)
    if not plain or len(plain) > _LONGEST_NO:
        raise InvalidInputError(f"写上证书编号，最多 {_LONGEST_NO} 个字。", field="number")
    try:
        with transaction.atomic():
            made = _new(held, plain, actor=actor, now=now)
            made.save(force_insert=True)
    except IntegrityError as error:
        raise InvalidInputError(
            "这个编号已经用过，或者这名学生已有一本没作废的证书。", field="number"
        ) from error
    _note([made], actor=actor, now=now)
    return made


@transaction.atomic
def print_registered(*, audit: GraduationAudit, actor: User, now: datetime) -> int:
    """Enter the certificates of everybody whose registered number fits the decision; how many.

    Who has one, who is not registered, whose registration says something else, and the own row are
    left out. It stops at `MOST_AT_ONCE`; the next one goes on with the others.
    """
    held = held_audit(audit)
    check_is_printed(actor, held)

    def enter(some: list[AuditedStudent]) -> int:
        made = _fitting(some, actor=actor, now=now)
        try:
            with transaction.atomic():
                made = Certificate.objects.bulk_create(made)
        except IntegrityError as error:
            raise StaleStateError("刚刚有人登记了同样的编号，请再点一次。") from error
        _note(made, actor=actor, now=now)
        return len(made)

    return in_chunks(to_print(held, actor).select_related("record"), enter)


def _fitting(some: list[AuditedStudent], *, actor: User, now: datetime) -> list[Certificate]:
    """What is registered for these students, each number once, none that was ever used."""
    registered = {
        row.record_id: row
        for row in Graduation.objects.filter(
            superseded_at=None, record__in=[student.record_id for student in some]
        )
    }
    made: dict[bytes, Certificate] = {}
    for student in some:
        found = registered.get(student.record_id)
        if found is None or found.outcome != _FITS[AuditOutcome(student.decided)]:
            continue
        plain = plain_certificate_no(found.certificate_no)
        if plain and len(plain) <= _LONGEST_NO:
            new = _new(student, plain, actor=actor, now=now)
            made.setdefault(bytes(new.number_index), new)
    used = Certificate.objects.filter(number_index__in=list(made))
    for index in used.values_list("number_index", flat=True):
        del made[bytes(index)]
    return list(made.values())


def _new(student: AuditedStudent, plain: str, *, actor: User, now: datetime) -> Certificate:
    return Certificate(
        student=student,
        school_id=student.record.school_id,
        number=plain,
        number_index=certificate_index(plain),
        printed_at=now,
        printed_by=actor.actor_label,
    )


def _note(made: list[Certificate], *, actor: User, now: datetime) -> None:
    trail.record_many(
        trail.event(
            "certificate.printed",
            actor=actor,
            now=now,
            obj=each,
            subject=each.student.record,
            details={"certificate": mask(each.number, MaskKind.DOCUMENT_NO)},
        )
        for each in made
    )
