"""Log-ins, for whoever looks into a stolen account."""

from django.contrib import admin

from accounts.models import LoginEvent
from common.admin import ReadonlyAdmin, moment


@admin.register(LoginEvent)
class LoginEventAdmin(ReadonlyAdmin):
    """Who got in or was refused, by what way, from which device and coarse network."""

    list_display = (
        moment("occurred_at", "时间"),
        "account",
        "way",
        "is_success",
        "device",
        "network",
        moment("disowned_at", "本人否认"),
    )
    list_filter = ("way", "is_success")
    list_select_related = ("user",)
    ordering = ("-id",)
    fields = ("account", "occurred_at", "way", "is_success", "device", "network", "disowned_at")

    @admin.display(description="账号")
    def account(self, row: LoginEvent) -> str:
        """The masked log-in name."""
        return row.user.contact_label
