"""Putting it right: what is entered, who is asked again, and how the case ends."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from common.errors import InvalidInputError, NotAllowedError
from common.models import Channel, OutboxMessage
from common.outbox import rendered
from corrections.models import CorrectionRequest, RequestStep
from corrections.services.applying import apply_request
from corrections.services.recheck import close_rechecked
from corrections.states import RequestState
from enrollment.models import Amendment, StudentRecord
from imaging.models import VerificationConclusion, VerificationRound
from imaging.services.rounds import reopen_round
from imaging.states import Conclusion, ConclusionKind, RoundCause
from tests.factories.corrections import RIGHT_NAME, make_dispute, make_request
from tests.factories.imaging import make_conclusion, make_member, make_photo

pytestmark = pytest.mark.django_db


def test_apply_request_amends_and_asks_again(
    record: StudentRecord, alice: User, li: User, now: datetime
) -> None:
    request = make_request(record, RequestState.APPROVED)

    apply_request(request=request, answer="姓名已更正", actor=li, now=now)

    record.refresh_from_db()
    assert record.name == RIGHT_NAME
    assert Amendment.objects.get().new_value == RIGHT_NAME
    assert request.fields.get().is_applied
    request.refresh_from_db()
    assert request.state == RequestState.RECHECK
    assert (request.answer, request.decided_at, request.decided_by) == (
        "姓名已更正",
        now,
        li.actor_label,
    )
    again = VerificationRound.objects.get(is_current=True)
    assert (again.round_no, again.cause) == (2, RoundCause.CORRECTED)
    assert again.conclusions.get(kind=ConclusionKind.DATA).state == Conclusion.PENDING
    told = OutboxMessage.objects.filter(template="correction_applied", user=alice)
    assert [row.channel for row in told] == [Channel.NOTICE]


def test_apply_request_of_a_field_that_is_no_key_field_asks_again_too(
    record: StudentRecord, li: User, now: datetime
) -> None:
    member = make_member(record)
    photo = make_photo(record)
    make_conclusion(member, ConclusionKind.PHOTO)
    dispute = make_dispute(
        member, wrong_fields=["political_status"], proposed={"political_status": "共青团员"}
    )
    request = make_request(record, RequestState.OFFICE_REVIEW, member=member, conclusion=dispute)

    apply_request(request=request, answer="已更正", actor=li, now=now)

    rows = {row.kind: row for row in VerificationConclusion.objects.filter(round__is_current=True)}
    assert rows["DATA"].state == Conclusion.PENDING
    assert (rows["PHOTO"].state, rows["PHOTO"].seen_photo) == (Conclusion.CORRECT, photo)


def test_apply_request_takes_only_the_accepted_values(
    record: StudentRecord, alice: User, li: User, now: datetime
) -> None:
    dispute = make_dispute(
        make_member(record),
        wrong_fields=["name", "entry_grade"],
        proposed={"name": RIGHT_NAME, "entry_grade": "二〇二一"},
    )
    request = make_request(record, RequestState.OFFICE_REVIEW, conclusion=dispute)

    apply_request(
        request=request,
        answer="已改",
        values={"entry_grade": "2021"},
        refusals={"name": "与户口本一致"},
        actor=li,
        now=now,
    )

    record.refresh_from_db()
    assert (record.name, record.entry_grade) == ("沈若溪", 2021)
    applied = {row.field: (row.is_applied, row.refusal) for row in request.fields.all()}
    assert applied == {"name": (False, "与户口本一致"), "entry_grade": (True, None)}
    told = OutboxMessage.objects.get(template="correction_applied")
    subject, text = rendered(told)
    assert subject == "学籍信息部分已更正，请再核对一次"
    assert "姓名：原来 沈*溪，应为 沈*谿（未采纳）" in text
    assert "（已采纳）" in text
    assert "与户口本一致" not in text


def test_apply_request_unreadable_value_changes_nothing(
    record: StudentRecord, li: User, now: datetime
) -> None:
    dispute = make_dispute(
        make_member(record), wrong_fields=["birth_date"], proposed={"birth_date": "三月十三"}
    )
    request = make_request(record, RequestState.APPROVED, conclusion=dispute)

    with pytest.raises(InvalidInputError) as caught:
        apply_request(request=request, answer="已改", actor=li, now=now)

    assert caught.value.field == "birth_date"
    request.refresh_from_db()
    assert request.state == RequestState.APPROVED
    assert RequestStep.objects.count() == 0


def test_apply_request_already_right_in_the_record(
    record: StudentRecord, li: User, now: datetime
) -> None:
    request = make_request(record, RequestState.APPROVED)
    StudentRecord.objects.filter(pk=record.pk).update(name=RIGHT_NAME)
    request = CorrectionRequest.objects.get(pk=request.pk)

    apply_request(request=request, answer="名册已更新", actor=li, now=now)

    assert request.fields.get().is_applied
    assert not Amendment.objects.exists()


@pytest.mark.parametrize(
    ("values", "message"), [({}, "至少采纳一个字段"), ({"sex": "男"}, "没有这些字段")]
)
def test_apply_request_refuses_odd_values(
    record: StudentRecord, li: User, now: datetime, values: dict[str, str], message: str
) -> None:
    request = make_request(record, RequestState.APPROVED)

    with pytest.raises(InvalidInputError, match=message):
        apply_request(request=request, answer="已改", values=values, actor=li, now=now)


def test_apply_request_of_a_photo_needs_another_photo(
    record: StudentRecord, li: User, now: datetime
) -> None:
    make_photo(record)
    request = make_request(record, RequestState.OFFICE_REVIEW, ConclusionKind.PHOTO)

    with pytest.raises(NotAllowedError, match="换上对的照片"):
        apply_request(request=request, answer="已换照片", actor=li, now=now)

    make_photo(record)
    apply_request(request=request, answer="已换照片", actor=li, now=now)
    assert request.state in {RequestState.RECHECK, RequestState.CLOSED}


def test_apply_request_of_a_missing_photo_once_it_came(
    record: StudentRecord, li: User, now: datetime
) -> None:
    request = make_request(record, RequestState.OFFICE_REVIEW, ConclusionKind.PHOTO)
    make_photo(record)

    apply_request(request=request, answer="照片已找到", actor=li, now=now)

    assert request.state in {RequestState.RECHECK, RequestState.CLOSED}


def test_student_whose_round_waits_anyway_gets_the_mail_of_the_case(
    record: StudentRecord, alice: User, li: User, now: datetime
) -> None:
    request = make_request(record, RequestState.APPROVED)
    reopen_round(
        member=record.memberships.get(),
        kinds=frozenset({ConclusionKind.DATA}),
        cause=RoundCause.REOPENED,
        reason="测试",
        actor=li,
        now=now,
    )
    request = CorrectionRequest.objects.get(pk=request.pk)

    apply_request(request=request, answer="已更正", actor=li, now=now)

    told = OutboxMessage.objects.filter(template="correction_applied", user=alice)
    assert request.state == RequestState.RECHECK
    assert {row.channel for row in told} == {Channel.EMAIL, Channel.NOTICE}


def test_apply_request_approved_value_is_entered_as_approved(
    record: StudentRecord, li: User, now: datetime
) -> None:
    request = make_request(record, RequestState.APPROVED)

    with pytest.raises(NotAllowedError, match="照批准的填"):
        apply_request(request=request, answer="已改", values={"name": "沈若曦"}, actor=li, now=now)


def test_case_without_anybody_to_ask_is_closed_at_once(
    record: StudentRecord, alice: User, li: User, now: datetime
) -> None:
    member = make_member(record)
    request = make_request(record, RequestState.APPROVED, member=member)
    member.removed_at, member.removed_by = now, "测试"
    member.save()
    request = CorrectionRequest.objects.get(pk=request.pk)

    apply_request(request=request, answer="已更正", actor=li, now=now)

    assert (request.state, request.closed_at) == (RequestState.CLOSED, now)
    told = OutboxMessage.objects.filter(template__startswith="correction_", user=alice).order_by(
        "channel"
    )
    assert [(row.template, row.channel) for row in told] == [
        ("correction_closed", Channel.EMAIL),
        ("correction_closed", Channel.NOTICE),
    ]
    subject, text = rendered(told[0])
    assert subject == "学籍信息已更正，勘误已办结"
    assert "请再核对一次" not in text
    assert "现在不用再核对" in text
    assert "姓名：原来 沈*溪，应为 沈*谿（已采纳）" in text


@pytest.mark.parametrize(("offset", "closed"), [(-1, 0), (0, 1), (1, 1)])
def test_case_is_closed_when_the_second_check_locks(
    record: StudentRecord, alice: User, li: User, now: datetime, offset: int, closed: int
) -> None:
    request = make_request(record, RequestState.APPROVED)
    apply_request(request=request, answer="已更正", actor=li, now=now)
    assert close_rechecked(now=now) == 0
    again = VerificationConclusion.objects.get(round__is_current=True, kind=ConclusionKind.DATA)
    record.refresh_from_db()
    locks_at = now + timedelta(days=1)
    again.state, again.concluded_at, again.concluded_by = Conclusion.CORRECT, now, "本人"
    again.locks_at, again.seen_digest = locks_at, record.key_digest
    again.save()

    assert close_rechecked(now=locks_at + timedelta(seconds=offset)) == closed

    request.refresh_from_db()
    assert (request.state == RequestState.CLOSED) == bool(closed)


def test_case_is_closed_when_the_time_for_the_second_check_is_over(
    record: StudentRecord, li: User, now: datetime
) -> None:
    request = make_request(record, RequestState.APPROVED)
    apply_request(request=request, answer="已更正", actor=li, now=now)
    member = record.memberships.get()

    assert close_rechecked(now=member.sheet_freeze_at) == 1
    assert close_rechecked(now=member.sheet_freeze_at) == 0
