"""Certificates that are registered, and members who are ready for it."""

from datetime import date, datetime
from itertools import count

from accounts.models import User
from common.actors import SYSTEM
from enrollment.models import Graduation, StudentRecord
from enrollment.services.graduation import NewGraduation, register_graduation
from enrollment.states import GraduationOutcome

_serial = count(1)
CONFERRED = date(2026, 6, 10)


def certificate_no(serial: int) -> str:
    """A certificate number of 远山大学 as it is built: school, regular, year, level, serial."""
    return f"99999120260500{serial:04d}"


def register(record: StudentRecord, *, at: datetime, actor: User | None = None) -> Graduation:
    """The record's certificate, registered at that moment."""
    new = NewGraduation(
        outcome=GraduationOutcome.GRADUATED,
        conferred_date=min(CONFERRED, at.date()),
        certificate_no=certificate_no(next(_serial)),
    )
    made = register_graduation(record=record, new=new, actor=actor or SYSTEM, now=at)
    record.refresh_from_db()
    return made
