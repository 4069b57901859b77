"""登记数据包 for the national platform, and whom it held."""

from django.db import models
from django.db.models import Q

from common.models import StoredFile
from enrollment.models import School, StudentRecord
from imaging.models.campaign import Campaign
from imaging.models.photo import PhotoVersion
from imaging.states.registration import PackState

_HELD = [PackState.READY, PackState.ERASED]


class RegistrationPack(models.Model):
    """One export of locked records and photos of a school in a campaign: who asked, how many, which digests.

    The file is sealed and erased after a week; this row and `PackedRecord` stay and say what left the
    house. A pack changes no record.
    """

    campaign = models.ForeignKey(
        Campaign, verbose_name="校对批次", on_delete=models.PROTECT, related_name="packs"
    )
    school = models.ForeignKey(
        School, verbose_name="学校", on_delete=models.PROTECT, related_name="packs"
    )
    graduating_class = models.PositiveSmallIntegerField("只要这一届", null=True, blank=True)
    reason = models.CharField("为什么导出", max_length=300)
    state = models.CharField(
        "状态", max_length=10, choices=PackState.choices, default=PackState.DRAFT
    )
    created_at = models.DateTimeField("新建时间")
    created_by = models.CharField("新建人", max_length=100)
    started_at = models.DateTimeField("开始生成时间", null=True)
    started_by = models.CharField("生成人", max_length=100, blank=True)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    heartbeat_at = models.DateTimeField("最近活动", null=True)
    progress = models.PositiveIntegerField("已处理", default=0)
    total = models.PositiveIntegerField("要处理", default=0)
    failure = models.CharField("失败原因", max_length=300, blank=True)
    file = models.OneToOneField(
        StoredFile,
        verbose_name="文件",
        null=True,
        on_delete=models.PROTECT,
        related_name="registration_pack",
    )
    people = models.PositiveIntegerField("导出人数", default=0)
    left_out = models.PositiveIntegerField("没有导出的人数", default=0)
    digests = models.JSONField("文件摘要", default=dict)
    remarks = models.JSONField("说明", default=list)
    ready_at = models.DateTimeField("备好时间", null=True)
    expires_at = models.DateTimeField("到期时间", null=True)
    erased_at = models.DateTimeField("销毁时间", null=True)
    erased_by = models.CharField("销毁人", max_length=100, blank=True)

    class Meta:
        verbose_name = "登记数据包"
        verbose_name_plural = "登记数据包"
        constraints = [
            models.CheckConstraint(
                name="imaging_registrationpack_state", condition=Q(state__in=PackState.values)
            ),
            models.UniqueConstraint(
                name="imaging_registrationpack_one_building",
                fields=["campaign", "school"],
                condition=Q(state=PackState.BUILDING),
                violation_error_message="这个批次、这所学校已有一包正在生成",
            ),
            models.CheckConstraint(
                name="imaging_registrationpack_started_whole",
                condition=Q(started_at=None, started_by="")
                | (Q(started_at__isnull=False) & ~Q(started_by="")),
                violation_error_message="生成要同时有时间和操作人",
            ),
            models.CheckConstraint(
                name="imaging_registrationpack_ready_whole",
                condition=Q(
                    state__in=_HELD,
                    file__isnull=False,
                    ready_at__isnull=False,
                    expires_at__isnull=False,
                )
                | (~Q(state__in=_HELD) & Q(file=None, ready_at=None, expires_at=None)),
                violation_error_message="备好的数据包要有文件、备好时间和到期时间",
            ),
            models.CheckConstraint(
                name="imaging_registrationpack_erased_whole",
                condition=(Q(state=PackState.ERASED, erased_at__isnull=False) & ~Q(erased_by=""))
                | (~Q(state=PackState.ERASED) & Q(erased_at=None, erased_by="")),
                violation_error_message="销毁的数据包要有时间和操作人",
            ),
        ]

    def __str__(self) -> str:
        return f"数据包 {self.pk}"


class PackedRecord(models.Model):
    """One person of a pack, by digests: which version of the photo, and a digest of the values."""

    pack = models.ForeignKey(
        RegistrationPack,
        verbose_name="登记数据包",
        on_delete=models.PROTECT,
        related_name="packed",
        db_index=False,  # the unique pair begins with it
    )
    record = models.ForeignKey(
        StudentRecord, verbose_name="学籍", on_delete=models.PROTECT, related_name="packed"
    )
    photo = models.ForeignKey(
        PhotoVersion, verbose_name="照片版本", on_delete=models.PROTECT, related_name="packed"
    )
    values_digest = models.CharField("信息摘要", max_length=64)
    photo_sha256 = models.CharField("照片摘要", max_length=64)

    class Meta:
        verbose_name = "数据包里的学生"
        verbose_name_plural = "数据包里的学生"
        constraints = [
            models.UniqueConstraint(
                name="imaging_packedrecord_once",
                fields=["pack", "record"],
                violation_error_message="这一包里已有这份学籍",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pack_id} {self.record_id}"
