"""What the platform's list says beside our own state; nothing is changed by comparing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from accounts.identity import canonical_number, name_match_key
from accounts.models import document_index
from common.masking import MaskKind, mask
from common.wording import date_cn, local
from enrollment.models import Graduation, StudentRecord
from enrollment.states import EnrollmentStatus, GraduationOutcome
from imaging.importers.platform import PlatformEntry
from imaging.models import CampaignMember, PlatformList, PlatformRow, VerificationConclusion
from imaging.states import Conclusion
from imaging.states.registration import PlatformFinding

__all__ = ["OUTCOMES", "compared"]

OUTCOMES: Final = {
    EnrollmentStatus.GRADUATED: GraduationOutcome.GRADUATED,
    EnrollmentStatus.COMPLETED: GraduationOutcome.COMPLETED,
    EnrollmentStatus.INCOMPLETE: GraduationOutcome.INCOMPLETE,
}
_SLICE: Final = 500
Finding = tuple[PlatformFinding, str]


@dataclass(frozen=True, slots=True)
class _Ours:
    """A record with what we know of its certificate, and whether all was checked and is locked."""

    record: StudentRecord
    graduation: Graduation | None
    is_closed: bool


def compared(
    entries: Sequence[PlatformEntry], *, platform_list: PlatformList, now: datetime
) -> Iterator[PlatformRow]:
    """A row for every entry, then one for each of our people whom the list does not have."""
    met: set[int] = set()
    for start in range(0, len(entries), _SLICE):
        part = entries[start : start + _SLICE]
        by_number, by_document = _records(part, platform_list)
        known = {each.pk: each for each in [*by_number.values(), *by_document.values()]}
        ours = _known(known, platform_list, now=now)
        for entry in part:
            one = by_number.get(entry.student_no) if entry.student_no else None
            other = by_document.get(_index(entry)) if entry.document_no else None
            record = one or other
            finding, note = _judged(entry, one, other, ours, met, now=now)
            is_theirs = finding not in {PlatformFinding.MISMATCH, PlatformFinding.UNKNOWN}
            if record is not None:
                met.add(record.pk)
            yield PlatformRow(
                platform_list=platform_list,
                row_no=entry.row_no,
                record=record if is_theirs else None,
                number=entry.student_no[:40]
                or mask(canonical_number(entry.document_no), MaskKind.DOCUMENT_NO)[:40],
                status_text=entry.status_text[:100],
                status=entry.status or "",
                certificate_no=entry.certificate_no[:40],
                conferred_date=entry.conferred.day,
                finding=finding,
                note=note,
            )
    yield from _absent(platform_list, met)


def _index(entry: PlatformEntry) -> bytes:
    return bytes(document_index(canonical_number(entry.document_no)))


def _records(
    entries: Iterable[PlatformEntry], platform_list: PlatformList
) -> tuple[dict[str, StudentRecord], dict[bytes, StudentRecord]]:
    """By student number, and by document number where it leads to one record only."""
    entries = list(entries)
    records = StudentRecord.objects.filter(school=platform_list.school_id, duplicate_of=None)
    numbers = [entry.student_no for entry in entries if entry.student_no]
    by_number = {each.student_no: each for each in records.filter(student_no__in=numbers)}
    documents = [_index(entry) for entry in entries if entry.document_no]
    found: dict[bytes, list[StudentRecord]] = {}
    for record in records.filter(id_number_index__in=documents):
        found.setdefault(bytes(record.id_number_index), []).append(record)
    return by_number, {index: both[0] for index, both in found.items() if len(both) == 1}


def _known(
    records: dict[int, StudentRecord], platform_list: PlatformList, *, now: datetime
) -> dict[int, _Ours]:
    registered = {
        each.record_id: each
        for each in Graduation.objects.filter(record__in=records, superseded_at=None)
    }
    asked = len(platform_list.campaign.asked)
    waived = set(
        CampaignMember.objects.filter(
            campaign=platform_list.campaign_id, record__in=records, photo_waived_at__isnull=False
        ).values_list("record", flat=True)
    )
    right: dict[int, int] = {}
    given = (
        VerificationConclusion.objects.valid()
        .filter(
            round__is_current=True,
            round__member__campaign=platform_list.campaign_id,
            round__member__removed_at=None,
            round__member__record__in=records,
            state=Conclusion.CORRECT,
            locks_at__lte=now,
        )
        .values_list("round__member__record", flat=True)
    )
    for record_id in given:
        right[record_id] = right.get(record_id, 0) + 1
    return {
        pk: _Ours(record, registered.get(pk), right.get(pk, 0) == asked - (pk in waived))
        for pk, record in records.items()
    }


def _judged(
    entry: PlatformEntry,
    one: StudentRecord | None,
    other: StudentRecord | None,
    ours: dict[int, _Ours],
    met: set[int],
    *,
    now: datetime,
) -> Finding:
    """First whose row it is, then what it says."""
    record = one or other
    if record is None:
        return PlatformFinding.UNKNOWN, "这所学校没有这个号码；核对号码，或先导入名册。"
    if doubt := _doubt(entry, record, is_by_number=one is not None):
        return doubt
    if record.pk in met:
        return PlatformFinding.REPEATED, "前面已有这个人，这一行不算。"
    if entry.status is None:
        return PlatformFinding.UNREADABLE, "状态要写明，例如“毕业”“结业”“在籍（注册学籍）”。"
    if entry.status in OUTCOMES:
        return _registered(entry, ours[record.pk], now=now)
    return _not_registered(entry, ours[record.pk], now=now)


def _doubt(entry: PlatformEntry, record: StudentRecord, *, is_by_number: bool) -> Finding | None:
    """Why the row may be somebody else's."""
    if entry.is_damaged:
        return (
            PlatformFinding.UNREADABLE,
            "号码被表格软件变成了数字，末几位丢了；请重新下载。",
        )
    if is_by_number and entry.document_no and _index(entry) != bytes(record.id_number_index):
        return PlatformFinding.MISMATCH, "学号对上了，证件号码是另一个；先查清是谁。"
    if entry.name and name_match_key(entry.name) != record.name_key:
        return PlatformFinding.MISMATCH, "号码对上了，姓名不一样；先查清是谁。"
    return None


