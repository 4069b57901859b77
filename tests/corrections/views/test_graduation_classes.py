"""The counsellor's pages of the graduation audit: the own classes alone, read only, in a fixed number of queries."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.models import AuditEvent
from corrections.models import GraduationAudit
from corrections.states.graduation import AuditState, ItemSource, ItemState, ResultState
from enrollment.models import ClassGroup, StudentRecord
from enrollment.states import AssignmentRole
from tests.factories import enrolment, people
from tests.factories.graduation import make_audit, make_audited, make_sanction

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]


@pytest.fixture
def audit(db: None) -> GraduationAudit:
    """A round with credits, fees and sanctions."""
    return make_audit(
        items=[
            ("学分", ItemSource.IMPORT),
            ("学费", ItemSource.IMPORT),
            ("处分", ItemSource.SANCTIONS),
        ],
        confirm_until=timezone.now() + timedelta(days=1),
    )


def address(audit: GraduationAudit, class_group: ClassGroup, query: str = "") -> str:
    return reverse("corrections:graduation_class", args=[audit.pk, class_group.pk]) + query


def test_counsellor_sees_who_passes_and_what_is_open(
    client_of: ClientOf,
    chen: User,
    record: StudentRecord,
    class_group: ClassGroup,
    audit: GraduationAudit,
) -> None:
    make_audited(record, audit, marks={"学分": ItemState.NOT_MET})
    make_audited(enrolment.make_record(name="陆见微", class_group=class_group), audit)
    client = client_of(chen)

    home = client.get(reverse("corrections:graduation_classes")).content.decode()
    page = client.get(address(audit, class_group)).content.decode()
    passing = client.get(address(audit, class_group, "?state=pass")).content.decode()

    assert home.count(address(audit, class_group)) == 1
    assert home.count("已审定 0/2") == 1
    assert page.count("<b>学分</b>") == page.count("<b>学费</b>") == 1
    assert page.count("学院教学秘书") == 2
    assert passing.count("陆见微") == 1
    assert passing.count("沈若溪") == 0
    assert page.count("<form") == home.count("<form")  # leaving the portal, nothing else


def test_sanction_and_what_was_written_about_somebody_do_not_show(
    client_of: ClientOf,
    chen: User,
    record: StudentRecord,
    class_group: ClassGroup,
    audit: GraduationAudit,
) -> None:
    """Nor can they be told from what is left: with a sanction the page is the same as without."""
    student = make_audited(record, audit, ResultState.DECIDED, now=timezone.now())
    student.marks.update(note="家里欠费")
    client = client_of(chen)
    without = body(client, address(audit, class_group))
    make_sanction(record, reason="考试作弊")

    under = body(client, address(audit, class_group))
    passing = body(client, address(audit, class_group, "?state=pass"))

    assert under == without
    assert passing.count("沈若溪") == 1
    assert [word for word in ("家里欠费", "考试作弊", "没解除") if word in under + passing] == []


def body(client: Client, url: str) -> str:
    """The table of the page."""
    return client.get(url).content.decode().partition("<table")[2].partition("</table>")[0]


def test_each_student_reads_of_the_look_once(
    client_of: ClientOf,
    chen: User,
    record: StudentRecord,
    class_group: ClassGroup,
    audit: GraduationAudit,
) -> None:
    make_audited(record, audit)
    other = enrolment.make_record(class_group=class_group)
    make_audited(other, audit, marks={"学分": ItemState.NOT_MET, "学费": ItemState.MET})
    client = client_of(chen)
    looks = AuditEvent.objects.filter(action="auditresult.viewed").order_by("pk")

    client.get(address(audit, class_group, "?state=fail"))
    first = list(looks.values_list("subject_id", "actor_id"))
    client.get(address(audit, class_group))
    client.get(address(audit, class_group))

    assert first == [(str(other.pk), chen.actor_id)]
    assert set(looks.values_list("subject_id", flat=True)) == {str(record.pk), str(other.pk)}
    assert looks.count() == 2


def test_other_classes_and_what_has_not_begun_are_not_found(
    client_of: ClientOf,
    chen: User,
    record: StudentRecord,
    class_group: ClassGroup,
    audit: GraduationAudit,
) -> None:
    make_audited(record, audit)
    other = enrolment.make_class("历史学 2201 班")
    make_audited(enrolment.make_record(class_group=other), audit)
    draft = make_audit(AuditState.DRAFT, round_no=2)
    make_audited(record, draft)
    client = client_of(chen)

    assert client.get(address(audit, class_group)).status_code == 200
    assert client.get(address(audit, other)).status_code == 404
    assert client.get(address(draft, class_group)).status_code == 404


@pytest.mark.parametrize("who", ["alice", "secretary", "leader", "li", "auditor", "eve", "monitor"])
def test_nobody_but_the_counsellor_finds_the_pages(
    who: str,
    client_of: ClientOf,
    record: StudentRecord,
    class_group: ClassGroup,
    audit: GraduationAudit,
    request: pytest.FixtureRequest,
) -> None:
    make_audited(record, audit)
    client = client_of(request.getfixturevalue(who))

    assert client.get(reverse("corrections:graduation_classes")).status_code == 404
    assert client.get(address(audit, class_group)).status_code == 404


def test_own_hidden_and_dropped_students_are_not_on_the_page(
    client_of: ClientOf,
    chen: User,
    record: StudentRecord,
    class_group: ClassGroup,
    audit: GraduationAudit,
) -> None:
    make_audited(record, audit)
    mine = enrolment.make_record(name="陈本人", class_group=class_group)
    make_audited(mine, audit)
    enrolment.bind(mine, people.make_identity(chen, name=mine.name, number=mine.id_number))
    hidden = enrolment.make_record(name="隐去的", class_group=class_group)
    make_audited(hidden, audit)
    StudentRecord.objects.filter(pk=hidden.pk).update(
        hidden_at=timezone.now(), hidden_by="测试", hidden_reason="测试"
    )
    dropped = enrolment.make_record(name="移出的", class_group=class_group)
    make_audited(dropped, audit, ResultState.DROPPED)

    page = client_of(chen).get(address(audit, class_group)).content.decode()

    assert page.count("沈若溪") == 1
    assert [name for name in ("陈本人", "隐去的", "移出的") if name in page] == []


def test_counsellor_whose_time_is_over_finds_nothing(
    client_of: ClientOf,
    chen: User,
    record: StudentRecord,
    class_group: ClassGroup,
    audit: GraduationAudit,
    now: datetime,
) -> None:
    make_audited(record, audit)
    chen.assignments.filter(role=AssignmentRole.COUNSELLOR).update(ends_at=now)

    assert client_of(chen).get(address(audit, class_group)).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_query_count(
    count: int,
    client_of: ClientOf,
    chen: User,
    class_group: ClassGroup,
    audit: GraduationAudit,
    django_assert_num_queries: Any,
) -> None:
    for _ in range(count):
        make_audited(enrolment.make_record(class_group=class_group), audit)
    client = client_of(chen)
    client.get(address(audit, class_group))

    with django_assert_num_queries(6):
        client.get(reverse("corrections:graduation_classes"))
    with django_assert_num_queries(13):
        client.get(address(audit, class_group))
