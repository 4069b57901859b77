"""Consents, exports and closings, to be looked at: each is the person's own act."""

from django.contrib import admin

from accounts.models import AccountClosure, Consent, DataExport
from common.admin import ReadonlyAdmin, moment

__all__ = ["AccountClosureAdmin", "ConsentAdmin", "DataExportAdmin"]


class _OfAccount(ReadonlyAdmin):
    """Rows of one account, which is shown masked."""

    list_select_related = ("user",)
    search_fields = ("=user__pk",)
    search_help_text = "账号编号"
    ordering = ("-id",)

    @admin.display(description="账号")
    def account(self, row: Consent | DataExport | AccountClosure) -> str:
        """The masked log-in name."""
        return row.user.contact_label


@admin.register(Consent)
class ConsentAdmin(_OfAccount):
    """Who agreed to which version; a guardian's name stays closed."""

    list_display = ("account", "version", moment("given_at", "同意时间"), "has_guardian")
    list_filter = ("version",)
    fields = ("account", "version", "given_at", "has_guardian")

    @admin.display(description="监护人同意", boolean=True)
    def has_guardian(self, row: Consent) -> bool:
        """Whether a guardian agreed."""
        return bool(row.guardian_name)


@admin.register(DataExport)
class DataExportAdmin(_OfAccount):
    """Copies of people's data on their way; nobody but the owner opens one."""

    list_display = (
        "account",
        "state",
        moment("requested_at", "申请时间"),
        moment("ready_at", "备好时间"),
        moment("expires_at", "到期时间"),
        "failure",
    )
    list_filter = ("state",)
    fields = (
        "account",
        "state",
        "requested_at",
        "attempts",
        "heartbeat_at",
        "ready_at",
        "expires_at",
        "failure",
    )


@admin.register(AccountClosure)
class AccountClosureAdmin(_OfAccount):
    """Accounts on their way out."""

    list_display = (
        "account",
        "state",
        moment("requested_at", "申请时间"),
        moment("due_at", "注销时间"),
        moment("ended_at", "结束时间"),
        "ended_by",
    )
    list_filter = ("state",)
    fields = ("account", "state", "requested_at", "due_at", "ended_at", "ended_by")
