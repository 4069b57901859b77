"""Locked disputes become requests: once, late, and never beside an open one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from django.db import connections

from accounts.models import User
from common import files
from common.models import AuditEvent, Channel, OutboxMessage
from corrections.models import CorrectionField, CorrectionRequest, Evidence
from corrections.selectors import disputes_to_open
from corrections.services.sweep import open_due_requests
from corrections.states import RequestState
from enrollment.models import ClassGroup, StudentRecord
from imaging.states import Conclusion, ConclusionKind
from tests.factories import enrolment
from tests.factories.corrections import RIGHT_NAME, lock_of, make_dispute, make_proof, make_request
from tests.factories.imaging import make_campaign, make_conclusion, make_member, make_photo
from xuexin.schedule import sweep_named

pytestmark = pytest.mark.django_db


def test_open_due_requests_locked_dispute(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    dispute = make_dispute(make_member(record))

    assert open_due_requests(now=now) == 1

    request = CorrectionRequest.objects.get()
    assert (request.record, request.kind, request.state) == (record, "DATA", "SUBMITTED")
    assert (request.conclusion, request.submitted_at) == (dispute, dispute.locks_at)
    assert (request.submitter, request.reasons, request.note) == (
        alice,
        ["FIELD_WRONG"],
        "身份证上是谿。",
    )
    field = CorrectionField.objects.get()
    assert (field.field, field.original, field.proposed) == ("name", "沈若溪", RIGHT_NAME)


def test_open_due_requests_tells_student_and_audit(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    make_dispute(make_member(record))

    open_due_requests(now=now)

    request = CorrectionRequest.objects.get()
    event = AuditEvent.objects.get(action="correction.opened")
    assert (event.object_id, event.subject_id) == (str(request.pk), str(record.pk))
    told = OutboxMessage.objects.filter(template="correction_opened", user=alice)
    assert sorted(told.values_list("channel", flat=True)) == [Channel.EMAIL, Channel.NOTICE]


def test_open_due_requests_photo_has_no_fields(record: StudentRecord, now: datetime) -> None:
    make_photo(record)
    make_dispute(make_member(record), ConclusionKind.PHOTO)

    assert open_due_requests(now=now) == 1
    assert CorrectionRequest.objects.get().kind == ConclusionKind.PHOTO
    assert not CorrectionField.objects.exists()


def test_open_due_requests_number_is_kept_whole(record: StudentRecord, now: datetime) -> None:
    right = "990101188603120011"
    member = make_member(record)
    make_dispute(member, wrong_fields=["id_number"], proposed={"id_number": right})

    open_due_requests(now=now)

    field = CorrectionField.objects.get()
    assert (field.original, field.proposed) == (record.id_number, right)


def test_open_due_requests_takes_the_proof_along(
    record: StudentRecord, alice: User, now: datetime
) -> None:
    proof = make_proof()
    file = files.store(
        proof.data, kind="evidence", content_type=proof.content_type, now=now, actor=alice
    )
    make_dispute(make_member(record), evidence=file)

    open_due_requests(now=now)

    assert Evidence.objects.get().file == file


@pytest.mark.parametrize(("offset", "made"), [(-1, 0), (0, 1), (1, 1)])
def test_open_due_requests_at_the_lock(record: StudentRecord, offset: int, made: int) -> None:
    dispute = make_dispute(make_member(record))

    assert open_due_requests(now=lock_of(dispute) + timedelta(seconds=offset)) == made


def test_open_due_requests_twice(record: StudentRecord, now: datetime) -> None:
    make_dispute(make_member(record))

    assert [open_due_requests(now=now), open_due_requests(now=now)] == [1, 0]
    assert CorrectionRequest.objects.count() == 1
    assert AuditEvent.objects.filter(action="correction.opened").count() == 1


def test_open_due_requests_not_for_correct_or_outdated(
    record: StudentRecord, class_group: ClassGroup, now: datetime
) -> None:
    make_conclusion(make_member(record), ConclusionKind.DATA, Conclusion.CORRECT)
    changed = enrolment.make_record(class_group=class_group, name="江未")
    make_dispute(make_member(changed), seen_digest="something else")

    assert open_due_requests(now=now) == 0


def test_open_due_requests_not_for_removed_members(record: StudentRecord, now: datetime) -> None:
    make_dispute(make_member(record, removed_at=now, removed_by="教务处"))

    assert open_due_requests(now=now) == 0


def test_open_due_requests_further_dispute_waits(record: StudentRecord, now: datetime) -> None:
    first = make_request(record, RequestState.OFFICE_REVIEW)
    other = make_campaign(title="另一批次")
    make_dispute(make_member(record, other))

    assert open_due_requests(now=now) == 0

    first.state, first.closed_at, first.closed_by = RequestState.REFUSED, now, "李老师"
    first.decided_at, first.decided_by = now, "李老师"
    first.save()
    assert open_due_requests(now=now) == 1


def test_open_due_requests_two_disputes_of_one_kind_in_one_batch(
    record: StudentRecord, now: datetime
) -> None:
    for title in ("甲", "乙"):
        make_dispute(make_member(record, make_campaign(title=title)))

    assert open_due_requests(now=now) == 1
    assert disputes_to_open(now=now).count() == 0


def test_open_due_requests_data_and_photo_side_by_side(
    record: StudentRecord, now: datetime
) -> None:
    make_photo(record)
    member = make_member(record)
    for kind in ConclusionKind:
        make_dispute(member, kind)

    assert open_due_requests(now=now) == 2


@pytest.mark.django_db(transaction=True)
def test_open_due_requests_four_runs_at_once(now: datetime) -> None:
    """Whichever run is first, each dispute gets one request, one audit event and one set of messages."""
    class_group = enrolment.make_class()
    for serial in range(5):
        made = enrolment.make_record(class_group=class_group, name=f"学生{serial}")
        make_dispute(make_member(made))
    start = Barrier(4)

    def run(_: int) -> int:
        start.wait()
        try:
            return open_due_requests(now=now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        made_by_each = list(pool.map(run, range(4)))

    assert sum(made_by_each) == 5
    assert CorrectionRequest.objects.count() == 5
    assert AuditEvent.objects.filter(action="correction.opened").count() == 5


def test_open_due_requests_many_in_few_queries(
    class_group: ClassGroup, now: datetime, django_assert_max_num_queries
) -> None:
    for serial in range(7):
        made = enrolment.make_record(class_group=class_group, name=f"学生{serial}")
        make_dispute(make_member(made))

    with django_assert_max_num_queries(14):
        assert open_due_requests(now=now) == 7


def test_schedule_runs_the_sweep(record: StudentRecord, now: datetime) -> None:
    make_dispute(make_member(record))

    sweep_named("corrections.open_due_requests").run(now)

    assert CorrectionRequest.objects.count() == 1
