"""Where and when photos are taken: places with their hours, and sessions of a campaign."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from enrollment.models import ClassGroup, School
from imaging.models.campaign import Campaign
from imaging.states import PlaceKind, SessionKind

DEFAULT_BRING = "身份证原件\n手机（出示采集号）"
DEFAULT_WEAR = "有领的深色上衣，不穿和背景相近的浅蓝色\n头发不遮眉毛、眼睛和耳朵\n不戴帽子、耳环、项链，不戴有色隐形眼镜（美瞳）\n可以化淡妆，不化浓妆、不贴假睫毛\n平时戴眼镜的，镜片不要反光"


class CapturePlace(models.Model):
    """拍照地点: a room on the campus, or a branch of the capture unit that students go to themselves."""

    kind = models.CharField(
        "种类", max_length=8, choices=PlaceKind.choices, default=PlaceKind.CAMPUS
    )
    school = models.ForeignKey(
        School,
        verbose_name="学校",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="capture_places",
        help_text="不选就是所有学校都能去。",
    )
    name = models.CharField("名称", max_length=100)
    address = models.CharField("地址", max_length=200)
    hours = models.CharField(
        "开放时间", max_length=200, blank=True, help_text="比如：每周三 9:00–11:30，寒暑假不开。"
    )
    phone = models.CharField("办公电话", max_length=50, blank=True)
    hint = models.CharField("怎么走、要带什么、怎么收费", max_length=300, blank=True)
    is_used = models.BooleanField("在用", default=True)

    class Meta:
        verbose_name = "拍照地点"
        verbose_name_plural = "拍照地点"
        constraints = [
            models.CheckConstraint(
                name="imaging_captureplace_kind", condition=Q(kind__in=PlaceKind.values)
            ),
            models.UniqueConstraint(
                name="imaging_captureplace_name",
                fields=["name", "address"],
                violation_error_message="这个地点已经有了",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CaptureSession(models.Model):
    """拍照场次: a place from when to when, for classes as a whole or for who books a seat.

    `seats_taken` is kept by the services beside the bookings: the seat is taken by one conditional
    update, so that two students never get the last one.
    """

    campaign = models.ForeignKey(
        Campaign, verbose_name="校对批次", on_delete=models.PROTECT, related_name="capture_sessions"
    )
    place = models.ForeignKey(
        CapturePlace, verbose_name="地点", on_delete=models.PROTECT, related_name="sessions"
    )
    kind = models.CharField("种类", max_length=8, choices=SessionKind.choices)
    starts_at = models.DateTimeField("开始时间")
    ends_at = models.DateTimeField("结束时间")
    class_groups = models.ManyToManyField(
        ClassGroup, verbose_name="班级", related_name="capture_sessions", blank=True
    )
    capacity = models.PositiveSmallIntegerField("名额", null=True, blank=True)
    seats_taken = models.PositiveSmallIntegerField("已约", default=0)
    bookable_until = models.DateTimeField("预约截止", null=True, blank=True)
    bring = models.TextField("要带什么", default=DEFAULT_BRING, blank=True)
    wear = models.TextField("怎么穿", default=DEFAULT_WEAR, blank=True)
    note = models.CharField("另外说明", max_length=300, blank=True)
    # Nothing is paid here: whether it costs something, and the sentence about it. None: nobody has said.
    has_fee = models.BooleanField("收费", null=True)
    fee_text = models.CharField("怎么收费", max_length=100, blank=True)
    created_at = models.DateTimeField("建立时间")
    created_by = models.CharField("建立人", max_length=100)
    cancelled_at = models.DateTimeField("取消时间", null=True)
    cancelled_by = models.CharField("取消人", max_length=100, blank=True)
    cancel_reason = models.CharField("取消原因", max_length=300, blank=True)

    class Meta:
        verbose_name = "拍照场次"
        verbose_name_plural = "拍照场次"
        constraints = [
            models.CheckConstraint(
                name="imaging_capturesession_kind", condition=Q(kind__in=SessionKind.values)
            ),
            models.CheckConstraint(
                name="imaging_capturesession_order",
                condition=Q(starts_at__lt=F("ends_at")),
                violation_error_message="结束时间要晚于开始时间",
            ),
            models.CheckConstraint(
                name="imaging_capturesession_seats",
                condition=Q(kind=SessionKind.CLASS, seats_taken=0, bookable_until=None)
                | Q(
                    kind=SessionKind.MAKEUP,
                    capacity__isnull=False,
                    bookable_until__isnull=False,
                    seats_taken__lte=F("capacity"),
                    bookable_until__lte=F("ends_at"),
                ),
                violation_error_message="补拍场次要有名额和预约截止时间，约出去的不能比名额多",
            ),
            models.CheckConstraint(
                name="imaging_capturesession_fee",
                # A check that is NULL holds, so the first says that it is not.
                condition=(Q(has_fee__isnull=False, has_fee=True) & ~Q(fee_text=""))
                | Q(has_fee=None, fee_text="")
                | Q(has_fee=False, fee_text=""),
                violation_error_message="收费的场次要写怎么收费，不收费的不写",
            ),
            models.CheckConstraint(
                name="imaging_capturesession_cancelled_whole",
                condition=Q(cancelled_at=None, cancelled_by="")
                | (Q(cancelled_at__isnull=False) & ~Q(cancelled_by="")),
                violation_error_message="取消场次要同时有时间和操作人",
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "starts_at"], name="imaging_session_day"),
        ]

    def __str__(self) -> str:
        return f"场次 {self.pk}"

    @property
    def fee_words(self) -> str:
        """What it costs, in words; empty while nobody has said."""
        return self.fee_text or ("免费" if self.has_fee is False else "")

    @property
    def seats_left(self) -> int:
        """Seats that can still be booked."""
        return max((self.capacity or 0) - self.seats_taken, 0)

    def is_bookable_at(self, now: datetime) -> bool:
        """Whether a student may still book or give back a seat; half-open like every deadline."""
        return (
            self.kind == SessionKind.MAKEUP
            and self.cancelled_at is None
            and self.bookable_until is not None
            and now < self.bookable_until
        )
