"""Who may see identity reviews at all: handlers of the office, and people named for one case."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.fields import EncryptedTextField
from imaging.models.identity_review import IdentityReview
from imaging.states.review import PanelOpinion, SeatRole


class ReviewHandler(models.Model):
    """复核经办人: one of the office who handles every case; named by another of the office."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="账号",
        on_delete=models.PROTECT,
        related_name="review_posts",
    )
    name = models.CharField("姓名", max_length=50)
    named_at = models.DateTimeField("指定时间")
    named_by = models.CharField("指定人", max_length=100)
    ended_at = models.DateTimeField("终止时间", null=True)
    ended_by = models.CharField("终止人", max_length=100, blank=True)

    class Meta:
        verbose_name = "复核经办人"
        verbose_name_plural = "复核经办人"
        constraints = [
            models.UniqueConstraint(
                name="imaging_reviewhandler_once",
                fields=["user"],
                condition=Q(ended_at=None),
                violation_error_message="已经是复核经办人",
            ),
            models.CheckConstraint(
                name="imaging_reviewhandler_ended_whole",
                condition=Q(ended_at=None, ended_by="")
                | Q(ended_at__isnull=False) & ~Q(ended_by=""),
                violation_error_message="终止要同时有时间和操作人",
            ),
        ]

    def __str__(self) -> str:
        return f"经办人 {self.pk}"


class ReviewSeat(models.Model):
    """Somebody named for one case, and on the panel what that person holds."""

    review = models.ForeignKey(
        IdentityReview, verbose_name="身份复核", on_delete=models.PROTECT, related_name="seats"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="账号",
        on_delete=models.PROTECT,
        related_name="review_seats",
    )
    role = models.CharField("角色", max_length=10, choices=SeatRole.choices)
    name = models.CharField("姓名", max_length=50)
    named_at = models.DateTimeField("指定时间")
    named_by = models.CharField("指定人", max_length=100)
    ended_at = models.DateTimeField("终止时间", null=True)
    ended_by = models.CharField("终止人", max_length=100, blank=True)
    opinion = models.CharField("意见", max_length=10, choices=PanelOpinion.choices, blank=True)
    grounds = EncryptedTextField("理由", null=True)
    given_at = models.DateTimeField("提出意见时间", null=True)
    given_by = models.CharField("提出意见人", max_length=100, blank=True)

    class Meta:
        verbose_name = "复核指定人员"
        verbose_name_plural = "复核指定人员"
        constraints = [
            models.CheckConstraint(
                name="imaging_reviewseat_role", condition=Q(role__in=SeatRole.values)
            ),
            models.CheckConstraint(
                name="imaging_reviewseat_opinion",
                condition=Q(opinion__in=["", *PanelOpinion.values]),
            ),
            models.UniqueConstraint(
                name="imaging_reviewseat_once",
                fields=["review", "user"],
                condition=Q(ended_at=None),
                violation_error_message="这个人在这件复核里已经有角色",
            ),
            models.UniqueConstraint(
                name="imaging_reviewseat_one_head",
                fields=["review", "role"],
                condition=Q(ended_at=None, role__in=[SeatRole.CHAIR, SeatRole.COLLEGE]),
                violation_error_message="组长和学院核实人各只有一位，先终止原来的",
            ),
            models.CheckConstraint(
                name="imaging_reviewseat_ended_whole",
                condition=Q(ended_at=None, ended_by="")
                | Q(ended_at__isnull=False) & ~Q(ended_by=""),
                violation_error_message="终止要同时有时间和操作人",
            ),
            models.CheckConstraint(
                name="imaging_reviewseat_given_whole",
                condition=Q(opinion="", given_at=None, given_by="")
                | ~Q(opinion="") & Q(given_at__isnull=False) & ~Q(given_by=""),
                violation_error_message="意见要有时间和提出人",
            ),
        ]

    def __str__(self) -> str:
        return f"指定人员 {self.pk}"
