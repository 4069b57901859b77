"""The files of a checked delivery one by one, and what was found about each."""

from django.db import models
from django.db.models import Q

from common.fields import EncryptedTextField
from common.models import StoredFile
from enrollment.models import StudentRecord
from enrollment.states import Severity
from imaging.models.photo import CaptureEntry, PhotoBatch
from imaging.states import PhotoOutcome


class BatchItem(models.Model):
    """One file of a checked batch; erased with the uploaded archive.

    The small picture lies beside others in a sealed file (`sheet`), so that thousands of photos that
    nobody has taken in yet are a few files, and go with their batch. No relation of record or entry
    leads here: a look at a delivery is no work that depends on them.
    """

    batch = models.ForeignKey(
        PhotoBatch,
        verbose_name="批次",
        on_delete=models.CASCADE,
        related_name="items",
        db_index=False,  # the unique place begins with it
    )
    position = models.PositiveIntegerField("次序")
    file_name = EncryptedTextField("文件名")
    outcome = models.CharField("结果", max_length=7, choices=PhotoOutcome.choices)
    content = models.CharField("内容摘要", max_length=64, blank=True)
    record = models.ForeignKey(
        StudentRecord, verbose_name="学籍", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    entry = models.ForeignKey(
        CaptureEntry,
        verbose_name="采集信息",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    sheet = models.ForeignKey(
        StoredFile,
        verbose_name="小图文件",
        null=True,
        on_delete=models.PROTECT,
        related_name="batch_items",
    )
    sheet_start = models.PositiveIntegerField("小图起点", default=0)
    sheet_bytes = models.PositiveIntegerField("小图字节数", default=0)

    class Meta:
        verbose_name = "批次里的文件"
        verbose_name_plural = "批次里的文件"
        constraints = [
            models.UniqueConstraint(name="imaging_batchitem_place", fields=["batch", "position"]),
            models.CheckConstraint(
                name="imaging_batchitem_outcome", condition=Q(outcome__in=PhotoOutcome.values)
            ),
        ]
        indexes = [models.Index(fields=["batch", "outcome"], name="imaging_batchitem_outcomes")]

    def __str__(self) -> str:
        return f"第 {self.position} 个文件"


class BatchFinding(models.Model):
    """Something wrong or odd about a file, or without one about the whole batch.

    Messages never hold a whole document number.
    """

    batch = models.ForeignKey(
        PhotoBatch,
        verbose_name="批次",
        on_delete=models.CASCADE,
        related_name="findings",
        db_index=False,  # the index of kinds begins with it
    )
    item = models.ForeignKey(
        BatchItem,
        verbose_name="文件",
        null=True,
        on_delete=models.CASCADE,
        related_name="findings",
    )
    code = models.CharField("代码", max_length=40)
    severity = models.CharField("程度", max_length=8, choices=Severity.choices)
    message = models.CharField("说明", max_length=300)

    class Meta:
        verbose_name = "照片检查结果"
        verbose_name_plural = "照片检查结果"
        constraints = [
            models.CheckConstraint(
                name="imaging_batchfinding_severity", condition=Q(severity__in=Severity.values)
            ),
        ]
        indexes = [models.Index(fields=["batch", "code"], name="imaging_batchfinding_kinds")]

    def __str__(self) -> str:
        return self.message
