"""Campaigns, who takes part in them, what photos must look like, and extensions."""

from datetime import datetime, timedelta

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from common.fields import EncryptedTextField
from common.rehearsal import REHEARSAL_MARK
from common.timewindow import Window
from enrollment.models import ClassGroup, School, StudentRecord
from enrollment.states import EnrollmentStatus
from imaging.models.photo_standard import (
    LEAST_BYTES,
    check_backgrounds,
    check_geometry,
    default_backgrounds,
    default_geometry,
)
from imaging.models.timetable import PHASES, Timetable
from imaging.states import CampaignKind, ConclusionKind, PhotoKind, kinds_asked


class PhotoProfile(models.Model):
    """What a photo of one kind must measure (capture standard 教毕指 2017 年 99 号 by default)."""

    name = models.CharField("名称", max_length=100, unique=True)
    kind = models.CharField("照片种类", max_length=12, choices=PhotoKind.choices)
    width = models.PositiveSmallIntegerField("宽（像素）", default=480)
    height = models.PositiveSmallIntegerField("高（像素）", default=640)
    dpi = models.PositiveSmallIntegerField("分辨率", default=300)
    is_exact_size = models.BooleanField("像素必须一致", default=True)
    min_bytes = models.PositiveIntegerField("最小字节", default=20 * 1024)
    max_bytes = models.PositiveIntegerField(
        "最大字节",
        default=40 * 1024,
        validators=[MinValueValidator(LEAST_BYTES, "这里填的是字节，不是 KB：40 KB 要填 40960。")],
        help_text="按字节填，40 KB 填 40960。收到的照片超过它，登记用的那一份会自动压缩，"
        "不低于最低质量系数；原件不变。",
    )
    quality = models.PositiveSmallIntegerField("最低质量系数", default=60)
    backgrounds = models.JSONField(
        "允许的底色",
        default=default_backgrounds,
        validators=[check_backgrounds],
        help_text="每种颜色写红、绿、蓝三个 0–255 的整数，外面再套一对方括号。"
        "只许浅蓝就写 [[100, 197, 255]]；加上白色是 [[100, 197, 255], [255, 255, 255]]。",
    )
    background_tolerance = models.PositiveSmallIntegerField("底色容差", default=48)
    has_face_check = models.BooleanField(
        "检查构图和人脸",
        default=True,
        help_text="导入时每张多用约 0.1 秒；结果只提醒，不拒收。来源杂的照片（如录取照片）建议不选。",
    )
    geometry = models.JSONField(
        "构图范围",
        default=default_geometry,
        validators=[check_geometry],
        help_text="像素，从照片上边量起：hair_top 头顶，eyes 眼睛，face_width 脸宽。"
        "还可以加 max_off_centre（偏离正中的像素）、max_tilt（倾斜度数）、"
        "max_burnt（面部过亮的百分比）、min_brightest（最亮处的亮度）。",
    )
    max_upload_bytes = models.PositiveIntegerField("单个文件上限", default=5 * 1024 * 1024)
    max_pixels = models.PositiveIntegerField("像素总数上限", default=16_000_000)
    is_default = models.BooleanField("该种类的默认标准", default=False)

    class Meta:
        verbose_name = "照片标准"
        verbose_name_plural = "照片标准"
        constraints = [
            models.CheckConstraint(
                name="imaging_photoprofile_kind", condition=Q(kind__in=PhotoKind.values)
            ),
            models.CheckConstraint(
                name="imaging_photoprofile_bytes",
                condition=Q(min_bytes__lt=F("max_bytes")),
                violation_error_message="最小字节要小于最大字节",
            ),
            models.UniqueConstraint(
                name="imaging_photoprofile_default", fields=["kind"], condition=Q(is_default=True)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Campaign(models.Model):
    """One year's verification (校对批次): when it is open, until when sheets may change, and its rules.

    All moments are half-open: at `closes_at` it is over. `sheet_freeze_at` caps every lock. A school
    may have moments of its own (`SchoolTimetable`). Rules and texts carry a number: what they were
    before stands in `CampaignTerms`, and a conclusion keeps the number it was given under.
    """

    title = models.CharField("名称", max_length=100)
    # 演练: over demo schools alone; no message leaves, nothing counts, all of it can be wiped.
    is_rehearsal = models.BooleanField("演练", default=False, db_default=False)
    kind = models.CharField("种类", max_length=12, choices=CampaignKind.choices)
    graduating_class = models.PositiveSmallIntegerField("届")
    schools = models.ManyToManyField(School, verbose_name="学校", related_name="campaigns")
    graduation_date = models.DateField("毕业日期", null=True, blank=True)
    capture_opens_at = models.DateTimeField("采集开始", null=True, blank=True)
    capture_closes_at = models.DateTimeField("采集结束", null=True, blank=True)
    publishes_at = models.DateTimeField("照片公布", null=True, blank=True)
    opens_at = models.DateTimeField("开始时间")
    closes_at = models.DateTimeField("学生截止时间")
    sheet_freeze_at = models.DateTimeField("反馈表定稿时间")
    hand_in_at = models.DateTimeField("反馈表上交截止", null=True, blank=True)
    ends_at = models.DateTimeField("批次结束", null=True, blank=True)
    # Ended by hand before its time; `ends_at` and the moments before it were brought forward then.
    closed_at = models.DateTimeField("提前结束时间", null=True, blank=True)
    closed_by = models.CharField(
        "提前结束人", max_length=100, blank=True, default="", db_default=""
    )
    terms_no = models.PositiveSmallIntegerField("规则第几版", default=1, db_default=1)
    window_hours = models.PositiveSmallIntegerField("可撤回小时数", default=24)
    recheck_hours = models.PositiveSmallIntegerField("重新核对至少给的小时数", default=72)
    profile = models.ForeignKey(
        PhotoProfile, verbose_name="照片标准", on_delete=models.PROTECT, related_name="campaigns"
    )
    photo_reasons = models.JSONField("照片有误的原因", default=list, blank=True)
    usage_text = models.CharField(
        "照片用途说明",
        max_length=200,
        default="这张照片将用于你的毕业证书和学历证书电子注册，注册后不能更换。",
    )
    # Own words for a reason: value → {"label": …, "hint": …}; what is missing is called as we call it.
    reason_words = models.JSONField("原因的说法", default=dict, blank=True)
    # Empty is the sentence of the kind (`imaging.states.SILENCE`).
    silence_text = models.CharField(
        "不核对的后果", max_length=300, blank=True, default="", db_default=""
    )
    help_text = models.CharField(
        "核对页的提示", max_length=500, blank=True, default="", db_default=""
    )
    created_at = models.DateTimeField("建立时间")
    created_by = models.CharField("建立人", max_length=100)

    class Meta:
        verbose_name = "校对批次"
        verbose_name_plural = "校对批次"
        constraints = [
            models.CheckConstraint(
                name="imaging_campaign_kind", condition=Q(kind__in=CampaignKind.values)
            ),
            # The mark stands wherever the title does: pages, sheets, papers, messages.
            models.CheckConstraint(
                name="imaging_campaign_rehearsal_marked",
                condition=Q(is_rehearsal=True, title__startswith=REHEARSAL_MARK)
                | (Q(is_rehearsal=False) & ~Q(title__startswith=REHEARSAL_MARK)),
                violation_error_message="演练批次的名称要以“【演练】”开头，别的批次不能",
            ),
            models.CheckConstraint(
                name="imaging_campaign_order",
                condition=Q(opens_at__lt=F("closes_at"), closes_at__lte=F("sheet_freeze_at")),
                violation_error_message="时间要依次为：开始、学生截止、反馈表定稿（定稿不早于学生截止）",
            ),
            # An empty moment makes its comparison unknown, which a check lets pass.
            models.CheckConstraint(
                name="imaging_campaign_phases",
                condition=Q(capture_opens_at__lt=F("capture_closes_at"))
                & Q(publishes_at__lte=F("opens_at"))
                & Q(sheet_freeze_at__lte=F("hand_in_at"))
                & Q(sheet_freeze_at__lte=F("ends_at"))
                & Q(hand_in_at__lte=F("ends_at")),
                violation_error_message=(
                    "时间要依次为：采集开始、采集结束；照片公布、核对开始；定稿、上交、结束"
                ),
            ),
            models.CheckConstraint(
                name="imaging_campaign_closed_whole",
                condition=Q(closed_at=None, closed_by="")
                | (Q(closed_at__isnull=False, ends_at__isnull=False) & ~Q(closed_by="")),
                violation_error_message="提前结束要同时有时间、操作人和批次结束时间",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def asked(self) -> tuple[ConclusionKind, ...]:
        """The conclusions that it asks for."""
        return kinds_asked(self.kind)

    @property
    def counts_silence(self) -> bool:
        """Whether silence counts as 正确 after the deadline, and 有误 needs a proof (新生学籍自查)."""
        return self.kind == CampaignKind.FRESHMAN

    @property
    def window(self) -> timedelta:
        """How long a conclusion may be taken back."""
        return timedelta(hours=self.window_hours)

    @property
    def timetable(self) -> Timetable:
        """The campaign's own moments."""
        return Timetable(**{name: getattr(self, name) for name in PHASES})

    def is_over_at(self, now: datetime) -> bool:
        """Whether the whole campaign has ended, by its time or by hand."""
        return self.ends_at is not None and self.ends_at <= now

    @property
    def recheck_time(self) -> timedelta:
        """How long a student has at least when something must be checked again."""
        return timedelta(hours=self.recheck_hours)


class CampaignMember(models.Model):
    """One record in one campaign, with the class as of then and deadlines moved for it alone."""

    campaign = models.ForeignKey(
        Campaign, verbose_name="校对批次", on_delete=models.PROTECT, related_name="members"
    )
    record = models.ForeignKey(
        StudentRecord, verbose_name="学籍", on_delete=models.PROTECT, related_name="memberships"
    )
    class_group = models.ForeignKey(
        ClassGroup,
        verbose_name="班级",
        null=True,
        on_delete=models.PROTECT,
        related_name="memberships",
    )
    # Where the school has moments of its own; empty are the campaign's.
    opens_at = models.DateTimeField("本校核对开始", null=True, blank=True)
    publishes_at = models.DateTimeField("本校照片公布", null=True, blank=True)
    # The effective moments, kept by services when the campaign or an extension moves them.
    closes_at = models.DateTimeField("本人截止时间")
    sheet_freeze_at = models.DateTimeField("本人定稿时间")
    added_at = models.DateTimeField("加入时间")
    added_by = models.CharField("加入人", max_length=100)
    removed_at = models.DateTimeField("移出时间", null=True, blank=True)
    removed_by = models.CharField("移出人", max_length=100, blank=True)
    # The status that took it out by rule; whom staff removed has none and never comes back alone.
    removed_for = models.CharField(
        "因学籍状态移出",
        max_length=20,
        choices=EnrollmentStatus.choices,
        blank=True,
        default="",
        db_default="",
    )
    # While a case waits for a retake that the office arranged; nothing taken before it counts.
    retake_granted_at = models.DateTimeField("安排重拍时间", null=True, blank=True)
    retake_granted_by = models.CharField(
        "安排重拍的人", max_length=100, blank=True, default="", db_default=""
    )
    # 免交照片: refused or exempt; the data are checked all the same, and no photo is asked for.
    photo_waived_at = models.DateTimeField("免交照片时间", null=True, blank=True)
    photo_waived_by = models.CharField(
        "免交照片经办人", max_length=100, blank=True, default="", db_default=""
    )
    photo_waived_reason = EncryptedTextField("免交照片理由", null=True, blank=True)

    class Meta:
        verbose_name = "批次成员"
        verbose_name_plural = "批次成员"
        constraints = [
            models.UniqueConstraint(
                name="imaging_campaignmember_once", fields=["campaign", "record"]
            ),
            models.CheckConstraint(
                name="imaging_campaignmember_removed_whole",
                condition=Q(removed_at=None, removed_by="")
                | (Q(removed_at__isnull=False) & ~Q(removed_by="")),
                violation_error_message="移出批次要同时有时间和操作人",
            ),
            models.CheckConstraint(
                name="imaging_campaignmember_removed_for",
                condition=Q(removed_for="")
                | Q(removed_for__in=EnrollmentStatus.values, removed_at__isnull=False),
                violation_error_message="因学籍状态移出的，要有移出时间",
            ),
            models.CheckConstraint(
                name="imaging_campaignmember_retake_whole",
                condition=Q(retake_granted_at=None, retake_granted_by="")
                | (Q(retake_granted_at__isnull=False) & ~Q(retake_granted_by="")),
                violation_error_message="安排重拍要同时有时间和操作人",
            ),
            models.CheckConstraint(
                name="imaging_campaignmember_waived_whole",
                condition=Q(photo_waived_at=None, photo_waived_by="", photo_waived_reason=None)
                | (
                    Q(photo_waived_at__isnull=False, photo_waived_reason__isnull=False)
                    & ~Q(photo_waived_by="")
                ),
                violation_error_message="免交照片要同时有时间、经办人和理由",
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "class_group"], name="imaging_member_class"),
        ]

    def __str__(self) -> str:
        return f"成员 {self.pk}"

    @property
    def asked(self) -> tuple[ConclusionKind, ...]:
        """The conclusions that it asks of this member: no photo where that is waived (免交照片)."""
        if self.photo_waived_at is None:
            return self.campaign.asked
        return tuple(kind for kind in self.campaign.asked if kind != ConclusionKind.PHOTO)

    @property
    def begins_at(self) -> datetime:
        """From when on this member may conclude: the school's own moment, else the campaign's."""
        return self.opens_at or self.campaign.opens_at

    def sees_photo_at(self, now: datetime) -> bool:
        """Whether the photos have been published; where no moment is fixed, each as it comes."""
        publishes_at = self.publishes_at or self.campaign.publishes_at
        return publishes_at is None or publishes_at <= now

    @property
    def window(self) -> Window:
        """When this member may give a first conclusion."""
        return Window(self.begins_at, self.closes_at)


class Extension(models.Model):
    """A deadline or freeze moved for a class or one student, with a reason."""

    campaign = models.ForeignKey(
        Campaign, verbose_name="校对批次", on_delete=models.PROTECT, related_name="extensions"
    )
    class_group = models.ForeignKey(
        ClassGroup,
        verbose_name="班级",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="extensions",
    )
    record = models.ForeignKey(
        StudentRecord,
        verbose_name="学籍",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="extensions",
    )
    closes_at = models.DateTimeField("截止时间")
    sheet_freeze_at = models.DateTimeField("定稿时间")
    hand_in_at = models.DateTimeField("上交截止", null=True, blank=True)
    reason = models.CharField("理由", max_length=300)
    granted_at = models.DateTimeField("批准时间")
    granted_by = models.CharField("批准人", max_length=100)

    class Meta:
        verbose_name = "延期"
        verbose_name_plural = "延期"
        constraints = [
            models.CheckConstraint(
                name="imaging_extension_one_target",
                condition=Q(class_group=None, record__isnull=False)
                | Q(class_group__isnull=False, record=None),
                violation_error_message="延期要么给一个班，要么给一名学生",
            ),
            models.CheckConstraint(
                name="imaging_extension_order",
                condition=Q(closes_at__lte=F("sheet_freeze_at")),
                violation_error_message="定稿时间不能早于截止时间",
            ),
            models.CheckConstraint(
                name="imaging_extension_hand_in",
                condition=Q(sheet_freeze_at__lte=F("hand_in_at")),
                violation_error_message="上交截止不能早于定稿时间",
            ),
        ]

    def __str__(self) -> str:
        return f"延期 {self.pk}"
