"""Encrypted fields and their index."""

import pytest
from cryptography.exceptions import InvalidTag

from common import crypto

pytestmark = pytest.mark.unit


def test_seal_opens_only_in_its_own_field() -> None:
    sealed = crypto.seal("990101188603120017", context="a.b.c")

    assert crypto.unseal(sealed, context="a.b.c") == "990101188603120017"
    with pytest.raises(InvalidTag):
        crypto.unseal(sealed, context="a.b.d")


def test_seal_gives_another_value_each_time() -> None:
    assert crypto.seal("甲", context="x") != crypto.seal("甲", context="x")


def test_blind_index_differs_by_purpose() -> None:
    same = crypto.blind_index("138", purpose="phone")

    assert same == crypto.blind_index("138", purpose="phone")
    assert same != crypto.blind_index("138", purpose="document")
    assert len(same) == 32
