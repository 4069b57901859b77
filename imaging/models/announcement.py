"""公告: formal notices of the office with their versions, files and readers."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.models import StoredFile
from imaging.models.campaign import Campaign
from imaging.states.announcement import AnnouncementState


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    """Phases of formal notices."""

    def shown_at(self, now: datetime) -> Self:
        """Published, begun and not over at `now`."""
        return self.filter(
            Q(closes_at=None) | Q(closes_at__gt=now),
            state=AnnouncementState.PUBLISHED,
            opens_at__lte=now,
        )


class Announcement(models.Model):
    """A formal notice: what it says, whom it concerns, from when until when it is shown."""

    document_no = models.CharField("文号", max_length=40, blank=True)
    title = models.CharField("标题", max_length=80)
    body = models.TextField("正文", max_length=5000)
    duties = models.TextField("要做什么", max_length=1000, blank=True)
    room = models.CharField("联系地点", max_length=60, blank=True)
    phone = models.CharField("联系电话", max_length=40, blank=True)
    is_public = models.BooleanField("不登录也看得到", default=False)
    # Values of AnnouncementReader; empty is everybody.
    readers = models.JSONField("给谁", default=list, blank=True)
    # Narrows students and monitors; empty is every campaign, every year.
    campaign = models.ForeignKey(
        Campaign,
        verbose_name="校对批次",
        null=True,
        on_delete=models.PROTECT,
        related_name="announcements",
    )
    graduating_class = models.PositiveSmallIntegerField("届", null=True)
    # Numbers of colleges; empty is every college.
    colleges = models.JSONField("学院", default=list, blank=True)
    opens_at = models.DateTimeField("从什么时候看得到")
    closes_at = models.DateTimeField("到什么时候", null=True)
    state = models.CharField(
        "状态",
        max_length=10,
        choices=AnnouncementState.choices,
        default=AnnouncementState.DRAFT,
    )
    # Compare-and-swap: whoever saves names the version that was read.
    version_no = models.PositiveIntegerField("第几版", default=1)
    created_at = models.DateTimeField("起草时间")
    changed_at = models.DateTimeField("最近修改")
    changed_by = models.CharField("修改人", max_length=100)
    published_at = models.DateTimeField("发布时间", null=True)
    published_by = models.CharField("发布人", max_length=100, blank=True)
    withdrawn_at = models.DateTimeField("撤下时间", null=True)
    withdrawn_by = models.CharField("撤下人", max_length=100, blank=True)
    withdrawal_reason = models.CharField("撤下的理由", max_length=300, blank=True)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        verbose_name = "公告"
        verbose_name_plural = "公告"
        constraints = [
            models.CheckConstraint(
                name="imaging_announcement_state",
                condition=Q(state__in=AnnouncementState.values),
            ),
            models.CheckConstraint(
                name="imaging_announcement_order",
                condition=Q(closes_at=None) | Q(opens_at__lt=F("closes_at")),
                violation_error_message="结束的时间要晚于开始的时间",
            ),
            models.CheckConstraint(
                name="imaging_announcement_published_whole",
                condition=Q(state=AnnouncementState.DRAFT, published_at=None, published_by="")
                | (
                    ~Q(state=AnnouncementState.DRAFT)
                    & Q(published_at__isnull=False)
                    & ~Q(published_by="")
                ),
                violation_error_message="发布过的公告要有发布时间和发布人，草稿没有",
            ),
            models.CheckConstraint(
                name="imaging_announcement_withdrawn_whole",
                condition=Q(
                    state=AnnouncementState.WITHDRAWN,
                    withdrawn_at__isnull=False,
                )
                & ~Q(withdrawn_by="")
                & ~Q(withdrawal_reason="")
                | (
                    ~Q(state=AnnouncementState.WITHDRAWN)
                    & Q(withdrawn_at=None, withdrawn_by="", withdrawal_reason="")
                ),
                violation_error_message="撤下的公告要有时间、操作人和理由，别的没有",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}（{self.pk}）"

    def is_shown_at(self, now: datetime) -> bool:
        """Published, begun and not over at `now`."""
        return (
            self.state == AnnouncementState.PUBLISHED
            and self.opens_at <= now
            and (self.closes_at is None or self.closes_at > now)
        )


class AnnouncementVersion(models.Model):
    """How a formal notice read from one saving to the next; append-only."""

    announcement = models.ForeignKey(
        Announcement, verbose_name="公告", on_delete=models.PROTECT, related_name="versions"
    )
    number = models.PositiveIntegerField("第几版")
    content = models.JSONField("内容")
    note = models.CharField("说明", max_length=200, blank=True)
    written_at = models.DateTimeField("写下时间")
    written_by = models.CharField("写的人", max_length=100)

    class Meta:
        verbose_name = "公告历史"
        verbose_name_plural = "公告历史"
        constraints = [
            models.UniqueConstraint(
                fields=["announcement", "number"],
                name="imaging_announcement_version_number",
                violation_error_message="这一版已经有了",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.announcement}第 {self.number} 版"


class AnnouncementFile(models.Model):
    """A file beside a formal notice: a picture drawn anew or a PDF that was checked."""

    announcement = models.ForeignKey(
        Announcement, verbose_name="公告", on_delete=models.PROTECT, related_name="files"
    )
    file = models.OneToOneField(StoredFile, verbose_name="文件", on_delete=models.PROTECT)
    name = models.CharField("名称", max_length=100)
    added_at = models.DateTimeField("加上时间")
    added_by = models.CharField("加上的人", max_length=100)
    removed_at = models.DateTimeField("拿掉时间", null=True)
    removed_by = models.CharField("拿掉的人", max_length=100, blank=True)

    class Meta:
        verbose_name = "公告附件"
        verbose_name_plural = "公告附件"
        constraints = [
            models.CheckConstraint(
                name="imaging_announcementfile_removed_whole",
                condition=Q(removed_at=None, removed_by="")
                | (Q(removed_at__isnull=False) & ~Q(removed_by="")),
                violation_error_message="拿掉的时间和人要么都有，要么都没有",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.pk}）"


class AnnouncementRead(models.Model):
    """That an account has opened a formal notice; only ever counted, never listed by name."""

    announcement = models.ForeignKey(
        Announcement, verbose_name="公告", on_delete=models.CASCADE, related_name="reads"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="账号", on_delete=models.CASCADE, related_name="+"
    )
    read_at = models.DateTimeField("第一次打开")

    class Meta:
        verbose_name = "公告已读"
        verbose_name_plural = "公告已读"
        constraints = [
            models.UniqueConstraint(
                fields=["announcement", "user"], name="imaging_announcementread_once"
            ),
        ]

    def __str__(self) -> str:
        return f"已读 {self.pk}"
