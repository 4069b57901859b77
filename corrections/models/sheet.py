"""The class feedback sheet: its versions, who signed them, remarks, proxies, and late hand-in."""

import secrets
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.fields import EncryptedJSONField, EncryptedTextField
from corrections.states import (
    CURRENT_SHEETS,
    SIGNED_STEPS,
    SheetAction,
    SheetNumbers,
    SheetState,
    SignerRole,
)
from enrollment.models import ClassGroup, School
from imaging.models import Campaign, CampaignMember
from imaging.states import ProxyWay

_CURRENT = sorted(CURRENT_SHEETS)
_BEFORE_HAND_IN = sorted(
    {
        SheetState.DRAFT,
        SheetState.FROZEN,
        SheetState.COUNSELLOR_SIGNED,
        SheetState.COLLEGE_SEALED,
        SheetState.WITHDRAWN,
    }
)


def new_check_code() -> str:
    """What the QR of a version holds: nobody guesses it, and it says nothing of the class."""
    return secrets.token_urlsafe(16)


class ClassSheetQuerySet(models.QuerySet["ClassSheet"]):
    """Sheets by where they stand."""

    def current(self) -> Self:
        """The one version of each class and campaign that counts."""
        return self.filter(state__in=_CURRENT)


class ClassSheet(models.Model):
    """One version of a class's feedback sheet in a campaign; what it froze never changes again."""

    campaign = models.ForeignKey(
        Campaign, verbose_name="校对批次", on_delete=models.PROTECT, related_name="class_sheets"
    )
    class_group = models.ForeignKey(
        ClassGroup, verbose_name="班级", on_delete=models.PROTECT, related_name="sheets"
    )
    version_no = models.PositiveSmallIntegerField("第几版", default=1)
    state = models.CharField(
        "状态", max_length=20, choices=SheetState.choices, default=SheetState.DRAFT
    )
    check_code = models.CharField("查验码", max_length=40, unique=True, default=new_check_code)
    created_at = models.DateTimeField("建立时间")
    created_by = models.CharField("建立人", max_length=100)
    # The document as it was printed: `corrections.selectors.frozen_document` reads it.
    content = EncryptedJSONField("定稿内容", null=True)
    content_hash = models.CharField("内容摘要", max_length=64, blank=True)
    row_count = models.PositiveSmallIntegerField("人数", default=0)
    frozen_at = models.DateTimeField("定稿时间", null=True)
    frozen_by = models.CharField("定稿人", max_length=100, blank=True)
    # As it was in force for the class at the freeze, then at the hand-in.
    hand_in_at = models.DateTimeField("上交截止", null=True)
    submitted_at = models.DateTimeField("上交时间", null=True)
    submitted_by = models.CharField("上交人", max_length=100, blank=True)
    # When the office was told, in one message with others of the same half hour.
    announced_at = models.DateTimeField("告知教务处的时间", null=True)
    accepted_at = models.DateTimeField("接收时间", null=True)
    accepted_by = models.CharField("接收人", max_length=100, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True)
    ended_by = models.CharField("结束人", max_length=100, blank=True)
    end_reason = EncryptedTextField("退回原因", null=True)
    # When the sweep found that the rows have changed; whether they have is derived each time.
    stale_at = models.DateTimeField("发现有变化的时间", null=True)
    stale_by = models.CharField("由谁发现", max_length=100, blank=True)

    objects = ClassSheetQuerySet.as_manager()

    class Meta:
        verbose_name = "班级反馈表"
        verbose_name_plural = "班级反馈表"
        constraints = [
            models.CheckConstraint(
                name="corrections_sheet_state", condition=Q(state__in=SheetState.values)
            ),
            models.UniqueConstraint(
                name="corrections_sheet_version",
                fields=["campaign", "class_group", "version_no"],
                violation_error_message="这个班的反馈表已有这一版",
            ),
            models.UniqueConstraint(
                name="corrections_sheet_one_current",
                fields=["campaign", "class_group"],
                condition=Q(state__in=_CURRENT),
                violation_error_message="这个班的反馈表已有一版在办",
            ),
            models.CheckConstraint(
                name="corrections_sheet_frozen_whole",
                condition=Q(
                    state=SheetState.DRAFT,
                    content=None,
                    content_hash="",
                    frozen_at=None,
                    frozen_by="",
                )
                | (
                    ~Q(state=SheetState.DRAFT)
                    & Q(content__isnull=False, frozen_at__isnull=False)
                    & ~Q(content_hash="")
                    & ~Q(frozen_by="")
                ),
                violation_error_message="定稿的反馈表要有内容、摘要、时间和定稿人，没定稿的不能有",
            ),
            models.CheckConstraint(
                name="corrections_sheet_submitted_whole",
                condition=Q(submitted_at=None, submitted_by="")
                | (Q(submitted_at__isnull=False) & ~Q(submitted_by="")),
                violation_error_message="上交时间和上交人要么都有，要么都没有",
            ),
            models.CheckConstraint(
                name="corrections_sheet_submitted_before",
                condition=Q(state__in=_BEFORE_HAND_IN, submitted_at=None)
                | Q(
                    state__in=[SheetState.SUBMITTED, SheetState.ACCEPTED],
                    submitted_at__isnull=False,
                )
                | Q(state__in=[SheetState.RETURNED, SheetState.STALE]),
                violation_error_message="上交了的反馈表要有上交时间，没上交的不能有",
            ),
            models.CheckConstraint(
                name="corrections_sheet_accepted_whole",
                condition=Q(accepted_at=None, accepted_by="")
                | (Q(accepted_at__isnull=False, submitted_at__isnull=False) & ~Q(accepted_by="")),
                violation_error_message="接收时间和接收人要么都有，要么都没有，接收前要先上交",
            ),
            models.CheckConstraint(
                name="corrections_sheet_ended_whole",
                condition=Q(state__in=_CURRENT, ended_at=None, ended_by="")
                | (~Q(state__in=_CURRENT) & Q(ended_at__isnull=False) & ~Q(ended_by="")),
                violation_error_message="结束的一版要有结束时间和结束人，在办的不能有",
            ),
            models.CheckConstraint(
                name="corrections_sheet_returned_why",
                condition=~Q(state=SheetState.RETURNED) | Q(end_reason__isnull=False),
                violation_error_message="退回要写原因",
            ),
            models.CheckConstraint(
                name="corrections_sheet_stale_whole",
                condition=Q(stale_at=None, stale_by="")
                | (Q(stale_at__isnull=False) & ~Q(stale_by="")),
                violation_error_message="发现变化的时间和由谁发现要么都有，要么都没有",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.class_group} 反馈表第 {self.version_no} 版"


class SheetSignature(models.Model):
    """One step of a sheet that somebody put their name to, in their own name even as a deputy."""

    sheet = models.ForeignKey(
        ClassSheet, verbose_name="反馈表", on_delete=models.CASCADE, related_name="signatures"
    )
    step = models.CharField(
        "步骤", max_length=10, choices=[(step.value, step.label) for step in SIGNED_STEPS]
    )
    signer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="签名账号",
        on_delete=models.PROTECT,
        related_name="sheet_signatures",
    )
    signer_name = models.CharField("姓名", max_length=100, blank=True)
    role = models.CharField("身份", max_length=20, choices=SignerRole.choices)
    is_deputy = models.BooleanField("代理", default=False)
    deputy_for = models.CharField("代理谁", max_length=200, blank=True)
    content_hash = models.CharField("所签内容的摘要", max_length=64)
    has_second_factor = models.BooleanField("用了两步验证")
    # What the college says to it (学院意见); the counsellor's note.
    note = EncryptedTextField("意见", null=True)
    signed_at = models.DateTimeField("签名时间")
    signed_by = models.CharField("签名人", max_length=100)

    class Meta:
        verbose_name = "反馈表签名"
        verbose_name_plural = "反馈表签名"
        constraints = [
            models.CheckConstraint(
                name="corrections_signature_step",
                condition=Q(step__in=[step.value for step in SIGNED_STEPS]),
            ),
            models.CheckConstraint(
                name="corrections_signature_role", condition=Q(role__in=SignerRole.values)
            ),
            models.UniqueConstraint(
                name="corrections_signature_once",
                fields=["sheet", "step"],
                violation_error_message="这一步已经签过",
            ),
            models.CheckConstraint(
                name="corrections_signature_deputy",
                condition=Q(is_deputy=True) | Q(deputy_for=""),
                violation_error_message="不是代理就不能写代理谁",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_step_display()}签名 {self.pk}"

    @property
    def step_action(self) -> SheetAction:
        """The step as the machine names it."""
        return SheetAction(self.step)


class SheetRemark(models.Model):
    """What the monitor writes beside a student who has no conclusion; it is printed on the sheet."""

    sheet = models.ForeignKey(
        ClassSheet, verbose_name="反馈表", on_delete=models.CASCADE, related_name="remarks"
    )
    member = models.ForeignKey(
        CampaignMember, verbose_name="学生", on_delete=models.PROTECT, related_name="sheet_remarks"
    )
    text = EncryptedTextField("备注")
    written_at = models.DateTimeField("填写时间")
    written_by = models.CharField("填写人", max_length=100)

    class Meta:
        verbose_name = "反馈表备注"
        verbose_name_plural = "反馈表备注"
        constraints = [
            models.UniqueConstraint(
                name="corrections_remark_once",
                fields=["sheet", "member"],
                violation_error_message="这名学生已经有备注",
            ),
        ]

    def __str__(self) -> str:
        return f"备注 {self.pk}"


class ProxySignature(models.Model):
    """代签: somebody signed the paper for a student, after the student was reached and agreed."""

    sheet = models.ForeignKey(
        ClassSheet, verbose_name="反馈表", on_delete=models.CASCADE, related_name="proxies"
    )
    member = models.ForeignKey(
        CampaignMember,
        verbose_name="学生",
        on_delete=models.PROTECT,
        related_name="proxy_signatures",
    )
    signer_name = EncryptedTextField("代签人")
    way = models.CharField("怎么联系到本人", max_length=10, choices=ProxyWay.choices)
    agreed_at = models.DateTimeField("本人同意的时间")
    agreed_by = models.CharField("联系本人的人", max_length=100)
    reason = EncryptedTextField("为什么代签")
    entered_at = models.DateTimeField("登记时间")
    entered_by = models.CharField("登记人", max_length=100)

    class Meta:
        verbose_name = "代签"
        verbose_name_plural = "代签"
        constraints = [
            models.CheckConstraint(
                name="corrections_proxy_way", condition=Q(way__in=ProxyWay.values)
            ),
            models.UniqueConstraint(
                name="corrections_proxy_once",
                fields=["sheet", "member"],
                violation_error_message="这名学生已经登记过代签",
            ),
            models.CheckConstraint(
                name="corrections_proxy_order",
                condition=Q(agreed_at__lte=models.F("entered_at")),
                violation_error_message="本人同意的时间不能晚于登记时间",
            ),
        ]

    def __str__(self) -> str:
        return f"代签 {self.pk}"


class HandInReopeningQuerySet(models.QuerySet["HandInReopening"]):
    """Reopenings by the moment."""

    def in_force_at(self, now: datetime) -> Self:
        """Granted, and not run out at `now`; the twin of `HandInReopening.is_in_force_at`."""
        return self.filter(granted_at__lte=now, open_until__gt=now)


class HandInReopening(models.Model):
    """补交: the office lets one class hand in after the deadline, with a reason and until when."""

    campaign = models.ForeignKey(
        Campaign,
        verbose_name="校对批次",
        on_delete=models.PROTECT,
        related_name="hand_in_reopenings",
    )
    class_group = models.ForeignKey(
        ClassGroup, verbose_name="班级", on_delete=models.PROTECT, related_name="hand_in_reopenings"
    )
    open_until = models.DateTimeField("补交截止")
    reason = EncryptedTextField("理由")
    granted_at = models.DateTimeField("批准时间")
    granted_by = models.CharField("批准人", max_length=100)

    objects = HandInReopeningQuerySet.as_manager()

    class Meta:
        verbose_name = "反馈表补交"
        verbose_name_plural = "反馈表补交"
        constraints = [
            models.CheckConstraint(
                name="corrections_reopening_order",
                condition=Q(granted_at__lt=models.F("open_until")),
                violation_error_message="补交截止要晚于批准时间",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.class_group} 补交 {self.pk}"

    def is_in_force_at(self, now: datetime) -> bool:
        """Granted, and not run out at `now`."""
        return self.granted_at <= now < self.open_until


class SheetOrder(models.Model):
    """How a school's sheets are put in order; without a row: from large to small, automatically."""

    school = models.OneToOneField(
        School, verbose_name="学校", on_delete=models.PROTECT, related_name="sheet_order"
    )
    is_descending = models.BooleanField("由大到小", default=True)
    numbers = models.CharField(
        "学号怎么比", max_length=6, choices=SheetNumbers.choices, default=SheetNumbers.AUTO
    )

    class Meta:
        verbose_name = "反馈表排序"
        verbose_name_plural = "反馈表排序"
        constraints = [
            models.CheckConstraint(
                name="corrections_sheetorder_numbers", condition=Q(numbers__in=SheetNumbers.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school} 反馈表排序"
