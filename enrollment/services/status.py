"""学籍异动: changes of the enrolment status with the day from which they hold, and where they came from."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from common import audit, outbox
from common.actors import SYSTEM, Actor
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import Channel
from common.wording import date_cn, local
from enrollment.models import StatusChange, StudentRecord
from enrollment.selectors import owner_of
from enrollment.services.record import LONGEST_CASE, Effect, amend_record, checked_reason
from enrollment.states import EnrollmentStatus, StatusSource

__all__ = ["NewStatus", "apply_due_statuses", "change_status", "revoke_status"]

_EARLIEST = 1990
_LONGEST_TEXT = 50
_STALE = "这条学籍刚刚有了变化，请刷新后再看。"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStatus:
    """The status, the day from which it holds, and how the paper words it (empty: our word)."""

    status: EnrollmentStatus
    effective_from: date
    text: str = ""
    source: StatusSource = StatusSource.OFFICE
    case: str = ""


@transaction.atomic
def change_status(
    *, record: StudentRecord, new: NewStatus, reason: str, actor: Actor, now: datetime
) -> StatusChange:
    """Register a change of status; from its day on it holds, without anybody having to do anything.

    A day that has come goes into the record at once; a day to come waits, one at a time, and may be
    revoked until then. The former status is kept either way.
    """
    reason = checked_reason(reason)
    today = local(now).date()
    if new.effective_from.year < _EARLIEST:
        raise InvalidInputError("生效日期写错了。", field="effective_from")
    if len(new.text.strip()) > _LONGEST_TEXT:
        raise InvalidInputError(f"写法最多 {_LONGEST_TEXT} 个字。", field="text")
    if record.duplicate_of_id is not None:
        raise NotAllowedError("这条学籍已作为重复学籍注销，先恢复它再办异动。")
    if record.next_status:
        day = date_cn(record.next_status_from) if record.next_status_from else ""
        raise NotAllowedError(f"已经登记了从 {day} 起的异动，先撤销它，或者等它生效。")
    if new.effective_from > today:
        return _wait(record, new, reason=reason, actor=actor, now=now)
    if record.enrollment_status == new.status:
        raise InvalidInputError("学籍状态本来就是这个。", field="status")
    amend_record(
        record=record,
        changes={"enrollment_status": new.status.value},
        reason=reason,
        actor=actor,
        now=now,
        case=new.case,
        effect=Effect(new.effective_from, new.source, new.text.strip()),
    )
    return StatusChange.objects.filter(record=record).latest("pk")


def _wait(
    record: StudentRecord, new: NewStatus, *, reason: str, actor: Actor, now: datetime
) -> StatusChange:
    """Let time decide: the day stands in the record's own row."""
    free = StudentRecord.objects.filter(
        pk=record.pk, next_status="", updated_at=record.updated_at, duplicate_of=None
    )
    if free.update(next_status=new.status, next_status_from=new.effective_from) != 1:
        raise StaleStateError(_STALE)
    try:
        with transaction.atomic():
            change = StatusChange.objects.create(
                record=record,
                status=new.status,
                status_text=new.text.strip(),
                former_status=record.enrollment_status,
                former_text=record.enrollment_status_text,
                effective_from=new.effective_from,
                source=new.source,
                reason=reason,
                case_ref=new.case.strip()[:LONGEST_CASE],
                recorded_at=now,
                recorded_by=actor.actor_label,
            )
    except IntegrityError as error:
        raise StaleStateError(_STALE) from error
    record.refresh_from_db()
    audit.record(
        "status.planned",
        actor=actor,
        now=now,
        obj=change,
        subject=record,
        reason=reason,
        details={"status": new.status, "effective_from": new.effective_from.isoformat()},
    )
    _announce(record, change, "record_status_planned", now=now)
    return change


@transaction.atomic
def revoke_status(
    *, record: StudentRecord, reason: str, actor: Actor, now: datetime
) -> StatusChange:
    """Take back a change whose day has not come; what already holds is changed by a new change."""
    reason = checked_reason(reason)
    change = StatusChange.objects.filter(record=record, applied_at=None, revoked_at=None).first()
    if change is None or change.effective_from <= local(now).date():
        raise StaleStateError("没有等着生效的异动，可能刚刚已经生效。")
    waiting = StatusChange.objects.filter(pk=change.pk, applied_at=None, revoked_at=None)
    revoked = waiting.update(revoked_at=now, revoked_by=actor.actor_label, revoke_reason=reason)
    if revoked != 1:
        raise StaleStateError(_STALE)
    StudentRecord.objects.filter(pk=record.pk).update(next_status="", next_status_from=None)
    change.refresh_from_db()
    record.refresh_from_db()
    audit.record("status.revoked", actor=actor, now=now, obj=change, subject=record, reason=reason)
    _announce(record, change, "record_status_revoked", now=now)
    return change


def apply_due_statuses(*, now: datetime, limit: int = 500) -> int:
    """Move statuses whose day has come into the records' own column; returns how many.

    Everybody who reads with a moment sees them already; this keeps lists and files in step.
    """
    due = StatusChange.objects.filter(
        applied_at=None,
        revoked_at=None,
        effective_from__lte=local(now).date(),
        record__next_status_from__lte=local(now).date(),
    )
    ids = list(due.order_by("effective_from", "pk").values_list("pk", flat=True)[:limit])
    return sum(_apply(change_id, now=now) for change_id in ids)


@transaction.atomic
def _apply(change_id: int, *, now: datetime) -> bool:
    waiting = StatusChange.objects.filter(pk=change_id, applied_at=None, revoked_at=None)
    if waiting.update(applied_at=now) != 1:  # somebody else was faster
        return False
    change = StatusChange.objects.select_related("record").get(pk=change_id)
    record = change.record
    StudentRecord.objects.filter(pk=record.pk).update(next_status="", next_status_from=None)
    if record.enrollment_status != change.status:
        record.refresh_from_db()
        amend_record(
            record=record,
            changes={"enrollment_status": change.status},
            reason=change.reason,
            actor=SYSTEM,
            now=now,
            case=change.case_ref,
            effect=Effect(
                change.effective_from,
                StatusSource(change.source),
                change.status_text,
                waiting=change,
            ),
        )
    return True


def _announce(record: StudentRecord, change: StatusChange, template: str, *, now: datetime) -> None:
    """Tell the student; not about a death, and not about a record that is not shown."""
    owner = owner_of(record)
    if owner is None or change.status == EnrollmentStatus.DECEASED or not record.is_shown:
        return
    outbox.queue(
        outbox.Message(
            key=f"{template}:{change.pk}",
            channel=Channel.NOTICE,
            template=template,
            user_id=owner.pk,
            params={
                "student_no": record.student_no,
                "status": change.status_text or str(change.get_status_display()),
                "day": date_cn(change.effective_from),
            },
        ),
        now=now,
    )
