"""Registered answers of the province are taken back by a second person, while nothing followed."""

import io
from datetime import datetime, timedelta

import pytest

from accounts.models import User
from accounts.states import Role
from common.errors import InvalidInputError, NotAllowedError
from common.models import AuditEvent, OutboxMessage
from corrections.models import AnswerLine, CorrectionRequest, ProvinceAnswer, ProvincePack
from corrections.services.applying import apply_request
from corrections.services.own import disagree_with_refusal
from corrections.services.province import answers as answers_service
from corrections.services.province.answers import apply_answers, upload_answers
from corrections.services.province.packs import drop_province_pack, make_province_pack
from corrections.services.province.undo import undo_answers
from corrections.states import RequestState
from corrections.states.province import ANSWERS_UNDO_WITHIN, LineOutcome, ProvincePackState
from enrollment.models import StudentRecord
from enrollment.states import ImportAction
from tests.factories import enrolment, people
from tests.factories.corrections import RIGHT_NAME, make_dispute, make_request
from tests.factories.imaging import make_member
from tests.factories.racing import together

pytestmark = pytest.mark.django_db

YES = "同意,某教学〔1886〕12号,,"
NO = "不同意,,,与公安信息一致"


@pytest.fixture
def wang(db: None) -> User:
    """A second registrar."""
    return people.make_staff(Role.REGISTRAR, "wang@example.test")


@pytest.fixture
def case(record: StudentRecord) -> CorrectionRequest:
    """A case on the name that waits for the province."""
    return make_request(record, RequestState.AWAITING_PROVINCE)


def table(pack: ProvincePack, actor: User, now: datetime, *rows: str) -> ProvinceAnswer:
    head = "单号,结论,批复文号,同意的字段,说明"
    data = io.BytesIO("\n".join([head, *rows]).encode())
    return upload_answers(pack=pack, file=data, file_name="批复.csv", actor=actor, now=now)


def registered(
    actor: User, now: datetime, *answers: tuple[CorrectionRequest, str]
) -> ProvinceAnswer:
    """The answers to these cases, packed and registered."""
    school = answers[0][0].record.school
    pack = make_province_pack(school=school, reason="交省厅", actor=actor, now=now)
    answer = table(pack, actor, now, *(f"{case.pk},{said}" for case, said in answers))
    apply_answers(answer=answer, actor=actor, now=now)
    for case, _ in answers:
        case.refresh_from_db()
    return answer


def outcomes(answer: ProvinceAnswer) -> list[str]:
    return list(answer.lines.order_by("row_no").values_list("outcome", flat=True))


@pytest.mark.parametrize(
    ("said", "state"), [(YES, RequestState.APPROVED), (NO, RequestState.REFUSED)]
)
def test_both_outcomes_wait_for_the_province_again(
    said: str,
    state: RequestState,
    case: CorrectionRequest,
    alice: User,
    li: User,
    wang: User,
    now: datetime,
) -> None:
    answer = registered(li, now, (case, said))
    moved = (case.state, answer.pack.state)

    undone = undo_answers(answer=answer, reason="表导错了", actor=wang, now=now)

    case.refresh_from_db()
    pack = ProvincePack.objects.get()
    packed = pack.packed.get()
    assert (moved, undone) == ((state, ProvincePackState.DONE), 1)
    assert case.state == RequestState.AWAITING_PROVINCE
    assert (case.approval, case.answer, case.handler) == ("", None, None)
    assert (case.decided_at, case.closed_at) == (None, None)
    assert (packed.verdict, packed.answered_at, packed.left_at) == ("", None, None)
    assert (pack.state, pack.ended_at) == (ProvincePackState.OPEN, None)
    assert (outcomes(answer), answer.undo_reason) == ([LineOutcome.UNDONE], "表导错了")
    told = OutboxMessage.objects.filter(template="correction_taken_back", user=alice)
    assert told.exists() == (state == RequestState.REFUSED)
    assert AuditEvent.objects.get(action="correction.unanswered").reason == "表导错了"


def test_answers_are_taken_back_once(
    case: CorrectionRequest, li: User, wang: User, now: datetime
) -> None:
    answer = registered(li, now, (case, YES))
    undo_answers(answer=answer, reason="表导错了", actor=wang, now=now)

    with pytest.raises(NotAllowedError, match="都撤销过了"):
        undo_answers(answer=answer, reason="表导错了", actor=wang, now=now)


def test_right_answer_is_registered_afterwards(
    case: CorrectionRequest, li: User, wang: User, now: datetime
) -> None:
    answer = registered(li, now, (case, NO))
    undo_answers(answer=answer, reason="表导错了", actor=wang, now=now)

    right = table(answer.pack, li, now, f"{case.pk},{YES}")

    assert apply_answers(answer=right, actor=li, now=now) == 1
    case.refresh_from_db()
    assert case.state == RequestState.APPROVED
    assert ProvincePack.objects.get().state == ProvincePackState.DONE


