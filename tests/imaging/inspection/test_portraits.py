"""The rules on two real portraits, and the honest table of what they caught and missed."""

import pytest

from imaging.inspection import RuleCode, Verdict
from tests.imaging.inspection.portrait_table import in_document, said, table
from tests.imaging.portraits import SITTERS, SPOILS, need_portraits

pytestmark = pytest.mark.unit

NUMBERS = {spoil.name: number for number, spoil in enumerate(SPOILS)}


@pytest.fixture(autouse=True)
def _portraits() -> None:
    need_portraits()


@pytest.mark.parametrize("name", SITTERS)
def test_good_photo_of_a_real_person_meets_every_rule(name: str) -> None:
    verdicts = said(NUMBERS["nothing, a good photo"], name)

    assert {code for code, verdict in verdicts.items() if verdict is not Verdict.PASS} == set()
    assert set(verdicts) == set(RuleCode)


def test_table_of_the_document_is_what_the_rules_say() -> None:
    """python -m tests.imaging.inspection.portrait_table writes it anew."""
    assert in_document() == table()
