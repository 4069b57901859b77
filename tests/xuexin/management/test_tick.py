"""`manage.py tick` runs every sweep once, whatever one of them does."""

from collections.abc import Callable
from datetime import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from xuexin.management.commands import tick
from xuexin.schedule import SWEEPS, Sweep

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


def broken(_now: datetime) -> None:
    raise ValueError("the disk is full")


def noting(ran: list[str], name: str) -> Callable[[datetime], None]:
    return lambda now: ran.append(f"{name} {now.tzinfo}")


def test_tick_names_every_sweep_of_the_schedule() -> None:
    out = StringIO()

    call_command("tick", stdout=out)

    assert [line.split(":")[0] for line in out.getvalue().splitlines()] == [
        sweep.name for sweep in SWEEPS
    ]


def test_tick_goes_on_after_a_failure_and_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    sweeps = (Sweep("a.broken", broken, 1), Sweep("b.fine", noting(ran, "b.fine"), 1))
    monkeypatch.setattr(tick, "SWEEPS", sweeps)
    errors = StringIO()

    with pytest.raises(CommandError, match=r"Failed: a\.broken$"):
        call_command("tick", stdout=StringIO(), stderr=errors)

    assert ran == ["b.fine UTC"]
    assert errors.getvalue() == "a.broken: ValueError('the disk is full')\n"