def test_refused_fields_of_a_partial_answer_are_open_again(
    record: StudentRecord, li: User, wang: User, now: datetime
) -> None:
    dispute = make_dispute(
        make_member(record),
        wrong_fields=["name", "sex"],
        proposed={"name": RIGHT_NAME, "sex": "男"},
    )
    case = make_request(record, RequestState.AWAITING_PROVINCE, conclusion=dispute)
    answer = registered(li, now, (case, "部分同意,某教学〔1886〕12号,姓名,性别材料不足"))
    before = [row.refusal for row in case.fields.order_by("field")]

    undo_answers(answer=answer, reason="表导错了", actor=wang, now=now)

    assert before == [None, "性别材料不足"]
    assert [row.refusal for row in case.fields.order_by("field")] == [None, None]


def test_case_that_moved_on_stays(
    case: CorrectionRequest, alice: User, li: User, wang: User, now: datetime
) -> None:
    other = make_request(enrolment.make_record(), RequestState.AWAITING_PROVINCE)
    entered, disputed = case, other
    answer = registered(li, now, (entered, YES), (disputed, NO))
    apply_request(request=entered, answer="姓名已更正", actor=wang, now=now)

    undone = undo_answers(answer=answer, reason="表导错了", actor=wang, now=now)

    entered.refresh_from_db()
    disputed.refresh_from_db()
    lines = dict(answer.lines.values_list("packed__request", "finding"))
    assert undone == 1
    assert entered.state == RequestState.RECHECK
    assert disputed.state == RequestState.AWAITING_PROVINCE
    assert lines[entered.pk] == "后来又办了“请学生复核”"
    assert sorted(outcomes(answer)) == [LineOutcome.DONE, LineOutcome.UNDONE]


def test_disagreement_keeps_the_refusal(
    case: CorrectionRequest, alice: User, li: User, wang: User, now: datetime
) -> None:
    answer = registered(li, now, (case, NO))
    disagree_with_refusal(request=case, note="我不同意", actor=alice, now=now)

    with pytest.raises(NotAllowedError, match="没有一张能撤销"):
        undo_answers(answer=answer, reason="表导错了", actor=wang, now=now)
    assert answer.lines.get().finding == "后来又办了“不认可答复”"


def test_who_registered_does_not_take_it_back(
    case: CorrectionRequest, li: User, now: datetime
) -> None:
    answer = registered(li, now, (case, YES))

    with pytest.raises(NotAllowedError, match="另一位教务老师"):
        undo_answers(answer=answer, reason="表导错了", actor=li, now=now)


def test_run_that_somebody_else_ended_is_taken_back_by_neither_of_the_own_lines(
    case: CorrectionRequest, li: User, wang: User, now: datetime
) -> None:
    other = make_request(enrolment.make_record(), RequestState.AWAITING_PROVINCE)
    pack = make_province_pack(school=case.record.school, reason="交省厅", actor=li, now=now)
    answer = table(pack, li, now, f"{case.pk},{YES}", f"{other.pk},{YES}")
    answers_service._move(answer, ImportAction.START, {})
    first = answer.lines.get(packed__request=case)
    answers_service._apply(first.pk, case.pk, actor=li, now=now)
    apply_answers(answer=answer, actor=wang, now=now)

    undone = undo_answers(answer=answer, reason="表导错了", actor=li, now=now)

    first.refresh_from_db()
    assert undone == 1
    assert outcomes(answer) == [LineOutcome.DONE, LineOutcome.UNDONE]
    assert first.finding == "登记是你做的，撤销要由另一位教务老师来做"


def test_line_registered_before_the_run_broke_off_has_its_own_term(
    case: CorrectionRequest, li: User, wang: User, now: datetime
) -> None:
    other = make_request(enrolment.make_record(), RequestState.AWAITING_PROVINCE)
    pack = make_province_pack(school=case.record.school, reason="交省厅", actor=li, now=now)
    answer = table(pack, li, now, f"{case.pk},{YES}", f"{other.pk},{YES}")
    answers_service._move(answer, ImportAction.START, {})
    first = answer.lines.get(packed__request=case)
    answers_service._apply(first.pk, case.pk, actor=li, now=now)
    apply_answers(answer=answer, actor=li, now=now + timedelta(days=1))

    at = now + ANSWERS_UNDO_WITHIN
    assert undo_answers(answer=answer, reason="表导错了", actor=wang, now=at) == 1

    first.refresh_from_db()
    assert (first.outcome, first.finding) == (LineOutcome.DONE, "登记满 7 天了，不能再撤销")


