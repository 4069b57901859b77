"""App configuration."""

from django.apps import AppConfig


class CorrectionsConfig(AppConfig):
    """The corrections app."""

    name = "corrections"
    verbose_name = "勘误"
