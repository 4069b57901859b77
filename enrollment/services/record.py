"""Amending a record: staff change fields, with a reason, and the former values are kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
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
from enrollment.importers.dates import parse_date, parse_duration, parse_year
from enrollment.importers.statuses import parse_status
from enrollment.models import (
    Amendment,
    ClassGroup,
    College,
    Major,
    StatusChange,
    StudentRecord,
    record_digests,
)
from enrollment.selectors import AMENDABLE_FIELDS, owner_of, record_value
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
    effect: Effect | None = None,
) -> list[Amendment]:
    """Change fields of a record as a person would type them; returns one amendment per changed field.

    The one door for changes by staff. Names are those of AMENDABLE_FIELDS; dates, years and kinds
    are read as a roster's cells are. Keys, index and digests follow, and `record` is read anew; a new
    status is also kept as a change of status. `case` says from which case or document it follows.
    InvalidInputError names the field that cannot be read; StaleStateError when the record was
    changed since it was read.
    """
    ground = _Ground(checked_reason(reason), case.strip()[:LONGEST_CASE], actor, now)
    draft = StudentRecord.objects.select_related("school", "major", "college", "class_group").get(
        pk=record.pk
    )
    if draft.updated_at != record.updated_at:
        raise StaleStateError(_STALE)
    if "enrollment_status" in changes and draft.next_status:
        raise NotAllowedError("已经登记了将要生效的学籍异动，先撤销它，再改学籍状态。")
    before = dict(_stored(draft))
    old = {name: record_value(draft, name, whole_number=True) for name in changes}
    _set_values(draft, changes)
    if effect is not None and effect.text:
        draft.enrollment_status_text = effect.text
    _set_keys(draft)
    after = dict(_stored(draft))
    moved = {name: value for name, value in after.items() if value != before[name]}
    if not moved:
        raise InvalidInputError("填的和现在的一样，没有要改的。")
    _write(draft, moved, now=now)
    amendments = Amendment.objects.bulk_create(
        Amendment(
            record=record,
            field=name,
            old_value=former,
            new_value=record_value(draft, name, whole_number=True),
            reason=ground.reason,
            case_ref=ground.case,
            is_key=name in draft.school.key_fields,
            amended_at=now,
            amended_by=actor.actor_label,
        )
        for name, former in old.items()
        if former != record_value(draft, name, whole_number=True)
    )
    if "enrollment_status" in moved:
        _note_status(draft, before, ground, effect or Effect(local(now).date()))
    _tell(draft, amendments, ground)
    record.refresh_from_db()
    return amendments


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


def _set_values(record: StudentRecord, changes: Mapping[str, str]) -> None:
    for name, text in sorted(changes.items(), key=lambda item: item[0] != "college_name"):
        if name not in AMENDABLE_FIELDS:
            raise InvalidInputError("没有这个字段。", field=name)
        try:
            _SETTERS.get(name, _set_text)(record, name, text.strip())
        except InvalidInputError as error:
            error.field = name
            raise


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


# --- how one typed text becomes a value ------------------------------------------------------


_LONGEST: dict[str, int] = {
    field.name: field.max_length
    for field in StudentRecord._meta.fields  # noqa: SLF001 -- Django's public _meta
    if field.max_length is not None
}


def _set_text(record: StudentRecord, name: str, text: str) -> None:
    if len(text) > _LONGEST[name]:
        raise InvalidInputError(f"最多 {_LONGEST[name]} 个字。")
    setattr(record, name, text)


def _set_required(record: StudentRecord, name: str, text: str) -> None:
    if not text:
        raise InvalidInputError(f"{AMENDABLE_FIELDS[name]}不能是空的。")
    _set_text(record, name, text)


def _set_id_number(record: StudentRecord, name: str, text: str) -> None:
    if not canonical_number(text):
        raise InvalidInputError("证件号码不能是空的。")
    setattr(record, name, text)


def _set_id_type(record: StudentRecord, name: str, text: str) -> None:
    kind = parse_document_type(text)
    if kind is None:
        raise InvalidInputError("没有这种证件类型。")
    setattr(record, name, kind.value)


def _set_date(record: StudentRecord, name: str, text: str) -> None:
    found = parse_date(text)
    if not found.is_readable:
        raise InvalidInputError("日期写成 2026-06-30 或 20260630。")
    day: date | None = found.day
    setattr(record, name, day)


def _set_year(record: StudentRecord, name: str, text: str) -> None:
    year = parse_year(text) if text else None
    if text and year is None:
        raise InvalidInputError("年份写成四位数，例如 2026。")
    setattr(record, name, year)


def _set_duration(record: StudentRecord, name: str, text: str) -> None:
    years: Decimal | None = parse_duration(text) if text else None
    if text and years is None:
        raise InvalidInputError("学制写成年数，例如 4 或 2.5。")
    setattr(record, name, years)


def _set_status(record: StudentRecord, name: str, text: str) -> None:
    status = parse_status(text)
    if status is None:
        raise InvalidInputError("没有这种学籍状态。")
    setattr(record, name, status)
    record.enrollment_status_text = str(status.label) if text == status.value else text


def _set_major(record: StudentRecord, name: str, text: str) -> None:
    """A major as named, made when the school has none of that name and code."""
    parts = {
        "major_name": record.major_name,
        "major_code": record.major.code if record.major else "",
    }
    parts[name] = text
    if not parts["major_name"]:
        record.major = None
        return
    same_name = Major.objects.filter(school=record.school_id, name=parts["major_name"])
    known = same_name.filter(code=parts["major_code"]).first()
    if known is None and name == "major_name":
        known = same_name.order_by("pk").first()
        parts["major_code"] = ""
    record.major = (
        known
        or Major.objects.get_or_create(
            school=record.school, code=parts["major_code"], name=parts["major_name"]
        )[0]
    )


def _set_college(record: StudentRecord, name: str, text: str) -> None:
    found = College.objects.filter(school=record.school_id, name=text).first()
    if text and found is None:
        raise InvalidInputError(f"这个学校没有这个{AMENDABLE_FIELDS[name]}，先新增再改。")
    record.college = found


def _set_class(record: StudentRecord, name: str, text: str) -> None:
    if not text:
        record.class_group = None
        return
    named = ClassGroup.objects.filter(school=record.school_id, name=text)
    own_college = named.filter(college=record.college_id)
    own_grade = own_college.filter(entry_grade=record.entry_grade)
    for narrowed in (own_grade, own_college, named):
        classes = list(narrowed[:2])
        if len(classes) == 1:
            record.class_group = classes[0]
            return
    raise InvalidInputError(
        f"没有这个{AMENDABLE_FIELDS[name]}，或者同名的不止一个；先改学院和年级，再改班级。"
    )


_SETTERS: dict[str, Callable[[StudentRecord, str, str], None]] = {
    "name": _set_required,
    "student_no": _set_required,
    "id_number": _set_id_number,
    "id_type": _set_id_type,
    "birth_date": _set_date,
    "entry_date": _set_date,
    "expected_graduation_date": _set_date,
    "entry_grade": _set_year,
    "graduating_class": _set_year,
    "duration_years": _set_duration,
    "enrollment_status": _set_status,
    "major_name": _set_major,
    "major_code": _set_major,
    "college_name": _set_college,
    "class_name": _set_class,
}
