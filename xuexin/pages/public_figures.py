"""How quickly the office answers, for the start page: only where the operator wants it, about nobody alone."""

from datetime import datetime

from django.conf import settings
from django.core.cache import cache

from corrections.selectors import ServiceFigures, cases_in, service_figures

__all__ = ["public_figures"]

_KEY = "public-service-figures:2"
_MINUTES = 10


def public_figures(*, now: datetime) -> ServiceFigures | None:
    """The figures of the whole school, at most ten minutes old; None where they are not shown.

    What is kept are three numbers, never a row.
    """
    if not settings.PUBLIC_SERVICE_FIGURES:
        return None
    kept: tuple[ServiceFigures | None] | None = cache.get(_KEY)
    if kept is None:
        kept = (service_figures(cases_in(), now=now),)
        cache.set(_KEY, kept, timeout=60 * _MINUTES)
    return kept[0]
