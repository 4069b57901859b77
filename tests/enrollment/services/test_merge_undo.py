"""A merge taken apart: by two, whole, and only while nothing was built on it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection

from accounts.models import DeclaredIdentity, IdentityNumber, User
from accounts.services import correct_name, remove_phone
from accounts.states import MergeSide, Role
from common import audit, outbox
from common.errors import DomainError, NotAllowedError, StaleStateError
from common.models import AuditEvent
from enrollment.models import Assignment, Binding, PersonMerge, StudentRecord
from enrollment.policies import available_merge_actions
from enrollment.selectors.merge import typed_value
from enrollment.services.binding import detach_record
from enrollment.services.duplicates import undo_duplicate
from enrollment.services.merge import (
    MergePlan,
    RecordChoice,
    ask_undo_merge,
    keep_merge,
    reasons_not_to_part,
    undo_merge,
)
from enrollment.services.record import amend_record
from enrollment.states import AssignmentRole, MergeAction, MergeState
from tests.factories import enrolment, merging, people
from tests.factories.merging import make_plan, merged

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

HOUR = timedelta(hours=1)
NEWER = people.make_number(961, birth="18860313")


@pytest.fixture
def theirs(record: StudentRecord) -> StudentRecord:
    """The same enrolment once more."""
    return enrolment.make_record(
        class_group=record.class_group,
        id_number=NEWER,
        name="沈若汐",
        student_no="2022049998",
        ethnicity="回族",
        duration_years=5,
        graduating_class=2027,
        expected_graduation_date=date(2027, 6, 30),
    )


@pytest.fixture
def other(theirs: StudentRecord) -> User:
    """Her second account."""
    user = people.make_user("other@example.test", phone="+8613800138961")
    identity = people.make_identity(user, name="沈若汐", number=NEWER)
    DeclaredIdentity.objects.filter(pk=identity.pk).update(birth_date=date(1886, 3, 13), sex="女")
    enrolment.bind(theirs, identity)
    enrolment.assign(user, AssignmentRole.MONITOR, class_group=theirs.class_group)
    return user


@pytest.fixture
def wang(db: None) -> User:
    """A second registrar."""
    return people.make_staff(Role.REGISTRAR, "wang@example.test")


@pytest.fixture
def plan(alice: User, other: User, record: StudentRecord, theirs: StudentRecord) -> MergePlan:
    """Nearly everything from the side that goes."""
    values = ("ethnicity", "duration_years", "graduating_class", "expected_graduation_date")
    return make_plan(
        alice,
        records=(RecordChoice(cancelled=theirs.pk, kept=record.pk, values=values),),
        name=MergeSide.GOES,
        sex=MergeSide.GOES,
        birth_date=MergeSide.GOES,
        email=MergeSide.GOES,
        phone=MergeSide.GOES,
        primary=merging.number_of(other),
        former=(merging.number_of(alice),),
    )


@pytest.fixture
def case(alice: User, other: User, plan: MergePlan, li: User, wang: User, now: datetime):
    """A merge: li opened and chose, wang confirmed an hour ago."""
    return merged(alice, other, li, wang, at=now - HOUR, plan=plan)


def everything() -> dict[str, object]:
    """What a merge moves, as plain values; moments of changes and ids of new rows left out."""
    return {
        "accounts": sorted(
            User.objects.filter(identity__isnull=False).values_list(
                "pk", "email", "phone", "phone_verified_at", "superseded_at", "superseded_by"
            )
        ),
        "addresses": sorted(
            EmailAddress.objects.values_list("user", "email", "verified", "primary")
        ),
        "people": sorted(
            DeclaredIdentity.objects.values_list("pk", "name", "name_key", "sex", "birth_date"),
            key=str,
        ),
        "numbers": sorted(
            (row.identity_id, row.number, row.source, row.superseded_at is None, row.is_primary)
            for row in IdentityNumber.objects.all()
        ),
        "bindings": sorted(
            Binding.objects.values_list("record", "identity", "source", "bound_at", "bound_by")
        ),
        "records": [
            (
                row.pk,
                row.duplicate_of_id,
                row.enrollment_status,
                row.enrollment_status_text,
                row.key_digest,
                row.identity_digest,
                *(typed_value(row, name) for name in ("ethnicity", "duration_years")),
                row.graduating_class,
                row.expected_graduation_date,
            )
            for row in StudentRecord.objects.order_by("pk")
        ],
        "posts": sorted(Assignment.objects.filter(ends_at=None).values_list("user", "role")),
    }


def test_undo_brings_back_everything(
    alice: User, other: User, plan: MergePlan, li: User, wang: User, now: datetime
) -> None:
    StudentRecord.objects.update(key_digest="", identity_digest="")
    for row in StudentRecord.objects.select_related("school"):  # digests as services write them
        amend_record(record=row, changes={"remark": "核"}, reason="备注", actor=li, now=now)
    before = everything()
    case = merged(alice, other, li, wang, at=now, plan=plan)
    assert everything()["numbers"] != before["numbers"]
    assert everything()["records"] != before["records"]

    ask_undo_merge(case=case, reason="是两个人", actor=li, now=now + HOUR)
    undo_merge(case=case, reason="核实过", actor=wang, now=now + HOUR)

    after = everything()
    for part, value in before.items():
        assert after[part] == value, part
    case.refresh_from_db()
    assert (case.state, case.undo_asker, case.undoer) == (MergeState.UNDONE, li, wang)


def test_undo_tells_both_and_is_written_down(
    case: PersonMerge, li: User, wang: User, now: datetime
) -> None:
    ask_undo_merge(case=case, reason="是两个人", actor=li, now=now)
    undo_merge(case=case, reason="核实过", actor=wang, now=now)
    outbox.deliver_pending(now=now)

    told = {each.to[0]: each.body for each in mail.outbox if "又拆开了" in each.subject}
    assert sorted(told) == ["alice@example.test", "other@example.test"]
    assert "恢复使用" in told["other@example.test"]
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"merge.undo_asked", "merge.undone", "account.parted", "account.revived"} <= actions


def test_asking_changes_nothing(case: PersonMerge, li: User, now: datetime) -> None:
    before = everything()
    ask_undo_merge(case=case, reason="是两个人", actor=li, now=now)
    assert everything() == before


def test_who_asked_does_not_confirm(case: PersonMerge, li: User, now: datetime) -> None:
    ask_undo_merge(case=case, reason="是两个人", actor=li, now=now)

    assert available_merge_actions(li, case, now=now) == [MergeAction.KEEP]
    with pytest.raises(NotAllowedError, match="另一个人"):
        undo_merge(case=case, reason="核实过", actor=li, now=now)


@pytest.mark.parametrize("who", ["alice", "other", "auditor", "eve"])
def test_only_uninvolved_registrars_part(
    request: pytest.FixtureRequest, case: PersonMerge, who: str, now: datetime
) -> None:
    with pytest.raises(NotAllowedError):
        ask_undo_merge(case=case, reason="是两个人", actor=request.getfixturevalue(who), now=now)


def test_keeping_leaves_the_merge(case: PersonMerge, li: User, wang: User, now: datetime) -> None:
    ask_undo_merge(case=case, reason="是两个人", actor=li, now=now)
    keep_merge(case=case, reason="是一个人", actor=wang, now=now)

    case.refresh_from_db()
    assert (case.state, case.undo_asker) == (MergeState.MERGED, None)


def later_amendment(case: PersonMerge, record: StudentRecord, li: User, now: datetime) -> None:
    record = StudentRecord.objects.get(pk=record.pk)
    amend_record(record=record, changes={"ethnicity": "满族"}, reason="改", actor=li, now=now)


def later_work(case: PersonMerge, record: StudentRecord, li: User, now: datetime) -> None:
    audit.record("verification.concluded", actor=case.stays, now=now, subject=record)


def later_name(case: PersonMerge, record: StudentRecord, li: User, now: datetime) -> None:
    identity = DeclaredIdentity.objects.get(user=case.stays)
    correct_name(identity=identity, name="沈若熙", reason="证件", actor=li, now=now)


def later_contact(case: PersonMerge, record: StudentRecord, li: User, now: datetime) -> None:
    remove_phone(user=User.objects.get(pk=case.stays_id), now=now)


def later_number(case: PersonMerge, record: StudentRecord, li: User, now: datetime) -> None:
    IdentityNumber.objects.filter(identity__user=case.stays, is_primary=True).update(
        is_primary=False
    )


def later_unbinding(case: PersonMerge, record: StudentRecord, li: User, now: datetime) -> None:
    moved = StudentRecord.objects.get(duplicate_of=record)
    detach_record(record=moved, reason="另查", actor=li, now=now)


def later_comeback(case: PersonMerge, record: StudentRecord, li: User, now: datetime) -> None:
    pair = record.kept_cases.get()
    undo_duplicate(case=pair, reason="不是重复", actor=li, now=now)


def later_closing(case: PersonMerge, record: StudentRecord, li: User, now: datetime) -> None:
    User.objects.filter(pk=case.goes_id).update(
        closed_at=now, is_active=False, email=None, phone=None, phone_index=None
    )


@pytest.mark.parametrize(
    ("later", "message"),
    [
        (later_amendment, "又更正过"),
        (later_work, "办过 1 件事"),
        (later_name, "姓名、性别或出生日期又改过"),
        (later_contact, "联系方式又改过"),
        (later_number, "证件号码又改过"),
        (later_unbinding, "改过绑定"),
        (later_comeback, "后来恢复了"),
        (later_closing, "后来注销了|联系方式又改过"),
    ],
)
def test_later_work_stops_the_undo_and_leaves_everything(
    case: PersonMerge,
    record: StudentRecord,
    li: User,
    wang: User,
    now: datetime,
    later,
    message: str,
) -> None:
    ask_undo_merge(case=case, reason="是两个人", actor=li, now=now)
    later(case, record, li, now)
    before = everything()
    fresh = PersonMerge.objects.select_related("stays", "goes").get(pk=case.pk)

    with pytest.raises(NotAllowedError, match=message):
        undo_merge(case=fresh, reason="核实过", actor=wang, now=now)

    assert everything() == before
    assert PersonMerge.objects.get(pk=case.pk).state == MergeState.UNDOING


def test_asking_is_refused_with_every_reason(
    case: PersonMerge, record: StudentRecord, li: User, now: datetime
) -> None:
    later_amendment(case, record, li, now)
    later_work(case, record, li, now)

    assert len(reasons_not_to_part(case)) == 2
    with pytest.raises(NotAllowedError, match=r"不能拆开：.*；.*先把这些处理好"):
        ask_undo_merge(case=case, reason="是两个人", actor=li, now=now)


def test_two_who_part_at_once_find_one_undo(
    transactional_db: None, case: PersonMerge, li: User, wang: User, now: datetime
) -> None:
    ask_undo_merge(case=case, reason="是两个人", actor=li, now=now)
    zhao = people.make_staff(Role.REGISTRAR, "zhao@example.test")
    start = Barrier(2)

    def part(actor: User) -> str:
        try:
            mine = PersonMerge.objects.select_related("stays", "goes").get(pk=case.pk)
            start.wait()
            undo_merge(case=mine, reason="核实过", actor=actor, now=now)
        except DomainError as error:
            return type(error).__name__
        else:
            return "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        ends = sorted(pool.map(part, [wang, zhao]))

    assert ends.count("done") == 1
    assert set(ends) <= {"done", StaleStateError.__name__, NotAllowedError.__name__}
    assert AuditEvent.objects.filter(action="merge.undone").count() == 1
