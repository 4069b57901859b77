"""Decisions on many cases: shown first, done case by case, taken back while nothing followed."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from accounts.states import Role
from common import outbox
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent, Channel, OutboxMessage
from common.ratelimit import TooManyError
from corrections.models import (
    BatchedCase,
    CaseBatch,
    CaseStay,
    CorrectionRequest,
    CorrectionRules,
    EvidenceRule,
)
from corrections.services import batch as batch_service
from corrections.services.batch import apply_batch, discard_batch, stage_batch, undo_batch
from corrections.services.holding import hold_request
from corrections.services.own import disagree_with_refusal, resubmit_request
from corrections.services.province.packs import make_province_pack
from corrections.services.request import refuse_request
from corrections.services.terms import enter_states
from corrections.states import EvidenceFormat, EvidenceNeed, RequestAction, RequestState
from corrections.states.batch import (
    BATCH_UNDO_WITHIN,
    BATCHED_FROM,
    CASE_BATCH,
    CaseBatchAction,
    CaseBatchState,
    CaseOutcome,
)
from enrollment.models import StudentRecord
from imaging.states import ConclusionKind
from tests.factories import enrolment, people
from tests.factories.corrections import make_request
from tests.factories.racing import together

pytestmark = pytest.mark.django_db

_A, _S = RequestAction, RequestState
PHOTO_ONLY = {_A.TAKE, _A.TO_VENDOR, _A.TO_RECAPTURE}
TOLD = {_A.RETURN, _A.TO_PROVINCE, _A.TO_ORIGIN, _A.TO_VENDOR, _A.TO_RECAPTURE, _A.REFUSE}


@pytest.fixture
def wang(db: None) -> User:
    """A second registrar."""
    return people.make_staff(Role.REGISTRAR, "wang@example.test")


def case_for(action: RequestAction, record: StudentRecord) -> CorrectionRequest:
    """A case that the action may decide."""
    kind = ConclusionKind.PHOTO if action in PHOTO_ONLY else ConclusionKind.DATA
    return make_request(record, BATCHED_FROM[action], kind)


def staged(action: RequestAction, li: User, now: datetime, *cases: CorrectionRequest) -> CaseBatch:
    pks = [case.pk for case in cases]
    word = "" if action == _A.TAKE else "请看说明"
    return stage_batch(request_ids=pks, action=action, word=word, actor=li, now=now)


def decided(action: RequestAction, li: User, now: datetime, *cases: CorrectionRequest) -> CaseBatch:
    batch = staged(action, li, now, *cases)
    apply_batch(batch=batch, actor=li, now=now)
    for case in cases:
        case.refresh_from_db()
    return batch


def outcomes(batch: CaseBatch) -> list[str]:
    return list(batch.lines.order_by("pk").values_list("outcome", flat=True))


def finding(batch: CaseBatch) -> str:
    return batch.lines.get().finding


@pytest.mark.parametrize("action", list(BATCHED_FROM))
def test_every_action_is_done_and_taken_back(
    action: RequestAction, record: StudentRecord, alice: User, li: User, now: datetime
) -> None:
    case = case_for(action, record)
    batch = staged(action, li, now, case)
    before = (outcomes(batch), CorrectionRequest.objects.get().state)

    done = apply_batch(batch=batch, actor=li, now=now)
    case.refresh_from_db()
    moved = case.state
    undone = undo_batch(batch=batch, reason="点错了", actor=li, now=now)

    case.refresh_from_db()
    assert before == ([CaseOutcome.TAKE], BATCHED_FROM[action])
    assert (done, undone) == (1, 1)
    assert moved != BATCHED_FROM[action]
    assert (case.state, case.handler, case.first_official) == (BATCHED_FROM[action], None, None)
    assert (case.holder, case.answer, case.decided_at, case.closed_at) == (None, None, None, None)
    assert (outcomes(batch), batch.state) == ([CaseOutcome.UNDONE], CaseBatchState.UNDONE)
    taken_back = OutboxMessage.objects.filter(template="correction_taken_back", user=alice)
    assert taken_back.exists() == (action in TOLD)


@pytest.mark.parametrize("state", list(RequestState))
@pytest.mark.parametrize("action", list(BATCHED_FROM))
def test_only_the_one_state_is_decided(
    action: RequestAction, state: RequestState, record: StudentRecord, li: User, now: datetime
) -> None:
    kind = ConclusionKind.PHOTO if action in PHOTO_ONLY else ConclusionKind.DATA
    case = make_request(record, state, kind)
    if state == _S.DRAFT:
        with pytest.raises(InvalidInputError):
            staged(action, li, now, case)
        return

    batch = staged(action, li, now, case)

    fits = state == BATCHED_FROM[action]
    assert outcomes(batch) == [CaseOutcome.TAKE if fits else CaseOutcome.BLOCKED]
    assert apply_batch(batch=batch, actor=li, now=now) == int(fits)
    assert bool(finding(batch)) != fits


def test_one_case_that_refuses_stops_no_other(
    record: StudentRecord, li: User, wang: User, now: datetime
) -> None:
    cases = [
        make_request(record, _S.OFFICE_REVIEW),
        make_request(record, _S.OFFICE_REVIEW, ConclusionKind.PHOTO),
        make_request(enrolment.make_record(student_no="2099000002"), _S.OFFICE_REVIEW),
    ]
    batch = staged(_A.REFUSE, li, now, *cases)
    refuse_request(request=cases[1], answer="先办了", actor=wang, now=now)

    done = apply_batch(batch=batch, actor=li, now=now)

    by_case = dict(batch.lines.values_list("request", "outcome"))
    assert done == 2
    assert [by_case[case.pk] for case in cases] == ["DONE", "BLOCKED", "DONE"]
    assert batch.lines.get(request=cases[1]).finding == "现在是“未采纳”，不能“不予采纳”"
    event = AuditEvent.objects.get(action="casebatch.applied")
    assert event.details == {"action": "REFUSE", "count": 2}
    assert AuditEvent.objects.filter(action="correction.refused", actor_id=li.actor_id).count() == 2


def test_what_came_after_the_preview_was_not_looked_at(
    record: StudentRecord, alice: User, li: User, now: datetime
) -> None:
    case = make_request(record, _S.OFFICE_REVIEW)
    batch = staged(_A.RETURN, li, now, case)
    case.refresh_from_db()
    other = decided(_A.RETURN, li, now, case)
    resubmit_request(request=case, note="已补", actor=alice, now=now)
    CorrectionRequest.objects.update(state=_S.OFFICE_REVIEW)

    assert apply_batch(batch=batch, actor=li, now=now) == 0
    assert outcomes(other) == [CaseOutcome.DONE]
    assert finding(batch) == "看过以后又有了变化，请重新看过再办"


def test_case_in_other_hands_is_left(
    record: StudentRecord, li: User, wang: User, now: datetime
) -> None:
    case = make_request(record, _S.OFFICE_REVIEW)
    hold_request(request=case, actor=wang, now=now)

    batch = staged(_A.REFUSE, li, now, case)

    assert outcomes(batch) == [CaseOutcome.BLOCKED]
    assert "正在办这张勘误单" in finding(batch)


def test_own_case_and_own_college_review_are_left(
    record: StudentRecord, li: User, now: datetime
) -> None:
    own = make_request(record, _S.OFFICE_REVIEW, submitter=li)
    reviewed = make_request(
        enrolment.make_record(student_no="2099000002"),
        _S.OFFICE_REVIEW,
        college_reviewer=li,
        college_agreed_at=now,
        college_agreed_by="测试",
    )

    batch = staged(_A.TO_PROVINCE, li, now, own, reviewed)

    by_case = dict(batch.lines.values_list("request", "finding"))
    assert by_case[own.pk] == "这是你自己的勘误，要由别人办理"
    assert by_case[reviewed.pk] == "学院的核实是你做的，教务处这一步要由另一个人办理"


def test_case_without_its_proof_is_not_reported(
    record: StudentRecord, li: User, now: datetime
) -> None:
    case = make_request(record, _S.OFFICE_REVIEW)
    rules = CorrectionRules.objects.create(
        school=record.school,
        number=1,
        lead="测试",
        key_fields=["name"],
        created_at=now,
        created_by="测试",
    )
    EvidenceRule.objects.create(
        rules=rules,
        field="name",
        title="户口本",
        position=1,
        need=EvidenceNeed.ALWAYS,
        form=EvidenceFormat.EITHER,
    )

    batch = staged(_A.TO_PROVINCE, li, now, case)

    assert finding(batch) == "还缺证明材料：户口本；要报的请单独办"


def test_first_of_two_officials_enters_no_value(
    record: StudentRecord, li: User, now: datetime
) -> None:
    case = make_request(record, _S.OFFICE_REVIEW)

    decided(_A.TO_PROVINCE, li, now, case)

    assert (case.state, case.first_official) == (_S.AWAITING_PROVINCE, li)


@pytest.mark.parametrize("count", [0, 201])
def test_size_is_bounded(count: int, li: User, now: datetime) -> None:
    with pytest.raises(InvalidInputError, match="勾选"):
        stage_batch(
            request_ids=list(range(1, count + 1)), action="TAKE", word="", actor=li, now=now
        )


@pytest.mark.parametrize(("action", "word"), [("APPLY", "改"), ("", "改"), ("REFUSE", " ")])
def test_unknown_action_or_no_word_is_refused(
    action: str, word: str, record: StudentRecord, li: User, now: datetime
) -> None:
    case = make_request(record, _S.OFFICE_REVIEW)

    with pytest.raises(InvalidInputError):
        stage_batch(request_ids=[case.pk], action=action, word=word, actor=li, now=now)
    assert not CaseBatch.objects.exists()


@pytest.mark.parametrize("name", ["alice", "chen", "secretary", "auditor", "eve"])
def test_nobody_else_decides_together(
    name: str, record: StudentRecord, li: User, now: datetime, request: pytest.FixtureRequest
) -> None:
    actor = request.getfixturevalue(name)
    case = make_request(record, _S.OFFICE_REVIEW)
    batch = staged(_A.REFUSE, li, now, case)

    with pytest.raises(NotAllowedError):
        staged(_A.REFUSE, actor, now, case)
    with pytest.raises(NotAllowedError):
        apply_batch(batch=batch, actor=actor, now=now)
    with pytest.raises(NotAllowedError):
        discard_batch(batch=batch, actor=actor, now=now)
    with pytest.raises(NotAllowedError):
        undo_batch(batch=batch, reason="试", actor=actor, now=now)


def test_discarded_batch_decides_nothing(record: StudentRecord, li: User, now: datetime) -> None:
    case = make_request(record, _S.OFFICE_REVIEW)
    batch = staged(_A.REFUSE, li, now, case)
    discard_batch(batch=batch, actor=li, now=now)

    with pytest.raises(StaleStateError):
        apply_batch(batch=batch, actor=li, now=now)
    case.refresh_from_db()
    assert (case.state, outcomes(batch)) == (_S.OFFICE_REVIEW, [])


@pytest.mark.parametrize(("seconds", "open_still"), [(-1, True), (0, False), (1, False)])
def test_undo_has_a_term(
    seconds: int, open_still: bool, record: StudentRecord, li: User, now: datetime
) -> None:
    case = make_request(record, _S.OFFICE_REVIEW)
    batch = decided(_A.REFUSE, li, now, case)
    at = now + BATCH_UNDO_WITHIN + timedelta(seconds=seconds)

    assert batch.is_undoable_at(at) == open_still
    assert CaseBatch.objects.undoable_at(at).exists() == open_still
    if open_still:
        assert undo_batch(batch=batch, reason="点错了", actor=li, now=at) == 1
        return
    with pytest.raises(NotAllowedError, match="满 24 小时"):
        undo_batch(batch=batch, reason="点错了", actor=li, now=at)


def test_what_went_on_is_not_taken_back(
    record: StudentRecord, alice: User, li: User, now: datetime
) -> None:
    went_on = make_request(record, _S.OFFICE_REVIEW)
    lies = make_request(enrolment.make_record(student_no="2099000002"), _S.OFFICE_REVIEW)
    batch = decided(_A.REFUSE, li, now, went_on, lies)
    disagree_with_refusal(request=went_on, note="我不同意", actor=alice, now=now)

    undone = undo_batch(batch=batch, reason="点错了", actor=li, now=now)

    by_case = dict(batch.lines.values_list("request", "finding"))
    went_on.refresh_from_db()
    lies.refresh_from_db()
    assert undone == 1
    assert (went_on.state, lies.state) == (_S.REFUSED, _S.OFFICE_REVIEW)
    assert by_case[went_on.pk] == "后来又办了“不认可答复”"
    event = AuditEvent.objects.get(action="casebatch.undone")
    assert (event.reason, event.details["count"], event.details["kept"]) == ("点错了", 1, 1)


def test_nothing_to_take_back_is_said(
    record: StudentRecord, alice: User, li: User, now: datetime
) -> None:
    case = make_request(record, _S.OFFICE_REVIEW)
    batch = decided(_A.RETURN, li, now, case)
    resubmit_request(request=case, note="已补", actor=alice, now=now)

    with pytest.raises(NotAllowedError, match="没有一张能撤销"):
        undo_batch(batch=batch, reason="点错了", actor=li, now=now)
    batch.refresh_from_db()
    assert (batch.state, finding(batch)) == (CaseBatchState.DONE, "后来又办了“重新提交”")


def test_batch_is_taken_back_once(record: StudentRecord, li: User, now: datetime) -> None:
    case = make_request(record, _S.OFFICE_REVIEW)
    batch = decided(_A.RETURN, li, now, case)
    undo_batch(batch=batch, reason="点错了", actor=li, now=now)

    with pytest.raises(NotAllowedError, match="都撤销过了"):
        undo_batch(batch=batch, reason="点错了", actor=li, now=now)
    assert case.steps.count() == 2


def test_case_decided_before_the_run_broke_off_has_its_own_term(
    record: StudentRecord, li: User, now: datetime
) -> None:
    early = make_request(record, _S.OFFICE_REVIEW)
    late = make_request(enrolment.make_record(student_no="2099000002"), _S.OFFICE_REVIEW)
    batch = staged(_A.REFUSE, li, now, early, late)
    batch_service._move(batch, CaseBatchAction.START)
    batch_service._decide(batch.lines.get(request=early).pk, early.pk, batch, actor=li, now=now)
    apply_batch(batch=batch, actor=li, now=now + timedelta(hours=20))

    at = now + BATCH_UNDO_WITHIN
    assert undo_batch(batch=batch, reason="点错了", actor=li, now=at) == 1

    line = batch.lines.get(request=early)
    assert (line.outcome, line.finding) == (
        CaseOutcome.DONE,
        "办理满 24 小时了，不能再撤销；要改的请单独办理",
    )


def test_second_undo_at_once_is_written_down_too(
    record: StudentRecord, li: User, wang: User, now: datetime
) -> None:
    held = make_request(record, _S.SUBMITTED, ConclusionKind.PHOTO)
    free = make_request(enrolment.make_record(), _S.SUBMITTED, ConclusionKind.PHOTO)
    batch = decided(_A.TAKE, li, now, held, free)
    hold_request(request=held, actor=wang, now=now)
    as_the_other_sees_it = CaseBatch.objects.get(pk=batch.pk)
    undo_batch(batch=batch, reason="点错了", actor=li, now=now)

    later = now + timedelta(hours=3)
    undone = undo_batch(batch=as_the_other_sees_it, reason="也点错了", actor=li, now=later)

    events = AuditEvent.objects.filter(action="casebatch.undone").order_by("pk")
    assert undone == 2
    assert [(event.reason, event.details["kept"]) for event in events] == [
        ("点错了", 1),
        ("也点错了", 0),
    ]


def test_taken_together_is_in_nobodys_hand(record: StudentRecord, li: User, now: datetime) -> None:
    case = make_request(record, _S.SUBMITTED, ConclusionKind.PHOTO)

    decided(_A.TAKE, li, now, case)

    assert (case.state, case.handler, case.holder) == (_S.OFFICE_REVIEW, li, None)
    assert (case.held_at, case.held_by, case.held_until) == (None, "", None)


def test_word_that_nobody_would_read_is_refused(
    record: StudentRecord, li: User, now: datetime
) -> None:
    case = make_request(record, _S.SUBMITTED, ConclusionKind.PHOTO)

    with pytest.raises(InvalidInputError, match="学生看不到"):
        stage_batch(request_ids=[case.pk], action=_A.TAKE, word="请看", actor=li, now=now)


def test_word_to_the_students_does_not_stand_in_the_event_of_the_batch(
    record: StudentRecord, li: User, now: datetime
) -> None:
    decided(_A.REFUSE, li, now, make_request(record, _S.OFFICE_REVIEW))

    assert AuditEvent.objects.get(action="casebatch.applied").reason == ""


def test_packed_case_is_not_taken_back(record: StudentRecord, li: User, now: datetime) -> None:
    case = make_request(record, _S.OFFICE_REVIEW)
    batch = decided(_A.TO_PROVINCE, li, now, case)
    pack = make_province_pack(school=record.school, reason="交省厅", actor=li, now=now)

    with pytest.raises(NotAllowedError):
        undo_batch(batch=batch, reason="点错了", actor=li, now=now)
    assert finding(batch) == f"已经打进{pack}，先作废那一包"


def test_refusal_stays_where_the_student_asked_anew(
    record: StudentRecord, li: User, now: datetime
) -> None:
    case = make_request(record, _S.OFFICE_REVIEW)
    batch = decided(_A.REFUSE, li, now, case)
    CorrectionRequest.objects.create(
        record=record,
        kind=case.kind,
        state=_S.SUBMITTED,
        submitted_at=now,
        submitted_by="本人",
    )

    with pytest.raises(NotAllowedError):
        undo_batch(batch=batch, reason="点错了", actor=li, now=now)
    assert finding(batch) == "学生又交了一张同类的勘误单，那张正在办"


def test_taken_case_in_other_hands_is_taken_back_later(
    record: StudentRecord, li: User, wang: User, now: datetime
) -> None:
    case = make_request(record, _S.SUBMITTED, ConclusionKind.PHOTO)
    batch = decided(_A.TAKE, li, now, case)
    hold_request(request=case, actor=li, now=now)

    with pytest.raises(NotAllowedError):
        undo_batch(batch=batch, reason="点错了", actor=wang, now=now)
    later = now + timedelta(hours=3)

    assert undo_batch(batch=batch, reason="点错了", actor=wang, now=later) == 1


def test_mail_that_has_not_left_is_called_back(
    record: StudentRecord, alice: User, li: User, now: datetime
) -> None:
    case = make_request(record, _S.OFFICE_REVIEW)
    batch = decided(_A.REFUSE, li, now, case)
    undo_batch(batch=batch, reason="点错了", actor=li, now=now)

    mail = OutboxMessage.objects.get(template="correction_refused", channel=Channel.EMAIL)
    told = OutboxMessage.objects.get(template="correction_taken_back")
    subject, body = outbox.rendered(told)
    assert (mail.given_up_at, told.channel) == (now, Channel.NOTICE)
    assert subject == "学籍信息勘误：上一条通知作废"
    assert "“不予采纳”" in body
    assert outbox.deliver_pending(now=now + timedelta(minutes=5)) == 0


def test_mail_that_has_left_is_followed_by_another(
    record: StudentRecord, alice: User, li: User, now: datetime
) -> None:
    case = make_request(record, _S.OFFICE_REVIEW)
    batch = decided(_A.REFUSE, li, now, case)
    outbox.deliver_pending(now=now)

    undo_batch(batch=batch, reason="点错了", actor=li, now=now)

    told = OutboxMessage.objects.filter(template="correction_taken_back")
    assert set(told.values_list("channel", flat=True)) == {Channel.NOTICE, Channel.EMAIL}


def test_mail_that_failed_once_does_not_come_after_the_word_that_it_is_void(
    record: StudentRecord, alice: User, li: User, now: datetime
) -> None:
    case = make_request(record, _S.OFFICE_REVIEW)
    batch = decided(_A.REFUSE, li, now, case)
    mail = OutboxMessage.objects.filter(template="correction_refused", channel=Channel.EMAIL)
    mail.update(attempts=1, due_at=now + timedelta(minutes=2))
    undo_batch(batch=batch, reason="点错了", actor=li, now=now)

    outbox.deliver_pending(now=now + timedelta(minutes=5))

    ended = mail.get()
    told = OutboxMessage.objects.get(template="correction_taken_back", channel=Channel.EMAIL)
    assert (ended.sent_at, ended.last_error) == (None, "已经不需要")
    assert told.sent_at is not None


def test_who_was_told_of_the_step_is_told_that_it_holds_no_more(
    record: StudentRecord, alice: User, li: User, now: datetime
) -> None:
    case = make_request(record, _S.OFFICE_REVIEW)
    batch = decided(_A.REFUSE, li, now, case)
    record.binding.delete()

    undo_batch(batch=batch, reason="点错了", actor=li, now=now)

    assert OutboxMessage.objects.get(template="correction_taken_back").user == alice


def test_undo_wins_no_time(record: StudentRecord, li: User, now: datetime) -> None:
    case = make_request(record, _S.OFFICE_REVIEW)
    enter_states([case], actor=li, now=now - timedelta(days=1))
    due_at = CaseStay.objects.get().due_at
    batch = decided(_A.RETURN, li, now, case)

    undo_batch(batch=batch, reason="点错了", actor=li, now=now + timedelta(hours=20))

    assert CaseStay.objects.current().get().due_at == due_at


def test_undo_leaves_a_late_case_as_late_as_it_was(
    record: StudentRecord, li: User, now: datetime
) -> None:
    case = make_request(record, _S.OFFICE_REVIEW)
    entered_at = now - timedelta(days=60)
    enter_states([case], actor=li, now=entered_at)
    due_at = CaseStay.objects.get().due_at
    batch = decided(_A.RETURN, li, now, case)

    undo_batch(batch=batch, reason="点错了", actor=li, now=now + timedelta(hours=1))

    stay = CaseStay.objects.current().get()
    assert (stay.entered_at, stay.due_at, stay.left_by) == (entered_at, due_at, "")
    assert due_at < now
    assert CaseStay.objects.exclude(left_at=None).get().state == case.state


def test_photo_case_goes_to_the_capture_unit_alone(
    record: StudentRecord, li: User, now: datetime
) -> None:
    case = make_request(record, _S.OFFICE_REVIEW)

    batch = staged(_A.TO_VENDOR, li, now, case)

    assert finding(batch) == "只有照片的勘误走这一步"


def test_broken_off_batch_is_finished_by_the_next_click(
    record: StudentRecord, li: User, now: datetime
) -> None:
    done = make_request(record, _S.OFFICE_REVIEW)
    left = make_request(enrolment.make_record(student_no="2099000002"), _S.OFFICE_REVIEW)
    batch = staged(_A.REFUSE, li, now, done, left)
    batch_service._move(batch, CaseBatchAction.START)
    batch_service._decide(batch.lines.get(request=done).pk, done.pk, batch, actor=li, now=now)

    assert apply_batch(batch=batch, actor=li, now=now) == 2
    assert outcomes(batch) == [CaseOutcome.DONE] * 2
    assert done.steps.count() == 1


def test_click_does_what_a_request_bears_and_the_next_one_goes_on(
    record: StudentRecord, li: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_service, "MOST_AT_ONCE", 2)
    cases = [
        make_request(each, _S.OFFICE_REVIEW)
        for each in (record, enrolment.make_record(), enrolment.make_record())
    ]
    batch = staged(_A.REFUSE, li, now, *cases)

    states = []
    for _ in range(2):
        done = apply_batch(batch=batch, actor=li, now=now)
        states.append((done, batch.state))
    for _ in range(2):
        undone = undo_batch(batch=batch, reason="点错了", actor=li, now=now)
        states.append((undone, batch.state))

    assert states == [
        (2, CaseBatchState.RUNNING),
        (3, CaseBatchState.DONE),
        (2, CaseBatchState.UNDONE),
        (3, CaseBatchState.UNDONE),
    ]
    assert AuditEvent.objects.filter(action="casebatch.applied").count() == 1


@pytest.mark.parametrize("state", list(CaseBatchState))
@pytest.mark.parametrize("action", list(CaseBatchAction))
def test_batch_moves_as_the_table_says(state: CaseBatchState, action: CaseBatchAction) -> None:
    allowed = {
        (CaseBatchState.STAGED, CaseBatchAction.START),
        (CaseBatchState.STAGED, CaseBatchAction.DISCARD),
        (CaseBatchState.RUNNING, CaseBatchAction.FINISH),
        (CaseBatchState.DONE, CaseBatchAction.UNDO),
        (CaseBatchState.UNDONE, CaseBatchAction.UNDO),
    }

    assert CASE_BATCH.allows(action, source=state) == ((state, action) in allowed)


def test_number_of_batches_is_limited(li: User, now: datetime) -> None:
    for _ in range(batch_service.BATCHES.amount):
        with pytest.raises(InvalidInputError):
            stage_batch(request_ids=[], action="TAKE", word="", actor=li, now=now)

    with pytest.raises(TooManyError):
        stage_batch(request_ids=[], action="TAKE", word="", actor=li, now=now)


@pytest.mark.django_db(transaction=True)
def test_two_batches_at_once_decide_a_case_once(
    record: StudentRecord, li: User, wang: User, now: datetime
) -> None:
    case = make_request(record, _S.OFFICE_REVIEW)
    batches = [staged(_A.REFUSE, li, now, case), staged(_A.RETURN, wang, now, case)]

    told = together(
        [
            lambda: apply_batch(batch=batches[0], actor=li, now=now),
            lambda: apply_batch(batch=batches[1], actor=wang, now=now),
        ]
    )

    assert told == ["", ""]
    assert sorted(each for batch in batches for each in outcomes(batch)) == ["BLOCKED", "DONE"]
    assert case.steps.count() == 1


@pytest.mark.django_db(transaction=True)
def test_undo_against_take(record: StudentRecord, li: User, wang: User, now: datetime) -> None:
    case = make_request(record, _S.SUBMITTED, ConclusionKind.PHOTO)
    batch = decided(_A.TAKE, li, now, case)
    later = now + timedelta(hours=3)

    told = together(
        [
            lambda: undo_batch(batch=batch, reason="点错了", actor=li, now=later),
            lambda: refuse_request(
                request=CorrectionRequest.objects.get(pk=case.pk),
                answer="与公安信息一致",
                actor=wang,
                now=later,
            ),
        ]
    )

    case.refresh_from_db()
    line = BatchedCase.objects.get()
    won = (case.state, line.outcome)
    assert sorted(bool(words) for words in told) == [False, True]
    assert won in {(_S.SUBMITTED, CaseOutcome.UNDONE), (_S.REFUSED, CaseOutcome.DONE)}
