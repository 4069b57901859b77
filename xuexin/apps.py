"""App configuration: the composition root and the registrar's admin site."""

from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate


class XuexinConfig(AppConfig):
    """Holds commands, checks and pages; owns no data."""

    name = "xuexin"
    verbose_name = "毕业核对"

    def ready(self) -> None:
        """Register the checks, tell Celery beat the schedule and rosters what builds on records."""
        from common.rehearsal import HELD_BACK  # noqa: PLC0415 -- models must be loaded
        from common.texts import register  # noqa: PLC0415 -- the same
        from enrollment.selectors import roster_later  # noqa: PLC0415 -- models must be loaded
        from enrollment.services.merge.carrying import (  # noqa: PLC0415 -- the same
            CARRIED,
            Carried,
        )
        from imaging.selectors import (  # noqa: PLC0415 -- the same
            concluded_after,
            conclusions_lost,
            rehearsals,
        )
        from imaging.services.reminder_plan import (  # noqa: PLC0415 -- the same
            carry_choice,
            give_choice_back,
        )
        from xuexin import checks  # noqa: F401, PLC0415 -- checks register when imported
        from xuexin.celery import app  # noqa: PLC0415 -- the schedule needs loaded models
        from xuexin.help.first import load_first_articles  # noqa: PLC0415 -- the same
        from xuexin.schedule import beat_schedule  # noqa: PLC0415 -- the same
        from xuexin.texts.catalog import WORDINGS  # noqa: PLC0415 -- the same
        from xuexin.texts.first import load_message_texts  # noqa: PLC0415 -- the same

        app.conf.beat_schedule = beat_schedule()
        roster_later.LATER_WORK.append(concluded_after)
        roster_later.CONCLUSIONS_LOST.append(conclusions_lost)
        CARRIED.append(Carried(carry_choice, give_choice_back))
        HELD_BACK.append(rehearsals.held_back)
        register(*WORDINGS)
        # Once after every `migrate`; the app that owns the table is the one that sends for it.
        for load in (load_first_articles, load_message_texts):
            post_migrate.connect(load, sender=apps.get_app_config("common"))


class XuexinAdminConfig(AdminConfig):
    """Django admin with our own site."""

    default_site = "xuexin.pages.desk.XuexinAdminSite"
