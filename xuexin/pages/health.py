"""Liveness and readiness, as JSON for load balancers and operators."""

import logging
import shutil
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import caches
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from xuexin.celery import app as celery_app

logger = logging.getLogger(__name__)

_LEAST_FREE_BYTES = 500 * 1024 * 1024


@login_not_required
@require_safe
def alive(_: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "ok"})


@login_not_required
@require_safe
def ready(_: HttpRequest) -> JsonResponse:
    """Whether the parts that the portal needs answer: 200 ok or degraded, 503 when it cannot serve.

    Without cache the limits fall back and without broker messages wait, so these only degrade.
    """
    parts = {name: _state(name, probe) for name, probe in _PROBES.items()}
    broken = [name for name in ("database", "migrations", "disk") if parts[name] != "ok"]
    status = "failed" if broken else "ok" if set(parts.values()) == {"ok"} else "degraded"
    return JsonResponse({"status": status, "parts": parts}, status=503 if broken else 200)


def _state(name: str, probe: Callable[[], bool]) -> str:
    try:
        return "ok" if probe() else "failed"
    except Exception as error:  # noqa: BLE001 -- any fault of a part is that part's state
        logger.warning("readiness of %s: %s", name, type(error).__name__)
        return "failed"


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def _cache() -> bool:
    caches["default"].set("readyz", "1", timeout=10)
    return bool(caches["default"].get("readyz") == "1")


def _broker() -> bool:
    with celery_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, timeout=2)
    return True


def _migrations() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _disk() -> bool:
    return shutil.disk_usage(settings.VAR_DIR).free > _LEAST_FREE_BYTES


_PROBES: dict[str, Callable[[], bool]] = {
    "database": _database,
    "migrations": _migrations,
    "cache": _cache,
    "broker": _broker,
    "disk": _disk,
}
