"""Where rows are kept: PostgreSQL or SQLite as DATABASE_URL says, and a small SQLite file beside it."""

from pathlib import Path
from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured

from xuexin.environment import env

__all__ = ["limits_database", "main_database"]

_SQLITE: Final[dict[str, Any]] = {
    # IMMEDIATE makes concurrent writers wait for each other instead of failing half-way.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA mmap_size=134217728;"
        "PRAGMA journal_size_limit=67108864;PRAGMA cache_size=-20000;PRAGMA temp_store=MEMORY;"
    ),
}
# Compiling a statement over ten tables takes PostgreSQL longer than running it ever does here:
# 0.75 of the 0.99 seconds in which the reminders of 20,000 students are worked out.
_NO_COMPILING: Final = "-c jit=off"


def main_database(folder: Path) -> dict[str, Any]:
    """What DATABASE_URL names, an SQLite file in `folder` by default."""
    found: dict[str, Any] = env.db("DATABASE_URL", default=f"sqlite:///{folder / 'db.sqlite3'}")
    if found["ENGINE"] == "django.db.backends.sqlite3":
        return {**found, "OPTIONS": _SQLITE}
    if found["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured(
            "DATABASE_URL: only postgres:// and sqlite:/// are supported, "
            "for example postgres://user:password@host/name"
        )
    options = {"options": _NO_COMPILING, **found.get("OPTIONS", {})}
    return {**found, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "OPTIONS": options}


def limits_database(folder: Path) -> dict[str, Any]:
    """A file of its own for limits where there is no Redis.

    All processes share them, and a cache call inside a transaction on the main file would wait for
    itself.
    """
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(folder / "cache.sqlite3"),
        "OPTIONS": _SQLITE,
    }
