"""Channels for single photos, and photos that students send in themselves."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from common.fields import EncryptedTextField
from common.models import StoredFile
from imaging.models.campaign import Campaign, CampaignMember
from imaging.models.photo import CaptureEntry
from imaging.states.own_photo import (
    WAITING_OWN_PHOTOS,
    OwnPhotoState,
    PhotoChannel,
    ReturnReason,
)

MOST_ATTEMPTS = 10
_WAITING = sorted(WAITING_OWN_PHOTOS)
_UNSENT = [OwnPhotoState.DRAFT, OwnPhotoState.DISCARDED]
_OPEN = [OwnPhotoState.DRAFT, *_WAITING]
_ENDED = [
    OwnPhotoState.ACCEPTED,
    OwnPhotoState.RETURNED,
    OwnPhotoState.WITHDRAWN,
    OwnPhotoState.DISCARDED,
]


class PhotoChannels(models.Model):
    """采集渠道: how photos come in in a campaign; without a row only on site."""

    campaign = models.OneToOneField(
        Campaign, verbose_name="校对批次", on_delete=models.PROTECT, related_name="channels"
    )
    takes_on_site = models.BooleanField("现场拍照", default=True)
    takes_camera = models.BooleanField("自己现拍", default=False)
    takes_upload = models.BooleanField("自己选文件", default=False)
    takes_addresses = models.BooleanField("收照片邮寄地址", default=False)
    attempts = models.PositiveSmallIntegerField(
        "最多交几次",
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_ATTEMPTS)],
    )
    opens_at = models.DateTimeField("从什么时候收")
    closes_at = models.DateTimeField("收到什么时候")
    set_at = models.DateTimeField("设定时间")
    set_by = models.CharField("设定人", max_length=100)

    class Meta:
        verbose_name = "采集渠道"
        verbose_name_plural = "采集渠道"
        constraints = [
            models.CheckConstraint(
                name="imaging_photochannels_some",
                condition=Q(takes_on_site=True) | Q(takes_camera=True) | Q(takes_upload=True),
                violation_error_message="至少要有一种采集渠道",
            ),
            models.CheckConstraint(
                name="imaging_photochannels_order",
                condition=Q(opens_at__lt=F("closes_at")),
                violation_error_message="开始收的时间要早于结束的时间",
            ),
            models.CheckConstraint(
                name="imaging_photochannels_attempts",
                condition=Q(attempts__gte=1, attempts__lte=MOST_ATTEMPTS),
                violation_error_message=f"次数在 1 到 {MOST_ATTEMPTS} 之间",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign}的采集渠道"

    @property
    def own(self) -> tuple[PhotoChannel, ...]:
        """The ways in which a student may send a photo."""
        offered = (
            (self.takes_camera, PhotoChannel.CAMERA),
            (self.takes_upload, PhotoChannel.UPLOAD),
        )
        return tuple(channel for is_offered, channel in offered if is_offered)


class OwnPhoto(models.Model):
    """One photo from a student, or from staff for a student: cut, measured, sent, decided.

    `original` is the cut picture at its full size, `published` the registered one made from it. Once
    accepted, the same files are those of `entry`. What the picture showed outside the cut is not kept.
    """

    member = models.ForeignKey(
        CampaignMember, verbose_name="批次成员", on_delete=models.PROTECT, related_name="own_photos"
    )
    channel = models.CharField("怎么来的", max_length=8, choices=PhotoChannel.choices)
    state = models.CharField(
        "状态", max_length=10, choices=OwnPhotoState.choices, default=OwnPhotoState.DRAFT
    )
    original = models.OneToOneField(
        StoredFile, verbose_name="裁好的原图", on_delete=models.PROTECT, related_name="own_original"
    )
    published = models.OneToOneField(
        StoredFile,
        verbose_name="注册用照片",
        on_delete=models.PROTECT,
        related_name="own_published",
    )
    measures = models.JSONField("测量值", default=dict)
    warnings = models.JSONField("提醒", default=list)
    made_at = models.DateTimeField("选好时间")
    made_by = models.CharField("选照片的人", max_length=100)
    maker_id = models.CharField("选照片的人编号", max_length=50)
    attempt_no = models.PositiveSmallIntegerField("第几次交", null=True)
    sent_at = models.DateTimeField("交给学校的时间", null=True)
    claimed_at = models.DateTimeField("开始看的时间", null=True)
    claimed_by = models.CharField("看的人", max_length=100, blank=True)
    reviewer_id = models.CharField("看的人编号", max_length=50, blank=True)
    reasons = models.JSONField("请重拍的原因", default=list)
    answer = EncryptedTextField("给学生的话", null=True)
    ended_at = models.DateTimeField("办结时间", null=True)
    ended_by = models.CharField("办结人", max_length=100, blank=True)
    entry = models.OneToOneField(
        CaptureEntry,
        verbose_name="采集信息",
        null=True,
        on_delete=models.PROTECT,
        related_name="own_photo",
    )

    class Meta:
        verbose_name = "自己交的照片"
        verbose_name_plural = "自己交的照片"
        constraints = [
            models.CheckConstraint(
                name="imaging_ownphoto_channel", condition=Q(channel__in=PhotoChannel.values)
            ),
            models.CheckConstraint(
                name="imaging_ownphoto_state", condition=Q(state__in=OwnPhotoState.values)
            ),
            models.UniqueConstraint(
                name="imaging_ownphoto_one_draft",
                fields=["member"],
                condition=Q(state=OwnPhotoState.DRAFT),
                violation_error_message="一次只能准备一张照片",
            ),
            models.UniqueConstraint(
                name="imaging_ownphoto_one_waiting",
                fields=["member"],
                condition=Q(state__in=_WAITING),
                violation_error_message="已经有一张照片在等老师看",
            ),
            models.UniqueConstraint(
                name="imaging_ownphoto_attempt",
                fields=["member", "attempt_no"],
                violation_error_message="这一次已经交过",
            ),
            models.CheckConstraint(
                name="imaging_ownphoto_sent_whole",
                condition=Q(state__in=_UNSENT, sent_at=None, attempt_no=None)
                | Q(channel=PhotoChannel.STAFF, state=OwnPhotoState.ACCEPTED, attempt_no=None)
                | (
                    ~Q(state__in=_UNSENT)
                    & ~Q(channel=PhotoChannel.STAFF)
                    & Q(sent_at__isnull=False, attempt_no__isnull=False)
                ),
                violation_error_message="交给学校的照片要有时间和第几次",
            ),
            models.CheckConstraint(
                name="imaging_ownphoto_claimed_whole",
                condition=Q(claimed_at=None, claimed_by="", reviewer_id="")
                & ~Q(state=OwnPhotoState.IN_REVIEW)
                | (Q(claimed_at__isnull=False) & ~Q(claimed_by="") & ~Q(reviewer_id="")),
                violation_error_message="在看的照片要写明谁在看、什么时候开始",
            ),
            models.CheckConstraint(
                name="imaging_ownphoto_ended_whole",
                condition=Q(state__in=_OPEN, ended_at=None, ended_by="")
                | (Q(state__in=_ENDED, ended_at__isnull=False) & ~Q(ended_by="")),
                violation_error_message="办结的照片要同时有时间和办结人",
            ),
            models.CheckConstraint(
                name="imaging_ownphoto_entry",
                condition=Q(state=OwnPhotoState.ACCEPTED, entry__isnull=False)
                | (~Q(state=OwnPhotoState.ACCEPTED) & Q(entry=None)),
                violation_error_message="收下的照片要有采集信息，没收下的不能有",
            ),
        ]
        indexes = [
            models.Index(
                fields=["sent_at"],
                name="imaging_ownphoto_waiting",
                condition=Q(state__in=_WAITING),
            )
        ]

    def __str__(self) -> str:
        return f"自己交的照片 {self.pk}"

    @property
    def reason_labels(self) -> list[str]:
        """Why another one is asked for, in words."""
        known = [ReturnReason(value) for value in self.reasons if value in ReturnReason.values]
        return [str(reason.label) for reason in known]
