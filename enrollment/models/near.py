"""Rows of a roster that nearly agree with a record, and what was decided about them."""

from django.db import models
from django.db.models import Q

from enrollment.models.record import StudentRecord
from enrollment.models.roster import RosterImport, RosterRow
from enrollment.states import SamePerson


class NearMatch(models.Model):
    """A row that would make a record although a nearly equal one exists; people decide."""

    roster = models.ForeignKey(
        RosterImport,
        verbose_name="名册",
        on_delete=models.CASCADE,
        related_name="near_matches",
    )
    row = models.ForeignKey(
        RosterRow,
        verbose_name="名册行",
        # Whoever removes rows removes these first: a cascade would load every row to look.
        on_delete=models.DO_NOTHING,
        related_name="near_matches",
        db_index=False,  # the unique pair begins with it
    )
    record = models.ForeignKey(
        StudentRecord,
        verbose_name="已有学籍",
        on_delete=models.PROTECT,
        related_name="near_matches",
    )
    reasons = models.JSONField("相近之处", default=list)
    decision = models.CharField(
        "决定", max_length=10, choices=SamePerson.choices, default=SamePerson.UNDECIDED
    )
    reason = models.CharField("理由", max_length=300, blank=True)
    decided_at = models.DateTimeField("决定时间", null=True)
    decided_by = models.CharField("决定人", max_length=100, blank=True)

    class Meta:
        verbose_name = "疑似同一人"
        verbose_name_plural = "疑似同一人"
        constraints = [
            models.UniqueConstraint(name="enrollment_nearmatch_pair", fields=["row", "record"]),
            models.CheckConstraint(
                name="enrollment_nearmatch_decision", condition=Q(decision__in=SamePerson.values)
            ),
            models.CheckConstraint(
                name="enrollment_nearmatch_decided_whole",
                condition=Q(decision=SamePerson.UNDECIDED, decided_at=None, decided_by="")
                | (
                    Q(
                        decision__in=[SamePerson.SAME, SamePerson.DIFFERENT],
                        decided_at__isnull=False,
                    )
                    & ~Q(decided_by="")
                ),
                violation_error_message="作了决定的要有时间和决定人，待定的不能有",
            ),
        ]

    def __str__(self) -> str:
        return f"第 {self.row.row_no} 行"


class DistinctPair(models.Model):
    """不是同一人: this record and a row of this identity were looked at; not to be proposed again.

    The fingerprint is a digest of school, student number, name key and the number's keyed index.
    """

    record = models.ForeignKey(
        StudentRecord,
        verbose_name="学籍",
        on_delete=models.PROTECT,
        related_name="distinct_pairs",
        db_index=False,  # the unique pair begins with it
    )
    fingerprint = models.CharField("名册行的指纹", max_length=64)
    decided_at = models.DateTimeField("决定时间")
    decided_by = models.CharField("决定人", max_length=100)

    class Meta:
        verbose_name = "确认不是同一人"
        verbose_name_plural = "确认不是同一人"
        constraints = [
            models.UniqueConstraint(
                name="enrollment_distinctpair_pair", fields=["record", "fingerprint"]
            ),
        ]

    def __str__(self) -> str:
        return f"认定 {self.pk}"


class RosterAbsence(models.Model):
    """A time during which a record was not in the latest roster, kept when it came back."""

    record = models.ForeignKey(
        StudentRecord, verbose_name="学籍", on_delete=models.PROTECT, related_name="absences"
    )
    missing_roster = models.ForeignKey(
        RosterImport, verbose_name="缺席的名册", on_delete=models.PROTECT, related_name="absences"
    )
    missing_at = models.DateTimeField("缺席起")
    returned_roster = models.ForeignKey(
        RosterImport,
        verbose_name="重新出现的名册",
        on_delete=models.PROTECT,
        related_name="returns",
    )
    returned_at = models.DateTimeField("重新出现")

    class Meta:
        verbose_name = "曾不在名册"
        verbose_name_plural = "曾不在名册"

    def __str__(self) -> str:
        return f"缺席 {self.pk}"
