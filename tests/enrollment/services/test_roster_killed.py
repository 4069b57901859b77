"""An import whose process is really killed goes on, without doubles."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from common.errors import StaleStateError
from enrollment.models import RosterImport, StudentRecord
from enrollment.services.roster import apply_roster, resume_imports
from enrollment.services.roster.judging import CHUNK
from enrollment.states import ImportState
from tests.enrollment.rosters import REGISTRAR, csv_of, person, staged
from tests.factories.enrolment import make_school

ROWS = 3 * CHUNK
_CHILD = """
import sys
import django
django.setup()
from django.utils import timezone
from common.actors import System
from enrollment.models import RosterImport
from enrollment.services.roster import apply_roster
apply_roster(
    roster=RosterImport.objects.get(pk=int(sys.argv[1])),
    actor=System("子进程"),
    now=timezone.now(),
    on_progress=lambda rows: print(rows, flush=True),
)
"""


def _database_url() -> str:
    held = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{held['NAME']}"
    password = quote(held["PASSWORD"], safe="")
    return f"postgres://{held['USER']}:{password}@{held['HOST']}:{held['PORT']}/{held['NAME']}"


@pytest.mark.unit
@pytest.mark.django_db(transaction=True)
def test_killed_application_is_taken_up_where_it_stopped() -> None:
    now = timezone.now()
    roster = staged(csv_of(*map(person, range(ROWS))), school=make_school(), now=now)
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(roster.pk)],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "xuexin.settings",
            "DATABASE_URL": _database_url(),
            "VAR_DIR": str(settings.VAR_DIR),
        },
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    with child, child.stdout:
        # The first chunk is in; the next one is under way.
        assert int(child.stdout.readline()) == CHUNK
        child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL

    roster = RosterImport.objects.get()
    written = StudentRecord.objects.count()
    assert roster.state == ImportState.APPLYING
    assert CHUNK <= written < ROWS
    assert roster.rows.filter(is_applied=True).count() == written == roster.progress
    with pytest.raises(StaleStateError):
        apply_roster(roster=roster, actor=REGISTRAR, now=timezone.now())

    assert resume_imports(now=timezone.now() + timedelta(minutes=6)) == 1

    roster.refresh_from_db()
    assert (roster.state, roster.created_count) == (ImportState.APPLIED, ROWS)
    assert (roster.started_by, roster.applied_by) == ("子进程", "子进程")
    assert StudentRecord.objects.count() == ROWS