def test_who_entered_the_value_is_told_that_it_was_entered(
    case: CorrectionRequest, li: User, wang: User, now: datetime
) -> None:
    answer = registered(li, now, (case, YES))
    apply_request(request=case, answer="姓名已更正", actor=wang, now=now)

    with pytest.raises(NotAllowedError, match="没有一张能撤销"):
        undo_answers(answer=answer, reason="表导错了", actor=wang, now=now)
    assert answer.lines.get().finding == "后来又办了“请学生复核”"


def test_second_run_of_the_same_answers_leaves_what_is_registered(
    case: CorrectionRequest, li: User, wang: User, now: datetime
) -> None:
    answer = registered(li, now, (case, YES))

    again = answers_service._apply(answer.lines.get().pk, case.pk, actor=wang, now=now)

    assert (again, outcomes(answer)) == (False, [LineOutcome.DONE])
    assert AuditEvent.objects.get(action="provinceanswer.started").actor_id == li.actor_id


@pytest.mark.parametrize("name", ["alice", "chen", "secretary", "auditor", "eve"])
def test_nobody_else_takes_answers_back(
    name: str, case: CorrectionRequest, li: User, now: datetime, request: pytest.FixtureRequest
) -> None:
    actor = request.getfixturevalue(name)
    answer = registered(li, now, (case, YES))

    with pytest.raises(NotAllowedError):
        undo_answers(answer=answer, reason="表导错了", actor=actor, now=now)


def test_reason_is_asked_for(case: CorrectionRequest, li: User, wang: User, now: datetime) -> None:
    answer = registered(li, now, (case, YES))

    with pytest.raises(InvalidInputError):
        undo_answers(answer=answer, reason=" ", actor=wang, now=now)


def test_unregistered_answers_are_not_taken_back(
    case: CorrectionRequest, li: User, wang: User, now: datetime
) -> None:
    pack = make_province_pack(school=case.record.school, reason="交省厅", actor=li, now=now)
    answer = table(pack, li, now, f"{case.pk},{YES}")

    with pytest.raises(NotAllowedError, match="还没有登记"):
        undo_answers(answer=answer, reason="表导错了", actor=wang, now=now)


@pytest.mark.parametrize(("seconds", "open_still"), [(-1, True), (0, False), (1, False)])
def test_undo_has_a_term(
    seconds: int,
    open_still: bool,
    case: CorrectionRequest,
    li: User,
    wang: User,
    now: datetime,
) -> None:
    answer = registered(li, now, (case, YES))
    at = now + ANSWERS_UNDO_WITHIN + timedelta(seconds=seconds)

    assert answer.is_undoable_at(at) == open_still
    assert ProvinceAnswer.objects.undoable_at(at).exists() == open_still
    if open_still:
        assert undo_answers(answer=answer, reason="表导错了", actor=wang, now=at) == 1
        return
    with pytest.raises(NotAllowedError, match="满 7 天"):
        undo_answers(answer=answer, reason="表导错了", actor=wang, now=at)


def test_case_of_a_dropped_pack_can_be_packed_anew(
    case: CorrectionRequest, li: User, wang: User, now: datetime
) -> None:
    make_request(enrolment.make_record(), RequestState.AWAITING_PROVINCE)
    answer = registered(li, now, (case, YES))
    drop_province_pack(pack=answer.pack, reason="重备", actor=li, now=now)

    undo_answers(answer=answer, reason="表导错了", actor=wang, now=now)

    again = make_province_pack(school=case.record.school, reason="交省厅", actor=li, now=now)
    assert again.packed.filter(request=case).exists()


def test_line_from_before_there_was_an_undo_is_told(
    case: CorrectionRequest, li: User, wang: User, now: datetime
) -> None:
    answer = registered(li, now, (case, YES))
    AnswerLine.objects.update(step=None)

    with pytest.raises(NotAllowedError):
        undo_answers(answer=answer, reason="表导错了", actor=wang, now=now)
    assert "没有记下是哪一步" in answer.lines.get().finding


@pytest.mark.django_db(transaction=True)
def test_undo_against_entering_the_value(
    case: CorrectionRequest, li: User, wang: User, now: datetime
) -> None:
    third = people.make_staff(Role.REGISTRAR, "zhao@example.test")
    answer = registered(li, now, (case, YES))

    told = together(
        [
            lambda: undo_answers(answer=answer, reason="表导错了", actor=wang, now=now),
            lambda: apply_request(
                request=CorrectionRequest.objects.get(pk=case.pk),
                answer="姓名已更正",
                actor=third,
                now=now,
            ),
        ]
    )

    case.refresh_from_db()
    won = (case.state == RequestState.AWAITING_PROVINCE, outcomes(answer) == ["UNDONE"])
    assert sorted(bool(words) for words in told) == [False, True]
    assert won in {(True, True), (False, False)}