def _registered(entry: PlatformEntry, known: _Ours, *, now: datetime) -> Finding:
    """The platform says that a certificate is registered."""
    day, number = entry.conferred.day, entry.certificate_no
    outcome = OUTCOMES[EnrollmentStatus(entry.status or "")]
    has = known.graduation
    if has is not None and not _is_conversion(has, outcome):
        differing = [
            *([f"结论：本校 {has.get_outcome_display()}"] if has.outcome != outcome else []),
            *(["证书编号不同"] if number and number != has.certificate_no else []),
            *(
                [f"日期：本校 {date_cn(has.conferred_date)}"]
                if day and day != has.conferred_date
                else []
            ),
        ]
        if not differing:
            return PlatformFinding.SAME, ""
        return PlatformFinding.DIFFERENT, f"{'，'.join(differing)}。核实后凭省级批文更正。"
    if not number or day is None:
        return PlatformFinding.INCOMPLETE, "补上证书编号和日期再上传，或在学籍页逐个登记。"
    if day > local(now).date():
        return PlatformFinding.INCOMPLETE, "日期还没到，到了再上传。"
    if not known.is_closed:
        return PlatformFinding.EARLY, "登记以后，学生不能再核对；先核实为什么没核对完。"
    return PlatformFinding.REGISTER, ""


def _is_conversion(has: Graduation, outcome: GraduationOutcome) -> bool:
    return (has.outcome, outcome) == (GraduationOutcome.COMPLETED, GraduationOutcome.GRADUATED)


def _not_registered(entry: PlatformEntry, known: _Ours, *, now: datetime) -> Finding:
    """The platform says that there is no certificate."""
    mine = EnrollmentStatus(known.record.status_at(now))
    if known.graduation is not None:
        said = known.graduation.get_outcome_display()
        return PlatformFinding.DIFFERENT, f"本校已登记“{said}”，平台还没有；请核实哪边对。"
    if mine == entry.status:
        return PlatformFinding.SAME, ""
    return PlatformFinding.DIFFERENT, f"本校是“{mine.label}”；核实后在学籍页登记异动。"


def _absent(platform_list: PlatformList, met: set[int]) -> Iterator[PlatformRow]:
    members = CampaignMember.objects.filter(
        campaign=platform_list.campaign_id,
        record__school=platform_list.school_id,
        removed_at=None,
    ).select_related("record")
    for member in members.order_by("record__student_no").iterator():
        if member.record_id not in met:
            yield PlatformRow(
                platform_list=platform_list,
                row_no=0,
                record=member.record,
                number=member.record.student_no,
                finding=PlatformFinding.ABSENT,
                note="在批次里，平台名单里没有；核实平台有没有这份学籍。",
            )
