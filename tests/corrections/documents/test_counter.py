"""The receipt of the counter as it is printed."""

from datetime import datetime

import pytest

from corrections.documents.counter import CounterReceipt, render_counter_pdf
from tests.poppler import Poppler

pytestmark = pytest.mark.unit


def receipt(now: datetime, *cases: tuple[str, str]) -> CounterReceipt:
    return CounterReceipt(
        school="远山大学",
        number="A1B2C3D4E5F6",
        rows=(("姓名", "买买提·阿卜杜拉·阿布都热西提"), ("学号", "2022040123"), *cases),
        digest="ab" * 32,
        confirmed_at=now,
        is_demo=True,
    )


def test_page_has_two_copies_with_room_for_both_signatures(poppler: Poppler, now: datetime) -> None:
    (page,) = poppler.pages(render_counter_pdf(receipt(now)))

    assert (page.count("柜台核对回执"), page.count("学生签名"), page.count("经办老师签名")) == (
        2,
        2,
        2,
    )
    assert (page.count("学生留存"), page.count("学校留存")) == (1, 1)
    assert page.count("A1B2C3D4E5F6") == 2


def test_many_open_cases_stay_on_the_page(poppler: Poppler, now: datetime) -> None:
    cases = [(f"勘误 {number}", "教务处核实中") for number in range(14)]

    (page,) = poppler.pages(render_counter_pdf(receipt(now, *cases)))

    assert page.count("教务处核实中") == 28
