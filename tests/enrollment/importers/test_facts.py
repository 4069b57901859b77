"""What a record becomes when a row comes over it: the short way is the long way."""

from random import Random
from typing import Any

import pytest

from enrollment.importers import facts as facts_module
from enrollment.importers.facts import Comparer, Facts, Merger, Touch, differing

pytestmark = pytest.mark.unit

_NAMES = Facts._fields
_YEARS = frozenset({"entry_grade", "graduating_class", "class_grade"})
_DAYS = frozenset({"birth_date", "entry_date", "expected_graduation_date"})


def value(name: str, chance: Random) -> Any:
    """One of few values, so that two often agree or differ in nothing but spelling."""
    if name in _YEARS:
        return chance.choice([None, 2022, 2023])
    if name in _DAYS:
        return chance.choice(["", "2022-09-01", "2023-09-01"])
    return chance.choice(["", "甲", "甲（一）", "甲(一)", "乙"])


def as_row(facts: Facts) -> Facts:
    """As a row says it: its class is in its own college and grade."""
    has_class = bool(facts.class_name)
    return facts._replace(
        class_college=facts.college_name if has_class else "",
        class_grade=facts.entry_grade if has_class else None,
    )


def test_change_of_few_fields_comes_out_as_by_all_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    chance, changed = Random(7), 0
    for _ in range(3_000):
        old = Facts._make([value(name, chance) for name in _NAMES])
        old = as_row(old) if chance.random() < 0.5 else old
        names = chance.sample(_NAMES, chance.randrange(4))
        new = as_row(old._replace(**{name: value(name, chance) for name in names}))
        merger = Merger(frozenset(chance.sample(_NAMES, chance.randrange(len(_NAMES)))))

        short = merger.merged(old, new)
        with monkeypatch.context() as patch:
            patch.setattr(facts_module, "_ALONE", frozenset())
            patch.setattr(facts_module, "_ALONE_WITHOUT_STATUS", frozenset())
            assert short == merger.merged(old, new), (old, new)
        changed += short != old
    assert changed > 500


def test_number_that_means_another_under_its_new_kind_is_a_change() -> None:
    """The issue count at its end belongs to a permit of Taiwan only when it is one."""
    old = Facts._make([None if name in _YEARS else "" for name in _NAMES])
    old = old._replace(school_code="90001", id_number="1234567801", id_type="TAIWAN_PERMIT")
    comparer = Comparer({"90001": ["id_number"]})

    def touched(new: Facts) -> Touch:
        return comparer.touch(old, new, differing(old, new))

    touch = touched(old._replace(id_type="OTHER"))

    assert (touch.key, touch.identity, touch.place) == (True, True, False)
    assert not any(touched(old._replace(ethnicity="汉族")))
