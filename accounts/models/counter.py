"""Recovery at the counter: a person without any working contact, helped by two members of staff."""

from django.db import models
from django.db.models import Q

from accounts.identity import DocumentType
from accounts.models.people import User
from accounts.states import OPEN_RECOVERIES, CounterState
from common.fields import EncryptedTextField, blind_index_field
from common.models import Channel


class CounterRecovery(models.Model):
    """One visit: the document was looked at, a new contact written down, a second person confirmed.

    Nothing about the account changes until the person has proved the new contact.
    """

    user = models.ForeignKey(
        User, verbose_name="账号", on_delete=models.PROTECT, related_name="counter_recoveries"
    )
    state = models.CharField(
        "状态", max_length=10, choices=CounterState.choices, default=CounterState.ENTERED
    )
    document_kind = models.CharField("看过的证件", max_length=30, choices=DocumentType.choices)
    channel = models.CharField("新联系方式种类", max_length=8, choices=Channel.choices)
    contact = EncryptedTextField("新联系方式")
    note = EncryptedTextField("说明", null=True)
    entered_at = models.DateTimeField("登记时间")
    entered_by = models.CharField("登记人", max_length=100)
    enterer = models.ForeignKey(
        User,
        verbose_name="第一经办账号",
        on_delete=models.PROTECT,
        related_name="entered_recoveries",
    )
    enterer_name = models.CharField("第一经办人姓名", max_length=50)
    confirmed_at = models.DateTimeField("确认时间", null=True)
    confirmed_by = models.CharField("确认人", max_length=100, blank=True)
    confirmer = models.ForeignKey(
        User,
        verbose_name="第二经办账号",
        null=True,
        on_delete=models.PROTECT,
        related_name="confirmed_recoveries",
    )
    confirmer_name = models.CharField("第二经办人姓名", max_length=50, blank=True)
    token_index = blind_index_field(verbose_name="链接索引", null=True, unique=True)
    expires_at = models.DateTimeField("链接有效至", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    closed_by = models.CharField("办结人", max_length=100, blank=True)

    class Meta:
        verbose_name = "柜台找回账号"
        verbose_name_plural = "柜台找回账号"
        constraints = [
            models.CheckConstraint(
                name="accounts_counterrecovery_state",
                condition=Q(state__in=CounterState.values),
            ),
            models.CheckConstraint(
                name="accounts_counterrecovery_document",
                condition=Q(document_kind__in=DocumentType.values),
            ),
            models.CheckConstraint(
                name="accounts_counterrecovery_channel", condition=Q(channel__in=Channel.values)
            ),
            models.UniqueConstraint(
                name="accounts_counterrecovery_one_open",
                fields=["user"],
                condition=Q(state__in=sorted(OPEN_RECOVERIES)),
                violation_error_message="这个账号已有一个没办结的柜台找回",
            ),
            models.CheckConstraint(
                name="accounts_counterrecovery_two_people",
                condition=Q(confirmer=None) | ~Q(confirmer=models.F("enterer")),
                violation_error_message="登记和确认不能是同一个人",
            ),
            models.CheckConstraint(
                name="accounts_counterrecovery_confirmed_whole",
                condition=~Q(state__in=[CounterState.CONFIRMED, CounterState.DONE])
                | Q(confirmer__isnull=False, confirmed_at__isnull=False),
                violation_error_message="确认过的找回要有确认人和时间",
            ),
            models.CheckConstraint(
                name="accounts_counterrecovery_closed_whole",
                condition=Q(state__in=sorted(OPEN_RECOVERIES), closed_at=None, closed_by="")
                | (
                    ~Q(state__in=sorted(OPEN_RECOVERIES))
                    & Q(closed_at__isnull=False)
                    & ~Q(closed_by="")
                ),
                violation_error_message="办结的找回要有办结时间和办结人，没办结的不能有",
            ),
        ]

    def __str__(self) -> str:
        return f"柜台找回 {self.case_no}"

    @property
    def case_no(self) -> str:
        """What people call the case at the counter."""
        return f"GT{self.pk:06d}"
