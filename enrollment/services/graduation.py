"""学历登记: the certificate, its date and outcome, after which the record is locked."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from common import audit, outbox
from common.actors import Actor
from common.crypto import blind_index
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.masking import MaskKind, mask
from common.models import Channel
from common.wording import date_cn, local
from enrollment.importers.certificates import plain_certificate_no
from enrollment.models import Graduation, StudentRecord
from enrollment.selectors import owner_of
from enrollment.services.record import LONGEST_CASE, Effect, amend_record
from enrollment.states import EnrollmentStatus, GraduationOutcome, StatusSource

__all__ = ["NewGraduation", "certificate_index", "register_graduation"]

_LONGEST = 30
_STATUSES = {
    GraduationOutcome.GRADUATED: EnrollmentStatus.GRADUATED,
    GraduationOutcome.COMPLETED: EnrollmentStatus.COMPLETED,
    GraduationOutcome.INCOMPLETE: EnrollmentStatus.INCOMPLETE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGraduation:
    """What the certificate says; `approval` is the province's paper where a former one is replaced."""

    outcome: GraduationOutcome
    conferred_date: date
    certificate_no: str
    approval: str = ""


def certificate_index(plain: str) -> bytes:
    """The index under which a certificate number is found."""
    return blind_index(plain, purpose="certificate")


@transaction.atomic
def register_graduation(
    *, record: StudentRecord, new: NewGraduation, actor: Actor, now: datetime
) -> Graduation:
    """Register the outcome with its certificate; the status follows, and what it names is locked.

    A 结业 may later become a 毕业 (换发证书); any other replacement needs the province's approval. What
    stood before is kept. How the number is built is never a reason to refuse it.
    """
    number = _checked(record, new, now=now)
    _supersede(record, new, actor=actor, now=now)
    made = _make(record, new, number, actor=actor, now=now)
    # Whoever judged the record before, such as a roster, judges it again: more is locked now.
    StudentRecord.objects.filter(pk=record.pk).update(has_sections=True, updated_at=now)
    _follow(record, made, actor=actor, now=now)
    audit.record(
        "graduation.registered",
        actor=actor,
        now=now,
        obj=made,
        subject=record,
        reason=made.case_ref,
        details={
            "outcome": made.outcome,
            "certificate": mask(number, MaskKind.DOCUMENT_NO),
            "conferred_date": new.conferred_date.isoformat(),
        },
    )
    _tell(record, made, now=now)
    return made


def _checked(record: StudentRecord, new: NewGraduation, *, now: datetime) -> str:
    """The number as it is stored, when all is there."""
    number = plain_certificate_no(new.certificate_no)
    if not number or len(number) > _LONGEST:
        raise InvalidInputError("请填写证书编号，一般是 18 位数字。", field="certificate_no")
    if new.conferred_date > local(now).date():
        raise InvalidInputError("毕（结、肄）业日期不能晚于今天。", field="conferred_date")
    if record.duplicate_of_id is not None:
        raise NotAllowedError("这条学籍已作为重复学籍注销，不能登记学历。")
    if record.next_status:
        raise NotAllowedError("已经登记了将要生效的学籍异动，先撤销它，再登记学历。")
    return number


def _make(
    record: StudentRecord, new: NewGraduation, number: str, *, actor: Actor, now: datetime
) -> Graduation:
    try:
        with transaction.atomic():
            return Graduation.objects.create(
                record=record,
                outcome=new.outcome,
                conferred_date=new.conferred_date,
                certificate_no=number,
                certificate_index=certificate_index(number),
                case_ref=new.approval.strip()[:LONGEST_CASE],
                registered_at=now,
                registered_by=actor.actor_label,
            )
    except IntegrityError as error:
        raise InvalidInputError(
            "这个证书编号已经登记在别的学籍上，或者这条学籍刚刚登记过。", field="certificate_no"
        ) from error


def _supersede(record: StudentRecord, new: NewGraduation, *, actor: Actor, now: datetime) -> None:
    former = Graduation.objects.filter(record=record, superseded_at=None).first()
    if former is None:
        return
    is_conversion = (
        former.outcome == GraduationOutcome.COMPLETED and new.outcome == GraduationOutcome.GRADUATED
    )
    if not is_conversion and not new.approval.strip():
        raise NotAllowedError("学历已经登记。要改，凭省级批文：写明批文文号。")
    current = Graduation.objects.filter(pk=former.pk, superseded_at=None)
    if current.update(superseded_at=now, superseded_by=actor.actor_label) != 1:
        raise StaleStateError("学历登记刚刚有了变化，请刷新后再看。")


def _follow(record: StudentRecord, made: Graduation, *, actor: Actor, now: datetime) -> None:
    status = _STATUSES[GraduationOutcome(made.outcome)]
    record.refresh_from_db()
    if record.enrollment_status == status:
        return
    amend_record(
        record=record,
        changes={"enrollment_status": status.value},
        reason=f"登记学历：{made.get_outcome_display()}",
        actor=actor,
        now=now,
        case=made.case_ref,
        effect=Effect(made.conferred_date, StatusSource.GRADUATION),
    )


def _tell(record: StudentRecord, made: Graduation, *, now: datetime) -> None:
    owner = owner_of(record)
    if owner is None or not record.is_shown:
        return
    outbox.queue(
        outbox.Message(
            key=f"record_graduated:{made.pk}",
            channel=Channel.NOTICE,
            template="record_graduated",
            user_id=owner.pk,
            params={
                "outcome": str(made.get_outcome_display()),
                "student_no": record.student_no,
                "day": date_cn(made.conferred_date),
            },
        ),
        now=now,
    )
