"""还有学籍没显示出来: instant where the facts agree, else decided by staff, once."""

from datetime import UTC, datetime
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.identity import DocumentType
from accounts.models import DeclaredIdentity, User
from accounts.services import add_number
from accounts.states import NumberSource, Role
from common.errors import DomainError, InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent, OutboxMessage
from common.ratelimit import TooManyError
from enrollment.models import Binding, NotSame, RecordClaim, School, StudentRecord
from enrollment.selectors.claims import candidates_for, open_claims, overdue_claims
from enrollment.services.binding import bind_new_records
from enrollment.services.claim import (
    approve_claim,
    bind_further,
    mark_not_same,
    refuse_claim,
    submit_claim,
    withdraw_claim,
)
from enrollment.states import ClaimState, NumberUse
from tests.factories.corrections import make_proof
from tests.factories.enrolment import bind, make_claim, make_record, make_school
from tests.factories.people import make_identity, make_number, make_staff, make_user

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

MINE, OLD, OTHER = make_number(201), make_number(202), make_number(203)
FACT = "22990101019999"


@pytest.fixture
def identity(db: None) -> DeclaredIdentity:
    """A person with one number in use."""
    return make_identity(make_user(), number=MINE)


@pytest.fixture
def old_record(db: None) -> StudentRecord:
    """The person's other record, registered with the number of the examination."""
    return make_record(id_number=OLD, candidate_no=FACT)


def further(identity: DeclaredIdentity, now: datetime, **changes) -> list[Binding]:
    values = {"school": make_school(), "given_no": FACT, "name": identity.name, **changes}
    return bind_further(identity=identity, actor=identity.user, now=now, **values)


def submit(identity: DeclaredIdentity, now: datetime, **changes) -> RecordClaim:
    values = {
        "school": make_school(),
        "given_no": FACT,
        "given_name": identity.name,
        "evidence": [make_proof()],
        **changes,
    }
    return submit_claim(identity=identity, actor=identity.user, now=now, **values)


def test_further_record_with_a_former_number_is_bound_at_once(
    identity: DeclaredIdentity, old_record: StudentRecord, li: User, now: datetime
) -> None:
    """C-44: the record keeps the number that it was registered with."""
    add_number(
        identity=identity,
        id_type=DocumentType.RESIDENT_ID,
        number=OLD,
        is_former=True,
        reason="公安证明",
        actor=li,
        now=now,
    )

    bound = further(identity, now)

    assert [binding.record for binding in bound] == [old_record]
    old_record.refresh_from_db()
    assert old_record.id_number == OLD
    assert AuditEvent.objects.filter(action="binding.made", subject_id=str(old_record.pk)).exists()


@pytest.mark.parametrize("wrong", ["number", "name", "fact", "school", "taken", "nobody"])
def test_everything_wrong_gets_one_answer(
    wrong: str, identity: DeclaredIdentity, now: datetime
) -> None:
    number = OLD if wrong == "number" else MINE
    if wrong != "nobody":
        record = make_record(id_number=number, candidate_no=FACT)
        if wrong == "taken":
            bind(record, make_identity(make_user(), number=OTHER))
    wrongs: dict[str, dict[str, object]] = {
        "name": {"name": "沈若水"},
        "fact": {"given_no": "22990101019998"},
        "school": {"school": make_school("99998", "远山大学云岭学院")},
    }

    bound = further(identity, now, **wrongs.get(wrong, {}))

    assert bound == []
    assert AuditEvent.objects.filter(action="binding.refused").count() == 1


def test_queries_do_not_tell_known_from_unknown(
    identity: DeclaredIdentity, old_record: StudentRecord, now: datetime
) -> None:
    school = make_school()
    bind(make_record(id_number=MINE), identity)
    make_record(id_number=MINE, candidate_no="22990101010001", name="秦牧野")
    counts = []
    for given_no in (FACT, "22990101010001", "22990101010000"):
        again = DeclaredIdentity.objects.get(pk=identity.pk)  # nothing remembered
        with CaptureQueriesContext(connection) as queries:
            further(again, now, school=school, given_no=given_no)
        counts.append(len(queries))

    assert counts[0] == counts[1] == counts[2]


def test_student_number_alone_binds_only_who_is_proven(
    identity: DeclaredIdentity, now: datetime
) -> None:
    """Edge case 18: a student number stands on every class list."""
    record = make_record(id_number=MINE, candidate_no=FACT, student_no="2022800001")

    assert further(identity, now, given_no="2022800001") == []
    bind(make_record(id_number=MINE), identity)
    assert [row.record for row in further(identity, now, given_no="2022800001")] == [record]


def test_tries_are_limited(identity: DeclaredIdentity, now: datetime) -> None:
    for _ in range(10):
        further(identity, now)

    with pytest.raises(TooManyError):
        further(identity, now)


