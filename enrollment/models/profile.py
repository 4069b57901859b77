"""What students write about themselves: theirs alone, apart from the record, and no proof of anything."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.fields import EncryptedTextField


class SupplementaryProfile(models.Model):
    """补充资料 of one account: where letters reach it."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name="账号",
        on_delete=models.PROTECT,
        related_name="supplement",
    )
    address = EncryptedTextField("通讯地址")
    postal_code = EncryptedTextField("邮政编码")
    updated_at = models.DateTimeField("更新时间")

    class Meta:
        verbose_name = "补充资料"
        verbose_name_plural = "补充资料"

    def __str__(self) -> str:
        return f"{self.user_id}"


class StudyRow(models.Model):
    """One line of the person's own study history."""

    profile = models.ForeignKey(
        SupplementaryProfile, verbose_name="补充资料", on_delete=models.CASCADE, related_name="rows"
    )
    school = EncryptedTextField("学校")
    attended_from = models.DateField("起")
    attended_to = models.DateField("止", null=True)
    witness = EncryptedTextField("证明人")

    class Meta:
        verbose_name = "学习经历"
        verbose_name_plural = "学习经历"
        constraints = [
            models.CheckConstraint(
                name="enrollment_studyrow_order",
                condition=Q(attended_to=None) | Q(attended_to__gte=F("attended_from")),
                violation_error_message="结束的月份不能早于开始的月份",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.profile_id} {self.attended_from:%Y-%m}"
