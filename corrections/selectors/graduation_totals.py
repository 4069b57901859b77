"""Figures of a round: per college and major how many with which result; they must add up to the list."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from corrections.models import Certificate, GraduationAudit
from corrections.states.graduation import (
    OUT,
    AuditOutcome,
    AuditState,
    CertificateState,
    ResultState,
)

__all__ = ["AuditTotals", "TotalLine", "counted", "totals_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalLine:
    """One major of one college."""

    college: str
    major: str
    graduate: int
    complete: int
    defer: int
    undecided: int

    @property
    def amount(self) -> int:
        """Everybody of the line."""
        return self.graduate + self.complete + self.defer + self.undecided


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditTotals:
    """All lines with their sum, how many the list has, and how many certificates are out."""

    lines: tuple[TotalLine, ...]
    listed: int
    certificates: int
    handed: int

    @property
    def total(self) -> TotalLine:
        """The sum of the lines."""
        return TotalLine(
            college="合计",
            major="",
            graduate=sum(line.graduate for line in self.lines),
            complete=sum(line.complete for line in self.lines),
            defer=sum(line.defer for line in self.lines),
            undecided=sum(line.undecided for line in self.lines),
        )

    @property
    def ties_out(self) -> bool:
        """Whether the lines add up to the list."""
        return self.total.amount == self.listed


def totals_of(audit: GraduationAudit) -> AuditTotals:
    """The figures: of an archived round as they were archived, else as they are."""
    if audit.state == AuditState.CLOSED:
        return _kept(audit.totals)
    return counted(audit)


def counted(audit: GraduationAudit) -> AuditTotals:
    """The figures counted anew, in three queries whatever the size."""
    students = audit.students.exclude(state__in=OUT)
    rows = (
        students.values("college__name", "record__major__name", "record__major__code")
        .annotate(
            graduate=Count("pk", filter=Q(decided=AuditOutcome.GRADUATE)),
            complete=Count("pk", filter=Q(decided=AuditOutcome.COMPLETE)),
            defer=Count("pk", filter=Q(decided=AuditOutcome.DEFER)),
            undecided=Count("pk", filter=~Q(state=ResultState.DECIDED)),
        )
        .order_by("college__name", "record__major__name", "record__major__code")
    )
    lines = tuple(
        TotalLine(
            college=row["college__name"] or "没有学院",
            major=f"{row['record__major__name'] or '没有专业'} {row['record__major__code'] or ''}".strip(),
            graduate=row["graduate"],
            complete=row["complete"],
            defer=row["defer"],
            undecided=row["undecided"],
        )
        for row in rows
    )
    certificates = Certificate.objects.filter(student__audit=audit).exclude(
        state=CertificateState.VOID
    )
    out = certificates.aggregate(
        amount=Count("pk"), handed=Count("pk", filter=Q(state=CertificateState.HANDED))
    )
    return AuditTotals(
        lines=lines, listed=students.count(), certificates=out["amount"], handed=out["handed"]
    )


def _kept(totals: dict[str, Any]) -> AuditTotals:
    return AuditTotals(
        lines=tuple(TotalLine(**line) for line in totals.get("lines", [])),
        listed=totals.get("listed", 0),
        certificates=totals.get("certificates", 0),
        handed=totals.get("handed", 0),
    )
