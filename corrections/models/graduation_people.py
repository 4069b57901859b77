"""Around the audit: sanctions and who may see them, objections, certificates."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.fields import EncryptedTextField, blind_index_field
from corrections.models.graduation import AuditedStudent, AuditItem, GraduationAudit
from corrections.states.graduation import (
    CertificateState,
    ItemState,
    ObjectionKind,
    ObjectionState,
    SanctionKind,
    TakerKind,
)
from enrollment.models import School, StudentRecord

_ANSWERED = [ObjectionState.UPHELD, ObjectionState.REJECTED]
_TAKEN = Q(state=CertificateState.HANDED, handed_at__isnull=False, taker_name__isnull=False) & ~Q(
    handed_by=""
)


class SanctionHandler(models.Model):
    """处分经办人: one of the office who sees the sanctions; named by another of the office."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="账号",
        on_delete=models.PROTECT,
        related_name="sanction_posts",
    )
    name = models.CharField("姓名", max_length=50)
    named_at = models.DateTimeField("指定时间")
    named_by = models.CharField("指定人", max_length=100)
    ended_at = models.DateTimeField("终止时间", null=True)
    ended_by = models.CharField("终止人", max_length=100, blank=True)

    class Meta:
        verbose_name = "处分经办人"
        verbose_name_plural = "处分经办人"
        constraints = [
            models.UniqueConstraint(
                name="corrections_sanctionhandler_once",
                fields=["user"],
                condition=Q(ended_at=None),
                violation_error_message="已经是处分经办人",
            ),
            models.CheckConstraint(
                name="corrections_sanctionhandler_ended_whole",
                condition=Q(ended_at=None, ended_by="")
                | Q(ended_at__isnull=False) & ~Q(ended_by=""),
                violation_error_message="终止要同时有时间和操作人",
            ),
        ]

    def __str__(self) -> str:
        return f"处分经办人 {self.pk}"


class SanctionQuerySet(models.QuerySet["Sanction"]):
    """Sanctions by the day."""

    def in_force_on(self, day: date) -> Self:
        """Imposed, not lifted by that day, not entered by mistake: the twin of `is_in_force_on`."""
        return self.filter(
            Q(lifted_date=None) | Q(lifted_date__gt=day), voided_at=None, imposed_date__lte=day
        )


class Sanction(models.Model):
    """处分 of one student: confidential, in force from a day until it is lifted."""

    record = models.ForeignKey(
        StudentRecord, verbose_name="学籍", on_delete=models.PROTECT, related_name="sanctions"
    )
    kind = models.CharField("处分", max_length=20, choices=SanctionKind.choices)
    document_no = models.CharField("文号", max_length=60)
    imposed_date = models.DateField("处分日期")
    lifted_date = models.DateField("解除日期", null=True)
    reason = EncryptedTextField("事由", null=True)
    entered_at = models.DateTimeField("登记时间")
    entered_by = models.CharField("登记人", max_length=100)
    lifted_at = models.DateTimeField("登记解除时间", null=True)
    lifted_by = models.CharField("登记解除人", max_length=100, blank=True)
    voided_at = models.DateTimeField("撤下时间", null=True)
    voided_by = models.CharField("撤下人", max_length=100, blank=True)
    void_reason = EncryptedTextField("撤下的理由", null=True)

    objects = SanctionQuerySet.as_manager()

    class Meta:
        verbose_name = "处分"
        verbose_name_plural = "处分"
        constraints = [
            models.CheckConstraint(
                name="corrections_sanction_kind", condition=Q(kind__in=SanctionKind.values)
            ),
            models.UniqueConstraint(
                name="corrections_sanction_once",
                fields=["record", "document_no"],
                condition=Q(voided_at=None),
                violation_error_message="这名学生已有同一文号的处分",
            ),
            models.CheckConstraint(
                name="corrections_sanction_lifted_whole",
                condition=Q(lifted_date=None, lifted_at=None, lifted_by="")
                | Q(lifted_date__gte=models.F("imposed_date"), lifted_at__isnull=False)
                & ~Q(lifted_by=""),
                violation_error_message="解除要有日期、登记时间和登记人，日期不早于处分日期",
            ),
            models.CheckConstraint(
                name="corrections_sanction_voided_whole",
                condition=Q(voided_at=None, voided_by="")
                | Q(voided_at__isnull=False) & ~Q(voided_by=""),
                violation_error_message="撤下要同时有时间和操作人",
            ),
        ]

    def __str__(self) -> str:
        return f"处分 {self.pk}"

    def is_in_force_on(self, day: date) -> bool:
        """Whether it counts on that day; the twin of `in_force_on`."""
        if self.voided_at is not None or self.imposed_date > day:
            return False
        return self.lifted_date is None or self.lifted_date > day


