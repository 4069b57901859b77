"""Composition root: settings, URLs, the Celery app, the schedule, the admin site, the pages."""

from xuexin.celery import app as celery_app

__all__ = ["celery_app"]
