"""Settings of the tests: the real ones, with media and files in a folder of this run.

SQLite tests use a file, not memory, because tests that race threads need real locking. With
DATABASE_URL and REDIS_URL set, the same tests run on those servers.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_RUN = Path(tempfile.mkdtemp(prefix="xuexin-tests-"))
atexit.register(shutil.rmtree, _RUN, ignore_errors=True)
os.environ["VAR_DIR"] = str(_RUN)
# Workers of a parallel run share the Redis server, not the database in it: each forgets its own limits.
if os.environ.get("REDIS_URL") and (_worker := os.environ.get("PYTEST_XDIST_WORKER")):
    _server = os.environ["REDIS_URL"].rpartition("/")[0]
    os.environ["REDIS_URL"] = f"{_server}/{int(_worker.removeprefix('gw')) + 1}"
os.environ.setdefault("DEBUG", "0")
# Stories of the desk log staff in with one step; what "required" means has tests of its own.
os.environ.setdefault("STAFF_SECOND_FACTOR", "offered")
os.environ.setdefault("HTTPS", "0")

from xuexin.settings import *  # noqa: E402, F403
from xuexin.settings import CACHES, DATABASES, REDIS_URL, STATIC_ROOT, STORAGES, TEMPLATES  # noqa: E402

ALLOWED_HOSTS = ["*"]
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns of an absent folder
if "sqlite3" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["TEST"] = {"NAME": str(_RUN / "test.sqlite3")}
if not REDIS_URL:
    CACHES["default"] = {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "default",
        # Its own 300 are fewer than some limits count.
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
CACHES["fallback"] = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "LOCATION": "fallback",
}
# The cache table has tests of its own that open it themselves.
DATABASES.pop("cache")
DATABASE_ROUTERS = []
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
TEMPLATES[0]["OPTIONS"]["debug"] = True  # coverage of templates needs their lines
