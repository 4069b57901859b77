"""Limits count each use from its own moment, in whichever cache is there."""

from datetime import UTC, datetime, timedelta

import pytest

from common.ratelimit import Limit, TooManyError, check, forget, hit

pytestmark = pytest.mark.unit

THREE = Limit("test-three", 3, 600)
# One second before the clock turns over a ten-minute mark.
BEGUN = datetime(2026, 6, 12, 6, 29, 59, tzinfo=UTC)


def is_let_in(at: datetime, subject: str = "somebody") -> bool:
    try:
        hit(THREE, subject, now=at)
    except TooManyError:
        return False
    return True


def test_turn_of_the_clock_opens_nothing() -> None:
    assert [is_let_in(BEGUN) for _ in range(4)] == [True, True, True, False]

    assert not is_let_in(BEGUN + timedelta(seconds=2))


@pytest.mark.parametrize(("later", "let_in"), [(599, False), (600, True), (601, True)])
def test_use_counts_for_its_time(later: int, let_in: bool) -> None:
    for _ in range(3):
        assert is_let_in(BEGUN)

    assert is_let_in(BEGUN + timedelta(seconds=later)) is let_in


def test_room_is_made_one_by_one() -> None:
    assert all(is_let_in(BEGUN + timedelta(seconds=100 * n)) for n in range(3))

    assert [is_let_in(BEGUN + timedelta(seconds=600)) for _ in range(2)] == [True, False]
    assert [is_let_in(BEGUN + timedelta(seconds=700)) for _ in range(2)] == [True, False]


def test_check_counts_nothing_and_sees_everything() -> None:
    for _ in range(5):
        check(THREE, "somebody", now=BEGUN)
    for _ in range(3):
        assert is_let_in(BEGUN)

    with pytest.raises(TooManyError, match="10 分钟"):
        check(THREE, "somebody", now=BEGUN)
    check(THREE, "somebody", now=BEGUN + timedelta(seconds=600))
    check(THREE, "somebody else", now=BEGUN)


def test_use_given_back_makes_room_for_one() -> None:
    uses = [hit(THREE, "somebody", now=BEGUN) for _ in range(3)]
    assert not is_let_in(BEGUN)

    uses[0].give_back()
    check(THREE, "somebody", now=BEGUN)
    assert [is_let_in(BEGUN) for _ in range(2)] == [True, False]


def test_forgotten_subject_begins_anew_and_the_others_do_not() -> None:
    for subject in ("somebody", "another"):
        assert [is_let_in(BEGUN, subject) for _ in range(4)] == [True, True, True, False]

    forget(THREE, "somebody")

    assert [is_let_in(BEGUN) for _ in range(4)] == [True, True, True, False]
    assert not is_let_in(BEGUN, "another")


def test_limit_of_nothing_lets_nobody_in() -> None:
    closed = Limit("test-closed", 0, 600)

    with pytest.raises(TooManyError):
        check(closed, "somebody", now=BEGUN)
    with pytest.raises(TooManyError):
        hit(closed, "somebody", now=BEGUN)
