"""App configuration."""

from django.apps import AppConfig


class ImagingConfig(AppConfig):
    """The imaging app."""

    name = "imaging"
    verbose_name = "图像"