class AuditObjection(models.Model):
    """异议: a student's about one item, or anybody's about the public notice, with its answer."""

    audit = models.ForeignKey(
        GraduationAudit,
        verbose_name="毕业资格审核",
        on_delete=models.PROTECT,
        related_name="objections",
    )
    kind = models.CharField("种类", max_length=10, choices=ObjectionKind.choices)
    student = models.ForeignKey(
        AuditedStudent,
        verbose_name="审核名单上的学生",
        null=True,
        on_delete=models.PROTECT,
        related_name="objections",
    )
    item = models.ForeignKey(
        AuditItem,
        verbose_name="审核项目",
        null=True,
        on_delete=models.PROTECT,
        related_name="objections",
    )
    seen_state = models.CharField(
        "当时的情况", max_length=10, choices=ItemState.choices, blank=True
    )
    reason = EncryptedTextField("异议内容")
    objector_name = EncryptedTextField("提出人姓名", null=True)
    contact = EncryptedTextField("联系方式", null=True)
    # Whoever wrote it with an account; on paper or by phone nobody did.
    objector = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="提出账号",
        null=True,
        on_delete=models.PROTECT,
        related_name="audit_objections",
    )
    state = models.CharField(
        "状态", max_length=10, choices=ObjectionState.choices, default=ObjectionState.OPEN
    )
    received_at = models.DateTimeField("收到时间")
    received_by = models.CharField("登记人", max_length=100)
    answer = EncryptedTextField("答复", null=True)
    answered_at = models.DateTimeField("答复时间", null=True)
    answered_by = models.CharField("答复人", max_length=100, blank=True)

    class Meta:
        verbose_name = "毕业审核异议"
        verbose_name_plural = "毕业审核异议"
        constraints = [
            models.CheckConstraint(
                name="corrections_auditobjection_kind", condition=Q(kind__in=ObjectionKind.values)
            ),
            models.CheckConstraint(
                name="corrections_auditobjection_state",
                condition=Q(state__in=ObjectionState.values),
            ),
            models.CheckConstraint(
                name="corrections_auditobjection_seen",
                condition=Q(seen_state__in=["", *ItemState.values]),
            ),
            models.CheckConstraint(
                name="corrections_auditobjection_about",
                condition=Q(kind=ObjectionKind.ITEM, student__isnull=False, item__isnull=False)
                | Q(kind=ObjectionKind.NOTICE, item=None),
                violation_error_message="对项目的异议要有学生和项目；对公示的异议没有项目",
            ),
            models.UniqueConstraint(
                name="corrections_auditobjection_one_open",
                fields=["student", "item"],
                condition=Q(kind=ObjectionKind.ITEM, state=ObjectionState.OPEN),
                violation_error_message="这个项目已有一份没答复的异议",
            ),
            models.CheckConstraint(
                name="corrections_auditobjection_answered_whole",
                condition=Q(state__in=_ANSWERED, answer__isnull=False, answered_at__isnull=False)
                & ~Q(answered_by="")
                | ~Q(state__in=_ANSWERED) & Q(answer=None, answered_at=None, answered_by=""),
                violation_error_message="答复过的异议要有答复、时间和答复人",
            ),
        ]

    def __str__(self) -> str:
        return f"异议 {self.pk}"


