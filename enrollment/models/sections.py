"""Further sections of a record, where the school has them: graduation, admission, aid, prior diploma."""

from django.db import models
from django.db.models import Q

from common.fields import EncryptedTextField, blind_index_field
from enrollment.models.record import StudentRecord
from enrollment.states import GraduationOutcome, UpgradeState


class Graduation(models.Model):
    """What was registered when the student left with a certificate (学历登记); kept when it is replaced."""

    record = models.ForeignKey(
        StudentRecord, verbose_name="学籍", on_delete=models.PROTECT, related_name="graduations"
    )
    outcome = models.CharField(
        "毕（结、肄）业结论", max_length=10, choices=GraduationOutcome.choices
    )
    conferred_date = models.DateField("毕（结、肄）业日期")
    certificate_no = EncryptedTextField("证书编号")
    certificate_index = blind_index_field(verbose_name="证书编号索引")
    case_ref = models.CharField("依据", max_length=100, blank=True)
    registered_at = models.DateTimeField("登记时间")
    registered_by = models.CharField("登记人", max_length=100)
    superseded_at = models.DateTimeField("被取代时间", null=True)
    superseded_by = models.CharField("取代人", max_length=100, blank=True)

    class Meta:
        verbose_name = "学历登记"
        verbose_name_plural = "学历登记"
        constraints = [
            models.CheckConstraint(
                name="enrollment_graduation_outcome",
                condition=Q(outcome__in=GraduationOutcome.values),
            ),
            models.UniqueConstraint(
                name="enrollment_graduation_one",
                fields=["record"],
                condition=Q(superseded_at=None),
                violation_error_message="这条学籍已经登记过学历",
            ),
            models.UniqueConstraint(
                name="enrollment_graduation_certificate",
                fields=["certificate_index"],
                condition=Q(superseded_at=None),
                violation_error_message="这个证书编号已经登记过",
            ),
            models.CheckConstraint(
                name="enrollment_graduation_superseded_whole",
                condition=Q(superseded_at=None, superseded_by="")
                | (Q(superseded_at__isnull=False) & ~Q(superseded_by="")),
                violation_error_message="被取代的要有时间和操作人",
            ),
        ]

    def __str__(self) -> str:
        return f"学历 {self.pk}"


class AdmissionInfo(models.Model):
    """录取信息: how the person came to the school, as the roster has it."""

    record = models.OneToOneField(
        StudentRecord, verbose_name="学籍", on_delete=models.PROTECT, related_name="admission"
    )
    batch = models.CharField("录取批次", max_length=50, blank=True)
    category = models.CharField("录取类型", max_length=50, blank=True)
    origin = models.CharField("生源地", max_length=100, blank=True)
    admitted_date = models.DateField("录取日期", null=True)
    major_text = models.CharField("录取专业", max_length=100, blank=True)
    updated_at = models.DateTimeField("更新时间")

    class Meta:
        verbose_name = "录取信息"
        verbose_name_plural = "录取信息"

    def __str__(self) -> str:
        return f"录取 {self.pk}"


class Aid(models.Model):
    """资助信息: a grant or loan of one school year; shown to the student alone."""

    record = models.ForeignKey(
        StudentRecord, verbose_name="学籍", on_delete=models.PROTECT, related_name="aids"
    )
    title = models.CharField("资助项目", max_length=100)
    school_year = models.CharField("资助学年", max_length=20, blank=True)
    amount = EncryptedTextField("资助金额", blank=True)
    updated_at = models.DateTimeField("更新时间")

    class Meta:
        verbose_name = "资助信息"
        verbose_name_plural = "资助信息"
        constraints = [
            models.UniqueConstraint(
                name="enrollment_aid_once",
                fields=["record", "title", "school_year"],
                violation_error_message="这个学年的这一项已经有了",
            ),
        ]

    def __str__(self) -> str:
        return f"资助 {self.pk}"


class UpgradeCheck(models.Model):
    """专升本前置学历核查: whether the diploma that let the person in has been checked."""

    record = models.OneToOneField(
        StudentRecord, verbose_name="学籍", on_delete=models.PROTECT, related_name="upgrade"
    )
    state = models.CharField("前置学历核查", max_length=10, choices=UpgradeState.choices)
    note = models.CharField("核查说明", max_length=200, blank=True)
    checked_date = models.DateField("核查日期", null=True)
    updated_at = models.DateTimeField("更新时间")

    class Meta:
        verbose_name = "专升本前置学历核查"
        verbose_name_plural = "专升本前置学历核查"
        constraints = [
            models.CheckConstraint(
                name="enrollment_upgradecheck_state", condition=Q(state__in=UpgradeState.values)
            ),
        ]

    def __str__(self) -> str:
        return f"核查 {self.pk}"
