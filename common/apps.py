"""App configuration."""

from django.apps import AppConfig


class CommonConfig(AppConfig):
    """The common app."""

    name = "common"
    verbose_name = "公共"
