"""What DATABASE_URL turns into."""

from pathlib import Path

import pytest
from django.db import connection

from xuexin.databases import main_database


def test_postgres_does_not_compile_statements(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://user:secret@host/name")
    found = main_database(tmp_path)
    assert found["OPTIONS"] == {"options": "-c jit=off"}
    assert (found["NAME"], found["CONN_HEALTH_CHECKS"]) == ("name", True)


def test_own_options_go_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = "postgres://user:secret@host/name?options=-c%20jit%3Don&sslmode=require"
    monkeypatch.setenv("DATABASE_URL", address)
    assert main_database(tmp_path)["OPTIONS"] == {"options": "-c jit=on", "sslmode": "require"}


def test_without_an_address_it_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    found = main_database(tmp_path)
    assert found["NAME"] == str(tmp_path / "db.sqlite3")
    assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


@pytest.mark.django_db
def test_the_open_connection_heeds_it() -> None:
    """On SQLite the journal, on PostgreSQL the compiler."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SHOW jit")
            assert cursor.fetchone() == ("off",)
        else:
            cursor.execute("PRAGMA cache_size")
            assert cursor.fetchone() == (-20000,)
