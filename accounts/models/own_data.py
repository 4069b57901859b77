"""What people decide about their own data: consents, copies of everything, closing the account."""

from django.db import models
from django.db.models import Q

from accounts.models.people import User
from accounts.states import ClosureState, ExportState
from common.fields import EncryptedTextField
from common.models import StoredFile


class Consent(models.Model):
    """One person agreed to one version of the privacy notice."""

    user = models.ForeignKey(
        User, verbose_name="账号", on_delete=models.CASCADE, related_name="consents"
    )
    version = models.CharField("告知版本", max_length=20)
    given_at = models.DateTimeField("同意时间")
    # Of a person below fourteen: who agreed for them, as the person wrote it.
    guardian_name = EncryptedTextField("监护人姓名", null=True)

    class Meta:
        verbose_name = "个人信息告知的同意"
        verbose_name_plural = "个人信息告知的同意"
        constraints = [
            models.UniqueConstraint(
                name="accounts_consent_once",
                fields=["user", "version"],
                violation_error_message="这一版告知已经同意过",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.version}"


class DataExport(models.Model):
    """A copy of everything held about a person, built in the background, erased after seven days."""

    user = models.ForeignKey(
        User, verbose_name="账号", on_delete=models.PROTECT, related_name="exports"
    )
    state = models.CharField(
        "状态", max_length=10, choices=ExportState.choices, default=ExportState.REQUESTED
    )
    file = models.OneToOneField(
        StoredFile,
        verbose_name="文件",
        null=True,
        on_delete=models.PROTECT,
        related_name="data_export",
    )
    requested_at = models.DateTimeField("申请时间")
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    heartbeat_at = models.DateTimeField("最近活动", null=True)
    ready_at = models.DateTimeField("备好时间", null=True)
    expires_at = models.DateTimeField("到期时间", null=True)
    failure = models.CharField("失败原因", max_length=100, blank=True)

    class Meta:
        verbose_name = "个人数据导出"
        verbose_name_plural = "个人数据导出"
        constraints = [
            models.CheckConstraint(
                name="accounts_dataexport_state", condition=Q(state__in=ExportState.values)
            ),
            models.UniqueConstraint(
                name="accounts_dataexport_one_waiting",
                fields=["user"],
                condition=Q(state=ExportState.REQUESTED),
                violation_error_message="已经有一份正在准备",
            ),
            models.CheckConstraint(
                name="accounts_dataexport_ready_whole",
                condition=Q(
                    state__in=[ExportState.READY, ExportState.EXPIRED],
                    file__isnull=False,
                    ready_at__isnull=False,
                    expires_at__isnull=False,
                )
                | Q(
                    state__in=[ExportState.REQUESTED, ExportState.FAILED],
                    file=None,
                    ready_at=None,
                    expires_at=None,
                ),
                violation_error_message="备好的导出要有文件、备好时间和到期时间，没备好的不能有",
            ),
        ]
        indexes = [models.Index(fields=["user", "-id"], name="accounts_export_user")]

    def __str__(self) -> str:
        return f"导出 {self.pk}"


class AccountClosure(models.Model):
    """The wish to close an account, with its cooling-off, and how it ended."""

    user = models.ForeignKey(
        User, verbose_name="账号", on_delete=models.PROTECT, related_name="closures"
    )
    state = models.CharField(
        "状态", max_length=10, choices=ClosureState.choices, default=ClosureState.PENDING
    )
    requested_at = models.DateTimeField("申请时间")
    due_at = models.DateTimeField("注销时间")
    ended_at = models.DateTimeField("结束时间", null=True)
    ended_by = models.CharField("结束人", max_length=100, blank=True)

    class Meta:
        verbose_name = "账号注销"
        verbose_name_plural = "账号注销"
        constraints = [
            models.CheckConstraint(
                name="accounts_closure_state", condition=Q(state__in=ClosureState.values)
            ),
            models.UniqueConstraint(
                name="accounts_closure_one_pending",
                fields=["user"],
                condition=Q(state=ClosureState.PENDING),
                violation_error_message="这个账号已经在注销",
            ),
            models.CheckConstraint(
                name="accounts_closure_ended_whole",
                condition=Q(state=ClosureState.PENDING, ended_at=None, ended_by="")
                | (~Q(state=ClosureState.PENDING) & Q(ended_at__isnull=False) & ~Q(ended_by="")),
                violation_error_message="结束的注销要有时间和操作人，没结束的不能有",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="accounts_closure_due",
                condition=Q(state=ClosureState.PENDING),
            )
        ]

    def __str__(self) -> str:
        return f"注销 {self.pk}"
