"""What is said of the rules beside a form: as far as they matter to what was picked."""

from datetime import UTC, datetime

import pytest

from corrections.policies.told import told_for_case, told_for_dispute
from corrections.services.rules import rules_of
from corrections.states import RequestState
from enrollment.models import StudentRecord
from imaging.states import ConclusionKind
from tests.factories.corrections import make_request

pytestmark = pytest.mark.django_db

CLOSED = datetime(2025, 11, 2, 4, tzinfo=UTC)
OPEN = datetime(2025, 9, 2, 4, tzinfo=UTC)


def test_key_field_outside_of_its_months_may_be_called_wrong_all_the_same(
    record: StudentRecord,
) -> None:
    closed = told_for_dispute(record, ["name"], is_data=True, is_photo=False, now=CLOSED)
    opened = told_for_dispute(record, ["name"], is_data=True, is_photo=False, now=OPEN)

    assert closed.bars[-1].startswith("核对时报告有误不受这个限制，照样提交")
    assert opened.bars == ()
    assert [proof.title for proof in opened.proofs] == ["身份证", "户口本", "公安机关证明"]


def test_field_that_is_no_key_field_has_neither_bars_nor_days(record: StudentRecord) -> None:
    told = told_for_dispute(record, ["political_status"], is_data=True, is_photo=False, now=CLOSED)

    assert (told.bars, told.days, told.proofs) == ((), (), ())
    assert "关键信息" in told.lead


def test_photo_alone_is_told_its_proof_and_nothing_of_fields(record: StudentRecord) -> None:
    told = told_for_dispute(record, [], is_data=False, is_photo=True, now=CLOSED)

    assert (told.lead, told.bars) == ("", ())
    assert [proof.label for proof in told.proofs] == ["照片"]


def test_case_is_told_the_edition_that_it_was_made_under(
    record: StudentRecord, now: datetime
) -> None:
    rules = rules_of(record.school, now=now)
    request = make_request(record, RequestState.SUBMITTED, rules=rules)
    photo = make_request(record, RequestState.CLOSED, ConclusionKind.PHOTO)

    assert told_for_case(request, now=now).lead == rules.lead
    assert told_for_case(photo, now=now).lead == ""
