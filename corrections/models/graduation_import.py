"""Lists for the audit: results of items, and sanctions; each looked at before it does anything."""

from django.db import models
from django.db.models import Q

from common.fields import EncryptedTextField
from corrections.models.graduation import AuditedStudent, AuditItem, GraduationAudit
from corrections.states.graduation import ItemState, SanctionKind
from enrollment.models import School, StudentRecord
from enrollment.states import ImportState, RowOutcome, UndoState

_APPLIED = Q(state=ImportState.APPLIED, applied_at__isnull=False) & ~Q(applied_by="")
_UNDONE = Q(undo_state=UndoState.UNDONE, undone_at__isnull=False) & ~Q(undone_by="")


class StagedTable(models.Model):
    """What lists have in common; the file itself is not kept, only its digest."""

    file_name = models.CharField("文件名", max_length=255)
    file_sha256 = models.CharField("文件摘要", max_length=64)
    state = models.CharField("状态", max_length=12, choices=ImportState.choices)
    undo_state = models.CharField(
        "撤销", max_length=10, choices=UndoState.choices, default=UndoState.NONE
    )
    created_at = models.DateTimeField("上传时间")
    created_by = models.CharField("上传人", max_length=100)
    applied_at = models.DateTimeField("导入时间", null=True)
    applied_by = models.CharField("导入人", max_length=100, blank=True)
    undone_at = models.DateTimeField("撤销时间", null=True)
    undone_by = models.CharField("撤销人", max_length=100, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_state", condition=Q(state__in=ImportState.values)
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_undo_state",
                condition=Q(undo_state__in=UndoState.values),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_applied_whole",
                condition=_APPLIED
                | ~Q(state=ImportState.APPLIED) & Q(applied_at=None, applied_by=""),
                violation_error_message="已导入的要有导入时间和导入人，别的状态不能有",
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_undone_whole",
                condition=_UNDONE
                | ~Q(undo_state=UndoState.UNDONE) & Q(undone_at=None, undone_by=""),
                violation_error_message="已撤销的要有撤销时间和撤销人",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class ResultImport(StagedTable):
    """审核结果名单: one list of one or more items, for one round."""

    audit = models.ForeignKey(
        GraduationAudit,
        verbose_name="毕业资格审核",
        on_delete=models.PROTECT,
        related_name="imports",
        db_index=False,
    )

    class Meta(StagedTable.Meta):
        abstract = False
        verbose_name = "审核结果名单"
        verbose_name_plural = "审核结果名单"
        constraints = [
            *StagedTable.Meta.constraints,
            models.UniqueConstraint(
                name="corrections_resultimport_once",
                fields=["audit", "file_sha256"],
                condition=~Q(state=ImportState.DISCARDED) & Q(undo_state=UndoState.NONE),
                violation_error_message="这份名单已经上传过",
            ),
        ]


class ResultRow(models.Model):
    """One cell of such a list: a student, an item, what is there and what would be."""

    result_import = models.ForeignKey(
        ResultImport,
        verbose_name="审核结果名单",
        on_delete=models.CASCADE,
        related_name="rows",
    )
    row_no = models.PositiveIntegerField("行")
    student_no = models.CharField("学号", max_length=50)
    student = models.ForeignKey(
        AuditedStudent,
        verbose_name="审核名单上的学生",
        null=True,
        on_delete=models.PROTECT,
        related_name="result_rows",
    )
    item = models.ForeignKey(
        AuditItem,
        verbose_name="审核项目",
        null=True,
        on_delete=models.PROTECT,
        related_name="result_rows",
    )
    former_state = models.CharField("原来", max_length=10, choices=ItemState.choices, blank=True)
    former_note = EncryptedTextField("原来的说明", null=True)
    new_state = models.CharField("改为", max_length=10, choices=ItemState.choices, blank=True)
    new_note = EncryptedTextField("改为的说明", null=True)
    outcome = models.CharField("处理", max_length=10, choices=RowOutcome.choices)
    finding = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        verbose_name = "审核结果名单的行"
        verbose_name_plural = "审核结果名单的行"
        constraints = [
            models.CheckConstraint(
                name="corrections_resultrow_former",
                condition=Q(former_state__in=["", *ItemState.values]),
            ),
            models.CheckConstraint(
                name="corrections_resultrow_new", condition=Q(new_state__in=["", *ItemState.values])
            ),
            models.CheckConstraint(
                name="corrections_resultrow_outcome", condition=Q(outcome__in=RowOutcome.values)
            ),
            models.CheckConstraint(
                name="corrections_resultrow_whole",
                condition=Q(outcome__in=[RowOutcome.ERROR, RowOutcome.SKIP])
                | Q(student__isnull=False, item__isnull=False) & ~Q(new_state=""),
                violation_error_message="没有错误的行要有学生、项目和情况",
            ),
        ]

    def __str__(self) -> str:
        return f"第 {self.row_no} 行"


class SanctionImport(StagedTable):
    """处分名单: confidential, for named staff alone."""

    school = models.ForeignKey(
        School,
        verbose_name="学校",
        on_delete=models.PROTECT,
        related_name="sanction_imports",
        db_index=False,
    )

    class Meta(StagedTable.Meta):
        abstract = False
        verbose_name = "处分名单"
        verbose_name_plural = "处分名单"
        constraints = [
            *StagedTable.Meta.constraints,
            models.UniqueConstraint(
                name="corrections_sanctionimport_once",
                fields=["school", "file_sha256"],
                condition=~Q(state=ImportState.DISCARDED) & Q(undo_state=UndoState.NONE),
                violation_error_message="这份名单已经上传过",
            ),
        ]


class SanctionRow(models.Model):
    """One row of such a list: the sanction that it brings, or the day on which a known one was lifted."""

    sanction_import = models.ForeignKey(
        SanctionImport,
        verbose_name="处分名单",
        on_delete=models.CASCADE,
        related_name="rows",
    )
    row_no = models.PositiveIntegerField("行")
    student_no = models.CharField("学号", max_length=50)
    record = models.ForeignKey(
        StudentRecord, verbose_name="学籍", null=True, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField("处分", max_length=20, choices=SanctionKind.choices, blank=True)
    document_no = models.CharField("文号", max_length=60, blank=True)
    imposed_date = models.DateField("处分日期", null=True)
    lifted_date = models.DateField("解除日期", null=True)
    reason = EncryptedTextField("事由", null=True)
    outcome = models.CharField("处理", max_length=10, choices=RowOutcome.choices)
    finding = models.CharField("说明", max_length=300, blank=True)
    sanction = models.ForeignKey(
        "corrections.Sanction",
        verbose_name="处分",
        null=True,
        on_delete=models.PROTECT,
        related_name="rows",
    )

    class Meta:
        verbose_name = "处分名单的行"
        verbose_name_plural = "处分名单的行"
        constraints = [
            models.CheckConstraint(
                name="corrections_sanctionrow_kind",
                condition=Q(kind__in=["", *SanctionKind.values]),
            ),
            models.CheckConstraint(
                name="corrections_sanctionrow_outcome", condition=Q(outcome__in=RowOutcome.values)
            ),
            models.CheckConstraint(
                name="corrections_sanctionrow_whole",
                condition=Q(outcome=RowOutcome.ERROR)
                | Q(record__isnull=False, imposed_date__isnull=False) & ~Q(kind=""),
                violation_error_message="没有错误的行要有学籍、处分和日期",
            ),
        ]

    def __str__(self) -> str:
        return f"第 {self.row_no} 行"
