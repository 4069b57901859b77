"""The page of a record: amend with preview, bind, reveal once, find by number."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.identity import canonical_number
from accounts.models import User, document_index
from common.models import AuditEvent
from enrollment.models import Amendment, Binding, StudentRecord
from tests.factories import enrolment, people

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
LIST = "/admin/enrollment/studentrecord/"


def deed(record: StudentRecord, name: str) -> str:
    return reverse("admin:enrollment_studentrecord_do", args=[record.pk, name])


AMEND = {"field_1": "ethnicity", "value_1": "回族", "reason": "户口本为准"}


def test_amend_first_shows_what_would_change(
    client_of: ClientOf, li: User, record: StudentRecord
) -> None:
    page = client_of(li).post(deed(record, "amend"), AMEND).content.decode()

    record.refresh_from_db()
    assert "会改的地方" in page
    assert "汉族" in page
    assert "回族" in page
    assert record.ethnicity == "汉族"
    assert Amendment.objects.count() == 0
    assert AuditEvent.objects.filter(action="record.amended").count() == 0


def test_amend_confirmed_changes_the_record(
    client_of: ClientOf, li: User, record: StudentRecord
) -> None:
    response = client_of(li).post(deed(record, "amend"), {**AMEND, "_confirmed": "1"})

    record.refresh_from_db()
    made = Amendment.objects.get()
    assert response.status_code == 302
    assert record.ethnicity == "回族"
    assert (made.field, made.old_value, made.new_value, made.reason) == (
        "ethnicity",
        "汉族",
        "回族",
        "户口本为准",
    )


def test_amend_names_what_cannot_be_read(
    client_of: ClientOf, li: User, record: StudentRecord
) -> None:
    given = {"field_1": "birth_date", "value_1": "昨天", "reason": "试"}

    page = client_of(li).post(deed(record, "amend"), given).content.decode()

    assert "日期写成 2026-06-30 或 20260630。" in page


def test_auditor_sees_no_button_and_may_not_act(
    client_of: ClientOf, auditor: User, record: StudentRecord
) -> None:
    client = client_of(auditor)

    page = client.get(f"{LIST}{record.pk}/change/").content.decode()

    assert "更正学籍" not in page
    for name in ("amend", "bind", "reveal"):
        assert client.get(deed(record, name)).status_code == 403
        assert client.post(deed(record, name), {"reason": "看看"}).status_code == 403


def test_page_masks_the_number(client_of: ClientOf, li: User, record: StudentRecord) -> None:
    page = client_of(li).get(f"{LIST}{record.pk}/change/").content.decode()

    assert record.id_number not in page
    assert f"{record.id_number[:2]}**************{record.id_number[-2:]}" in page


def test_reveal_shows_once_and_is_audited(
    client_of: ClientOf, li: User, record: StudentRecord
) -> None:
    client = client_of(li)

    asked = client.get(deed(record, "reveal"))
    shown = client.post(deed(record, "reveal"), {"reason": "核对身份证"})
    after = client.get(f"{LIST}{record.pk}/change/")

    event = AuditEvent.objects.get(action="record.revealed")
    assert record.id_number not in asked.content.decode()
    assert record.id_number in shown.content.decode()
    assert shown["Cache-Control"] == "no-store, private"
    assert record.id_number not in after.content.decode()
    assert (event.reason, event.subject_id, event.actor_id) == (
        "核对身份证",
        str(record.pk),
        str(li.pk),
    )
    assert record.id_number not in str(event.details)


def test_reveal_without_reason_shows_nothing(
    client_of: ClientOf, li: User, record: StudentRecord
) -> None:
    response = client_of(li).post(deed(record, "reveal"), {"reason": " "})

    assert record.id_number not in response.content.decode()
    assert AuditEvent.objects.filter(action="record.revealed").count() == 0


def test_number_in_any_spelling_finds_the_record(
    client_of: ClientOf, li: User, record: StudentRecord
) -> None:
    enrolment.make_record(class_group=record.class_group, name="周以宁")
    number = record.id_number
    typed = f"{number[:6]} {number[6:14]}　{number[14:]}".lower()

    response = client_of(li).post(LIST, {"_search": "1", "q": typed}, follow=True)

    address = response.redirect_chain[-1][0]
    event = AuditEvent.objects.get(action="number.searched")
    assert address == f"{LIST}?document={document_index(canonical_number(number)).hex()}"
    assert [row.pk for row in response.context["cl"].result_list] == [record.pk]
    assert number not in str(event.details)
    assert event.actor_id == str(li.pk)


def test_unknown_number_finds_nobody_and_is_audited(
    client_of: ClientOf, li: User, record: StudentRecord
) -> None:
    typed = people.make_number(998, birth="18990101")

    response = client_of(li).post(LIST, {"_search": "1", "q": typed}, follow=True)

    assert list(response.context["cl"].result_list) == []
    assert AuditEvent.objects.filter(action="number.searched").count() == 1


@pytest.mark.parametrize("typed", ["20220401", "沈若"])
def test_beginning_of_number_or_name_finds_the_record(
    client_of: ClientOf, li: User, record: StudentRecord, typed: str
) -> None:
    enrolment.make_record(class_group=record.class_group, name="周以宁", student_no="2021000001")

    response = client_of(li).post(LIST, {"_search": "1", "q": typed}, follow=True)

    assert [row.pk for row in response.context["cl"].result_list] == [record.pk]
    assert AuditEvent.objects.filter(action="number.searched").count() == 0


def test_bind_by_number_and_unbind(client_of: ClientOf, li: User, record: StudentRecord) -> None:
    user = people.make_user("late@example.test")
    identity = people.make_identity(user, name="沈若希", number=record.id_number)
    client = client_of(li)
    given = {"who": record.id_number, "reason": "名册姓名写错，已核对身份证"}

    preview = client.post(deed(record, "bind"), given).content.decode()
    client.post(deed(record, "bind"), {**given, "_confirmed": "1"})
    bound = Binding.objects.get(record=record)
    client.post(deed(record, "unbind"), {"reason": "绑错人"})

    assert "沈若希" in preview
    assert bound.identity == identity
    assert Binding.objects.count() == 0


@pytest.mark.parametrize("rows", [1, 3])
def test_list_asks_few_queries(
    client_of: ClientOf, li: User, rows: int, django_assert_num_queries: Callable[[int], object]
) -> None:
    for _ in range(rows):
        enrolment.make_record()
    client = client_of(li)
    client.get(LIST)

    with django_assert_num_queries(10):  # type: ignore[attr-defined]
        client.get(LIST)
