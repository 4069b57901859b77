"""Pages of the graduation audit: the student's checklist, the college's list, the public notice."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common import ratelimit
from corrections.models import AuditedStudent, AuditObjection, Certificate, GraduationAudit
from corrections.selectors.graduation import checklist_of
from corrections.states.graduation import (
    AuditOutcome,
    AuditState,
    CertificateState,
    ItemState,
    ObjectionKind,
    ObjectionState,
    ResultState,
)
from corrections.views.graduation_notice import LOOKS
from enrollment.models import School, StudentRecord
from tests.factories import enrolment
from tests.factories.graduation import make_audit, make_audited, make_certificate

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
DAY = timedelta(days=1)


@pytest.fixture
def soon() -> datetime:
    """A moment ahead of the clock of the pages."""
    return timezone.now() + DAY


@pytest.fixture
def student(record: StudentRecord, soon: datetime) -> AuditedStudent:
    """Alice in a round that takes answers."""
    return make_audited(record, make_audit(confirm_until=soon), marks={"学分": ItemState.NOT_MET})


def url(name: str, *args: Any) -> str:
    return reverse(f"corrections:{name}", args=args)


def on_notice(**fields: Any) -> GraduationAudit:
    now = timezone.now()
    return make_audit(
        AuditState.NOTICE,
        **{"notice_opens_at": now - DAY, "notice_closes_at": now + DAY, **fields},
    )


def test_student_sees_each_item_and_whom_to_ask(
    client_of: ClientOf, alice: User, student: AuditedStudent
) -> None:
    page = client_of(alice).get(url("graduation_page", student.pk)).content.decode()

    for said in (
        "学分",
        "没达到",
        "导入的结果",
        "问：学院教学秘书",
        "还没有审定",
        "对“学分”提异议",
    ):
        assert page.count(said) >= 1


def test_student_confirms_the_list_that_was_shown(
    client_of: ClientOf, alice: User, student: AuditedStudent
) -> None:
    digest = checklist_of(student, now=timezone.now()).digest

    client_of(alice).post(url("graduation_confirm", student.pk), {"seen_digest": "stale"})
    before = AuditedStudent.objects.get().confirmed_at
    client_of(alice).post(url("graduation_confirm", student.pk), {"seen_digest": digest})

    assert before is None
    assert AuditedStudent.objects.get().confirmed_digest == digest


def test_student_objects_college_answers_and_student_reads_it(
    client_of: ClientOf, alice: User, secretary: User, student: AuditedStudent
) -> None:
    item = student.audit.items.get()
    asked = client_of(alice).post(
        url("graduation_object", student.pk, item.pk), {"reason": "少算了一门选修课"}
    )
    objection = AuditObjection.objects.get()
    answered = client_of(secretary).post(
        url("graduation_answer", objection.pk), {"action": "UPHOLD", "answer": "已请教务处补上"}
    )
    page = client_of(alice).get(url("graduation_page", student.pk)).content.decode()

    assert (asked.status_code, answered.status_code) == (302, 302)
    assert AuditObjection.objects.get().state == ObjectionState.UPHELD
    assert page.count("已请教务处补上") == 1


def test_empty_objection_is_asked_for_again(
    client_of: ClientOf, alice: User, student: AuditedStudent
) -> None:
    item = student.audit.items.get()

    response = client_of(alice).post(url("graduation_object", student.pk, item.pk), {"reason": " "})

    assert response.status_code == 422
    assert not AuditObjection.objects.exists()


def test_student_takes_an_objection_back(
    client_of: ClientOf, alice: User, student: AuditedStudent
) -> None:
    item = student.audit.items.get()
    client_of(alice).post(url("graduation_object", student.pk, item.pk), {"reason": "不对"})

    client_of(alice).post(url("graduation_withdraw", AuditObjection.objects.get().pk))

    assert AuditObjection.objects.get().state == ObjectionState.WITHDRAWN


def test_item_of_another_round_is_not_there(
    client_of: ClientOf, alice: User, student: AuditedStudent
) -> None:
    other = make_audit(round_no=2).items.get()

    response = client_of(alice).get(url("graduation_object", student.pk, other.pk))

    assert response.status_code == 404


@pytest.mark.parametrize("who", ["eve", "chen", "monitor", "secretary", "li"])
def test_checklist_is_the_students_alone(
    client_of: ClientOf, who: str, request: pytest.FixtureRequest, student: AuditedStudent
) -> None:
    client = client_of(request.getfixturevalue(who))

    assert client.get(url("graduation_page", student.pk)).status_code == 404
    assert client.post(url("graduation_confirm", student.pk)).status_code == 404


@pytest.mark.parametrize("who", ["eve", "chen", "monitor", "alice"])
def test_pages_of_the_college_are_for_the_college(
    client_of: ClientOf, who: str, request: pytest.FixtureRequest, student: AuditedStudent
) -> None:
    client = client_of(request.getfixturevalue(who))
    audit = student.audit_id

    found = [
        client.get(address).status_code
        for address in (
            url("graduation_colleges"),
            url("graduation_college", audit),
            url("graduation_student", student.pk),
            url("graduation_certificates", audit),
            url("graduation_certificates_xlsx", audit),
        )
    ]

    assert found == [404] * 5


def test_secretary_of_another_college_finds_nothing(
    client_of: ClientOf, secretary: User, soon: datetime
) -> None:
    science = enrolment.make_class(college=enrolment.make_college("理学院"))
    other = make_audited(enrolment.make_record(class_group=science), make_audit(confirm_until=soon))

    assert client_of(secretary).get(url("graduation_student", other.pk)).status_code == 404
    assert client_of(secretary).get(url("graduation_college", other.audit_id)).status_code == 404


def test_college_proposes_on_its_page(
    client_of: ClientOf, secretary: User, student: AuditedStudent
) -> None:
    page = url("graduation_student", student.pk)

    refused = client_of(secretary).post(page, {"outcome": "DEFER", "note": ""})
    done = client_of(secretary).post(page, {"outcome": "COMPLETE", "note": ""})

    assert (refused.status_code, done.status_code) == (422, 302)
    assert AuditedStudent.objects.get().proposed == AuditOutcome.COMPLETE


def test_college_proposes_for_all_at_once(
    client_of: ClientOf, secretary: User, student: AuditedStudent
) -> None:
    client_of(secretary).post(url("graduation_propose_all", student.audit_id))

    assert AuditedStudent.objects.get().state == ResultState.PROPOSED


def test_list_of_the_college_costs_the_same_for_one_and_for_three(
    client_of: ClientOf, secretary: User, student: AuditedStudent
) -> None:
    client = client_of(secretary)
    page = url("graduation_college", student.audit_id)
    client.get(page)

    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get(page)
        counts.append(len(queries))
        for _ in range(2):
            make_audited(enrolment.make_record(), student.audit)

    assert counts == [counts[0]] * 2


def test_certificate_is_handed_out_by_the_college_and_listed(
    client_of: ClientOf, secretary: User, record: StudentRecord
) -> None:
    student = make_audited(record, make_audit(AuditState.CLOSED), ResultState.DECIDED)
    row = make_certificate(student, CertificateState.AT_COLLEGE)
    client = client_of(secretary)
    page = url("graduation_certificate", row.pk)

    lacking = client.post(page, {"taker": "PROXY", "taker_name": "", "proxy_reason": ""})
    done = client.post(page, {"taker": "SELF", "taker_name": "", "proxy_reason": ""})
    table = client.get(url("graduation_certificates_xlsx", student.audit_id))

    assert (lacking.status_code, done.status_code) == (422, 302)
    assert Certificate.objects.get().state == CertificateState.HANDED
    assert table["Content-Type"].startswith("application/vnd.openxmlformats")
    assert table["Cache-Control"] == "no-store, private"


def test_college_reads_that_an_upheld_objection_holds_the_certificate(
    client_of: ClientOf, secretary: User, record: StudentRecord
) -> None:
    audit = make_audit(AuditState.NOTICE, notice_closes_at=timezone.now() - timedelta(hours=1))
    student = make_audited(record, audit, ResultState.DECIDED)
    row = make_certificate(student, CertificateState.AT_COLLEGE)
    client = client_of(secretary)
    said = "有一份异议成立、教务处要改好再公示。"

    before = client.get(url("graduation_certificate", row.pk)).content.decode()
    AuditObjection.objects.create(
        audit=audit,
        kind=ObjectionKind.NOTICE,
        state=ObjectionState.UPHELD,
        reason="不符",
        received_at=timezone.now() - timedelta(minutes=30),
        received_by="本人",
        answer="成立",
        answered_at=timezone.now(),
        answered_by="教务处",
    )
    after = client.get(url("graduation_certificate", row.pk)).content.decode()

    assert (before.count(said), after.count(said)) == (0, 1)


def test_notice_shows_nobodys_whole_name_or_number(client_of: ClientOf) -> None:
    audit = on_notice()
    names = ["沈若溪", "秦川", "阿依努尔·买买提", "欧阳致远"]
    records = [enrolment.make_record(name=name) for name in names]
    for record in records:
        make_audited(record, audit, ResultState.DECIDED, now=timezone.now())

    response = Client().get(url("graduation_notice", audit.pk))

    page = response.content.decode()
    whole = [
        value
        for record in records
        for value in (record.name, record.student_no, record.id_number, record.candidate_no)
        if value in page
    ]
    assert response.status_code == 200
    assert whole == []
    assert len(re.findall(r"<td[^>]*>[^<]*\*[^<]*</td>", page)) == 8
    assert response["X-Robots-Tag"].startswith("noindex")


@pytest.mark.parametrize("is_demo", [True, False])
def test_notice_of_a_demo_school_says_that_it_is_made_up(
    client_of: ClientOf, eve: User, is_demo: bool
) -> None:
    audit = on_notice()
    School.objects.filter(pk=audit.school_id).update(is_demo=is_demo)

    pages = [
        client_of(eve).get(url(name, audit.pk)).content.decode()
        for name in ("graduation_notice", "graduation_notice_object")
    ]

    assert ["演示数据" in page for page in pages] == [is_demo] * 2


def test_notice_says_nothing_of_who_failed(client_of: ClientOf) -> None:
    audit = on_notice()
    record = enrolment.make_record(name="钱塘江", student_no="2022070001")
    make_audited(record, audit, ResultState.DECIDED, AuditOutcome.DEFER, now=timezone.now())

    page = Client().get(url("graduation_notice", audit.pk)).content.decode()

    assert [word for word in ("钱", "202207", "暂缓") if word in page] == []


def test_campus_behind_one_address_reads_it_six_hundred_times_a_minute() -> None:
    audit = on_notice()
    assert (LOOKS.amount, LOOKS.seconds) == (600, 60)
    keys = ratelimit._keys(LOOKS, "127.0.0.1")
    # A minute ahead, so that a machine that stands still for a while forgets none of them.
    taken = timezone.now().timestamp() + 60
    caches["default"].set_many(dict.fromkeys(keys[:-1], taken), timeout=600)

    statuses = [Client().get(url("graduation_notice", audit.pk)).status_code for _ in range(2)]
    elsewhere = Client().get(url("graduation_notice", audit.pk), REMOTE_ADDR="127.0.0.2")

    assert (statuses, elsewhere.status_code) == ([200, 429], 200)


@pytest.mark.parametrize(("opens", "closes", "status"), [(-2, -1, 404), (-1, 1, 200), (1, 2, 404)])
def test_notice_is_there_only_in_its_time(opens: int, closes: int, status: int) -> None:
    now = timezone.now()
    audit = on_notice(notice_opens_at=now + opens * DAY, notice_closes_at=now + closes * DAY)

    assert Client().get(url("graduation_notice", audit.pk)).status_code == status


def test_objection_to_the_notice_needs_an_account_and_a_name(
    client_of: ClientOf, eve: User
) -> None:
    audit = on_notice()
    page = url("graduation_notice_object", audit.pk)
    given = {"name": "周全", "contact": "010-0000", "reason": "某人学分不够"}

    anonymous = Client().post(page, given)
    nameless = client_of(eve).post(page, {**given, "name": " "})
    done = client_of(eve).post(page, given)

    assert (anonymous.status_code, nameless.status_code, done.status_code) == (302, 422, 302)
    assert AuditObjection.objects.get().objector == eve


def test_home_leads_there(
    client_of: ClientOf, alice: User, secretary: User, student: AuditedStudent
) -> None:
    for user, name in ((alice, "graduation_list"), (secretary, "graduation_colleges")):
        page = client_of(user).get(reverse("home")).content.decode()
        assert page.count(f'href="{url(name)}"') == 1


PROPOSE_ALL = "按各项目得出的提出"


def test_button_for_all_is_there_while_anybody_waits(
    client_of: ClientOf, secretary: User, record: StudentRecord
) -> None:
    audit = make_audit()
    make_audited(record, audit, ResultState.PROPOSED)  # the first one on the list
    waiting = make_audited(enrolment.make_record(student_no="20239"), audit)
    client = client_of(secretary)

    before = client.get(url("graduation_college", audit.pk)).content.decode()
    AuditedStudent.objects.filter(pk=waiting.pk).update(state=ResultState.DROPPED)
    after = client.get(url("graduation_college", audit.pk), {"state": "waiting"}).content.decode()

    assert (before.count(PROPOSE_ALL), after.count(PROPOSE_ALL)) == (1, 0)


def test_office_without_the_college_has_no_button_for_its_students(
    client_of: ClientOf, li: User, record: StudentRecord
) -> None:
    audit = make_audit()
    make_audited(record, audit)

    page = client_of(li).get(url("graduation_college", audit.pk), {"state": "waiting"})

    assert PROPOSE_ALL not in page.content.decode()
