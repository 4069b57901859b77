"""Decisions on many cases at the desk: ticked, looked at, confirmed, taken back."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from common.models import AuditEvent
from corrections.models import CaseBatch, CorrectionRequest
from corrections.states import RequestState
from enrollment.models import StudentRecord
from tests.factories import enrolment
from tests.factories.corrections import RIGHT_NAME, make_request

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
CASES = "/admin/corrections/correctionrequest/"
BATCHES = "/admin/corrections/casebatch/"


def ticked(client: Client, *cases: CorrectionRequest, all_of_them: bool = False) -> str:
    """Where the list leads when these boxes are ticked."""
    answer = client.post(
        CASES,
        {
            "action": "decide_together",
            "_selected_action": [case.pk for case in cases],
            "select_across": "1" if all_of_them else "0",
            "index": "0",
        },
    )
    return str(answer.headers.get("Location", ""))


def looked_at(client: Client, *cases: CorrectionRequest) -> CaseBatch:
    """The batch after its first page was filled in."""
    numbers = "-".join(str(case.pk) for case in cases)
    given = {"cases": numbers, "action": "REFUSE", "word": "与公安信息一致"}
    client.post(f"{BATCHES}add/", given)
    return CaseBatch.objects.get()


def test_ticked_cases_are_looked_at_decided_and_taken_back(
    client_of: ClientOf, li: User, alice: User, record: StudentRecord
) -> None:
    case = make_request(record, RequestState.OFFICE_REVIEW)
    client = client_of(li)

    asked = ticked(client, case)
    form = client.get(asked).content.decode()
    batch = looked_at(client, case)
    preview = client.get(f"{BATCHES}{batch.pk}/do/apply/").content.decode()
    case.refresh_from_db()
    untouched = case.state
    client.post(f"{BATCHES}{batch.pk}/do/apply/")
    case.refresh_from_db()
    decided = (case.state, case.answer)
    undo = client.get(f"{BATCHES}{batch.pk}/do/undo/").content.decode()
    client.post(f"{BATCHES}{batch.pk}/do/undo/", {"reason": "点错了"})

    case.refresh_from_db()
    assert asked == f"{BATCHES}add/?cases={case.pk}"
    assert "勾选了 1 张勘误单。" in form
    assert "会办理 1 张，不会办理 0 张" in preview
    assert f"姓名：沈若溪 → {RIGHT_NAME}" in preview
    assert (untouched, decided) == (
        RequestState.OFFICE_REVIEW,
        (RequestState.REFUSED, "与公安信息一致"),
    )
    assert "会撤销 1 张，不会撤销 0 张" in undo
    assert "学生会看到这段话，不要写任何人的姓名和号码。" in undo
    assert case.state == RequestState.OFFICE_REVIEW
    looked = AuditEvent.objects.get(action="case.viewed", subject_id=str(record.pk))
    assert looked.reason == f"看{batch}的清单"


def test_reason_why_not_is_shown(
    client_of: ClientOf, li: User, alice: User, record: StudentRecord
) -> None:
    case = make_request(record, RequestState.CLOSED)
    client = client_of(li)

    batch = looked_at(client, case)

    page = client.get(f"{BATCHES}{batch.pk}/change/").content.decode()
    assert "现在是“已办结”，不能“不予采纳”" in page


def test_reason_for_leaving_out_the_college_is_read_by_the_student_and_says_so(
    client_of: ClientOf, li: User, secretary: User, record: StudentRecord
) -> None:
    case = make_request(record, RequestState.SUBMITTED)

    page = client_of(li).get(f"{CASES}{case.pk}/do/pull/").content.decode()

    assert "学生会看到这段话，不要写任何人的姓名和号码。" in page


def test_case_that_the_student_took_back_shows_nothing_of_its_draft(
    client_of: ClientOf, li: User, record: StudentRecord
) -> None:
    case = make_request(record, RequestState.OFFICE_REVIEW)
    client = client_of(li)
    batch = looked_at(client, case)
    CorrectionRequest.objects.update(state=RequestState.DRAFT)

    pages = [
        client.get(f"{BATCHES}{batch.pk}/{page}/").content.decode()
        for page in ("change", "do/apply")
    ]

    assert [RIGHT_NAME in page for page in pages] == [False, False]
    assert [f"{CASES}{case.pk}/change/" in page for page in pages] == [False, False]


def test_more_than_fit_are_refused(
    client_of: ClientOf,
    li: User,
    record: StudentRecord,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = make_request(record, RequestState.OFFICE_REVIEW)
    monkeypatch.setattr("corrections.admin.request.MOST_BATCHED", 0)
    client = client_of(li)

    assert ticked(client, case, all_of_them=True) == CASES
    assert "一次最多办 0 张" in client.get(CASES).content.decode()


def test_page_without_ticked_cases_says_where_to_tick(client_of: ClientOf, li: User) -> None:
    client = client_of(li)

    page = client.get(f"{BATCHES}add/").content.decode()
    answer = client.post(f"{BATCHES}add/", {"action": "TAKE", "cases": "1-x-9999999999999999"})

    assert "还没有勾选" in page
    assert answer.status_code == 200
    assert not CaseBatch.objects.exists()


def test_auditor_ticks_and_decides_nothing(
    client_of: ClientOf, auditor: User, li: User, record: StudentRecord
) -> None:
    case = make_request(record, RequestState.OFFICE_REVIEW)
    batch = looked_at(client_of(li), case)
    client = client_of(auditor)

    assert "decide_together" not in client.get(CASES).content.decode()
    assert client.get(f"{BATCHES}{batch.pk}/change/").status_code == 200
    assert client.get(f"{BATCHES}add/").status_code == 403
    assert client.post(f"{BATCHES}{batch.pk}/do/apply/").status_code == 403
    case.refresh_from_db()
    assert case.state == RequestState.OFFICE_REVIEW


@pytest.mark.parametrize("count", [1, 3])
def test_page_of_a_batch_asks_the_same_for_any_number(
    client_of: ClientOf,
    li: User,
    record: StudentRecord,
    count: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    records = [record, *(enrolment.make_record() for _ in range(count - 1))]
    cases = [make_request(each, RequestState.OFFICE_REVIEW) for each in records]
    client = client_of(li)
    batch = looked_at(client, *cases)
    client.get(f"{BATCHES}{batch.pk}/change/")

    with django_assert_num_queries(12):
        client.get(f"{BATCHES}{batch.pk}/change/")


@pytest.mark.parametrize(("count", "queries"), [(1, 16), (3, 24)])
def test_preview_asks_for_each_case_only_what_must_be_asked_anew(
    client_of: ClientOf,
    li: User,
    record: StudentRecord,
    count: int,
    queries: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    records = [record, *(enrolment.make_record() for _ in range(count - 1))]
    cases = [make_request(each, RequestState.OFFICE_REVIEW) for each in records]
    client = client_of(li)
    numbers = "-".join(str(case.pk) for case in cases)
    client.post(f"{BATCHES}add/", {"cases": numbers, "action": "TO_PROVINCE", "word": "同意"})
    batch = CaseBatch.objects.get()
    client.get(f"{BATCHES}{batch.pk}/do/apply/")

    with django_assert_num_queries(queries):
        client.get(f"{BATCHES}{batch.pk}/do/apply/")


@pytest.mark.parametrize("count", [1, 3])
def test_list_of_batches_asks_the_same_for_any_number(
    client_of: ClientOf,
    li: User,
    record: StudentRecord,
    count: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    case = make_request(record, RequestState.OFFICE_REVIEW)
    client = client_of(li)
    for _ in range(count):
        client.post(f"{BATCHES}add/", {"cases": case.pk, "action": "TAKE", "word": ""})
    client.get(BATCHES)

    with django_assert_num_queries(7):
        assert client.get(BATCHES).content.decode().count("field-action") == count


@pytest.mark.parametrize("state", ["STAGED", "DONE"])
def test_list_is_narrowed_to_what_can_be_taken_back(
    client_of: ClientOf, li: User, record: StudentRecord, state: str
) -> None:
    case = make_request(record, RequestState.OFFICE_REVIEW)
    client = client_of(li)
    batch = looked_at(client, case)
    if state == "DONE":
        client.post(f"{BATCHES}{batch.pk}/do/apply/")

    page = client.get(f"{BATCHES}?undo=open").content.decode()

    assert (f"{BATCHES}{batch.pk}/change/" in page) == (state == "DONE")
