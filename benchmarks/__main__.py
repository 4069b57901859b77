"""`python -m benchmarks [name …]`: the table on stdout, the same in var/bench.json.

Runs on the database that DATABASE_URL names, in a scratch database that is dropped afterwards.
"""

import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(wanted: list[str]) -> int:
    """Run all benchmarks, or those named; 1 when a goal is missed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xuexin.settings")
    os.environ["HTTPS"] = "0"
    os.environ["LOG_LEVEL"] = "ERROR"
    with tempfile.TemporaryDirectory(prefix="xuexin-bench-") as folder:
        os.environ["VAR_DIR"] = folder
        results = _run(wanted)
    if not wanted:
        target = ROOT / "var" / "bench.json"
        target.parent.mkdir(exist_ok=True)
        rows = [result.as_json() for result in results]
        target.write_text(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
    return 0 if all(result.is_met for result in results) else 1


def _run(wanted: list[str]) -> "list[Result]":
    import django

    django.setup()
    from django.conf import settings
    from django.test.utils import setup_databases, teardown_databases

    settings.CELERY_TASK_ALWAYS_EAGER = True
    settings.ALLOWED_HOSTS = ["*"]
    settings.STATIC_ROOT.mkdir(exist_ok=True)
    settings.STORAGES["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"
    )
    if "postgresql" not in settings.DATABASES["default"]["ENGINE"]:
        sys.stderr.write(
            "No PostgreSQL: these figures are of SQLite and no goals (use make bench).\n"
        )
    databases = setup_databases(verbosity=0, interactive=False, aliases=["default", "cache"])
    try:
        results = []
        for name, bench in _benches().items():
            if not wanted or name in wanted:
                sys.stderr.write(f"{name}\n")
                found = bench()
                # At once: a later benchmark that breaks does not take the figures with it.
                _print(found)
                results += found
        return results
    finally:
        teardown_databases(databases, verbosity=0)


def _benches() -> "dict[str, Callable[[], list[Result]]]":
    from benchmarks import (
        boards,
        contact_sheet,
        desk,
        entrance,
        locks,
        pages,
        papers,
        photos,
        reminders,
        reports,
        roster,
        verification,
    )

    return {
        "pages": pages.run,
        "contact_sheet": contact_sheet.run,
        "desk": desk.run,
        "entrance": entrance.run,
        "verification": verification.run,
        "reports": reports.run,
        "papers": papers.run,
        "locks": locks.run,
        "boards": boards.run,
        "reminders": reminders.run,
        "roster": roster.run,
        "photos": photos.run,
    }


def _print(results: "list[Result]") -> None:
    print(f"{'':2} {'':44} {'ours':>12} {'floor':>12} {'ratio':>8}  goal")
    for row in results:
        sign = "ok" if row.is_met else "!!"
        print(
            f"{sign} {row.name:<44} {row.ours:>12.4g} {row.floor:>12.4g} {row.ratio:>8.3f}  "
            f"{row.goal}  ({row.unit})",
            flush=True,
        )


if __name__ == "__main__":
    from benchmarks.measure import Result

    raise SystemExit(main(sys.argv[1:]))
