"""还有学籍没显示出来: a person's claim on a further record, its proofs, and pairs found not to be one."""

from django.db import models
from django.db.models import Q

from accounts.identity import DocumentType
from accounts.models import DeclaredIdentity
from common.fields import EncryptedTextField
from common.models import StoredFile
from enrollment.models.organisation import School
from enrollment.models.record import StudentRecord
from enrollment.states import ClaimState


class RecordClaim(models.Model):
    """A claim on a record that the facts alone could not bind, for staff to decide.

    What the person wrote is kept as written: the name and the number under which the record may be
    registered need not be those of today.
    """

    identity = models.ForeignKey(
        DeclaredIdentity,
        verbose_name="实名信息",
        on_delete=models.PROTECT,
        related_name="record_claims",
    )
    school = models.ForeignKey(
        School, verbose_name="学校", on_delete=models.PROTECT, related_name="record_claims"
    )
    given_no = models.CharField("所填学号或考生号", max_length=40)
    given_name = models.CharField("所填姓名", max_length=150)
    former_type = models.CharField(
        "入学时证件类型", max_length=30, choices=DocumentType.choices, blank=True
    )
    former_number = EncryptedTextField("入学时证件号码", null=True)
    note = EncryptedTextField("说明", null=True)
    state = models.CharField(
        "状态", max_length=10, choices=ClaimState.choices, default=ClaimState.OPEN
    )
    submitted_at = models.DateTimeField("提交时间")
    submitted_by = models.CharField("提交人", max_length=100)
    due_at = models.DateTimeField("应答复时间")
    record = models.ForeignKey(
        StudentRecord,
        verbose_name="认领到的学籍",
        null=True,
        on_delete=models.PROTECT,
        related_name="claims",
    )
    answer = EncryptedTextField("答复", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    closed_by = models.CharField("办结人", max_length=100, blank=True)

    class Meta:
        verbose_name = "学籍认领"
        verbose_name_plural = "学籍认领"
        constraints = [
            models.CheckConstraint(
                name="enrollment_recordclaim_state", condition=Q(state__in=ClaimState.values)
            ),
            models.CheckConstraint(
                name="enrollment_recordclaim_former_type",
                condition=Q(former_type__in=["", *DocumentType.values]),
            ),
            models.CheckConstraint(
                name="enrollment_recordclaim_former_whole",
                condition=Q(former_type="", former_number=None)
                | (~Q(former_type="") & Q(former_number__isnull=False)),
                violation_error_message="入学时的证件类型和号码要么都有，要么都没有",
            ),
            models.UniqueConstraint(
                name="enrollment_recordclaim_one_open",
                fields=["identity", "school", "given_no"],
                condition=Q(state=ClaimState.OPEN),
                violation_error_message="这个学校的这个号码已经在认领了，等教务处答复",
            ),
            models.CheckConstraint(
                name="enrollment_recordclaim_closed_whole",
                condition=Q(state=ClaimState.OPEN, closed_at=None, closed_by="")
                | (~Q(state=ClaimState.OPEN) & Q(closed_at__isnull=False) & ~Q(closed_by="")),
                violation_error_message="办结的认领要有办结时间和办结人，没办结的不能有",
            ),
            models.CheckConstraint(
                name="enrollment_recordclaim_record_when_approved",
                condition=Q(state=ClaimState.APPROVED, record__isnull=False)
                | (~Q(state=ClaimState.APPROVED) & Q(record=None)),
                violation_error_message="通过的认领要有学籍，没通过的不能有",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], name="enrollment_claim_due", condition=Q(state=ClaimState.OPEN)
            )
        ]

    def __str__(self) -> str:
        return f"认领 {self.pk}"


class ClaimEvidence(models.Model):
    """A proof handed in with a claim: an image re-encoded, or a PDF checked."""

    claim = models.ForeignKey(
        RecordClaim, verbose_name="学籍认领", on_delete=models.CASCADE, related_name="evidence"
    )
    file = models.OneToOneField(
        StoredFile, verbose_name="文件", on_delete=models.PROTECT, related_name="claim_evidence"
    )
    added_at = models.DateTimeField("上传时间")
    added_by = models.CharField("上传人", max_length=100)

    class Meta:
        verbose_name = "认领的证明材料"
        verbose_name_plural = "认领的证明材料"

    def __str__(self) -> str:
        return f"证明 {self.pk}"


class NotSame(models.Model):
    """Staff looked and found that this record is not this person's; it is not proposed again."""

    identity = models.ForeignKey(
        DeclaredIdentity,
        verbose_name="实名信息",
        on_delete=models.PROTECT,
        related_name="not_same",
        db_index=False,  # the unique pair begins with it
    )
    record = models.ForeignKey(
        StudentRecord, verbose_name="学籍", on_delete=models.PROTECT, related_name="not_same"
    )
    reason = models.CharField("理由", max_length=300)
    decided_at = models.DateTimeField("认定时间")
    decided_by = models.CharField("认定人", max_length=100)

    class Meta:
        verbose_name = "认定不是同一人"
        verbose_name_plural = "认定不是同一人"
        constraints = [
            models.UniqueConstraint(
                name="enrollment_notsame_pair",
                fields=["identity", "record"],
                violation_error_message="这一对已经认定过不是同一人",
            )
        ]

    def __str__(self) -> str:
        return f"认定 {self.pk}"