def test_claim_waits_five_working_days(identity: DeclaredIdentity, now: datetime) -> None:
    """2026-06-12 is a Friday; 19 June is the Dragon Boat festival."""
    claim = submit(identity, now)

    assert claim.state == ClaimState.OPEN
    assert claim.due_at == datetime(2026, 6, 22, 16, 0, tzinfo=UTC)
    assert list(open_claims()) == [claim]
    assert list(overdue_claims(now=claim.due_at)) == [claim]
    assert claim.evidence.get().file.encrypted


def test_claim_keeps_private_text_encrypted(identity: DeclaredIdentity, now: datetime) -> None:
    submit(identity, now, former_type="OFFICER_CARD", former_number="军字1880", note="我改过名")

    with connection.cursor() as cursor:
        cursor.execute("SELECT former_number, note FROM enrollment_recordclaim")
        kept = b"".join(bytes(value) for value in cursor.fetchone())
    assert "军字".encode() not in kept
    assert "改过名".encode() not in kept


def test_claim_needs_a_proof(identity: DeclaredIdentity, now: datetime) -> None:
    with pytest.raises(InvalidInputError, match="证明材料"):
        submit(identity, now, evidence=[])


def test_same_number_is_claimed_once_at_a_time(identity: DeclaredIdentity, now: datetime) -> None:
    first = submit(identity, now)

    with pytest.raises(NotAllowedError, match="已经在认领"):
        submit(identity, now, given_no=f" {FACT} ")
    withdraw_claim(claim=first, actor=identity.user, now=now)
    assert submit(identity, now).state == ClaimState.OPEN


def test_three_claims_at_most_wait(identity: DeclaredIdentity, now: datetime) -> None:
    for serial in range(3):
        submit(identity, now, given_no=f"{serial}")

    with pytest.raises(NotAllowedError, match="3 份"):
        submit(identity, now)


def test_approval_binds_and_adds_the_records_number(
    identity: DeclaredIdentity, old_record: StudentRecord, li: User, now: datetime
) -> None:
    claim = submit(identity, now)

    approve_claim(
        claim=claim,
        record=old_record,
        answer="核实无误",
        number_use=NumberUse.PARALLEL,
        actor=li,
        now=now,
    )

    assert Binding.objects.get(record=old_record).identity == identity
    added = identity.numbers.get(number_index=old_record.id_number_index)
    assert (added.source, added.superseded_at) == (NumberSource.STAFF, None)
    assert (claim.state, claim.record) == (ClaimState.APPROVED, old_record)
    told = set(OutboxMessage.objects.filter(user=identity.user).values_list("template", "channel"))
    assert {("claim_approved", "NOTICE"), ("claim_approved", "EMAIL")} <= told
    event = AuditEvent.objects.get(action="claim.approved")
    assert event.subject_id == str(old_record.pk)


def test_number_added_as_former_is_not_in_use(
    identity: DeclaredIdentity, old_record: StudentRecord, li: User, now: datetime
) -> None:
    approve_claim(
        claim=submit(identity, now), record=old_record, answer="核实无误", actor=li, now=now
    )

    assert identity.numbers.get(source=NumberSource.STAFF).superseded_at == now
    assert identity.numbers.get(source=NumberSource.DECLARED).superseded_at is None


def test_record_of_the_same_number_adds_none(
    identity: DeclaredIdentity, li: User, now: datetime
) -> None:
    """Edge case 40: two active records of one person under one number."""
    record = make_record(id_number=MINE, name="沈若谿")

    approve_claim(claim=submit(identity, now), record=record, answer="好", actor=li, now=now)

    assert identity.numbers.count() == 1


def test_approved_number_binds_records_that_come_later(
    identity: DeclaredIdentity, old_record: StudentRecord, li: User, now: datetime
) -> None:
    approve_claim(
        claim=submit(identity, now),
        record=old_record,
        answer="核实无误",
        number_use=NumberUse.PARALLEL,
        actor=li,
        now=now,
    )
    later = make_record(id_number=OLD)

    assert bind_new_records(now=now) == 1
    assert Binding.objects.get(record=later).identity == identity


def test_record_of_somebody_else_is_refused_whole(
    identity: DeclaredIdentity, old_record: StudentRecord, li: User, now: datetime
) -> None:
    bind(old_record, make_identity(make_user(), number=OTHER))
    claim = submit(identity, now)

    with pytest.raises(NotAllowedError, match="已经绑定"):
        approve_claim(claim=claim, record=old_record, answer="好", actor=li, now=now)

    claim = RecordClaim.objects.get(pk=claim.pk)
    assert claim.state == ClaimState.OPEN
    assert identity.numbers.count() == 1


def test_number_in_use_elsewhere_stops_the_approval(
    identity: DeclaredIdentity, old_record: StudentRecord, li: User, now: datetime
) -> None:
    make_identity(make_user(), number=OLD)
    claim = submit(identity, now)

    with pytest.raises(NotAllowedError, match="另一个账号"):
        approve_claim(
            claim=claim,
            record=old_record,
            answer="好",
            number_use=NumberUse.PARALLEL,
            actor=li,
            now=now,
        )
    assert not Binding.objects.exists()


