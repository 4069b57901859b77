"""The moves of a request by college and office, and what each move leaves behind."""

from collections.abc import Callable
from datetime import datetime

import pytest

from accounts.models import User
from accounts.states import Role
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import Channel, OutboxMessage
from common.outbox import rendered
from corrections.models import CorrectionRequest, RequestStep
from corrections.policies import available_actions
from corrections.services.applying import apply_request
from corrections.services.request import (
    approve_request,
    close_request,
    forward_request,
    pull_request,
    refuse_by_province,
    refuse_request,
    report_to_province,
    resume_request,
    return_request,
    send_to_vendor,
    take_request,
    take_request_for_college,
)
from corrections.states import REQUEST, RequestAction, RequestState
from enrollment.models import StudentRecord
from enrollment.states import AssignmentRole
from imaging.models import VerificationRound
from imaging.states import ConclusionKind
from tests.corrections.chain import ACTS, actor_of
from tests.factories import enrolment, people
from tests.factories.corrections import RIGHT_NAME, make_request

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("action", list(ACTS))
def test_second_click_finds_the_first(
    action: RequestAction,
    record: StudentRecord,
    alice: User,
    li: User,
    secretary: User,
    now: datetime,
) -> None:
    is_photo = action in {
        RequestAction.TAKE,
        RequestAction.TO_VENDOR,
        RequestAction.TO_RECAPTURE,
    }
    state = {
        RequestAction.APPLY: RequestState.APPROVED,
        RequestAction.CLOSE: RequestState.RECHECK,
        RequestAction.PULL: RequestState.SUBMITTED,
        RequestAction.RETURN: RequestState.OFFICE_REVIEW,
        RequestAction.TO_VENDOR: RequestState.OFFICE_REVIEW,
        RequestAction.TO_RECAPTURE: RequestState.OFFICE_REVIEW,
    }.get(action) or next(iter(REQUEST.transitions[action].sources))
    kind = ConclusionKind.PHOTO if is_photo else ConclusionKind.DATA
    request = make_request(record, state, kind)
    stale = CorrectionRequest.objects.get(pk=request.pk)
    actor = actor_of(action, alice=alice, li=li, secretary=secretary)

    ACTS[action](request, actor, now)
    steps = RequestStep.objects.count()

    with pytest.raises(StaleStateError):
        ACTS[action](stale, actor, now)
    assert RequestStep.objects.count() == steps
    assert VerificationRound.objects.count() <= 2


def test_nobody_decides_on_the_own_request(
    record: StudentRecord, alice: User, now: datetime
) -> None:
    registrar = people.make_staff(Role.REGISTRAR, "both@example.test")
    request = make_request(record, submitter=registrar)

    with pytest.raises(NotAllowedError, match="自己的勘误"):
        take_request(request=request, actor=registrar, now=now)
    assert available_actions(registrar, request, now=now) == []


def test_registrar_bound_to_the_record_may_not_take_it(
    record: StudentRecord, alice: User, now: datetime
) -> None:
    alice.office_roles.create(role=Role.REGISTRAR, granted_at=now, granted_by="测试")
    both = User.objects.get(pk=alice.pk)
    request = make_request(record, submitter=None)

    with pytest.raises(NotAllowedError, match="自己的勘误"):
        take_request(request=request, actor=both, now=now)


def test_take_request_names_the_handler(record: StudentRecord, li: User, now: datetime) -> None:
    request = take_request(request=make_request(record), actor=li, now=now)

    request.refresh_from_db()
    assert (request.state, request.handler) == (RequestState.OFFICE_REVIEW, li)


@pytest.mark.parametrize(
    "action", [RequestAction.RETURN, RequestAction.APPLY, RequestAction.REFUSE]
)
def test_office_must_write_an_answer(
    action: RequestAction, record: StudentRecord, li: User, now: datetime
) -> None:
    state = RequestState.APPROVED if action is RequestAction.APPLY else RequestState.OFFICE_REVIEW
    request = make_request(record, state)
    blank: dict[RequestAction, Callable[[], CorrectionRequest]] = {
        RequestAction.RETURN: lambda: return_request(request=request, note=" ", actor=li, now=now),
        RequestAction.APPLY: lambda: apply_request(request=request, answer="", actor=li, now=now),
        RequestAction.REFUSE: lambda: refuse_request(
            request=request, answer="\n", actor=li, now=now
        ),
    }

    with pytest.raises(InvalidInputError):
        blank[action]()


def test_refuse_request_keeps_record_and_conclusion(
    record: StudentRecord, alice: User, li: User, now: datetime
) -> None:
    request = make_request(record, RequestState.OFFICE_REVIEW)

    refuse_request(request=request, answer="与公安信息一致", actor=li, now=now)

    record.refresh_from_db()
    assert record.name == "沈若溪"
    assert VerificationRound.objects.count() == 1
    told = OutboxMessage.objects.filter(template="correction_refused", user=alice)
    assert sorted(row.channel for row in told) == [Channel.EMAIL, Channel.NOTICE]


def test_messages_never_hold_the_answer(
    record: StudentRecord, alice: User, li: User, now: datetime
) -> None:
    request = make_request(record, RequestState.OFFICE_REVIEW)

    refuse_request(request=request, answer="身份证是 990101188603120011", actor=li, now=now)

    params = [row.params for row in OutboxMessage.objects.filter(template="correction_refused")]
    assert (
        params
        == [
            {
                "campaign": "2026 届毕业图像校对",
                "request_id": request.pk,
                "kind": "学籍信息",
                "changes": [{"label": "姓名", "original": "沈*溪", "proposed": "沈*谿"}],
                "state": "未采纳",
                "office": "教务处",
            }
        ]
        * 2
    )


