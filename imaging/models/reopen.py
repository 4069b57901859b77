"""申请重新开放: a student asks to give a locked conclusion again; one of the office proposes, another decides."""

from django.db import models
from django.db.models import Q

from common.fields import EncryptedTextField
from imaging.models.campaign import CampaignMember
from imaging.models.verification import VerificationRound
from imaging.states import OPEN_REOPENS, PROPOSED_REOPENS, ConclusionKind, ReopenState

_OPEN = sorted(OPEN_REOPENS)
_PROPOSED = sorted(PROPOSED_REOPENS)
_DECIDED = [ReopenState.GRANTED, ReopenState.REFUSED]


class ReopenRequest(models.Model):
    """A request about the locked conclusions of one round; a granted one leads to the next round."""

    member = models.ForeignKey(
        CampaignMember, verbose_name="批次成员", on_delete=models.PROTECT, related_name="reopens"
    )
    round = models.ForeignKey(
        VerificationRound, verbose_name="轮次", on_delete=models.PROTECT, related_name="reopens"
    )
    asks_data = models.BooleanField("重新核对信息", default=False)
    asks_photo = models.BooleanField("重新核对照片", default=False)
    reason = EncryptedTextField("理由")
    state = models.CharField(
        "状态", max_length=10, choices=ReopenState.choices, default=ReopenState.SUBMITTED
    )
    submitted_at = models.DateTimeField("提交时间")
    submitted_by = models.CharField("提交人", max_length=100)
    is_by_staff = models.BooleanField("教务处提出", default=False)
    due_at = models.DateTimeField("应答复时间")
    # The first person: what they propose, and until when the student would have time.
    proposer_id = models.CharField("提出人编号", max_length=50, blank=True)
    proposed_at = models.DateTimeField("提出意见时间", null=True)
    proposed_by = models.CharField("提出意见人", max_length=100, blank=True)
    proposal_note = models.CharField("意见", max_length=300, blank=True)
    closes_at = models.DateTimeField("开放到", null=True)
    # The second person, or the student who took it back.
    answer = EncryptedTextField("答复", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    closed_by = models.CharField("办结人", max_length=100, blank=True)
    opened_round = models.OneToOneField(
        VerificationRound,
        verbose_name="开出的轮次",
        null=True,
        on_delete=models.PROTECT,
        related_name="reopened_by",
    )

    class Meta:
        verbose_name = "重新开放申请"
        verbose_name_plural = "重新开放申请"
        constraints = [
            models.CheckConstraint(
                name="imaging_reopenrequest_state", condition=Q(state__in=ReopenState.values)
            ),
            models.CheckConstraint(
                name="imaging_reopenrequest_kinds",
                condition=Q(asks_data=True) | Q(asks_photo=True),
                violation_error_message="照片和信息，至少选一项重新核对",
            ),
            models.UniqueConstraint(
                name="imaging_reopenrequest_one_open",
                fields=["member"],
                condition=Q(state__in=_OPEN),
                violation_error_message="这名学生已经有一份申请在办",
            ),
            models.CheckConstraint(
                name="imaging_reopenrequest_proposed_whole",
                condition=Q(
                    state=ReopenState.SUBMITTED, proposer_id="", proposed_at=None, proposed_by=""
                )
                | (
                    Q(state__in=[*_PROPOSED, *_DECIDED], proposed_at__isnull=False)
                    & ~Q(proposer_id="")
                    & ~Q(proposed_by="")
                )
                | Q(state=ReopenState.WITHDRAWN),
                violation_error_message="要先有一位老师提出意见",
            ),
            models.CheckConstraint(
                name="imaging_reopenrequest_granted_whole",
                condition=~Q(state__in=[ReopenState.TO_GRANT, ReopenState.GRANTED])
                | Q(closes_at__isnull=False),
                violation_error_message="重新开放要写明开放到什么时候",
            ),
            models.CheckConstraint(
                name="imaging_reopenrequest_opened_whole",
                condition=Q(state=ReopenState.GRANTED, opened_round__isnull=False)
                | (~Q(state=ReopenState.GRANTED) & Q(opened_round=None)),
                violation_error_message="重新开放了的要有新的一轮，没有开放的不能有",
            ),
            models.CheckConstraint(
                name="imaging_reopenrequest_closed_whole",
                condition=Q(state__in=_OPEN, closed_at=None, closed_by="")
                | (
                    Q(state__in=[*_DECIDED, ReopenState.WITHDRAWN], closed_at__isnull=False)
                    & ~Q(closed_by="")
                ),
                violation_error_message="办结的要有办结时间和办结人，没办结的不能有",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="imaging_reopen_due", condition=Q(state__in=_OPEN))
        ]

    def __str__(self) -> str:
        return f"重新开放 {self.pk}"

    @property
    def kinds(self) -> frozenset[ConclusionKind]:
        """What is to be concluded again."""
        asked = ((self.asks_data, ConclusionKind.DATA), (self.asks_photo, ConclusionKind.PHOTO))
        return frozenset(kind for is_asked, kind in asked if is_asked)

    @property
    def kinds_text(self) -> str:
        """照片, 信息 or both, photo first as on the pages."""
        words = ((self.asks_photo, "照片"), (self.asks_data, "信息"))
        return "和".join(word for is_asked, word in words if is_asked)
