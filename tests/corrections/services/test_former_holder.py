"""A record changes hands: what its former holder wrote stays with the former holder."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.states import Role
from common.errors import NotAllowedError
from common.models import FileView, StoredFile
from corrections.models import CorrectionRequest, Evidence
from corrections.policies import may_read_private
from corrections.selectors import (
    evidence_visible_to,
    proofs_shown_to,
    requests_of,
    unfiled_evidence_visible_to,
)
from corrections.selectors.counter import visits_visible_to
from corrections.services.drafting import begin_draft, save_draft
from corrections.services.evidence import Supplement
from corrections.services.own import resubmit_request
from corrections.services.sweep import open_due_requests
from corrections.states import RequestState
from enrollment.models import Binding, StudentRecord
from tests.factories.corrections import (
    make_counter_visit,
    make_dispute,
    make_proof,
    make_request,
)
from tests.factories.enrolment import bind
from tests.factories.imaging import make_member
from tests.factories.people import make_identity, make_number
from xuexin.own_data.parts.corrections import correction_items

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


@pytest.fixture
def draft(alice: User, record: StudentRecord, now: datetime) -> CorrectionRequest:
    """What Alice began, with a reason that is not public."""
    found = begin_draft(record=record, kind="DATA", actor=alice, now=now)
    save_draft(
        draft=found,
        values={},
        reasons=[],
        note="",
        private_note="三年前做过手术",
        actor=alice,
        now=now,
    )
    return found


@pytest.fixture
def eve_holds_it(record: StudentRecord, eve: User) -> Callable[[], None]:
    """Called, the record is Eve's: it was Alice's by mistake."""

    def change_hands() -> None:
        Binding.objects.filter(record=record).delete()
        bind(record, make_identity(eve, number=make_number(778)))

    return change_hands


def test_next_holder_neither_sees_nor_takes_over_the_draft(
    draft: CorrectionRequest, record: StudentRecord, eve: User, now: datetime, eve_holds_it
) -> None:
    eve_holds_it()
    assert list(requests_of(eve)) == []
    with pytest.raises(NotAllowedError):
        save_draft(
            draft=draft,
            values={},
            reasons=[],
            note="我的",
            private_note="",
            actor=eve,
            now=now,
        )

    own = begin_draft(record=record, kind="DATA", actor=eve, now=now)

    draft.refresh_from_db()
    assert (own.pk == draft.pk, own.private_note) == (False, None)
    assert draft.state == RequestState.WITHDRAWN


def test_next_holder_does_not_read_a_private_reason(
    alice: User, eve: User, li: User, record: StudentRecord, eve_holds_it
) -> None:
    case = make_request(record, private_note="三年前做过手术")
    assert may_read_private(alice, case)

    eve_holds_it()
    case = CorrectionRequest.objects.get(pk=case.pk)

    assert not may_read_private(eve, case)
    assert may_read_private(li, case)


def test_next_holder_gets_no_receipt_of_before(
    alice: User, record: StudentRecord, eve: User, li: User, eve_holds_it
) -> None:
    assert record.binding.identity.user == alice
    now = Binding.objects.get(record=record).bound_at
    visit = make_counter_visit(record, li, at=now + timedelta(days=1))
    eve_holds_it()
    Binding.objects.filter(record=record).update(bound_at=now + timedelta(days=2))
    later = make_counter_visit(record, li, at=now + timedelta(days=3))

    assert list(visits_visible_to(eve)) == [later]
    assert set(visits_visible_to(li)) == {visit, later}


@pytest.fixture
def later(now: datetime) -> datetime:
    """When the record has changed hands."""
    return now + timedelta(days=1)


def bound_since(record: StudentRecord, moment: datetime) -> None:
    Binding.objects.filter(record=record).update(bound_at=moment)


@pytest.mark.parametrize("is_filed", [True, False])
def test_next_holder_does_not_find_the_proofs_of_before(
    is_filed: bool,
    record: StudentRecord,
    stored_proof: StoredFile,
    later: datetime,
    client_of,
    eve_holds_it,
    request: pytest.FixtureRequest,
) -> None:
    """The sweep may file what Alice said when the record is Eve's already."""
    alice, eve, li = (request.getfixturevalue(name) for name in ("alice", "eve", "li"))
    dispute = make_dispute(make_member(record), evidence=stored_proof)
    if is_filed:
        open_due_requests(now=later - timedelta(days=1))
    eve_holds_it()
    bound_since(record, later)
    open_due_requests(now=later)
    case, proof = CorrectionRequest.objects.get(), Evidence.objects.get()
    filed = reverse("corrections:evidence_file", args=[proof.pk])
    reported = reverse("corrections:evidence_reported", args=[dispute.pk])
    found = [
        [client_of(who).get(address).status_code for address in (filed, reported)]
        for who in (eve, alice, li)
    ]

    assert found == [[404, 404], [404, 404], [200, 200]]
    assert not evidence_visible_to(eve, now=later).exists()
    assert not unfiled_evidence_visible_to(eve, now=later).exists()
    page = client_of(eve).get(reverse("corrections:request_page", args=[case.pk]))
    assert (page.status_code, filed in page.content.decode()) == (200, False)


