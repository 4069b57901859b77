"""App configuration: the composition root and the registrar's admin site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class XuexinConfig(AppConfig):
    """Holds commands, checks and pages; owns no data."""

    name = "xuexin"
    verbose_name = "毕业核对"

    def ready(self) -> None:
        """Register the numbered system checks, and tell Celery beat the schedule."""
        from xuexin import checks  # noqa: F401, PLC0415 -- checks register when imported
        from xuexin.celery import app  # noqa: PLC0415 -- the schedule needs loaded models
        from xuexin.schedule import beat_schedule  # noqa: PLC0415 -- the same

        app.conf.beat_schedule = beat_schedule()


class XuexinAdminConfig(AdminConfig):
    """Django admin with our own site."""

    default_site = "xuexin.pages.desk.XuexinAdminSite"
