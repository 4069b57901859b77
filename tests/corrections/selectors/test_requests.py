"""What a student finds of the own reports and requests, and who may open a proof."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from corrections.models import CorrectionRequest, Evidence, RequestStep
from corrections.selectors import (
    asked_for,
    asks_again,
    evidence_visible_to,
    open_requests,
    refused_by_province,
    reported_of,
    request_changes,
    request_timeline,
    requests_awaiting_office,
    requests_of,
    unfiled_evidence_visible_to,
)
from corrections.services.applying import apply_request
from corrections.services.own import resubmit_request
from corrections.services.request import (
    refuse_by_province,
    refuse_request,
    return_request,
    take_request,
    take_request_for_college,
)
from corrections.services.sweep import open_due_requests
from corrections.states import UNDECIDED, WORKED_ON, RequestState
from enrollment.models import ClassGroup, StudentRecord
from enrollment.states import AssignmentRole
from imaging.states import Conclusion, ConclusionKind
from tests.factories import enrolment, people
from tests.factories.corrections import RIGHT_NAME, lock_of, make_dispute, make_request
from tests.factories.imaging import make_campaign, make_conclusion, make_member

pytestmark = pytest.mark.django_db


def test_reported_from_report_to_request(alice: User, record: StudentRecord) -> None:
    dispute = make_dispute(make_member(record))
    lock = lock_of(dispute)

    def found(at: datetime) -> list[tuple[str, str]]:
        return [(item.status, item.note) for item in reported_of(alice, now=at)]

    when = "6月3日（星期三）10:00"
    assert found(lock - timedelta(seconds=1)) == [("已报告", f"{when} 锁定，此前可以撤回或改")]
    assert found(lock) == [("已锁定", f"{when} 已锁定，勘误单即将建立")]
    assert not CorrectionRequest.objects.exists()
    open_due_requests(now=lock)
    assert found(lock) == []


def test_requests_are_the_own_ones(
    alice: User, monitor: User, record: StudentRecord, class_group: ClassGroup
) -> None:
    own = make_request(record)
    make_request(enrolment.make_record(class_group=class_group, name="江未"))

    assert list(requests_of(alice)) == [own]
    assert list(requests_of(monitor)) == []


def test_requests_of_the_office(class_group: ClassGroup, now: datetime) -> None:
    for state in RequestState:
        make_request(enrolment.make_record(class_group=class_group), state)

    assert {row.state for row in open_requests()} == UNDECIDED
    assert {row.state for row in requests_awaiting_office()} == WORKED_ON


def test_timeline_tells_the_way(
    alice: User, li: User, record: StudentRecord, now: datetime
) -> None:
    request = make_request(record)
    take_request(request=request, actor=li, now=now)
    return_request(request=request, note="附户口本", actor=li, now=now + timedelta(hours=1))

    steps = request_timeline(request)

    assert [(step.label, step.state) for step in steps] == [
        ("报告有误", "done"),
        ("锁定，勘误单建立", "lock"),
        ("教务处受理", "done"),
        ("退回补充", "done"),
        ("等补充材料", "now"),
        ("继续核实", "todo"),
    ]
    assert steps[3].note == "6月12日（星期五）15:32，附户口本"


def test_timeline_of_a_refused_request_breaks(record: StudentRecord, now: datetime) -> None:
    request = make_request(record, RequestState.REFUSED)
    RequestStep.objects.create(
        request=request, action="REFUSE", note="一致", acted_at=now, acted_by="李老师"
    )

    assert [(step.label, step.state) for step in request_timeline(request)][-1] == (
        "未采纳",
        "broken",
    )


def test_asked_for_while_it_is_returned(
    li: User, record: StudentRecord, now: datetime, alice: User
) -> None:
    request = make_request(record, RequestState.OFFICE_REVIEW)
    assert asked_for(request) == ("", "")

    return_request(request=request, note="附户口本", actor=li, now=now)
    assert asked_for(request) == ("附户口本", "教务处")

    resubmit_request(request=request, note="见附件", actor=alice, now=now)
    assert asked_for(request) == ("", "")


def test_college_asks_in_its_own_name(
    secretary: User, record: StudentRecord, now: datetime, alice: User
) -> None:
    request = take_request_for_college(request=make_request(record), actor=secretary, now=now)

    return_request(request=request, note="附户口本", actor=secretary, now=now)

    assert asked_for(request) == ("附户口本", "学院")


def test_province_refuses_and_the_office_does_not(
    li: User, record: StudentRecord, now: datetime, alice: User
) -> None:
    request = make_request(record, RequestState.AWAITING_PROVINCE)
    refuse_by_province(request=request, answer="材料不全", actor=li, now=now)
    member = make_member(record, make_campaign(title="另一批次"))
    other = make_request(record, RequestState.OFFICE_REVIEW, member=member)
    refuse_request(request=other, answer="与户口本一致", actor=li, now=now)

    assert (refused_by_province(request), refused_by_province(other)) == (True, False)


def test_changes_write_dates_as_the_record_does(record: StudentRecord) -> None:
    dispute = make_dispute(
        make_member(record), wrong_fields=["birth_date"], proposed={"birth_date": "1886-3-13"}
    )
    (change,) = request_changes(make_request(record, conclusion=dispute))

    assert (change.original, change.proposed) == ("1886年03月12日", "1886年03月13日")


def test_changes_masked_unless_whole(record: StudentRecord) -> None:
    right = "990101188603120011"
    dispute = make_dispute(
        make_member(record), wrong_fields=["id_number"], proposed={"id_number": right}
    )
    request = make_request(record, conclusion=dispute)

    assert request_changes(request)[0].proposed == "99**************11"
    whole = request_changes(request, whole_number=True)[0]
    assert (whole.original, whole.proposed) == (record.id_number, right)


def test_asks_again_after_the_correction(
    alice: User, li: User, record: StudentRecord, now: datetime
) -> None:
    request = make_request(record, RequestState.APPROVED)
    assert not asks_again(request)

    apply_request(request=request, answer="已更正", actor=li, now=now)

    assert request_changes(request)[0].proposed == RIGHT_NAME
    assert asks_again(request)


def test_direct_case_asks_again_in_the_running_campaign(
    alice: User, li: User, record: StudentRecord, now: datetime
) -> None:
    make_conclusion(make_member(record), ConclusionKind.DATA, Conclusion.PENDING)
    request = CorrectionRequest(record=record, kind=ConclusionKind.DATA)

    found = {}
    for state in (RequestState.RECHECK, RequestState.CLOSED, RequestState.OFFICE_REVIEW):
        request.state = state
        found[state] = asks_again(request)

    assert [state for state, asks in found.items() if asks] == [RequestState.RECHECK]


WHO_OPENS = {
    "alice": True,
    "monitor": False,
    "chen": True,
    "secretary": True,
    "leader": True,
    "li": True,
    "auditor": True,
    "eve": False,
}


@pytest.mark.parametrize(("name", "may"), WHO_OPENS.items())
def test_who_may_open_a_proof(
    name: str,
    may: bool,
    alice: User,
    record: StudentRecord,
    stored_proof,
    now: datetime,
    request: pytest.FixtureRequest,
) -> None:
    viewer = request.getfixturevalue(name)
    dispute = make_dispute(make_member(record), evidence=stored_proof)

    assert unfiled_evidence_visible_to(viewer, now=now).exists() is may
    assert not evidence_visible_to(viewer, now=now).exists()

    open_due_requests(now=now)
    assert list(evidence_visible_to(viewer, now=now)) == (
        [Evidence.objects.get(request__conclusion=dispute)] if may else []
    )


def test_proof_is_closed_to_the_counsellor_of_another_class(
    record: StudentRecord, stored_proof, now: datetime
) -> None:
    make_dispute(make_member(record), evidence=stored_proof)
    open_due_requests(now=now)
    other = people.make_user()
    enrolment.assign(
        other, AssignmentRole.COUNSELLOR, class_group=enrolment.make_class("法学 2201 班")
    )

    assert not evidence_visible_to(other, now=now).exists()


def test_purged_proof_is_gone(
    record: StudentRecord, alice: User, stored_proof, now: datetime
) -> None:
    make_dispute(make_member(record), evidence=stored_proof)
    open_due_requests(now=now)
    stored_proof.purged_at = now
    stored_proof.save()

    assert not evidence_visible_to(alice, now=now).exists()
