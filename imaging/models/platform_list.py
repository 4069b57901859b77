"""The national platform's list with its status column, compared with our own state."""

from django.db import models
from django.db.models import Q

from common.fields import EncryptedTextField
from enrollment.models import School, StudentRecord
from enrollment.states import EnrollmentStatus, ImportState
from imaging.models.campaign import Campaign
from imaging.states.registration import PlatformFinding


class PlatformList(models.Model):
    """One list of the platform with its status column, compared with our own state before anything is done."""

    campaign = models.ForeignKey(
        Campaign, verbose_name="校对批次", on_delete=models.PROTECT, related_name="platform_lists"
    )
    school = models.ForeignKey(
        School, verbose_name="学校", on_delete=models.PROTECT, related_name="platform_lists"
    )
    file_name = models.CharField("文件名", max_length=255)
    file_sha256 = models.CharField("文件摘要", max_length=64)
    state = models.CharField(
        "状态", max_length=12, choices=ImportState.choices, default=ImportState.STAGED
    )
    takes_early = models.BooleanField("本校没核对完的也登记", default=False)
    progress = models.PositiveIntegerField("已处理", default=0)
    heartbeat_at = models.DateTimeField("最近活动", null=True)
    created_at = models.DateTimeField("上传时间")
    created_by = models.CharField("上传人", max_length=100)
    applied_at = models.DateTimeField("登记时间", null=True)
    applied_by = models.CharField("登记人", max_length=100, blank=True)

    class Meta:
        verbose_name = "平台状态名单"
        verbose_name_plural = "平台状态名单"
        constraints = [
            models.CheckConstraint(
                name="imaging_platformlist_state", condition=Q(state__in=ImportState.values)
            ),
            models.UniqueConstraint(
                name="imaging_platformlist_once",
                fields=["campaign", "school", "file_sha256"],
                condition=~Q(state=ImportState.DISCARDED),
                violation_error_message="这份名单已经上传过",
            ),
            models.CheckConstraint(
                name="imaging_platformlist_applied_whole",
                condition=Q(applied_at=None, applied_by="")
                | (Q(applied_at__isnull=False) & ~Q(applied_by="")),
                violation_error_message="登记时间和登记人要么都有，要么都没有",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class PlatformRow(models.Model):
    """One row of such a list, read and compared; numbers of documents are not kept."""

    platform_list = models.ForeignKey(
        PlatformList,
        verbose_name="平台状态名单",
        on_delete=models.CASCADE,
        related_name="rows",
        db_index=False,  # the unique pair begins with it
    )
    # 0 for a person of ours whom the list does not have; then the order is that of the record.
    row_no = models.PositiveIntegerField("行")
    record = models.ForeignKey(
        StudentRecord,
        verbose_name="学籍",
        null=True,
        on_delete=models.PROTECT,
        related_name="platform_rows",
    )
    number = models.CharField("名单里的号码", max_length=40)  # a document number is masked
    status_text = models.CharField("平台状态原文", max_length=100, blank=True)
    status = models.CharField(
        "平台状态", max_length=20, choices=EnrollmentStatus.choices, blank=True
    )
    certificate_no = EncryptedTextField("证书编号", blank=True)
    conferred_date = models.DateField("毕（结、肄）业日期", null=True)
    finding = models.CharField("比对结果", max_length=10, choices=PlatformFinding.choices)
    note = models.CharField("说明", max_length=300, blank=True)
    done_at = models.DateTimeField("登记时间", null=True)

    class Meta:
        verbose_name = "平台状态名单的行"
        verbose_name_plural = "平台状态名单的行"
        constraints = [
            models.UniqueConstraint(
                name="imaging_platformrow_once",
                fields=["platform_list", "row_no"],
                condition=Q(row_no__gt=0),
                violation_error_message="这份名单里已有这一行",
            ),
            models.CheckConstraint(
                name="imaging_platformrow_finding",
                condition=Q(finding__in=PlatformFinding.values),
            ),
            models.CheckConstraint(
                name="imaging_platformrow_status",
                condition=Q(status__in=["", *EnrollmentStatus.values]),
            ),
        ]
        indexes = [
            models.Index(fields=["platform_list", "finding"], name="imaging_platformrow_finding"),
        ]

    def __str__(self) -> str:
        return f"第 {self.row_no} 行"
