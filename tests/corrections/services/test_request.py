"""The moves of a request: every state × action × role, and what each move leaves behind."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import product

import pytest

from accounts.models import User
from accounts.states import Role
from common import files
from common.errors import DomainError, InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent, Channel, OutboxMessage
from corrections.models import CorrectionRequest, Evidence, RequestStep
from corrections.policies import available_actions
from corrections.services.request import (
    apply_request,
    refuse_request,
    resubmit_request,
    return_request,
    take_request,
    withdraw_request,
)
from corrections.states import REQUEST, RequestAction, RequestState
from enrollment.models import Amendment, StudentRecord
from imaging.models import VerificationConclusion, VerificationRound
from imaging.states import Conclusion, ConclusionKind, RoundCause
from tests.factories import people
from tests.factories.corrections import RIGHT_NAME, make_dispute, make_proof, make_request
from tests.factories.imaging import FREEZE, make_conclusion, make_member, make_photo

pytestmark = pytest.mark.django_db

Act = Callable[[CorrectionRequest, User, datetime], CorrectionRequest]
ACTS: dict[RequestAction, Act] = {
    RequestAction.TAKE: lambda request, actor, now: take_request(
        request=request, actor=actor, now=now
    ),
    RequestAction.RETURN: lambda request, actor, now: return_request(
        request=request, note="附户口本", actor=actor, now=now
    ),
    RequestAction.RESUBMIT: lambda request, actor, now: resubmit_request(
        request=request, note="见附件", actor=actor, now=now
    ),
    RequestAction.APPLY: lambda request, actor, now: apply_request(
        request=request, answer="姓名已更正", actor=actor, now=now
    ),
    RequestAction.REFUSE: lambda request, actor, now: refuse_request(
        request=request, answer="与公安信息一致", actor=actor, now=now
    ),
    RequestAction.WITHDRAW: lambda request, actor, now: withdraw_request(
        request=request, actor=actor, now=now
    ),
}
MAY = {
    RequestAction.TAKE: {"li"},
    RequestAction.RETURN: {"li"},
    RequestAction.APPLY: {"li"},
    RequestAction.REFUSE: {"li"},
    RequestAction.RESUBMIT: {"alice"},
    RequestAction.WITHDRAW: {"alice"},
}
PEOPLE = ("alice", "monitor", "chen", "secretary", "leader", "li", "auditor", "eve")


@pytest.fixture
def actors(request: pytest.FixtureRequest) -> dict[str, User]:
    """Everybody there is."""
    return {name: request.getfixturevalue(name) for name in PEOPLE}


@pytest.mark.parametrize(("state", "action"), list(product(RequestState, RequestAction)))
def test_every_state_action_and_role(
    state: RequestState,
    action: RequestAction,
    record: StudentRecord,
    actors: dict[str, User],
    now: datetime,
) -> None:
    request = make_request(record, state)

    def succeeds(name: str) -> bool:
        fresh = CorrectionRequest.objects.get(pk=request.pk)
        offered = action in available_actions(actors[name], fresh, now=now)
        try:
            ACTS[action](fresh, actors[name], now)
        except DomainError:
            assert not offered
            return False
        assert offered
        return True

    # Those who may not come first: their attempts leave everything as it was.
    order = sorted(PEOPLE, key=lambda name: name in MAY[action])
    done = {name for name in order if succeeds(name)}

    assert done == (MAY[action] if REQUEST.allows(action, source=state) else set())
    request.refresh_from_db()
    assert request.state == (REQUEST.target(action, source=state) if done else state)
    assert RequestStep.objects.count() == len(done)
    assert AuditEvent.objects.filter(action__startswith="correction.").count() == len(done)


@pytest.mark.parametrize("action", list(RequestAction))
def test_second_click_finds_the_first(
    action: RequestAction, record: StudentRecord, alice: User, li: User, now: datetime
) -> None:
    state = next(iter(REQUEST.transitions[action].sources))
    request = make_request(record, state)
    stale = CorrectionRequest.objects.get(pk=request.pk)
    actor = li if MAY[action] == {"li"} else alice

    ACTS[action](request, actor, now)

    with pytest.raises(StaleStateError):
        ACTS[action](stale, actor, now)
    assert RequestStep.objects.count() == 1
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


def test_apply_request_amends_and_asks_again(
    record: StudentRecord, alice: User, li: User, now: datetime
) -> None:
    request = make_request(record, RequestState.OFFICE_REVIEW)

    apply_request(request=request, answer="姓名已更正", actor=li, now=now)

    record.refresh_from_db()
    assert record.name == RIGHT_NAME
    assert Amendment.objects.get().new_value == RIGHT_NAME
    assert request.fields.get().is_applied
    request.refresh_from_db()
    assert (request.answer, request.closed_at, request.closed_by) == (
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
    record: StudentRecord, li: User, now: datetime
) -> None:
    dispute = make_dispute(
        make_member(record),
        wrong_fields=["name", "birth_date"],
        proposed={"name": RIGHT_NAME, "birth_date": "三月十三"},
    )
    request = make_request(record, RequestState.OFFICE_REVIEW, conclusion=dispute)

    apply_request(
        request=request, answer="已改", values={"birth_date": "1886-03-13"}, actor=li, now=now
    )

    record.refresh_from_db()
    assert record.birth_date is not None
    assert (record.name, record.birth_date.isoformat()) == ("沈若溪", "1886-03-13")
    applied = dict(request.fields.values_list("field", "is_applied"))
    assert applied == {"name": False, "birth_date": True}


def test_apply_request_unreadable_value_changes_nothing(
    record: StudentRecord, li: User, now: datetime
) -> None:
    dispute = make_dispute(
        make_member(record), wrong_fields=["birth_date"], proposed={"birth_date": "三月十三"}
    )
    request = make_request(record, RequestState.OFFICE_REVIEW, conclusion=dispute)

    with pytest.raises(InvalidInputError) as caught:
        apply_request(request=request, answer="已改", actor=li, now=now)

    assert caught.value.field == "birth_date"
    request.refresh_from_db()
    assert request.state == RequestState.OFFICE_REVIEW
    assert RequestStep.objects.count() == 0


def test_apply_request_already_right_in_the_record(
    record: StudentRecord, li: User, now: datetime
) -> None:
    request = make_request(record, RequestState.OFFICE_REVIEW)
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
    request = make_request(record, RequestState.OFFICE_REVIEW)

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
    assert request.state == RequestState.APPLIED


def test_apply_request_of_a_missing_photo_once_it_came(
    record: StudentRecord, li: User, now: datetime
) -> None:
    request = make_request(record, RequestState.OFFICE_REVIEW, ConclusionKind.PHOTO)
    make_photo(record)

    apply_request(request=request, answer="照片已找到", actor=li, now=now)

    assert request.state == RequestState.APPLIED


@pytest.mark.parametrize(
    "action", [RequestAction.RETURN, RequestAction.APPLY, RequestAction.REFUSE]
)
def test_office_must_write_an_answer(
    action: RequestAction, record: StudentRecord, li: User, now: datetime
) -> None:
    request = make_request(record, RequestState.OFFICE_REVIEW)
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
    assert params == [{"request_id": request.pk, "kind": "学籍信息"}] * 2


def test_resubmit_request_with_a_proof(record: StudentRecord, alice: User, now: datetime) -> None:
    request = make_request(record, RequestState.RETURNED)
    proof = make_proof()

    resubmit_request(request=request, note="", evidence=proof, actor=alice, now=now)

    kept = Evidence.objects.get()
    assert (kept.request, kept.added_at, kept.file.encrypted) == (request, now, True)
    with files.open_sealed(kept.file) as content:
        assert content.read() == proof.data


def test_resubmit_request_with_nothing(record: StudentRecord, alice: User, now: datetime) -> None:
    request = make_request(record, RequestState.RETURNED)

    with pytest.raises(InvalidInputError, match="补充说明"):
        resubmit_request(request=request, note="  ", actor=alice, now=now)


def test_resubmit_request_sixth_proof(record: StudentRecord, alice: User, now: datetime) -> None:
    request = make_request(record, RequestState.RETURNED)
    for _ in range(5):
        file = files.store(b"x", kind="evidence", content_type="image/jpeg", now=now, actor=alice)
        Evidence.objects.create(request=request, file=file, added_at=now, added_by="本人")

    with pytest.raises(NotAllowedError, match="最多附 5 份"):
        resubmit_request(request=request, note="", evidence=make_proof(), actor=alice, now=now)
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
