"""Where tables live: everything in the default database, cache entries in their own file."""

from typing import Any

CACHE_APP = "django_cache"


class CacheRouter:
    """Keeps the cache table out of the default database and every other table in it."""

    def db_for_read(self, model: Any, **_: Any) -> str | None:
        """Cache entries are read from the cache file."""
        return "cache" if model._meta.app_label == CACHE_APP else None  # noqa: SLF001

    def db_for_write(self, model: Any, **_: Any) -> str | None:
        """Cache entries are written to the cache file."""
        return "cache" if model._meta.app_label == CACHE_APP else None  # noqa: SLF001

    def allow_migrate(self, db: str, app_label: str, **_: Any) -> bool | None:
        """Only the cache table in the cache file, and nowhere else."""
        return (db == "cache") == (app_label == CACHE_APP)
