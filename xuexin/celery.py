"""The Celery app; its broker is a folder unless REDIS_URL names a server."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xuexin.settings")

TRANSPORT_ALIASES["filesystem"] = "xuexin.broker:Transport"

app = Celery("xuexin")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
