"""Amending a record: staff change fields, with a reason, and the former values are kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, models, transaction

from accounts.identity import canonical_number, name_match_key, parse_document_type
from accounts.models import document_index
from common import audit, outbox
from common.actors import Actor
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.masking import MaskKind, mask
from common.models import Channel
from common.wording import local
from enrollment.importers.certified import CERTIFIED_FIELDS
from enrollment.models import (
    Amendment,
    Graduation,
    StatusChange,
    StudentRecord,
    record_digests,
)
from enrollment.selectors import AMENDABLE_FIELDS, owner_of, record_value
from enrollment.services.record_values import set_values
from enrollment.states import EnrollmentStatus, StatusSource

LONGEST_REASON = 300
LONGEST_CASE = 100
_STALE = "这条学籍刚刚有了变化，请刷新后再改。"

_MASKS = {
    "name": MaskKind.NAME,
    "id_number": MaskKind.DOCUMENT_NO,
    "student_no": MaskKind.STUDENT_NO,
    "candidate_no": MaskKind.STUDENT_NO,
}


@dataclass(frozen=True, slots=True)
class Effect:
    """From which day a new status holds, where it came from, and how its paper words it.

    `waiting` is the change that was kept before, when this only makes it so.
    """

    effective_from: date
    source: StatusSource = StatusSource.AMENDMENT
    text: str = ""
    waiting: StatusChange | None = None


@dataclass(frozen=True, slots=True)
class _Ground:
    """Why, from which case, by whom, when."""

    reason: str
    case: str
    actor: Actor
    now: datetime


@transaction.atomic
def amend_record(
    *,
    record: StudentRecord,
    changes: Mapping[str, str],
    reason: str,
    actor: Actor,
    now: datetime,
    case: str = "",
    approval: str = "",
    effect: Effect | None = None,
) -> list[Amendment]:
    """Change fields of a record as a person would type them; returns one amendment per changed field.

    The one door for changes by staff. Names are those of AMENDABLE_FIELDS; dates, years and kinds
    are read as a roster's cells are. Keys, index and digests follow, and `record` is read anew; a new
    status is also kept as a change of status. `case` says from which case or document it follows.
    Once a certificate is registered, what it names changes only with the province's `approval`.
    InvalidInputError names the field that cannot be read; StaleStateError when the record was
    changed since it was read.
    """
    case = (approval.strip() or case.strip())[:LONGEST_CASE]
    ground = _Ground(checked_reason(reason), case, actor, now)
    draft = StudentRecord.objects.select_related("school", "major", "college", "class_group").get(
        pk=record.pk
    )
    if draft.updated_at != record.updated_at:
        raise StaleStateError(_STALE)
    if "enrollment_status" in changes and draft.next_status:
        raise NotAllowedError("已经登记了将要生效的学籍异动，先撤销它，再改学籍状态。")
    if not approval.strip():
        _check_not_certified(draft, changes, effect)
    before = dict(_stored(draft))
    old = {name: record_value(draft, name, whole_number=True) for name in changes}
    set_values(draft, changes)
    if effect is not None and effect.text:
        draft.enrollment_status_text = effect.text
    _set_keys(draft)
    after = dict(_stored(draft))
    moved = {name: value for name, value in after.items() if value != before[name]}
    if not moved:
        raise InvalidInputError("填的和现在的一样，没有要改的。")
    _write(draft, moved, now=now)
    amendments = _kept(draft, old, ground)
    if "enrollment_status" in moved:
        _note_status(draft, before, ground, effect or Effect(local(now).date()))
    _tell(draft, amendments, ground)
    record.refresh_from_db()
    return amendments


def _kept(draft: StudentRecord, old: Mapping[str, str], ground: _Ground) -> list[Amendment]:
    """One amendment per field that reads differently now."""
    return Amendment.objects.bulk_create(
        Amendment(
            record=draft,
            field=name,
            old_value=former,
            new_value=record_value(draft, name, whole_number=True),
            reason=ground.reason,
            case_ref=ground.case,
            is_key=name in draft.school.key_fields,
            amended_at=ground.now,
            amended_by=ground.actor.actor_label,
        )
        for name, former in old.items()
        if former != record_value(draft, name, whole_number=True)
    )


def _check_not_certified(
    record: StudentRecord, changes: Mapping[str, str], effect: Effect | None
) -> None:
    """After the certificate is open for query the school alone may not change it."""
    locked = set(CERTIFIED_FIELDS).intersection(changes)
    if effect is not None and effect.source == StatusSource.GRADUATION:
        locked -= {"enrollment_status"}
    if not locked or not record.has_sections:
        return
    if Graduation.objects.filter(record=record, superseded_at=None).exists():
        labels = "、".join(AMENDABLE_FIELDS[name] for name in sorted(locked))
        raise NotAllowedError(
            f"学历已经登记，{labels}锁定了，只能凭省级批文更正：在学籍页“更正学籍”里写明批文文号。"
        )


def checked_reason(reason: str) -> str:
    """The reason without blanks around it; InvalidInputError without one."""
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise InvalidInputError("写清楚理由，最多 300 个字。", field="reason")
    return reason


def _note_status(
    record: StudentRecord, before: Mapping[str, Any], ground: _Ground, effect: Effect
) -> None:
    """Keep the status's own history beside the amendment; a change that was waiting is done."""
    if effect.waiting is not None:
        return
    StatusChange.objects.create(
        record=record,
        status=record.enrollment_status,
        status_text=record.enrollment_status_text,
        former_status=before["enrollment_status"],
        former_text=before["enrollment_status_text"],
        effective_from=effect.effective_from,
        source=effect.source,
        reason=ground.reason,
        case_ref=ground.case,
        recorded_at=ground.now,
        recorded_by=ground.actor.actor_label,
        applied_at=ground.now,
    )