@pytest.mark.parametrize("who", ["chen", "auditor", "eve", "claimant"])
def test_only_the_registrar_decides(
    who: str,
    request: pytest.FixtureRequest,
    identity: DeclaredIdentity,
    old_record: StudentRecord,
    now: datetime,
) -> None:
    actor = identity.user if who == "claimant" else request.getfixturevalue(who)
    claim = submit(identity, now)

    with pytest.raises(NotAllowedError):
        approve_claim(claim=claim, record=old_record, answer="好", actor=actor, now=now)
    with pytest.raises(NotAllowedError):
        refuse_claim(claim=claim, answer="不行", actor=actor, now=now)


def test_only_the_claimant_withdraws(
    identity: DeclaredIdentity, li: User, eve: User, now: datetime
) -> None:
    claim = submit(identity, now)

    for actor in (li, eve):
        with pytest.raises(NotAllowedError):
            withdraw_claim(claim=claim, actor=actor, now=now)


def test_refusal_tells_the_answer(identity: DeclaredIdentity, li: User, now: datetime) -> None:
    claim = submit(identity, now)

    with pytest.raises(InvalidInputError):
        refuse_claim(claim=claim, answer="  ", actor=li, now=now)
    refuse_claim(claim=claim, answer="附上公安机关的证明再来", actor=li, now=now)

    assert claim.state == ClaimState.REFUSED
    assert OutboxMessage.objects.filter(template="claim_refused", user=identity.user).exists()
    with pytest.raises(StaleStateError):
        withdraw_claim(claim=claim, actor=identity.user, now=now)


def test_second_decision_finds_the_first(
    identity: DeclaredIdentity, li: User, now: datetime
) -> None:
    claim = submit(identity, now)
    seen = RecordClaim.objects.get(pk=claim.pk)
    refuse_claim(claim=claim, answer="不行", actor=li, now=now)

    with pytest.raises(StaleStateError):
        refuse_claim(claim=seen, answer="不行", actor=li, now=now)


@pytest.mark.django_db(transaction=True)
def test_two_decisions_at_once_have_one_winner(now: datetime) -> None:
    identity = make_identity(make_user(), number=MINE)
    record = make_record(id_number=OLD, candidate_no=FACT)
    desks = [make_staff(Role.REGISTRAR, f"desk{serial}@example.test") for serial in range(2)]
    claim = make_claim(identity)
    barrier, outcomes = Barrier(2), list[str]()

    def decide(desk: User, *, approves: bool) -> None:
        mine = RecordClaim.objects.get(pk=claim.pk)
        barrier.wait(timeout=10)
        try:
            if approves:
                approve_claim(claim=mine, record=record, answer="好", actor=desk, now=now)
            else:
                refuse_claim(claim=mine, answer="不行", actor=desk, now=now)
            outcomes.append("done")
        except DomainError:
            outcomes.append("late")
        finally:
            connection.close()

    threads = [
        Thread(target=decide, args=(desks[0],), kwargs={"approves": True}),
        Thread(target=decide, args=(desks[1],), kwargs={"approves": False}),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    claim.refresh_from_db()
    assert sorted(outcomes) == ["done", "late"]
    assert Binding.objects.exists() == (claim.state == ClaimState.APPROVED)


def test_candidates_say_why(identity: DeclaredIdentity) -> None:
    """C-132: a number one digit away and a variant of the name are proposed, best first."""
    slip = f"{MINE[:16]}{(int(MINE[16]) + 1) % 10}{MINE[17]}"
    near = make_record(id_number=slip, name="沈若谿")
    exact = make_record(id_number=OTHER, candidate_no=FACT)
    make_record(id_number=OTHER, name="秦牧野")
    bind(make_record(id_number=MINE, candidate_no=FACT), make_identity(make_user(), number=OTHER))

    found = candidates_for(make_claim(identity, given_no=FACT))

    assert [candidate.record for candidate in found] == [exact, near]
    assert found[0].reasons == ["姓名相同", "学号或考生号和所填的相同"]
    assert found[1].reasons == ["证件号码只差一位", "姓名只差繁简或异体字"]
    assert not Binding.objects.filter(identity=identity).exists()


def test_not_the_same_is_remembered(
    identity: DeclaredIdentity, old_record: StudentRecord, li: User, now: datetime
) -> None:
    claim = make_claim(identity, given_no=FACT)
    for _ in range(2):
        mark_not_same(identity=identity, record=old_record, reason="不是一个人", actor=li, now=now)

    assert NotSame.objects.count() == 1
    assert AuditEvent.objects.filter(action="claim.not_same").count() == 1
    assert candidates_for(claim) == []
    with pytest.raises(NotAllowedError, match="认定过"):
        approve_claim(claim=claim, record=old_record, answer="好", actor=li, now=now)


def test_school_without_a_fact_asks_for_name_and_number_alone(
    identity: DeclaredIdentity, now: datetime
) -> None:
    """Edge case 41: a record without a candidate number."""
    record = make_record(id_number=MINE, candidate_no="", student_no="2022800002")
    School.objects.update(binding_fact="NONE")

    assert [row.record for row in further(identity, now, given_no="2022800002")] == [record]
