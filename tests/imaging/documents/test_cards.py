"""Paper cards of the old layout: eight to a page, with codes, without a whole document number."""

from datetime import datetime

import pytest

from imaging.documents.cards import Card, render_cards
from tests.poppler import Poppler

pytestmark = pytest.mark.unit


def card(**fields: str) -> Card:
    values = {
        "school_code": "99999",
        "school_name": "远山大学",
        "name": "王镕",
        "sex": "男",
        "student_no": "2022040127",
        "document_no": "99**************23",
        "class_name": "汉语言文学 2201 班",
        "ticket": "7K3R9FHM2X",
        **fields,
    }
    return Card(**values)


def test_card_says_what_it_must(poppler: Poppler, now: datetime) -> None:
    data = render_cards([card()], title="采集卡", foot="李老师打印", at=now, is_demo=False)

    (text,) = poppler.pages(data)
    for part in ("99999", "王", "4585", "U+9555", "不在 GB 2312", "7K3R 9FHM 2X", "李老师打印"):
        assert part in text


def test_nine_cards_are_two_pages_and_always_the_same_bytes(
    poppler: Poppler, now: datetime
) -> None:
    cards = [card(student_no=f"20220401{number:02d}") for number in range(9)]

    first = render_cards(cards, title="采集卡", foot="", at=now, is_demo=True)

    assert poppler.info(first)["Pages"] == "2"
    assert first == render_cards(cards, title="采集卡", foot="", at=now, is_demo=True)


def test_long_name_goes_on_three_lines_and_then_says_so(poppler: Poppler, now: datetime) -> None:
    name = "古丽米热·艾比布力" * 4

    data = render_cards([card(name=name)], title="采集卡", foot="", at=now, is_demo=False)

    (text,) = poppler.pages(data)

    assert "姓名未完" in text
