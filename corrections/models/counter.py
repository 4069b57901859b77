"""A confirmation at the counter: who came with which document, what was read out, who saw it (C-173, C-83)."""

from django.db import models
from django.db.models import Q

from common.fields import EncryptedTextField
from corrections.states.counter import ShownDocument
from enrollment.models import StudentRecord


class CounterVisit(models.Model):
    """柜台核对: the student was there in person, and what stood in the record at that moment.

    `content` is the frozen text of the receipt as JSON, `digest` its SHA-256 in hexadecimal: both
    copies bear it.
    """

    record = models.ForeignKey(
        StudentRecord, verbose_name="学籍", on_delete=models.PROTECT, related_name="counter_visits"
    )
    document = models.CharField("出示的证件", max_length=10, choices=ShownDocument.choices)
    content = EncryptedTextField("核对的内容")
    note = EncryptedTextField("学生说的", null=True)
    digest = models.CharField("摘要", max_length=64, unique=True)
    confirmed_at = models.DateTimeField("核对时间")
    confirmed_by = models.CharField("经办人", max_length=100)
    staff_id = models.CharField("经办人编号", max_length=50)

    class Meta:
        verbose_name = "柜台核对"
        verbose_name_plural = "柜台核对"
        constraints = [
            models.CheckConstraint(
                name="corrections_countervisit_document",
                condition=Q(document__in=ShownDocument.values),
                violation_error_message="请选学生出示的证件",
            ),
        ]
        indexes = [
            models.Index(fields=["record", "-confirmed_at"], name="corrections_visit_of_record")
        ]

    def __str__(self) -> str:
        return f"柜台核对 {self.pk}"

    @property
    def number(self) -> str:
        """What is read out on the phone: the first twelve signs of the digest."""
        return self.digest[:12].upper()
