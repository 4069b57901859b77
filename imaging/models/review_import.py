"""比对结果导入: a delivered list of results, looked at before it does anything."""

from django.db import models
from django.db.models import Q

from enrollment.models import School, StudentRecord
from enrollment.states import ImportState
from imaging.states.review import ComparisonResult, ReviewRowOutcome


class ReviewImport(models.Model):
    """One list; the file itself is not kept, its digest stands in the audit trail."""

    school = models.ForeignKey(
        School, verbose_name="学校", on_delete=models.PROTECT, related_name="review_imports"
    )
    file_name = models.CharField("文件名", max_length=255)
    state = models.CharField("状态", max_length=12, choices=ImportState.choices)
    # Until when the papers of the cases that it opens should be together.
    due_at = models.DateTimeField("材料交齐的期限")
    created_at = models.DateTimeField("上传时间")
    created_by = models.CharField("上传人", max_length=100)
    applied_at = models.DateTimeField("导入时间", null=True)
    applied_by = models.CharField("导入人", max_length=100, blank=True)

    class Meta:
        verbose_name = "比对结果导入"
        verbose_name_plural = "比对结果导入"
        constraints = [
            models.CheckConstraint(
                name="imaging_reviewimport_state", condition=Q(state__in=ImportState.values)
            ),
            models.CheckConstraint(
                name="imaging_reviewimport_applied_whole",
                condition=Q(state=ImportState.APPLIED, applied_at__isnull=False) & ~Q(applied_by="")
                | ~Q(state=ImportState.APPLIED) & Q(applied_at=None, applied_by=""),
                violation_error_message="已导入的要有导入时间和导入人，别的状态不能有",
            ),
        ]

    def __str__(self) -> str:
        return f"比对结果 {self.pk}"


class ReviewImportRow(models.Model):
    """One row, with what applying it does and what was found in it."""

    review_import = models.ForeignKey(
        ReviewImport,
        verbose_name="比对结果导入",
        on_delete=models.CASCADE,
        related_name="rows",
        db_index=False,  # the unique pair begins with it
    )
    row_no = models.PositiveIntegerField("行")
    student_no = models.CharField("学号", max_length=50)
    result = models.CharField("结果", max_length=10, choices=ComparisonResult.choices, blank=True)
    record = models.ForeignKey(
        StudentRecord, verbose_name="学籍", null=True, on_delete=models.PROTECT, related_name="+"
    )
    outcome = models.CharField("处理", max_length=10, choices=ReviewRowOutcome.choices)
    finding = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        verbose_name = "比对结果的行"
        verbose_name_plural = "比对结果的行"
        constraints = [
            models.UniqueConstraint(
                name="imaging_reviewimportrow_once", fields=["review_import", "row_no"]
            ),
            models.CheckConstraint(
                name="imaging_reviewimportrow_result",
                condition=Q(result__in=["", *ComparisonResult.values]),
            ),
            models.CheckConstraint(
                name="imaging_reviewimportrow_outcome",
                condition=Q(outcome__in=ReviewRowOutcome.values),
            ),
            models.CheckConstraint(
                name="imaging_reviewimportrow_found",
                condition=Q(outcome=ReviewRowOutcome.ERROR)
                | Q(record__isnull=False) & ~Q(result=""),
                violation_error_message="没有错误的行要有学籍和结果",
            ),
        ]

    def __str__(self) -> str:
        return f"第 {self.row_no} 行"
