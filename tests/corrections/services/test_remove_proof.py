"""A proof is removed from a draft by its owner: row, bytes and name go, the trail and the proof of erasure stay."""

from datetime import datetime

import pytest
from django.core.files.storage import default_storage

from accounts.models import User
from common.errors import NotAllowedError, StaleStateError
from common.models import AuditEvent, PurgeProof, StoredFile
from corrections.models import CorrectionRequest, Evidence
from corrections.services.drafting import (
    add_proof,
    begin_draft,
    hand_in,
    missing_of,
    remove_proof,
    save_draft,
)
from corrections.services.own import redraft_request
from corrections.services.retention import EVIDENCE_RULE
from corrections.states import RequestState
from enrollment.models import Binding, StudentRecord
from tests.factories.corrections import make_dispute, make_proof, make_request
from tests.factories.enrolment import bind
from tests.factories.imaging import make_member
from tests.factories.people import make_identity, make_number
from tests.factories.racing import together

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


@pytest.fixture
def draft(record: StudentRecord, alice: User, now: datetime) -> CorrectionRequest:
    """A draft on the data of Alice's record, complete but for its proofs."""
    found = begin_draft(record=record, kind="DATA", actor=alice, now=now)
    save_draft(
        draft=found,
        values={"political_status": "共青团员"},
        reasons=[],
        note="今年入团",
        private_note="",
        actor=alice,
        now=now,
    )
    return found


@pytest.fixture
def proof(draft: CorrectionRequest, alice: User, now: datetime) -> Evidence:
    """What Alice chose by mistake."""
    return add_proof(draft=draft, proof=make_proof(), title="户口本", actor=alice, now=now)


def test_bytes_and_name_are_gone_and_the_trail_says_so(
    draft: CorrectionRequest, proof: Evidence, alice: User, now: datetime
) -> None:
    key = proof.file.key
    assert default_storage.exists(key)

    remove_proof(proof=proof, actor=alice, now=now)

    file = StoredFile.objects.get()
    assert not default_storage.exists(key)
    assert (file.purged_at, file.original_name) == (now, None)
    assert not Evidence.objects.exists()
    erased = PurgeProof.objects.get()
    assert (erased.kind, erased.sha256, erased.erased_at) == ("证明材料", file.sha256, now)
    event = AuditEvent.objects.get(action="correction.proof_removed")
    assert (event.actor_id, event.object_id) == (alice.actor_id, str(draft.pk))
    assert event.details == {"sha256": file.sha256}


def test_another_one_takes_its_place(
    draft: CorrectionRequest, proof: Evidence, alice: User, now: datetime
) -> None:
    remove_proof(proof=proof, actor=alice, now=now)
    add_proof(draft=draft, proof=make_proof(), title="户口本", actor=alice, now=now)

    assert missing_of(draft) == []
    hand_in(draft=draft, actor=alice, now=now)
    assert draft.evidence.count() == 1


def test_removed_twice_is_told(proof: Evidence, alice: User, now: datetime) -> None:
    other = Evidence.objects.select_related("request", "file").get()
    remove_proof(proof=proof, actor=alice, now=now)

    with pytest.raises(StaleStateError, match="已经删掉了"):
        remove_proof(proof=other, actor=alice, now=now)
    assert PurgeProof.objects.count() == 1


def test_what_was_handed_in_stays(
    draft: CorrectionRequest, proof: Evidence, alice: User, now: datetime
) -> None:
    """The other window still shows the draft."""
    other = Evidence.objects.select_related("request__record", "file").get()
    hand_in(draft=draft, actor=alice, now=now)

    for held in (proof, other):
        with pytest.raises(StaleStateError, match="已经提交"):
            remove_proof(proof=held, actor=alice, now=now)
    assert default_storage.exists(proof.file.key)


@pytest.mark.parametrize("name", ["eve", "monitor", "chen", "li"])
def test_only_its_student_removes_it(
    name: str, proof: Evidence, now: datetime, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(NotAllowedError):
        remove_proof(proof=proof, actor=request.getfixturevalue(name), now=now)

    assert default_storage.exists(proof.file.key)


def test_next_holder_does_not_remove_it(
    proof: Evidence, record: StudentRecord, eve: User, now: datetime
) -> None:
    Binding.objects.filter(record=record).delete()
    bind(record, make_identity(eve, number=make_number(778)))
    held = Evidence.objects.get()

    with pytest.raises(NotAllowedError):
        remove_proof(proof=held, actor=eve, now=now)


def test_what_came_with_the_report_stays_with_it(
    record: StudentRecord, alice: User, stored_proof: StoredFile, now: datetime
) -> None:
    dispute = make_dispute(make_member(record), evidence=stored_proof)
    case = make_request(record, conclusion=dispute)
    filed = Evidence.objects.create(request=case, file=stored_proof, added_at=now, added_by="本人")
    redraft_request(request=case, actor=alice, now=now)
    added = add_proof(draft=case, proof=make_proof(), title="", actor=alice, now=now)

    with pytest.raises(NotAllowedError, match="不能单独删"):
        remove_proof(proof=filed, actor=alice, now=now)
    remove_proof(proof=added, actor=alice, now=now)

    assert list(case.evidence.all()) == [filed]


def test_erasing_that_broke_off_is_ended_by_the_rule(
    proof: Evidence, alice: User, now: datetime
) -> None:
    """As if the machine had stopped between the two."""
    Evidence.objects.all().delete()
    StoredFile.objects.update(retain_until=now)

    assert EVIDENCE_RULE.erase(now, 10) == 1

    assert not default_storage.exists(proof.file.key)


@pytest.mark.django_db(transaction=True)
def test_removing_against_handing_in(
    draft: CorrectionRequest, proof: Evidence, alice: User, now: datetime
) -> None:
    rows = Evidence.objects.select_related("request__record__school", "file")
    mine, other = rows.get(), rows.get()

    told = together(
        [
            lambda: remove_proof(proof=mine, actor=alice, now=now),
            lambda: hand_in(draft=other.request, actor=alice, now=now),
        ]
    )

    draft.refresh_from_db()
    is_removed = told[0] == ""
    assert draft.state == RequestState.SUBMITTED
    assert Evidence.objects.exists() is not is_removed
    assert default_storage.exists(proof.file.key) is not is_removed
