"""身份复核: one case per record while it is open, its steps, and how two people end it."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.fields import EncryptedTextField
from enrollment.models import StudentRecord
from imaging.models.review_rules import ReviewRules
from imaging.states.review import (
    OPEN_REVIEWS,
    REVIEWED_RESULTS,
    ComparisonResult,
    PanelOpinion,
    ReviewAction,
    ReviewEndKind,
    ReviewEndState,
    ReviewState,
)

_OPEN = sorted(OPEN_REVIEWS)
_FILED_BEFORE = [ReviewState.FILED, ReviewState.RELEASED, ReviewState.UPHELD]


class IdentityReviewQuerySet(models.QuerySet["IdentityReview"]):
    """Phases of a case as filters."""

    def waiting(self) -> Self:
        """Not ended."""
        return self.filter(state__in=_OPEN)


class IdentityReview(models.Model):
    """A case about one record; confidential, so whoever is not named does not find it."""

    record = models.ForeignKey(
        StudentRecord,
        verbose_name="学籍",
        on_delete=models.PROTECT,
        related_name="identity_reviews",
    )
    rules = models.ForeignKey(
        ReviewRules, verbose_name="材料规则", on_delete=models.PROTECT, related_name="reviews"
    )
    result = models.CharField(
        "比对结果",
        max_length=10,
        choices=[(each.value, each.label) for each in ComparisonResult if each in REVIEWED_RESULTS],
    )
    state = models.CharField(
        "状态", max_length=10, choices=ReviewState.choices, default=ReviewState.COLLECTING
    )
    # Whether this case, and nothing else, is why the record is not shown.
    hid_record = models.BooleanField("学籍因此暂不显示", default=False)
    opened_at = models.DateTimeField("立案时间")
    opened_by = models.CharField("立案人", max_length=100)
    due_at = models.DateTimeField("材料交齐的期限")
    compared_again = models.CharField(
        "重新比对结果", max_length=10, choices=ComparisonResult.choices, blank=True
    )
    compared_at = models.DateTimeField("重新比对导入时间", null=True)
    compared_by = models.CharField("重新比对导入人", max_length=100, blank=True)
    college_opinion = EncryptedTextField("学院核实意见", null=True)
    college_name = models.CharField("学院核实人姓名", max_length=50, blank=True)
    confirmed_at = models.DateTimeField("学院核实时间", null=True)
    confirmed_by = models.CharField("学院核实人", max_length=100, blank=True)
    panel_opinion = models.CharField(
        "专家组结论", max_length=10, choices=PanelOpinion.choices, blank=True
    )
    minutes = EncryptedTextField("专家组会议纪要", null=True)
    met_date = models.DateField("专家组开会日期", null=True)
    agreed_at = models.DateTimeField("专家组结论时间", null=True)
    agreed_by = models.CharField("专家组结论提交人", max_length=100, blank=True)
    filing_no = models.CharField("备案号", max_length=50, blank=True)
    filing_date = models.DateField("备案日期", null=True)
    filed_at = models.DateTimeField("登记备案时间", null=True)
    filed_by = models.CharField("登记备案人", max_length=100, blank=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    closed_by = models.CharField("办结人", max_length=100, blank=True)

    objects = IdentityReviewQuerySet.as_manager()

    class Meta:
        verbose_name = "身份复核"
        verbose_name_plural = "身份复核"
        constraints = [
            models.CheckConstraint(
                name="imaging_identityreview_state", condition=Q(state__in=ReviewState.values)
            ),
            models.CheckConstraint(
                name="imaging_identityreview_result",
                condition=Q(result__in=sorted(REVIEWED_RESULTS)),
            ),
            models.CheckConstraint(
                name="imaging_identityreview_compared_again",
                condition=Q(compared_again__in=["", *ComparisonResult.values]),
            ),
            models.CheckConstraint(
                name="imaging_identityreview_panel_opinion",
                condition=Q(panel_opinion__in=["", *PanelOpinion.values]),
            ),
            models.UniqueConstraint(
                name="imaging_identityreview_one_open",
                fields=["record"],
                condition=Q(state__in=_OPEN),
                violation_error_message="这份学籍已有一个没办结的身份复核",
            ),
            models.CheckConstraint(
                name="imaging_identityreview_compared_whole",
                condition=Q(compared_again="", compared_at=None, compared_by="")
                | ~Q(compared_again="") & Q(compared_at__isnull=False) & ~Q(compared_by=""),
                violation_error_message="重新比对的结果、时间和导入人要么都有，要么都没有",
            ),
            models.CheckConstraint(
                name="imaging_identityreview_confirmed_whole",
                condition=Q(confirmed_at=None, confirmed_by="", college_name="")
                | Q(confirmed_at__isnull=False) & ~Q(confirmed_by="") & ~Q(college_name=""),
                violation_error_message="学院核实要有姓名、时间和账号",
            ),
            models.CheckConstraint(
                name="imaging_identityreview_agreed_whole",
                condition=Q(panel_opinion="", met_date=None, agreed_at=None, agreed_by="")
                | ~Q(panel_opinion="")
                & Q(met_date__isnull=False, agreed_at__isnull=False)
                & ~Q(agreed_by=""),
                violation_error_message="专家组结论要有开会日期、时间和提交人",
            ),
            models.CheckConstraint(
                name="imaging_identityreview_filed_whole",
                condition=Q(filing_no="", filing_date=None, filed_at=None, filed_by="")
                | Q(state__in=_FILED_BEFORE, filing_date__isnull=False, filed_at__isnull=False)
                & ~Q(filing_no="")
                & ~Q(filed_by=""),
                violation_error_message="备案要有备案号、日期、时间和登记人",
            ),
            models.CheckConstraint(
                name="imaging_identityreview_closed_whole",
                condition=Q(state__in=_OPEN, closed_at=None, closed_by="")
                | ~Q(state__in=_OPEN) & Q(closed_at__isnull=False) & ~Q(closed_by=""),
                violation_error_message="办结的要有办结时间和办结人，没办结的不能有",
            ),
        ]

    def __str__(self) -> str:
        return self.case_no

    @property
    def case_no(self) -> str:
        """What people call the case; nothing about the student can be read from it."""
        return f"FH{self.pk:06d}"

    @property
    def is_waiting(self) -> bool:
        """Not ended; twin of `waiting`."""
        return self.state in OPEN_REVIEWS


class ReviewEnd(models.Model):
    """A proposal to end a case, and who decided about it."""

    review = models.ForeignKey(
        IdentityReview, verbose_name="身份复核", on_delete=models.PROTECT, related_name="ends"
    )
    kind = models.CharField("怎样办结", max_length=10, choices=ReviewEndKind.choices)
    state = models.CharField(
        "状态", max_length=10, choices=ReviewEndState.choices, default=ReviewEndState.PROPOSED
    )
    # The case's state when it was proposed: what has moved on since is proposed anew.
    seen_state = models.CharField("提出时的状态", max_length=10, choices=ReviewState.choices)
    reason = EncryptedTextField("理由")
    proposer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="提出账号",
        on_delete=models.PROTECT,
        related_name="review_ends_proposed",
    )
    proposed_at = models.DateTimeField("提出时间")
    proposed_by = models.CharField("提出人", max_length=100)
    decider = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="决定账号",
        null=True,
        on_delete=models.PROTECT,
        related_name="review_ends_decided",
    )
    decided_at = models.DateTimeField("决定时间", null=True)
    decided_by = models.CharField("决定人", max_length=100, blank=True)

    class Meta:
        verbose_name = "复核办结意见"
        verbose_name_plural = "复核办结意见"
        constraints = [
            models.CheckConstraint(
                name="imaging_reviewend_kind", condition=Q(kind__in=ReviewEndKind.values)
            ),
            models.CheckConstraint(
                name="imaging_reviewend_state", condition=Q(state__in=ReviewEndState.values)
            ),
            models.CheckConstraint(
                name="imaging_reviewend_seen_state", condition=Q(seen_state__in=ReviewState.values)
            ),
            models.UniqueConstraint(
                name="imaging_reviewend_one_open",
                fields=["review"],
                condition=Q(state=ReviewEndState.PROPOSED),
                violation_error_message="这件复核已经有一份办结意见等第二人确认",
            ),
            models.CheckConstraint(
                name="imaging_reviewend_two_people",
                condition=~Q(state=ReviewEndState.DONE) | ~Q(decider=models.F("proposer")),
                violation_error_message="提出办结和确认办结不能是同一个人",
            ),
            models.CheckConstraint(
                name="imaging_reviewend_decided_whole",
                condition=Q(
                    state=ReviewEndState.PROPOSED, decider=None, decided_at=None, decided_by=""
                )
                | ~Q(state=ReviewEndState.PROPOSED)
                & Q(decider__isnull=False, decided_at__isnull=False)
                & ~Q(decided_by=""),
                violation_error_message="决定了的要有决定人和时间",
            ),
        ]

    def __str__(self) -> str:
        return f"办结意见 {self.pk}"


class ReviewStep(models.Model):
    """One move of a case, with what was noted about it."""

    review = models.ForeignKey(
        IdentityReview, verbose_name="身份复核", on_delete=models.PROTECT, related_name="steps"
    )
    action = models.CharField("动作", max_length=10, choices=ReviewAction.choices)
    note = EncryptedTextField("说明", null=True)
    acted_at = models.DateTimeField("时间")
    acted_by = models.CharField("操作人", max_length=100)

    class Meta:
        verbose_name = "复核办理记录"
        verbose_name_plural = "复核办理记录"
        constraints = [
            models.CheckConstraint(
                name="imaging_reviewstep_action", condition=Q(action__in=ReviewAction.values)
            ),
        ]

    def __str__(self) -> str:
        return f"办理 {self.pk}"
