"""What students do with their own cases."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from common import files
from common.errors import InvalidInputError, NotAllowedError
from corrections.models import CorrectionRequest, Evidence
from corrections.services.evidence import Supplement
from corrections.services.own import (
    disagree_with_refusal,
    redraft_request,
    resubmit_request,
    submit_request,
    withdraw_request,
)
from corrections.services.rules import rules_of
from corrections.states import EvidenceFormat, RequestState
from enrollment.models import StudentRecord
from imaging.models import VerificationRound
from tests.factories.corrections import make_proof, make_request
from tests.factories.imaging import FREEZE, make_campaign, make_member

pytestmark = pytest.mark.django_db


def test_resubmit_request_with_a_proof(record: StudentRecord, alice: User, now: datetime) -> None:
    request = make_request(record, RequestState.RETURNED)
    proof = make_proof()

    resubmit_request(
        request=request, note="", proofs=[Supplement(proof=proof)], actor=alice, now=now
    )

    kept = Evidence.objects.get()
    assert (kept.request, kept.added_at, kept.file.encrypted) == (request, now, True)
    with files.open_sealed(kept.file) as content:
        assert content.read() == proof.data


def test_supplements_keep_their_kind_and_follow_its_rule(
    record: StudentRecord, alice: User, now: datetime
) -> None:
    rules = rules_of(record.school, now=now)
    rules.proofs.filter(title="户口本").update(form=EvidenceFormat.PDF)
    request = make_request(record, RequestState.RETURNED, rules=rules)
    card = Supplement(proof=make_proof(), title="身份证")
    book = Supplement(proof=make_proof(), title="户口本", field="evidence_2")

    with pytest.raises(InvalidInputError, match="“户口本”要交PDF") as caught:
        resubmit_request(request=request, note="", proofs=[card, book], actor=alice, now=now)
    unmoved = (CorrectionRequest.objects.get().state, Evidence.objects.count())
    other = Supplement(proof=make_proof())
    resubmit_request(request=request, note="", proofs=[card, other], actor=alice, now=now)

    assert caught.value.field == "evidence_2"
    assert unmoved == (RequestState.RETURNED, 0)
    assert list(request.evidence.order_by("pk").values_list("title", flat=True)) == ["身份证", ""]


def test_reason_that_is_not_public_is_added_and_stays_out_of_the_course(
    record: StudentRecord, alice: User, now: datetime
) -> None:
    request = make_request(record, RequestState.RETURNED, private_note="收养")

    resubmit_request(request=request, note="", private_note="见公证书", actor=alice, now=now)

    request.refresh_from_db()
    assert request.private_note == "收养\n见公证书"
    assert request.steps.get().note == ""


def test_reason_that_is_not_public_is_not_added_to_anothers_case(
    record: StudentRecord, alice: User, eve: User, now: datetime
) -> None:
    request = make_request(record, RequestState.RETURNED, submitter=eve)

    with pytest.raises(NotAllowedError, match="不是你交的"):
        resubmit_request(request=request, note="", private_note="收养", actor=alice, now=now)


def test_resubmit_request_with_nothing(record: StudentRecord, alice: User, now: datetime) -> None:
    request = make_request(record, RequestState.RETURNED)

    with pytest.raises(InvalidInputError, match="补充说明"):
        resubmit_request(request=request, note="  ", actor=alice, now=now)


def test_resubmit_request_eleventh_proof(record: StudentRecord, alice: User, now: datetime) -> None:
    request = make_request(record, RequestState.RETURNED)
    for _ in range(10):
        file = files.store(b"x", kind="evidence", content_type="image/jpeg", now=now, actor=alice)
        Evidence.objects.create(request=request, file=file, added_at=now, added_by="本人")

    with pytest.raises(NotAllowedError, match="最多附 10 份"):
        resubmit_request(
            request=request, note="", proofs=[Supplement(proof=make_proof())], actor=alice, now=now
        )
    request.refresh_from_db()
    assert request.state == RequestState.RETURNED


@pytest.mark.parametrize(("offset", "rounds"), [(-1, 2), (0, 1), (1, 1)])
def test_withdraw_request_asks_again_until_the_sheet_is_final(
    record: StudentRecord, alice: User, offset: int, rounds: int
) -> None:
    request = make_request(record)

    withdraw_request(request=request, actor=alice, now=FREEZE + timedelta(seconds=offset))

    assert request.state == RequestState.WITHDRAWN
    assert VerificationRound.objects.count() == rounds


def test_too_long_note(record: StudentRecord, alice: User, now: datetime) -> None:
    request = make_request(record, RequestState.RETURNED)

    with pytest.raises(InvalidInputError, match="2000"):
        resubmit_request(request=request, note="长" * 2_001, actor=alice, now=now)


def test_draft_is_handed_in_by_its_student_alone(
    record: StudentRecord, alice: User, eve: User, now: datetime
) -> None:
    request = make_request(record, RequestState.DRAFT, submitter=None)

    with pytest.raises(NotAllowedError):
        submit_request(request=request, actor=eve, now=now)
    submit_request(request=request, actor=alice, now=now)

    request.refresh_from_db()
    assert (request.state, request.submitted_at, request.submitter) == (
        RequestState.SUBMITTED,
        now,
        alice,
    )


def test_draft_waits_while_another_case_of_the_kind_is_open(
    record: StudentRecord, alice: User, now: datetime
) -> None:
    make_request(record)
    draft = make_request(
        record, RequestState.DRAFT, member=make_member(record, make_campaign(title="另一批次"))
    )

    with pytest.raises(NotAllowedError, match="没办完的同类勘误单"):
        submit_request(request=draft, actor=alice, now=now)
    draft.refresh_from_db()
    assert draft.state == RequestState.DRAFT


def test_untouched_request_is_completed_as_a_draft(
    record: StudentRecord, alice: User, now: datetime
) -> None:
    request = make_request(record)

    redraft_request(request=request, actor=alice, now=now)
    submit_request(request=request, actor=alice, now=now)

    assert [step.action for step in request.steps.order_by("pk")] == ["REDRAFT", "SUBMIT"]


def test_college_looks_again_after_a_case_was_fetched_back(
    record: StudentRecord, alice: User, chen: User, now: datetime
) -> None:
    request = make_request(
        record, college_reviewer=chen, college_agreed_at=now, college_agreed_by="学院"
    )

    redraft_request(request=request, actor=alice, now=now)

    request.refresh_from_db()
    assert (request.college_reviewer, request.college_agreed_at, request.college_agreed_by) == (
        None,
        None,
        "",
    )


def test_disagreement_is_recorded_once_and_the_refusal_stands(
    record: StudentRecord, alice: User, now: datetime
) -> None:
    request = make_request(record, RequestState.REFUSED)

    disagree_with_refusal(request=request, note="身份证上就是这样", actor=alice, now=now)

    request.refresh_from_db()
    assert (request.state, request.disagreement, request.disagreed_at) == (
        RequestState.REFUSED,
        "身份证上就是这样",
        now,
    )
    with pytest.raises(NotAllowedError, match="已经记下"):
        disagree_with_refusal(request=request, note="再说一次", actor=alice, now=now)
