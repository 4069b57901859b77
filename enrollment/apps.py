"""App configuration."""

from django.apps import AppConfig


class EnrollmentConfig(AppConfig):
    """The enrollment app."""

    name = "enrollment"
    verbose_name = "学籍"
