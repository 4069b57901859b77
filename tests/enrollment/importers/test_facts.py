"""What a record becomes when a row comes over it: the short way is the long way."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.importers import facts as facts_module
from enrollment.importers.facts import Comparer, Facts, Merger

pytestmark = pytest.mark.unit

_YEARS = frozenset({"entry_grade", "graduating_class", "class_grade"})
_DAYS = frozenset({"birth_date", "entry_date", "expected_graduation_date"})


def _value(name: str) -> st.SearchStrategy[Any]:
    if name in _YEARS:
        return st.sampled_from([None, 2022, 2023])
    if name in _DAYS:
        return st.sampled_from(["", "2022-09-01", "2023-09-01"])
    return st.sampled_from(["", "甲", "甲（一）", "甲(一)", "乙"])


def _with_class(facts: Facts) -> Facts:
    """As a row says it: its class is in its own college and grade."""
    has_class = bool(facts.class_name)
    return facts._replace(
        class_college=facts.college_name if has_class else "",
        class_grade=facts.entry_grade if has_class else None,
    )


_OLD = st.builds(Facts, **{name: _value(name) for name in Facts._fields})


def test_number_that_means_another_under_its_new_kind_is_a_change() -> None:
    """The issue count at its end belongs to a permit of Taiwan only when it is one."""
    old = Facts._make([None if name in _YEARS else "" for name in Facts._fields])
    old = old._replace(school_code="90001", id_number="1234567801", id_type="TAIWAN_PERMIT")
    comparer = Comparer({"90001": ["id_number"]})

    touched = comparer.touch(old, old._replace(id_type="OTHER"))

    assert (touched.key, touched.identity, touched.place) == (True, True, False)
    assert not any(comparer.touch(old, old._replace(ethnicity="汉族")))


@given(data=st.data(), old=_OLD, present=st.sets(st.sampled_from(Facts._fields)))
def test_change_of_few_fields_comes_out_as_by_all_rules(
    data: st.DataObject, old: Facts, present: set[str]
) -> None:
    old = _with_class(old) if data.draw(st.booleans()) else old
    names = data.draw(st.sets(st.sampled_from(Facts._fields), max_size=3))
    new = _with_class(old._replace(**{name: data.draw(_value(name)) for name in names}))
    merger = Merger(frozenset(present))

    short = merger.merged(old, new)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(facts_module, "_ALONE", frozenset())
        assert short == merger.merged(old, new)
