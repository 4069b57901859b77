"""Writing further sections: one record at a time, or from the kept columns of an applied roster."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from common import audit
from common.actors import Actor
from common.errors import DomainError
from enrollment.importers.certificates import plain_certificate_no
from enrollment.importers.sections import SectionRow, has_section_columns, section_row
from enrollment.models import (
    AdmissionInfo,
    Aid,
    Graduation,
    RosterImport,
    RosterRow,
    StudentRecord,
    UpgradeCheck,
)
from enrollment.services.graduation import NewGraduation, certificate_index, register_graduation
from enrollment.states import UpgradeState

__all__ = ["set_upgrade_state", "write_sections"]

_CHUNK = 500


@transaction.atomic
def set_upgrade_state(
    *, record: StudentRecord, state: UpgradeState, note: str, actor: Actor, now: datetime
) -> UpgradeCheck:
    """How far the check of the prior diploma is; the student reads it with the next step."""
    made = _upgrade(record, state, note.strip()[:200], now.date(), now=now)
    audit.record(
        "upgrade.checked",
        actor=actor,
        now=now,
        obj=made,
        subject=record,
        details={"upgrade": state},
    )
    return made


def write_sections(*, roster: RosterImport, actor: Actor, now: datetime) -> int:
    """Take the columns of further sections over from an applied roster; returns how many records.

    Safe to run twice. A certificate that contradicts a registered one is left out: such a change
    has its own way.
    """
    if not has_section_columns(roster.unknown_columns):
        return 0
    done, last = 0, 0
    rows = RosterRow.objects.filter(roster=roster, record__isnull=False, raw__isnull=False)
    while True:
        chunk = list(
            rows.filter(row_no__gt=last).select_related("record").order_by("row_no")[:_CHUNK]
        )
        if not chunk:
            return done
        with transaction.atomic():
            done += sum(_take_over(row, actor=actor, now=now) for row in chunk)
        last = chunk[-1].row_no


def _take_over(row: RosterRow, *, actor: Actor, now: datetime) -> bool:
    record = row.record
    if record is None:
        return False
    found = section_row(row.raw or {})
    if not any(found):
        return False
    if found.admission:
        _admission(record, found.admission, now=now)
    if found.aid is not None:
        title, year, amount = found.aid
        Aid.objects.update_or_create(
            record=record,
            title=title,
            school_year=year,
            defaults={"amount": amount, "updated_at": now},
        )
    if found.upgrade is not None:
        state, note, day = found.upgrade
        _upgrade(record, state, note, day, now=now)
    StudentRecord.objects.filter(pk=record.pk, has_sections=False).update(has_sections=True)
    _graduate(record, found, actor=actor, now=now)
    return True


def _admission(record: StudentRecord, fields: Mapping[str, str | date], *, now: datetime) -> None:
    AdmissionInfo.objects.update_or_create(record=record, defaults={**fields, "updated_at": now})


def _upgrade(
    record: StudentRecord, state: UpgradeState, note: str, day: date | None, *, now: datetime
) -> UpgradeCheck:
    made, _ = UpgradeCheck.objects.update_or_create(
        record=record,
        defaults={"state": state, "note": note, "checked_date": day, "updated_at": now},
    )
    StudentRecord.objects.filter(pk=record.pk, has_sections=False).update(has_sections=True)
    return made


def _graduate(record: StudentRecord, found: SectionRow, *, actor: Actor, now: datetime) -> None:
    if found.graduation is None:
        return
    outcome, day, number = found.graduation
    known = Graduation.objects.filter(
        record=record,
        superseded_at=None,
        outcome=outcome,
        certificate_index=certificate_index(plain_certificate_no(number)),
    )
    if known.exists():
        return
    new = NewGraduation(outcome=outcome, conferred_date=day, certificate_no=number)
    try:
        with transaction.atomic():
            register_graduation(record=record, new=new, actor=actor, now=now)
    except DomainError as error:
        audit.record(
            "graduation.refused",
            actor=actor,
            now=now,
            obj=record,
            subject=record,
            reason=str(error)[:300],
        )
