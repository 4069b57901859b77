"""Photo batches, capture entries (what was delivered) and photo versions (what a record shows)."""

from django.db import models
from django.db.models import Q

from common.fields import EncryptedTextField, blind_index_field
from common.models import StoredFile
from enrollment.models import School, StudentRecord
from enrollment.states import ImportState, UndoState
from imaging.models.campaign import Campaign
from imaging.states import MatchState, PhotoKind


class PhotoBatch(models.Model):
    """One delivery of photos (ZIP) on its way in."""

    file = models.ForeignKey(
        StoredFile,
        verbose_name="原件",
        null=True,
        on_delete=models.PROTECT,
        related_name="photo_batches",
    )
    file_name = models.CharField("文件名", max_length=255)
    file_sha256 = models.CharField("原件摘要", max_length=64, db_index=True)
    kind = models.CharField("照片种类", max_length=12, choices=PhotoKind.choices)
    school = models.ForeignKey(
        School,
        verbose_name="学校",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="photo_batches",
    )
    campaign = models.ForeignKey(
        Campaign,
        verbose_name="校对批次",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="photo_batches",
    )
    state = models.CharField(
        "状态", max_length=12, choices=ImportState.choices, default=ImportState.UPLOADED
    )
    file_count = models.PositiveIntegerField("文件数", default=0)
    progress = models.PositiveIntegerField("已处理", default=0)
    heartbeat_at = models.DateTimeField("最近活动", null=True)
    report = models.JSONField("结果", default=dict)
    failure = models.CharField("失败原因", max_length=300, blank=True)
    created_at = models.DateTimeField("上传时间")
    created_by = models.CharField("上传人", max_length=100)
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
        verbose_name = "照片批次"
        verbose_name_plural = "照片批次"
        constraints = [
            models.CheckConstraint(
                name="imaging_photobatch_kind", condition=Q(kind__in=PhotoKind.values)
            ),
            models.CheckConstraint(
                name="imaging_photobatch_state", condition=Q(state__in=ImportState.values)
            ),
            models.CheckConstraint(
                name="imaging_photobatch_applied_whole",
                condition=(
                    Q(state=ImportState.APPLIED, applied_at__isnull=False) & ~Q(applied_by="")
                )
                | (~Q(state=ImportState.APPLIED) & Q(applied_at=None, applied_by="")),
                violation_error_message="已导入的批次要同时有时间和操作人",
            ),
            models.CheckConstraint(
                name="imaging_photobatch_undo_state", condition=Q(undo_state__in=UndoState.values)
            ),
            models.CheckConstraint(
                name="imaging_photobatch_undo_of_applied",
                condition=Q(undo_state=UndoState.NONE, undo_started_at=None, undo_started_by="")
                | Q(state=ImportState.APPLIED, undo_started_at__isnull=False)
                & ~Q(undo_state=UndoState.NONE)
                & ~Q(undo_started_by=""),
                violation_error_message="只有已导入的批次能撤销，并且要写明是谁、什么时候开始的",
            ),
            models.CheckConstraint(
                name="imaging_photobatch_undone_whole",
                condition=(
                    Q(undo_state=UndoState.UNDONE, undone_at__isnull=False) & ~Q(undone_by="")
                )
                | (~Q(undo_state=UndoState.UNDONE) & Q(undone_at=None, undone_by="")),
                violation_error_message="已撤销的批次要有撤销时间和撤销人，别的状态不能有",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.file_name}"


class CaptureEntry(models.Model):
    """采集信息: one delivered photo with the data that came with it.

    The file name may hold a document number, so it is encrypted; `entry_hash` (school, key, content)
    makes a second delivery of the same entry a duplicate.
    """

    batch = models.ForeignKey(
        PhotoBatch, verbose_name="批次", on_delete=models.PROTECT, related_name="entries"
    )
    kind = models.CharField("照片种类", max_length=12, choices=PhotoKind.choices)
    file_name = EncryptedTextField("文件名")
    school_code = models.CharField("院校代码", max_length=10, blank=True)
    student_no = models.CharField("学号", max_length=32, blank=True)
    candidate_no = models.CharField("考生号", max_length=32, blank=True)
    ticket = models.CharField("采集号", max_length=32, blank=True)
    document_no = EncryptedTextField("证件号码", null=True)
    document_no_index = blind_index_field(verbose_name="证件号码索引", null=True, db_index=True)
    name = models.CharField("姓名", max_length=150, blank=True)
    captured_date = models.DateField("拍摄日期", null=True)
    entry_hash = models.CharField("幂等摘要", max_length=64, unique=True)
    state = models.CharField("状态", max_length=10, choices=MatchState.choices)
    reason = models.CharField("原因", max_length=40, blank=True)
    record = models.ForeignKey(
        StudentRecord,
        verbose_name="学籍",
        null=True,
        on_delete=models.PROTECT,
        related_name="capture_entries",
    )
    original = models.OneToOneField(
        StoredFile, verbose_name="原始文件", on_delete=models.PROTECT, related_name="original_of"
    )
    published = models.OneToOneField(
        StoredFile, verbose_name="注册用照片", on_delete=models.PROTECT, related_name="published_of"
    )
    measures = models.JSONField("测量值", default=dict)
    warnings = models.JSONField("提醒", default=list)
    received_at = models.DateTimeField("收到时间")
    # A later delivery of the same photo under a better number: what undoing that one takes back.
    found_in = models.ForeignKey(
        PhotoBatch,
        verbose_name="因哪一批对上",
        null=True,
        on_delete=models.PROTECT,
        related_name="found_entries",
        db_index=False,  # nearly always empty; the index below holds the others
    )
    settled_at = models.DateTimeField("处理时间", null=True)
    settled_by = models.CharField("处理人", max_length=100, blank=True)

    class Meta:
        verbose_name = "采集信息"
        verbose_name_plural = "采集信息"
        constraints = [
            models.CheckConstraint(
                name="imaging_captureentry_kind", condition=Q(kind__in=PhotoKind.values)
            ),
            models.CheckConstraint(
                name="imaging_captureentry_state", condition=Q(state__in=MatchState.values)
            ),
            models.CheckConstraint(
                name="imaging_captureentry_matched_whole",
                condition=Q(state=MatchState.MATCHED, record__isnull=False)
                | (~Q(state=MatchState.MATCHED) & Q(record=None)),
                violation_error_message="已对上的采集信息必须有学籍，没对上的不能有",
            ),
            models.CheckConstraint(
                name="imaging_captureentry_settled_whole",
                condition=Q(settled_at=None, settled_by="")
                | (Q(settled_at__isnull=False) & ~Q(settled_by="")),
                violation_error_message="处理采集信息要同时有时间和操作人",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "kind"], name="imaging_entry_state"),
            models.Index(fields=["student_no"], name="imaging_entry_student_no"),
            # Few deliveries say these, and duplicates are looked for by them.
            models.Index(
                fields=["candidate_no"],
                name="imaging_entry_candidate_no",
                condition=Q(candidate_no__gt=""),
            ),
            models.Index(
                fields=["ticket"], name="imaging_entry_said_ticket", condition=Q(ticket__gt="")
            ),
            models.Index(
                fields=["found_in"],
                name="imaging_entry_found_in",
                condition=Q(found_in__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"采集 {self.pk}"


class PhotoVersion(models.Model):
    """One version of a record's photo; the newest not voided one is current."""

    record = models.ForeignKey(
        StudentRecord, verbose_name="学籍", on_delete=models.PROTECT, related_name="photos"
    )
    kind = models.CharField("照片种类", max_length=12, choices=PhotoKind.choices)
    version_no = models.PositiveSmallIntegerField("版本")
    entry = models.ForeignKey(
        CaptureEntry, verbose_name="采集信息", on_delete=models.PROTECT, related_name="versions"
    )
    is_current = models.BooleanField("当前版本", default=True)
    attached_at = models.DateTimeField("关联时间")
    attached_by = models.CharField("关联人", max_length=100)
    # When its student was told that it is there, or had somebody to be told by; see `photo_arrivals`.
    announced_at = models.DateTimeField("告知时间", null=True)
    ended_at = models.DateTimeField("停用时间", null=True)
    ended_by = models.CharField("停用人", max_length=100, blank=True)
    end_reason = models.CharField("停用原因", max_length=300, blank=True)

    class Meta:
        verbose_name = "照片版本"
        verbose_name_plural = "照片版本"
        constraints = [
            models.CheckConstraint(
                name="imaging_photoversion_kind", condition=Q(kind__in=PhotoKind.values)
            ),
            models.UniqueConstraint(
                name="imaging_photoversion_number", fields=["record", "kind", "version_no"]
            ),
            models.UniqueConstraint(
                name="imaging_photoversion_current",
                fields=["record", "kind"],
                condition=Q(is_current=True),
                violation_error_message="每份学籍每种照片只能有一个当前版本",
            ),
            models.CheckConstraint(
                name="imaging_photoversion_ended_whole",
                condition=Q(is_current=True, ended_at=None, ended_by="")
                | (Q(is_current=False, ended_at__isnull=False) & ~Q(ended_by="")),
                violation_error_message="停用照片版本要同时有时间和操作人",
            ),
        ]
        indexes = [
            models.Index(
                fields=["kind", "id"],
                name="imaging_version_unannounced",
                condition=Q(is_current=True, announced_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}第 {self.version_no} 版"