def _stored(record: StudentRecord) -> list[tuple[str, Any]]:
    fields: list[models.Field[Any, Any]] = list(record._meta.concrete_fields)  # noqa: SLF001 -- Django's public _meta
    return [
        (field.attname, _comparable(getattr(record, field.attname)))
        for field in fields
        if field.attname != "updated_at"
    ]


def _comparable(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def _set_keys(record: StudentRecord) -> None:
    """Everything that is derived from the values, so that no writer can forget a part."""
    kind = parse_document_type(record.id_type)
    record.name_key = name_match_key(record.name)
    record.id_number_index = document_index(canonical_number(record.id_number, kind))
    for name, digest in record_digests(record).items():
        setattr(record, name, digest)


def _write(record: StudentRecord, moved: Mapping[str, Any], *, now: datetime) -> None:
    unmoved = StudentRecord.objects.filter(pk=record.pk, updated_at=record.updated_at)
    try:
        with transaction.atomic():
            count = unmoved.update(**moved, updated_at=now)
    except IntegrityError as error:
        raise InvalidInputError(
            "这个学校已有同一学号的学籍，先核对是不是同一个人。", field="student_no"
        ) from error
    if count != 1:
        raise StaleStateError(_STALE)


def _tell(record: StudentRecord, amendments: list[Amendment], ground: _Ground) -> None:
    details: dict[str, Any] = {
        row.field: [_masked(row.field, row.old_value), _masked(row.field, row.new_value)]
        for row in amendments
    }
    if ground.case:
        details["case"] = ground.case
    audit.record(
        "record.amended",
        actor=ground.actor,
        now=ground.now,
        obj=record,
        subject=record,
        reason=ground.reason,
        details=details,
    )
    # A family is not written to about somebody who has died; what is not shown is not announced.
    if record.enrollment_status == EnrollmentStatus.DECEASED or not record.is_shown:
        return
    owner = owner_of(record)
    if owner is not None:
        labels = "、".join(AMENDABLE_FIELDS[row.field] for row in amendments)
        outbox.queue(
            outbox.Message(
                key=f"record_amended:{record.pk}:{ground.now.timestamp()}",
                channel=Channel.NOTICE,
                template="identity_record_amended",
                user_id=owner.pk,
                params={"fields": labels, "student_no": record.student_no},
            ),
            now=ground.now,
        )


def _masked(name: str, value: str) -> str:
    return mask(value, _MASKS[name]) if name in _MASKS else value
