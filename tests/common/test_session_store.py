"""Sessions are sealed, new ones are nobody else's, and one that was ended does not come back."""

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.sessions import SessionStore

pytestmark = pytest.mark.django_db


def stored() -> SessionStore:
    store = SessionStore()
    store["phone"] = "13800138000"
    store.save()
    return store


def test_content_is_sealed_and_read_back() -> None:
    store = stored()

    assert "13800138000" not in Session.objects.get(pk=store.session_key).session_data
    assert SessionStore(store.session_key)["phone"] == "13800138000"


def test_change_is_one_statement_and_is_kept() -> None:
    store = stored()
    store["phone"] = "13900139000"

    with CaptureQueriesContext(connection) as asked:
        store.save()

    assert len(asked) == 1
    assert SessionStore(store.session_key)["phone"] == "13900139000"


def test_session_ended_elsewhere_is_not_written_again() -> None:
    store = stored()
    Session.objects.filter(pk=store.session_key).delete()

    store["phone"] = "13900139000"
    with pytest.raises(UpdateError):
        store.save()
    assert not Session.objects.exists()


def test_key_that_is_taken_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = stored().session_key
    keys = iter([taken, "b" * 32])
    monkeypatch.setattr(SessionStore, "_get_new_session_key", lambda _: next(keys))

    store = SessionStore()
    store.create()

    assert store.session_key == "b" * 32
    assert SessionStore(taken)["phone"] == "13800138000"
