"""Roster imports: the file, its staged rows, what was found in them."""

from django.db import models
from django.db.models import Q

from common.fields import EncryptedJSONField
from common.models import StoredFile
from enrollment.models.organisation import ClassGroup, School
from enrollment.models.record import StudentRecord
from enrollment.states import Coverage, ImportState, RowOutcome, Severity, UndoState


class RosterImport(models.Model):
    """One roster file on its way into the records."""

    file = models.ForeignKey(
        StoredFile,
        verbose_name="原件",
        null=True,
        on_delete=models.PROTECT,
        related_name="roster_imports",
    )
    file_name = models.CharField("文件名", max_length=255)
    school = models.ForeignKey(
        School,
        verbose_name="默认学校",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="imports",
    )
    skip_bad = models.BooleanField("跳过有错误的行", default=False)
    coverage = models.CharField(
        "名册范围", max_length=6, choices=Coverage.choices, default=Coverage.PART
    )
    coverage_grade = models.PositiveSmallIntegerField("哪个年级", null=True, blank=True)
    coverage_class = models.ForeignKey(
        ClassGroup,
        verbose_name="哪个班",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="roster_imports",
    )
    state = models.CharField(
        "状态", max_length=12, choices=ImportState.choices, default=ImportState.UPLOADED
    )
    row_count = models.PositiveIntegerField("行数", default=0)
    created_count = models.PositiveIntegerField("新增", default=0)
    updated_count = models.PositiveIntegerField("更新", default=0)
    unchanged_count = models.PositiveIntegerField("无变化", default=0)
    skipped_count = models.PositiveIntegerField("跳过", default=0)
    error_count = models.PositiveIntegerField("错误", default=0)
    warning_count = models.PositiveIntegerField("提醒", default=0)
    key_change_count = models.PositiveIntegerField("关键信息有变", default=0)
    class_change_count = models.PositiveIntegerField("换班", default=0)
    missing_count = models.PositiveIntegerField("不在这份名册", default=0)
    progress = models.PositiveIntegerField("已处理行数", default=0)
    heartbeat_at = models.DateTimeField("最近活动", null=True)
    failure = models.CharField("失败原因", max_length=300, blank=True)
    unknown_columns = models.JSONField("未识别的列", default=list)
    # Fields that the file has a column for; and the order in which staged values are kept.
    present_fields = models.JSONField("文件里有的字段", default=list)
    value_fields = models.JSONField("解析值的顺序", default=list)
    created_at = models.DateTimeField("上传时间")
    created_by = models.CharField("上传人", max_length=100)
    started_at = models.DateTimeField("开始导入时间", null=True)
    started_by = models.CharField("开始导入的人", max_length=100, blank=True)
    applied_at = models.DateTimeField("导入时间", null=True)
    applied_by = models.CharField("导入人", max_length=100, blank=True)
    undo_state = models.CharField(
        "撤销", max_length=8, choices=UndoState.choices, default=UndoState.NONE
    )
    undo_reason = models.CharField("撤销理由", max_length=300, blank=True)
    keeps_later_work = models.BooleanField("有后续办理的保留", default=False)
    kept_count = models.PositiveIntegerField("撤销时保留", default=0)
    undo_started_at = models.DateTimeField("开始撤销时间", null=True)
    undo_started_by = models.CharField("开始撤销的人", max_length=100, blank=True)
    undone_at = models.DateTimeField("撤销时间", null=True)
    undone_by = models.CharField("撤销人", max_length=100, blank=True)

    class Meta:
        verbose_name = "名册导入"
        verbose_name_plural = "名册导入"
        constraints = [
            models.CheckConstraint(
                name="enrollment_rosterimport_state", condition=Q(state__in=ImportState.values)
            ),
            models.CheckConstraint(
                name="enrollment_rosterimport_applied_whole",
                condition=(
                    Q(state=ImportState.APPLIED, applied_at__isnull=False) & ~Q(applied_by="")
                )
                | (~Q(state=ImportState.APPLIED) & Q(applied_at=None, applied_by="")),
                violation_error_message="已导入的名册要有导入时间和导入人，别的状态不能有",
            ),
            models.CheckConstraint(
                name="enrollment_rosterimport_coverage", condition=Q(coverage__in=Coverage.values)
            ),
            models.CheckConstraint(
                name="enrollment_rosterimport_coverage_whole",
                condition=Q(coverage=Coverage.PART, coverage_grade=None, coverage_class=None)
                | Q(
                    coverage=Coverage.SCHOOL,
                    school__isnull=False,
                    coverage_grade=None,
                    coverage_class=None,
                )
                | Q(
                    coverage=Coverage.GRADE,
                    school__isnull=False,
                    coverage_grade__isnull=False,
                    coverage_class=None,
                )
                | Q(
                    coverage=Coverage.CLASS,
                    school__isnull=False,
                    coverage_grade=None,
                    coverage_class__isnull=False,
                ),
                violation_error_message="完整名册要写明是哪个学校、年级或班的",
            ),
            models.CheckConstraint(
                name="enrollment_rosterimport_undo_state",
                condition=Q(undo_state__in=UndoState.values),
            ),
            models.CheckConstraint(
                name="enrollment_rosterimport_undone_whole",
                condition=(
                    Q(undo_state=UndoState.UNDONE, undone_at__isnull=False) & ~Q(undone_by="")
                )
                | (~Q(undo_state=UndoState.UNDONE) & Q(undone_at=None, undone_by="")),
                violation_error_message="已撤销的名册要有撤销时间和撤销人，别的状态不能有",
            ),
            models.CheckConstraint(
                name="enrollment_rosterimport_undo_of_applied",
                condition=Q(undo_state=UndoState.NONE) | Q(state=ImportState.APPLIED),
                violation_error_message="只有已导入的名册能撤销",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.file_name}"


class RosterRow(models.Model):
    """One staged row; raw cells and kept unknown columns are encrypted and erased after retention."""

    roster = models.ForeignKey(
        RosterImport,
        verbose_name="名册",
        on_delete=models.CASCADE,
        related_name="rows",
        db_index=False,  # the unique line begins with it
    )
    row_no = models.PositiveIntegerField("行号")
    outcome = models.CharField("结果", max_length=10, choices=RowOutcome.choices)
    student_no = models.CharField("学号", max_length=32, blank=True)
    values = EncryptedJSONField("解析值", null=True)
    raw = EncryptedJSONField("原始单元格", null=True)
    former = EncryptedJSONField("更新前的值", null=True)
    record = models.ForeignKey(
        StudentRecord,
        verbose_name="学籍",
        null=True,
        on_delete=models.PROTECT,
        related_name="roster_rows",
    )
    is_applied = models.BooleanField("已导入", default=False)
    # What an update touches, worked out when it is judged, so that thousands can be counted at once.
    changes_key = models.BooleanField("关键信息有变", default=False)
    changes_identity = models.BooleanField("姓名或证件有变", default=False)
    changes_class = models.BooleanField("换班", default=False)
    # The record's `updated_at` as this row found it and as it left it: an undo compares with both.
    found_at = models.DateTimeField("学籍原更新时间", null=True)
    written_at = models.DateTimeField("写入时间", null=True)
    retain_until = models.DateTimeField("保留至", null=True)

    class Meta:
        verbose_name = "名册行"
        verbose_name_plural = "名册行"
        constraints = [
            models.UniqueConstraint(name="enrollment_rosterrow_line", fields=["roster", "row_no"]),
            models.CheckConstraint(
                name="enrollment_rosterrow_outcome", condition=Q(outcome__in=RowOutcome.values)
            ),
        ]

    def __str__(self) -> str:
        return f"第 {self.row_no} 行"


class RosterFinding(models.Model):
    """Something wrong or odd in a row; messages never hold a whole document number."""

    roster = models.ForeignKey(
        RosterImport,
        verbose_name="名册",
        on_delete=models.CASCADE,
        related_name="findings",
        db_index=False,  # the order of findings begins with it
    )
    row_no = models.PositiveIntegerField("行号")
    column = models.CharField("列", max_length=60, blank=True)
    code = models.CharField("代码", max_length=40)
    severity = models.CharField("程度", max_length=8, choices=Severity.choices)
    message = models.CharField("说明", max_length=300)

    class Meta:
        verbose_name = "名册检查结果"
        verbose_name_plural = "名册检查结果"
        constraints = [
            models.CheckConstraint(
                name="enrollment_rosterfinding_severity", condition=Q(severity__in=Severity.values)
            ),
        ]
        indexes = [
            models.Index(fields=["roster", "severity", "row_no"], name="enrollment_finding_order")
        ]

    def __str__(self) -> str:
        return f"第 {self.row_no} 行"
