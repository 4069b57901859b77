"""The audit trail and its chain."""

from datetime import datetime, timedelta

import pytest

from common import audit
from common.actors import SYSTEM
from common.models import AuditEvent

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


def test_record_is_append_only(now: datetime) -> None:
    event = audit.record("thing.made", actor=SYSTEM, now=now)

    with pytest.raises(TypeError):
        event.save()
    with pytest.raises(TypeError):
        event.delete()


def test_seal_chains_settled_events_once(now: datetime) -> None:
    for name in ("a", "b"):
        audit.record(name, actor=SYSTEM, now=now)

    assert audit.seal(now=now) == 0
    assert audit.seal(now=now + timedelta(seconds=6)) == 2
    assert audit.seal(now=now + timedelta(seconds=6)) == 0
    assert audit.first_broken_link() is None


def test_first_broken_link_finds_a_changed_event(now: datetime) -> None:
    for name in ("a", "b", "c"):
        audit.record(name, actor=SYSTEM, now=now)
    audit.seal(now=now + timedelta(seconds=6))

    AuditEvent.objects.filter(action="b").update(reason="other")

    broken = audit.first_broken_link()
    assert broken is not None
    assert broken.action == "b"
