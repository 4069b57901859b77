"""The life of a record: changes of its status, and duplicates that were taken out."""

from django.db import models
from django.db.models import F, Q

from enrollment.models.record import StudentRecord
from enrollment.states import DuplicateState, EnrollmentStatus, StatusSource


class StatusChange(models.Model):
    """One change of a record's status (学籍异动): from which day, on what ground, and what it was before.

    A day to come waits in the record's `next_status`; `applied_at` is when the record's own column
    followed, which nothing depends on.
    """

    record = models.ForeignKey(
        StudentRecord, verbose_name="学籍", on_delete=models.PROTECT, related_name="status_changes"
    )
    status = models.CharField("变更为", max_length=20, choices=EnrollmentStatus.choices)
    status_text = models.CharField("变更为（原文）", max_length=50, blank=True)
    former_status = models.CharField("原状态", max_length=20, choices=EnrollmentStatus.choices)
    former_text = models.CharField("原状态（原文）", max_length=50, blank=True)
    effective_from = models.DateField("生效日期")
    source = models.CharField("来源", max_length=10, choices=StatusSource.choices)
    reason = models.CharField("理由", max_length=300)
    case_ref = models.CharField("依据", max_length=100, blank=True)
    recorded_at = models.DateTimeField("登记时间")
    recorded_by = models.CharField("登记人", max_length=100)
    applied_at = models.DateTimeField("写入学籍时间", null=True)
    revoked_at = models.DateTimeField("撤销时间", null=True)
    revoked_by = models.CharField("撤销人", max_length=100, blank=True)
    revoke_reason = models.CharField("撤销理由", max_length=300, blank=True)

    class Meta:
        verbose_name = "学籍异动"
        verbose_name_plural = "学籍异动"
        constraints = [
            models.CheckConstraint(
                name="enrollment_statuschange_status",
                condition=Q(status__in=EnrollmentStatus.values),
            ),
            models.CheckConstraint(
                name="enrollment_statuschange_former",
                condition=Q(former_status__in=EnrollmentStatus.values),
            ),
            models.CheckConstraint(
                name="enrollment_statuschange_source", condition=Q(source__in=StatusSource.values)
            ),
            models.CheckConstraint(
                name="enrollment_statuschange_revoked_whole",
                condition=Q(revoked_at=None, revoked_by="", revoke_reason="")
                | (
                    Q(revoked_at__isnull=False, applied_at=None)
                    & ~Q(revoked_by="")
                    & ~Q(revoke_reason="")
                ),
                violation_error_message="只能撤销还没有生效的异动，并且要有操作人和理由",
            ),
            models.UniqueConstraint(
                name="enrollment_statuschange_one_waiting",
                fields=["record"],
                condition=Q(applied_at=None, revoked_at=None),
                violation_error_message="这条学籍已经登记了一项还没有生效的异动",
            ),
        ]

    def __str__(self) -> str:
        return f"异动 {self.pk}"


class DuplicateCase(models.Model):
    """A record that repeats another (重复学籍): proposed, confirmed by a second person, undone if wrong."""

    record = models.ForeignKey(
        StudentRecord,
        verbose_name="要注销的学籍",
        on_delete=models.PROTECT,
        related_name="duplicate_cases",
    )
    stays = models.ForeignKey(
        StudentRecord,
        verbose_name="保留的学籍",
        on_delete=models.PROTECT,
        related_name="kept_cases",
    )
    state = models.CharField(
        "状态", max_length=10, choices=DuplicateState.choices, default=DuplicateState.PROPOSED
    )
    reason = models.CharField("理由", max_length=300)
    former_status = models.CharField("原学籍状态", max_length=20, choices=EnrollmentStatus.choices)
    former_text = models.CharField("原学籍状态（原文）", max_length=50, blank=True)
    proposer_id = models.CharField("提出人编号", max_length=50)
    proposed_at = models.DateTimeField("提出时间")
    proposed_by = models.CharField("提出人", max_length=100)
    decided_at = models.DateTimeField("决定时间", null=True)
    decided_by = models.CharField("决定人", max_length=100, blank=True)
    decision_note = models.CharField("决定说明", max_length=300, blank=True)
    undone_at = models.DateTimeField("恢复时间", null=True)
    undone_by = models.CharField("恢复人", max_length=100, blank=True)
    undo_reason = models.CharField("恢复理由", max_length=300, blank=True)

    class Meta:
        verbose_name = "重复学籍"
        verbose_name_plural = "重复学籍"
        constraints = [
            models.CheckConstraint(
                name="enrollment_duplicatecase_state", condition=Q(state__in=DuplicateState.values)
            ),
            models.CheckConstraint(
                name="enrollment_duplicatecase_former",
                condition=Q(former_status__in=EnrollmentStatus.values),
            ),
            models.CheckConstraint(
                name="enrollment_duplicatecase_two_records",
                condition=~Q(record=F("stays")),
                violation_error_message="保留的和注销的不能是同一条学籍",
            ),
            models.CheckConstraint(
                name="enrollment_duplicatecase_decided_whole",
                condition=Q(state=DuplicateState.PROPOSED, decided_at=None, decided_by="")
                | (
                    ~Q(state=DuplicateState.PROPOSED)
                    & Q(decided_at__isnull=False)
                    & ~Q(decided_by="")
                ),
                violation_error_message="决定了的要有时间和决定人",
            ),
            models.CheckConstraint(
                name="enrollment_duplicatecase_undone_whole",
                condition=Q(state=DuplicateState.UNDONE, undone_at__isnull=False) & ~Q(undone_by="")
                | ~Q(state=DuplicateState.UNDONE) & Q(undone_at=None, undone_by=""),
                violation_error_message="恢复了的要有时间和操作人",
            ),
            models.UniqueConstraint(
                name="enrollment_duplicatecase_open",
                fields=["record"],
                condition=Q(state__in=[DuplicateState.PROPOSED, DuplicateState.CONFIRMED]),
                violation_error_message="这条学籍已经在按重复学籍处理",
            ),
        ]

    def __str__(self) -> str:
        return f"重复 {self.pk}"
