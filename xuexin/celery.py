"""The Celery app; its broker is a folder unless REDIS_URL names a server."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xuexin.settings")

app = Celery("xuexin")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