class Certificate(models.Model):
    """证书: printed for one student of a round, fetched, and handed out against receipt."""

    student = models.ForeignKey(
        AuditedStudent,
        verbose_name="审核名单上的学生",
        on_delete=models.PROTECT,
        related_name="certificates",
    )
    school = models.ForeignKey(
        School, verbose_name="学校", on_delete=models.PROTECT, related_name="certificates"
    )
    number = EncryptedTextField("证书编号")
    number_index = blind_index_field(verbose_name="证书编号索引")
    state = models.CharField(
        "状态", max_length=12, choices=CertificateState.choices, default=CertificateState.PRINTED
    )
    printed_at = models.DateTimeField("印制登记时间")
    printed_by = models.CharField("印制登记人", max_length=100)
    fetched_at = models.DateTimeField("学院领取时间", null=True)
    fetched_by = models.CharField("办理学院领取的人", max_length=100, blank=True)
    fetcher_name = models.CharField("学院领取人", max_length=50, blank=True)
    taker = models.CharField("领取方式", max_length=8, choices=TakerKind.choices, blank=True)
    taker_name = EncryptedTextField("领取人", null=True)
    proxy_reason = EncryptedTextField("代领的原因", null=True)
    handed_at = models.DateTimeField("领取时间", null=True)
    handed_by = models.CharField("发证人", max_length=100, blank=True)
    voided_at = models.DateTimeField("作废时间", null=True)
    voided_by = models.CharField("作废人", max_length=100, blank=True)
    void_reason = models.CharField("作废的理由", max_length=300, blank=True)

    class Meta:
        verbose_name = "证书发放"
        verbose_name_plural = "证书发放"
        constraints = [
            models.CheckConstraint(
                name="corrections_certificate_state", condition=Q(state__in=CertificateState.values)
            ),
            models.CheckConstraint(
                name="corrections_certificate_taker", condition=Q(taker__in=["", *TakerKind.values])
            ),
            models.UniqueConstraint(
                name="corrections_certificate_number",
                fields=["number_index"],
                violation_error_message="这个证书编号已经用过",
            ),
            models.UniqueConstraint(
                name="corrections_certificate_one",
                fields=["student"],
                condition=~Q(state=CertificateState.VOID),
                violation_error_message="这名学生已有一本没作废的证书",
            ),
            models.CheckConstraint(
                name="corrections_certificate_fetched_whole",
                condition=Q(fetched_at=None, fetched_by="", fetcher_name="")
                | Q(fetched_at__isnull=False) & ~Q(fetched_by="") & ~Q(fetcher_name=""),
                violation_error_message="学院领取要有时间、办理人和领取人",
            ),
            models.CheckConstraint(
                name="corrections_certificate_handed_whole",
                condition=_TAKEN & Q(taker=TakerKind.SELF, proxy_reason=None)
                | _TAKEN & Q(taker=TakerKind.PROXY, proxy_reason__isnull=False)
                | ~Q(state=CertificateState.HANDED)
                & Q(taker="", taker_name=None, proxy_reason=None, handed_at=None, handed_by=""),
                violation_error_message="发出的证书要有领取人、时间和发证人；代领要写原因",
            ),
            models.CheckConstraint(
                name="corrections_certificate_voided_whole",
                condition=Q(state=CertificateState.VOID, voided_at__isnull=False)
                & ~Q(voided_by="")
                & ~Q(void_reason="")
                | ~Q(state=CertificateState.VOID) & Q(voided_at=None, voided_by="", void_reason=""),
                violation_error_message="作废要有时间、操作人和理由",
            ),
        ]

    def __str__(self) -> str:
        return f"证书 {self.pk}"


class CertificateCorrection(models.Model):
    """What stood in the receipt before it was put right, and why."""

    certificate = models.ForeignKey(
        Certificate, verbose_name="证书发放", on_delete=models.PROTECT, related_name="corrections"
    )
    former_taker = models.CharField("原领取方式", max_length=8, choices=TakerKind.choices)
    former_name = EncryptedTextField("原领取人")
    former_reason = EncryptedTextField("原代领原因", null=True)
    reason = EncryptedTextField("更正的理由")
    corrected_at = models.DateTimeField("更正时间")
    corrected_by = models.CharField("更正人", max_length=100)

    class Meta:
        verbose_name = "领取记录的更正"
        verbose_name_plural = "领取记录的更正"
        constraints = [
            models.CheckConstraint(
                name="corrections_certificatecorrection_taker",
                condition=Q(former_taker__in=TakerKind.values),
            ),
        ]

    def __str__(self) -> str:
        return f"领取更正 {self.pk}"
