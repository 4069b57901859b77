"""Capture entries and the records they may belong to: what staff see when they settle mismatches."""

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from pathlib import PurePosixPath
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.identity import canonical_number
from accounts.models import document_index
from common.errors import InvalidInputError
from enrollment.models import StudentRecord
from imaging.matching import (
    Claim,
    MatchReason,
    MatchResult,
    claim_from_name,
    claim_from_row,
    match,
)
from imaging.models import Campaign, CaptureEntry, CaptureTicket, PhotoVersion
from imaging.selectors.lookup import lookup_for
from imaging.states import MatchState, PhotoKind

__all__ = [
    "CAPTURE_FIELDS",
    "RematchPreview",
    "candidates_of",
    "captures_to_rematch",
    "captures_without_record",
    "claim_of",
    "preview_rematch",
    "records_without_photo",
    "result_of",
    "with_changes",
]

# The capture data that staff may correct, with its name and the longest value.
CAPTURE_FIELDS: Final = {
    "student_no": ("学号", 32),
    "document_no": ("证件号码", 40),
    "candidate_no": ("考生号", 32),
    "ticket": ("采集号", 32),
    "name": ("姓名", 150),
    "school_code": ("院校代码", 10),
    "captured_date": ("拍摄日期", 10),
}
_WITHOUT_RECORD: Final = (MatchState.UNMATCHED, MatchState.AMBIGUOUS)


def captures_without_record(
    *, kind: PhotoKind | None = None, school_code: str = ""
) -> QuerySet[CaptureEntry]:
    """Photos that wait for a person: they found no record, or several; the oldest first.

    With a school also those whose school nobody has said.
    """
    entries = CaptureEntry.objects.filter(state__in=_WITHOUT_RECORD)
    if kind is not None:
        entries = entries.filter(kind=kind)
    if school_code:
        entries = entries.filter(school_code__in=["", school_code])
    return entries.select_related("batch", "published").order_by("pk")


def captures_to_rematch(record_ids: Iterable[int] | None = None) -> QuerySet[CaptureEntry]:
    """Photos that found no record when they came, which nobody has settled, and which may find one now.

    With `record_ids` only those that may find one of these records. A number that was stored as a
    document number may be another one in truth, so those are always tried.
    """
    records = StudentRecord.objects.order_by()
    if record_ids is not None:
        records = records.filter(pk__in=list(record_ids))
    same_student_no = records.filter(student_no=OuterRef("student_no"))
    same_candidate_no = records.exclude(candidate_no="").filter(
        Q(candidate_no=OuterRef("candidate_no")) | Q(candidate_no=OuterRef("student_no"))
    )
    same_ticket = CaptureTicket.objects.filter(
        code=OuterRef("ticket"), voided_at=None, record__in=records
    )
    return CaptureEntry.objects.filter(
        Exists(same_student_no)
        | Exists(same_candidate_no)
        | Exists(same_ticket)
        | Q(document_no_index__isnull=False),
        ~Q(reason=MatchReason.BATCH_UNDONE),
        state=MatchState.UNMATCHED,
        settled_at=None,
    ).order_by("pk")


def records_without_photo(campaign: Campaign) -> QuerySet[StudentRecord]:
    """The campaign's members that have no current photo of the kind it asks for, and are to have one."""
    current = PhotoVersion.objects.filter(
        record=OuterRef("pk"), kind=campaign.profile.kind, is_current=True
    )
    return (
        StudentRecord.objects.filter(
            ~Exists(current),
            memberships__campaign=campaign,
            memberships__removed_at=None,
            memberships__photo_waived_at=None,
        )
        .select_related("school", "class_group")
        .order_by("class_group__name", "student_no")
    )


def claim_of(entry: CaptureEntry) -> Claim:
    """What the entry says now about whose photo it is.

    Numbers that still stand in the file name may be of any kind, as when it came; numbers of a list
    or typed by staff are what their field says.
    """
    listed = claim_from_row(
        student_no=entry.student_no,
        document_no=entry.document_no or "",
        candidate_no=entry.candidate_no,
        ticket=entry.ticket,
        name=entry.name,
        school_code=entry.school_code,
    )
    named = claim_from_name(PurePosixPath(entry.file_name).stem)
    if not {key.value for key in listed.keys} <= {key.value for key in named.keys}:
        return listed
    names = named.names if entry.name in named.names else listed.names
    return replace(listed, keys=named.keys, names=names)


def with_changes(entry: CaptureEntry, changes: Mapping[str, str]) -> CaptureEntry:
    """An unsaved copy of the entry with staff's changes of its capture data, as typed."""
    changed = copy(entry)
    for field, typed in changes.items():
        if field not in CAPTURE_FIELDS:
            raise InvalidInputError("这一项不能在采集信息里改。", field=field)
        label, longest = CAPTURE_FIELDS[field]
        value = typed.strip()
        if len(value) > longest:
            raise InvalidInputError(f"{label}最多 {longest} 个字，请核对。", field=field)
        if field == "captured_date":
            changed.captured_date = _date_of(value)
        elif field == "document_no":
            changed.document_no = value or None
            changed.document_no_index = document_index(canonical_number(value)) if value else None
        else:
            setattr(changed, field, value)
    return changed


def _date_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InvalidInputError(
            "拍摄日期请写成 2026-03-31 的样子。", field="captured_date"
        ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class RematchPreview:
    """What comes of the changed capture data: one record, or why not and who is in question."""

    state: MatchState
    reason: str = ""
    record: StudentRecord | None = None
    candidates: tuple[StudentRecord, ...] = ()


def preview_rematch(entry: CaptureEntry, changes: Mapping[str, str]) -> RematchPreview:
    """Match the entry as if its capture data were changed; nothing is written."""
    result = result_of(with_changes(entry, changes))
    wanted = [pk for pk in (result.record_id, *result.candidates) if pk is not None]
    found = StudentRecord.objects.select_related("school", "class_group").in_bulk(wanted)
    return RematchPreview(
        state=result.state,
        reason=result.reason.message if result.reason else "",
        record=found.get(result.record_id) if result.record_id is not None else None,
        candidates=tuple(found[pk] for pk in result.candidates if pk in found),
    )


def result_of(entry: CaptureEntry) -> MatchResult:
    """Match one entry by what it says now."""
    claim = claim_of(entry)
    return match(claim, lookup_for([claim]))


def candidates_of(entry: CaptureEntry) -> list[StudentRecord]:
    """The records an unsettled entry may belong to, by what it says now."""
    preview = preview_rematch(entry, {})
    return [preview.record] if preview.record else list(preview.candidates)