def test_proof_of_a_direct_case_stays_with_who_began_it(
    draft: CorrectionRequest,
    alice: User,
    eve: User,
    record: StudentRecord,
    stored_proof: StoredFile,
    now: datetime,
    later: datetime,
    eve_holds_it,
) -> None:
    proof = Evidence.objects.create(request=draft, file=stored_proof, added_at=now, added_by="本人")
    eve_holds_it()
    bound_since(record, later)
    assert not evidence_visible_to(eve, now=later).exists()

    Binding.objects.filter(record=record).delete()
    bind(record, alice.identity)
    bound_since(record, later)

    assert list(evidence_visible_to(alice, now=later)) == [proof]


def test_what_staff_entered_before_the_record_was_bound_is_the_students(
    alice: User,
    record: StudentRecord,
    stored_proof: StoredFile,
    now: datetime,
    later: datetime,
) -> None:
    dispute = make_dispute(
        make_member(record),
        evidence=stored_proof,
        is_proxy=True,
        proxy_way="PHONE",
        proxy_reason="在外地实习",
        reached_at=now,
    )
    bound_since(record, later)
    open_due_requests(now=later)

    assert list(unfiled_evidence_visible_to(alice, now=later)) == [dispute]
    assert list(evidence_visible_to(alice, now=later)) == [Evidence.objects.get()]


def test_next_holders_own_proof_in_a_case_of_before_is_theirs(
    alice: User,
    eve: User,
    record: StudentRecord,
    stored_proof: StoredFile,
    now: datetime,
    eve_holds_it,
) -> None:
    case = make_request(record, RequestState.RETURNED, submitter=alice)
    eve_holds_it()
    bound_since(record, now - timedelta(days=1))
    proof = Evidence.objects.create(request=case, file=stored_proof, added_at=now, added_by="本人")

    assert list(evidence_visible_to(eve, now=now)) == [proof]
    assert list(proofs_shown_to(eve, case)) == [proof]


def test_case_of_what_a_former_holder_said_is_nobodys_who_holds_the_record_now(
    alice: User, record: StudentRecord, later: datetime, eve_holds_it
) -> None:
    make_dispute(make_member(record))
    eve_holds_it()
    bound_since(record, later)

    open_due_requests(now=later)

    assert CorrectionRequest.objects.get().submitter is None


def test_official_who_holds_the_record_now_leaves_a_trace_at_the_proof(
    alice: User,
    eve: User,
    record: StudentRecord,
    stored_proof: StoredFile,
    now: datetime,
    later: datetime,
    client_of,
    eve_holds_it,
) -> None:
    case = make_request(record)
    proof = Evidence.objects.create(request=case, file=stored_proof, added_at=now, added_by="本人")
    eve_holds_it()
    bound_since(record, later)
    eve.office_roles.create(role=Role.REGISTRAR, granted_at=now, granted_by="测试")

    answer = client_of(eve).get(reverse("corrections:evidence_file", args=[proof.pk]))

    assert answer.status_code == 200
    assert FileView.objects.get().viewer_id == str(eve.pk)


@pytest.mark.parametrize("holder", ["alice", "eve"])
def test_copy_of_the_own_data_holds_the_own_proofs_alone(
    holder: str,
    alice: User,
    eve: User,
    record: StudentRecord,
    stored_proof: StoredFile,
    now: datetime,
    eve_holds_it,
) -> None:
    """Alice's case got one more proof from Eve, who held the record next."""
    case = make_request(record, RequestState.RETURNED)
    mine = Evidence.objects.create(request=case, file=stored_proof, added_at=now, added_by="本人")
    if holder == "eve":
        eve_holds_it()
        bound_since(record, now + timedelta(hours=1))
        resubmit_request(
            request=case,
            note="",
            proofs=[Supplement(proof=make_proof())],
            actor=eve,
            now=now + timedelta(hours=2),
        )

    paths = [item.path for item in correction_items(alice, now)]

    assert [path for path in paths if "证明材料" in path] == [
        f"学籍 {record.student_no}/证明材料 {mine.pk}.jpg"
    ]
