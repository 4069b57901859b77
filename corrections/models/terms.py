"""Terms of cases in working days, and how long each case lay in each state."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q

from corrections.models.request import CorrectionRequest
from corrections.states import AWAITED, RequestState
from corrections.states.terms import LONGEST_TERM

__all__ = ["CaseStay", "CaseTerm"]


# A closed case waits for nobody.
_OPEN = [(state.value, state.label) for state in RequestState if state in AWAITED]


class CaseTerm(models.Model):
    """How many working days a state may take, where the office wants another number than the usual."""

    stage = models.CharField(
        "状态",
        max_length=20,
        choices=_OPEN,
        unique=True,
        error_messages={"unique": "这个状态的期限已经登记过"},
    )
    workdays = models.PositiveSmallIntegerField("工作日")
    basis = models.CharField("依据", max_length=200, blank=True)

    class Meta:
        verbose_name = "勘误期限"
        verbose_name_plural = "勘误期限"
        constraints = [
            models.CheckConstraint(
                name="corrections_term_stage", condition=Q(stage__in=[value for value, _ in _OPEN])
            ),
            models.CheckConstraint(
                name="corrections_term_length",
                condition=Q(workdays__gte=1, workdays__lte=LONGEST_TERM),
                violation_error_message=f"期限是 1 到 {LONGEST_TERM} 个工作日",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_stage_display()} {self.workdays} 个工作日"


class CaseStayQuerySet(models.QuerySet["CaseStay"]):
    """Phases of a stay as filters."""

    def current(self) -> Self:
        """Cases that lie there now."""
        return self.filter(left_at=None)

    def overdue_at(self, now: datetime) -> Self:
        """The twin of `is_overdue_at`."""
        return self.filter(left_at=None, due_at__lte=now)

    def aged_at(self, now: datetime, *, days: int) -> Self:
        """The twin of `is_aged_at`."""
        return self.filter(left_at=None, entered_at__lte=now - timedelta(days=days))


class CaseStay(models.Model):
    """One stay of a case in one state: since when, until when at most, and when it went on."""

    request = models.ForeignKey(
        CorrectionRequest, verbose_name="勘误申请", on_delete=models.CASCADE, related_name="stays"
    )
    state = models.CharField("状态", max_length=20, choices=RequestState.choices)
    entered_at = models.DateTimeField("进入时间")
    entered_by = models.CharField("操作人", max_length=100)
    # Kept as it was counted: another term or another holiday moves only the stays that come after.
    due_at = models.DateTimeField("应办结时间")
    left_at = models.DateTimeField("离开时间", null=True)
    left_by = models.CharField("离开操作人", max_length=100, blank=True)
    announced_at = models.DateTimeField("超期提醒时间", null=True)

    objects = CaseStayQuerySet.as_manager()

    class Meta:
        verbose_name = "办理期限记录"
        verbose_name_plural = "办理期限记录"
        constraints = [
            models.CheckConstraint(
                name="corrections_stay_state", condition=Q(state__in=RequestState.values)
            ),
            models.UniqueConstraint(
                name="corrections_stay_one_current",
                fields=["request"],
                condition=Q(left_at=None),
                violation_error_message="一张勘误单同一时间只在一个状态",
            ),
            models.CheckConstraint(
                name="corrections_stay_left_whole",
                condition=Q(left_at=None, left_by="") | (Q(left_at__isnull=False) & ~Q(left_by="")),
                violation_error_message="离开一个状态要有时间和操作人",
            ),
            models.CheckConstraint(
                name="corrections_stay_order",
                condition=Q(due_at__gt=F("entered_at"))
                & (Q(left_at=None) | Q(left_at__gte=F("entered_at"))),
                violation_error_message="期限要晚于进入时间，离开不能早于进入",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="corrections_stay_due", condition=Q(left_at=None)),
        ]

    def __str__(self) -> str:
        return f"办理期限 {self.pk}"

    def is_overdue_at(self, now: datetime) -> bool:
        """Whether the term has run out while the case still lies there; at the moment itself it has."""
        return self.left_at is None and self.due_at <= now

    def is_aged_at(self, now: datetime, *, days: int) -> bool:
        """Whether the case has lain there for so many times 24 hours."""
        return self.left_at is None and self.entered_at <= now - timedelta(days=days)
