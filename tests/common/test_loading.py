"""Rows loaded at once read as they were given, on both databases."""

import gc
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from common.loading import load, many_rows

pytestmark = pytest.mark.django_db

_COLUMNS = ("place", "words", "amount", "sealed", "is_on", "years")


def _loaded(rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE loaded (place integer, words text, amount integer, "
            "sealed bytea, is_on boolean, years numeric)"
        )
        load("loaded", _COLUMNS, rows)
        cursor.execute("SELECT words, amount, sealed, is_on, years FROM loaded ORDER BY place")
        found = [
            (words, amount, None if sealed is None else bytes(sealed), bool(is_on), years)
            for words, amount, sealed, is_on, years in cursor.fetchall()
        ]
        cursor.execute("DROP TABLE loaded")
    return found


@pytest.mark.parametrize(
    "words",
    [
        "",
        r"\N",
        "\\",
        "back\\slash",
        "tab\there",
        "two\nlines",
        "\r\n",
        r"\.",
        "“引号”",
        "𠮷",
        "\u3000",
    ],
)
def test_load_keeps_text_with_the_signs_of_copy(words: str) -> None:
    found = _loaded([(1, words, 1, b"", True, 4), (2, "plain", 2, b"\x00\\\n", False, 5)])

    assert [row[0] for row in found] == [words, "plain"]
    assert [row[2] for row in found] == [b"", b"\x00\\\n"]


def test_load_keeps_what_is_absent_apart_from_what_is_empty() -> None:
    found = _loaded([(1, None, None, None, True, None), (2, "", 0, b"", False, 0)])

    assert found == [(None, None, None, True, None), ("", 0, b"", False, 0)]


def test_load_takes_columns_of_several_kinds() -> None:
    years = Decimal("2.5") if connection.vendor == "postgresql" else 2.5

    found = _loaded([(1, None, 3, None, True, years), (2, "a\tb", None, b"\xff", False, None)])

    assert found == [(None, 3, None, True, years), ("a\tb", None, b"\xff", False, None)]


def test_load_of_what_is_there_already_fails_as_every_write_does() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE loaded (place integer UNIQUE)")

    with pytest.raises(IntegrityError), transaction.atomic():
        load("loaded", ("place",), [(1,), (1,)])

    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE loaded")


def test_load_of_nothing_does_nothing() -> None:
    assert _loaded([]) == []


def test_search_for_cycles_is_as_before_after_the_last_of_many_imports() -> None:
    usual = gc.get_threshold()

    with many_rows():
        with many_rows():
            assert gc.get_threshold()[0] > usual[0]
        assert gc.get_threshold()[0] > usual[0]
    assert gc.get_threshold() == usual

    with pytest.raises(RuntimeError), many_rows():
        raise RuntimeError
    assert gc.get_threshold() == usual
