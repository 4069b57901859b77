"""毕业资格审核: a round, its items, and how each student stands."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from common.fields import EncryptedTextField
from common.timewindow import Window
from corrections.states.graduation import (
    OUT,
    OWN_SOURCES,
    SECOND_ROUND,
    AuditOutcome,
    AuditState,
    ItemSource,
    ItemState,
    ResultState,
)
from enrollment.models import College, School, StudentRecord
from imaging.models import Campaign

_SHOWN = [AuditState.NOTICE, AuditState.CLOSED]
_PROPOSED = [ResultState.PROPOSED, ResultState.DECIDED]


class GraduationAuditQuerySet(models.QuerySet["GraduationAudit"]):
    """Phases of a round as filters."""

    def on_notice_at(self, now: datetime) -> Self:
        """Whose public notice is up at `now`: the twin of `is_on_notice_at`."""
        return self.filter(
            state=AuditState.NOTICE, notice_opens_at__lte=now, notice_closes_at__gt=now
        )


class GraduationAudit(models.Model):
    """One round of the audit of a cohort of a school; the next round is a row of its own."""

    school = models.ForeignKey(
        School, verbose_name="学校", on_delete=models.PROTECT, related_name="graduation_audits"
    )
    graduating_class = models.PositiveSmallIntegerField("届")
    round_no = models.PositiveSmallIntegerField("第几轮", default=1)
    title = models.CharField("名称", max_length=100)
    # The campaign whose conclusions on photo and data are items here.
    campaign = models.ForeignKey(
        Campaign,
        verbose_name="校对批次",
        null=True,
        on_delete=models.PROTECT,
        related_name="graduation_audits",
    )
    state = models.CharField(
        "状态", max_length=10, choices=AuditState.choices, default=AuditState.DRAFT
    )
    confirm_until = models.DateTimeField("学生核对截止")
    notice_opens_at = models.DateTimeField("公示开始", null=True)
    notice_closes_at = models.DateTimeField("公示结束", null=True)
    notice_text = models.CharField("公示说明", max_length=1000, blank=True)
    totals = models.JSONField("归档数字", default=dict)
    created_at = models.DateTimeField("建立时间")
    created_by = models.CharField("建立人", max_length=100)
    opened_at = models.DateTimeField("开始时间", null=True)
    opened_by = models.CharField("开始人", max_length=100, blank=True)
    published_at = models.DateTimeField("发布公示时间", null=True)
    published_by = models.CharField("发布公示人", max_length=100, blank=True)
    closed_at = models.DateTimeField("归档时间", null=True)
    closed_by = models.CharField("归档人", max_length=100, blank=True)

    objects = GraduationAuditQuerySet.as_manager()

    class Meta:
        verbose_name = "毕业资格审核"
        verbose_name_plural = "毕业资格审核"
        constraints = [
            models.CheckConstraint(
                name="corrections_graduationaudit_state", condition=Q(state__in=AuditState.values)
            ),
            models.UniqueConstraint(
                name="corrections_graduationaudit_round",
                fields=["school", "graduating_class", "round_no"],
                violation_error_message="这一届的这一轮审核已经建立",
            ),
            models.CheckConstraint(
                name="corrections_graduationaudit_opened_whole",
                condition=Q(opened_at=None, opened_by="")
                | Q(opened_at__isnull=False) & ~Q(opened_by=""),
                violation_error_message="开始要同时有时间和操作人",
            ),
            models.CheckConstraint(
                name="corrections_graduationaudit_notice_whole",
                condition=Q(
                    state__in=_SHOWN,
                    notice_opens_at__isnull=False,
                    notice_closes_at__gt=F("notice_opens_at"),
                    published_at__isnull=False,
                )
                & ~Q(published_by="")
                | ~Q(state__in=_SHOWN)
                & Q(
                    notice_opens_at=None, notice_closes_at=None, published_at=None, published_by=""
                ),
                violation_error_message="公示要有开始、结束、发布时间和发布人，结束晚于开始",
            ),
            models.CheckConstraint(
                name="corrections_graduationaudit_closed_whole",
                condition=Q(state=AuditState.CLOSED, closed_at__isnull=False) & ~Q(closed_by="")
                | ~Q(state=AuditState.CLOSED) & Q(closed_at=None, closed_by=""),
                violation_error_message="已归档的要有归档时间和归档人",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}（第 {self.round_no} 轮）"

    @property
    def notice_window(self) -> Window:
        """When the notice is up; at its end it is over."""
        return Window(self.notice_opens_at, self.notice_closes_at)

    def is_on_notice_at(self, now: datetime) -> bool:
        """Whether the public notice is up; the twin of `on_notice_at`."""
        return self.state == AuditState.NOTICE and self.notice_window.contains(now)

    def takes_answers_at(self, now: datetime) -> bool:
        """Whether students may confirm their list and object to it."""
        return self.state == AuditState.CHECKING and now < self.confirm_until


class AuditItem(models.Model):
    """One line of the checklist of a round."""

    audit = models.ForeignKey(
        GraduationAudit,
        verbose_name="毕业资格审核",
        on_delete=models.CASCADE,
        related_name="items",
        db_index=False,  # the unique title begins with it
    )
    title = models.CharField("项目", max_length=50)
    source = models.CharField("来自", max_length=12, choices=ItemSource.choices)
    is_required = models.BooleanField("毕业必须达到", default=True)
    otherwise = models.CharField(
        "没达到时",
        max_length=10,
        choices=[(each.value, each.label) for each in AuditOutcome if each in SECOND_ROUND],
        default=AuditOutcome.COMPLETE,
    )
    ask_whom = models.CharField("有疑问问谁", max_length=100)
    position = models.PositiveSmallIntegerField("次序", default=0)

    class Meta:
        verbose_name = "审核项目"
        verbose_name_plural = "审核项目"
        constraints = [
            models.CheckConstraint(
                name="corrections_audititem_source", condition=Q(source__in=ItemSource.values)
            ),
            models.CheckConstraint(
                name="corrections_audititem_otherwise",
                condition=Q(otherwise__in=sorted(SECOND_ROUND)),
            ),
            models.UniqueConstraint(
                name="corrections_audititem_title",
                fields=["audit", "title"],
                violation_error_message="这次审核已有同名的项目",
            ),
            models.UniqueConstraint(
                name="corrections_audititem_own_once",
                fields=["audit", "source"],
                condition=Q(source__in=sorted(OWN_SOURCES)),
                violation_error_message="网站自己知道的项目，每种只能有一个",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class AuditedStudent(models.Model):
    """One student in one round: what the college proposed, what the office decided, what was confirmed."""

    audit = models.ForeignKey(
        GraduationAudit,
        verbose_name="毕业资格审核",
        on_delete=models.PROTECT,
        related_name="students",
        db_index=False,  # the unique pair begins with it
    )
    record = models.ForeignKey(
        StudentRecord, verbose_name="学籍", on_delete=models.PROTECT, related_name="audited"
    )
    # Whose college it was when the round began: a later transfer moves nobody off a list.
    college = models.ForeignKey(
        College, verbose_name="学院", null=True, on_delete=models.PROTECT, related_name="audited"
    )
    state = models.CharField(
        "状态", max_length=10, choices=ResultState.choices, default=ResultState.PENDING
    )
    proposed = models.CharField("学院提出", max_length=10, choices=AuditOutcome.choices, blank=True)
    proposed_note = EncryptedTextField("学院的说明", null=True)
    proposed_at = models.DateTimeField("提出时间", null=True)
    proposed_by = models.CharField("提出人", max_length=100, blank=True)
    # Whom the label names: the one who proposes is never the one who decides.
    proposer = models.ForeignKey(
        "accounts.User",
        verbose_name="提出账号",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    decided = models.CharField("审定结果", max_length=10, choices=AuditOutcome.choices, blank=True)
    decided_note = EncryptedTextField("教务处的说明", null=True)
    decided_at = models.DateTimeField("审定时间", null=True)
    decided_by = models.CharField("审定人", max_length=100, blank=True)
    # What the list said when it was decided and when it was confirmed.
    decided_digest = models.CharField("审定时的清单摘要", max_length=32, blank=True)
    confirmed_digest = models.CharField("确认时的清单摘要", max_length=32, blank=True)
    confirmed_at = models.DateTimeField("学生确认时间", null=True)
    confirmed_by = models.CharField("确认人", max_length=100, blank=True)
    added_at = models.DateTimeField("列入时间")
    added_by = models.CharField("列入人", max_length=100)

    class Meta:
        verbose_name = "审核名单上的学生"
        verbose_name_plural = "审核名单上的学生"
        constraints = [
            models.CheckConstraint(
                name="corrections_auditedstudent_state", condition=Q(state__in=ResultState.values)
            ),
            models.CheckConstraint(
                name="corrections_auditedstudent_proposed",
                condition=Q(proposed__in=["", *AuditOutcome.values]),
            ),
            models.CheckConstraint(
                name="corrections_auditedstudent_decided",
                condition=Q(decided__in=["", *AuditOutcome.values]),
            ),
            models.UniqueConstraint(
                name="corrections_auditedstudent_once",
                fields=["audit", "record"],
                violation_error_message="这名学生已在这次审核的名单上",
            ),
            models.CheckConstraint(
                name="corrections_auditedstudent_proposed_whole",
                condition=Q(state__in=_PROPOSED, proposed_at__isnull=False)
                & ~Q(proposed="")
                & ~Q(proposed_by="")
                | ~Q(state__in=_PROPOSED) & Q(proposed="", proposed_at=None, proposed_by=""),
                violation_error_message="学院提出的结果要有时间和提出人",
            ),
            models.CheckConstraint(
                name="corrections_auditedstudent_decided_whole",
                condition=Q(state=ResultState.DECIDED, decided_at__isnull=False)
                & ~Q(decided="")
                & ~Q(decided_by="")
                & ~Q(decided_digest="")
                | ~Q(state=ResultState.DECIDED)
                & Q(decided="", decided_at=None, decided_by="", decided_digest=""),
                violation_error_message="审定的结果要有时间、审定人和清单摘要",
            ),
            models.CheckConstraint(
                name="corrections_auditedstudent_confirmed_whole",
                condition=Q(confirmed_at=None, confirmed_by="", confirmed_digest="")
                | Q(confirmed_at__isnull=False) & ~Q(confirmed_by="") & ~Q(confirmed_digest=""),
                violation_error_message="学生确认要有时间、确认人和清单摘要",
            ),
        ]
        indexes = [
            models.Index(fields=["audit", "college", "state"], name="corrections_audited_college"),
        ]

    def __str__(self) -> str:
        return f"审核名单 {self.pk}"

    @property
    def is_in(self) -> bool:
        """Whether the student is still on the list."""
        return self.state not in OUT


class ItemMark(models.Model):
    """How a student stands with an item that comes from a list."""

    student = models.ForeignKey(
        AuditedStudent,
        verbose_name="审核名单上的学生",
        on_delete=models.CASCADE,
        related_name="marks",
        db_index=False,  # the unique pair begins with it
    )
    item = models.ForeignKey(
        AuditItem, verbose_name="审核项目", on_delete=models.PROTECT, related_name="marks"
    )
    state = models.CharField("情况", max_length=10, choices=ItemState.choices)
    # "152/150 学分": as the list said it, kept like the other values of a person.
    note = EncryptedTextField("说明", null=True)
    set_at = models.DateTimeField("写入时间")
    set_by = models.CharField("写入人", max_length=100)
    source_import = models.ForeignKey(
        "corrections.ResultImport",
        verbose_name="来自名单",
        null=True,
        on_delete=models.PROTECT,
        related_name="marks",
    )

    class Meta:
        verbose_name = "项目情况"
        verbose_name_plural = "项目情况"
        constraints = [
            models.CheckConstraint(
                name="corrections_itemmark_state", condition=Q(state__in=ItemState.values)
            ),
            models.UniqueConstraint(
                name="corrections_itemmark_once",
                fields=["student", "item"],
                violation_error_message="这名学生的这个项目已经有情况",
            ),
        ]

    def __str__(self) -> str:
        return f"项目情况 {self.pk}"

    @property
    def value(self) -> tuple[Any, str]:
        """State and note together, for comparing."""
        return self.state, self.note or ""