def test_college_looks_first(
    record: StudentRecord, alice: User, secretary: User, li: User, now: datetime
) -> None:
    request = make_request(record)
    assert available_actions(li, request, now=now) == [RequestAction.PULL]

    take_request_for_college(request=request, actor=secretary, now=now)
    forward_request(request=request, note="与户口本一致", actor=secretary, now=now)

    request.refresh_from_db()
    assert (request.state, request.college_reviewer, request.college_agreed_at) == (
        RequestState.OFFICE_REVIEW,
        secretary,
        now,
    )
    assert request.holder is None
    assert request.steps.get(action=RequestAction.FORWARD).note == "与户口本一致"


def test_office_takes_at_once_where_the_college_has_nobody(
    record: StudentRecord, li: User, now: datetime
) -> None:
    request = make_request(record)

    assert RequestAction.TAKE in available_actions(li, request, now=now)
    assert RequestAction.PULL not in available_actions(li, request, now=now)


def test_office_passes_over_a_slow_college_with_a_reason(
    record: StudentRecord, secretary: User, li: User, now: datetime
) -> None:
    request = make_request(record)
    take_request_for_college(request=request, actor=secretary, now=now)

    with pytest.raises(InvalidInputError, match="为什么不等学院"):
        pull_request(request=request, reason=" ", actor=li, now=now)
    pull_request(request=request, reason="学院十天没有核实", actor=li, now=now)

    assert (request.state, request.holder) == (RequestState.OFFICE_REVIEW, li)


def test_returned_by_the_office_comes_back_to_the_office(
    record: StudentRecord, alice: User, secretary: User, li: User, now: datetime
) -> None:
    request = make_request(
        record,
        college_reviewer=secretary,
        college_agreed_at=now,
        college_agreed_by=secretary.actor_label,
    )

    take_request(request=request, actor=li, now=now)

    assert request.state == RequestState.OFFICE_REVIEW


def test_secretary_of_another_college_does_nothing(
    record: StudentRecord, secretary: User, now: datetime
) -> None:
    other = people.make_user()
    stranger = enrolment.make_class("法学 2201 班", college=enrolment.make_college("法学院"))
    enrolment.assign(other, AssignmentRole.COLLEGE_SECRETARY, college=stranger.college)

    assert available_actions(other, make_request(record), now=now) == []


def test_who_reviewed_for_the_college_does_not_decide_for_the_office(
    record: StudentRecord, li: User, now: datetime
) -> None:
    request = make_request(
        record,
        RequestState.OFFICE_REVIEW,
        college_reviewer=li,
        college_agreed_at=now,
        college_agreed_by=li.actor_label,
    )

    with pytest.raises(NotAllowedError, match="另一个人办理"):
        refuse_request(request=request, answer="不对", actor=li, now=now)
    assert available_actions(li, request, now=now) == []


def test_key_field_goes_to_the_province_and_comes_back_to_a_second_official(
    record: StudentRecord, li: User, now: datetime
) -> None:
    second = people.make_staff(Role.REGISTRAR, "zhao@example.test")
    request = make_request(record, RequestState.OFFICE_REVIEW)
    report_to_province(request=request, note="材料齐全", actor=li, now=now)
    approve_request(request=request, approval="教学批 12 号", actor=li, now=now)

    with pytest.raises(NotAllowedError, match="另一个人"):
        apply_request(request=request, answer="已更正", actor=li, now=now)
    assert RequestAction.APPLY not in available_actions(li, request, now=now)
    apply_request(request=request, answer="已更正", actor=second, now=now)

    record.refresh_from_db()
    assert record.name == RIGHT_NAME
    assert request.approval == "教学批 12 号"
    assert request.first_official == li


def test_key_field_is_not_entered_without_the_province(
    record: StudentRecord, li: User, now: datetime
) -> None:
    request = make_request(record, RequestState.OFFICE_REVIEW)

    with pytest.raises(NotAllowedError, match="先报省里审批"):
        apply_request(request=request, answer="已更正", actor=li, now=now)
    record.refresh_from_db()
    assert record.name == "沈若溪"


def test_province_refuses(record: StudentRecord, alice: User, li: User, now: datetime) -> None:
    request = make_request(record, RequestState.AWAITING_PROVINCE)

    refuse_by_province(request=request, answer="材料日期早于入学", actor=li, now=now)

    assert (request.state, request.answer, request.decided_at) == (
        RequestState.REFUSED,
        "材料日期早于入学",
        now,
    )
    told = OutboxMessage.objects.get(template="correction_refused", channel=Channel.EMAIL)
    assert (told.user, told.params["office"]) == (alice, "省里")
    assert "省里没有批准" in rendered(told)[1]


def test_waiting_for_the_capture_unit_tells_the_student(
    record: StudentRecord, alice: User, li: User, now: datetime
) -> None:
    request = make_request(record, RequestState.OFFICE_REVIEW, ConclusionKind.PHOTO)

    send_to_vendor(request=request, note="请采集单位找原片", actor=li, now=now)
    told = OutboxMessage.objects.get(template="correction_moved")
    resume_request(request=request, note="原片找不到", actor=li, now=now)

    assert (told.user, told.params["state"]) == (alice, "等采集单位处理")
    assert (request.state, request.holder) == (RequestState.OFFICE_REVIEW, li)


def test_office_waits_no_longer_for_the_second_check(
    record: StudentRecord, li: User, now: datetime
) -> None:
    request = make_request(record, RequestState.RECHECK)

    close_request(request=request, note="学生已离校", actor=li, now=now)

    assert (request.state, request.closed_at) == (RequestState.CLOSED, now)
