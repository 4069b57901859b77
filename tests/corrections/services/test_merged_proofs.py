"""Two accounts of one person become one: the proofs of either stay the person's own."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from accounts.states import Role
from common.models import StoredFile
from corrections.models import CorrectionRequest, Evidence
from corrections.selectors import (
    evidence_visible_to,
    proofs_shown_to,
    unfiled_evidence_visible_to,
)
from corrections.services.sweep import open_due_requests
from corrections.states import RequestState
from enrollment.models import Binding, StudentRecord
from enrollment.services.merge import ask_undo_merge, undo_merge
from tests.factories import people
from tests.factories.corrections import make_dispute, make_request
from tests.factories.imaging import make_member
from tests.factories.merging import merged

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


@pytest.fixture
def phone_account(db: None) -> User:
    """Alice's other account, the one that stays."""
    user = people.make_user("other@example.test")
    people.make_identity(user, name="沈若溪", number=people.make_number(941))
    return user


@pytest.fixture
def wang(db: None) -> User:
    """A second registrar."""
    return people.make_staff(Role.REGISTRAR, "wang@example.test")


@pytest.fixture
def since(alice: User, record: StudentRecord, now: datetime) -> datetime:
    """When Alice's record was bound."""
    moment = now - timedelta(days=30)
    Binding.objects.filter(record=record).update(bound_at=moment)
    return moment


def test_proof_and_its_case_stay_the_persons_own(
    alice: User,
    phone_account: User,
    li: User,
    wang: User,
    record: StudentRecord,
    stored_proof: StoredFile,
    since: datetime,
    now: datetime,
) -> None:
    case = make_request(record, RequestState.RETURNED)
    proof = Evidence.objects.create(request=case, file=stored_proof, added_at=now, added_by="本人")
    later = now + timedelta(days=3)

    merged(phone_account, alice, li, wang, at=later)

    assert Binding.objects.get(record=record).bound_at == since
    assert list(evidence_visible_to(phone_account, now=later)) == [proof]
    assert list(proofs_shown_to(phone_account, case)) == [proof]
    assert not evidence_visible_to(alice, now=later).exists()


def test_report_that_no_case_holds_yet_keeps_its_proof(
    alice: User,
    phone_account: User,
    li: User,
    wang: User,
    record: StudentRecord,
    stored_proof: StoredFile,
    since: datetime,
    now: datetime,
) -> None:
    dispute = make_dispute(make_member(record), evidence=stored_proof)
    later = now + timedelta(days=3)

    merged(phone_account, alice, li, wang, at=later)

    assert list(unfiled_evidence_visible_to(phone_account, now=later)) == [dispute]
    open_due_requests(now=later)
    assert CorrectionRequest.objects.get().submitter == phone_account


def test_what_staff_entered_before_the_binding_stays_the_persons_own(
    alice: User,
    phone_account: User,
    li: User,
    wang: User,
    record: StudentRecord,
    stored_proof: StoredFile,
    now: datetime,
) -> None:
    proxy: dict[str, Any] = {"is_proxy": True, "proxy_way": "PHONE", "proxy_reason": "在外地实习"}
    make_dispute(make_member(record), evidence=stored_proof, reached_at=now, **proxy)
    later = now + timedelta(days=3)
    Binding.objects.filter(record=record).update(bound_at=now + timedelta(days=1))
    open_due_requests(now=now + timedelta(days=1))

    case = merged(phone_account, alice, li, wang, at=later)

    assert list(evidence_visible_to(phone_account, now=later)) == [Evidence.objects.get()]
    ask_undo_merge(case=case, reason="两个人", actor=li, now=later)
    undo_merge(case=case, reason="两个人", actor=wang, now=later)
    assert not evidence_visible_to(phone_account, now=later).exists()
    assert list(evidence_visible_to(alice, now=later)) == [Evidence.objects.get()]
