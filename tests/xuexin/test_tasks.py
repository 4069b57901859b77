"""Beat's one task: the named sweep runs, once, at the moment of the call."""

from datetime import datetime

import pytest
from django.utils import timezone

from xuexin import schedule
from xuexin.tasks import run_sweep

pytestmark = pytest.mark.unit


def test_task_runs_only_the_named_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[str, datetime]] = []
    sweeps = (
        schedule.Sweep("a", lambda now: ran.append(("a", now)), 1),
        schedule.Sweep("b", lambda now: ran.append(("b", now)), 1),
    )
    monkeypatch.setattr(schedule, "SWEEPS", sweeps)
    before = timezone.now()

    run_sweep.delay(name="b")

    assert [name for name, _ in ran] == ["b"]
    assert before <= ran[0][1] <= timezone.now()


def test_task_refuses_an_unknown_name() -> None:
    with pytest.raises(KeyError):
        run_sweep.delay(name="nobody.knows")
