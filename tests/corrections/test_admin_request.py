"""Correction requests at the desk: taken, returned, applied, refused; nobody else may."""

import io
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from common import files
from common.actors import SYSTEM
from common.models import AuditEvent, FileView
from corrections.models import CorrectionRequest, Evidence
from corrections.policies import available_actions
from corrections.states import RequestAction, RequestState
from enrollment.models import StudentRecord
from tests.factories import corrections

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
LIST = "/admin/corrections/correctionrequest/"
BUTTONS = {
    RequestAction.TAKE: "take",
    RequestAction.APPLY: "apply",
    RequestAction.RETURN: "return",
    RequestAction.REFUSE: "refuse",
}


def page_of(request: CorrectionRequest) -> str:
    return f"{LIST}{request.pk}/change/"


def deed(request: CorrectionRequest, name: str) -> str:
    return f"{LIST}{request.pk}/do/{name}/"


def add_proof(request: CorrectionRequest) -> Evidence:
    clean = corrections.make_proof()
    file = files.store_sealed(
        io.BytesIO(clean.data),
        kind="evidence",
        content_type=clean.content_type,
        now=request.submitted_at,
        actor=SYSTEM,
    )
    return Evidence.objects.create(
        request=request, file=file, added_at=request.submitted_at, added_by="测试"
    )


@pytest.mark.parametrize(
    "state", [state for state in RequestState if state is not RequestState.DRAFT]
)
def test_buttons_are_those_of_the_table(
    client_of: ClientOf, li: User, alice: User, record: StudentRecord, state: RequestState
) -> None:
    request = corrections.make_request(record, state)

    page = client_of(li).get(page_of(request)).content.decode()

    offered = available_actions(li, request, now=timezone.now())
    for action in RequestAction:
        name = BUTTONS.get(action, action.lower())
        assert (deed(request, name) in page) == (action in offered)


def test_draft_is_not_at_the_desk(
    client_of: ClientOf, li: User, alice: User, record: StudentRecord
) -> None:
    request = corrections.make_request(record, RequestState.DRAFT)
    client = client_of(li)

    assert client.get(page_of(request), follow=True).redirect_chain
    assert page_of(request) not in client.get(LIST).content.decode()


def test_list_offers_every_state_but_the_draft(client_of: ClientOf, li: User) -> None:
    page = client_of(li).get(LIST).content.decode()

    offered = {state for state in RequestState if f"state__exact={state}" in page}
    assert offered == set(RequestState) - {RequestState.DRAFT}


@pytest.mark.parametrize("name", sorted(BUTTONS.values()))
def test_auditor_has_no_buttons(
    client_of: ClientOf, auditor: User, alice: User, record: StudentRecord, name: str
) -> None:
    request = corrections.make_request(record, RequestState.OFFICE_REVIEW)
    client = client_of(auditor)

    assert deed(request, name) not in client.get(page_of(request)).content.decode()
    assert client.post(deed(request, name), {"answer": "好", "note": "好"}).status_code == 403


def test_request_is_taken_and_returned(
    client_of: ClientOf, li: User, alice: User, record: StudentRecord
) -> None:
    request = corrections.make_request(record)
    client = client_of(li)

    client.post(deed(request, "take"))
    request.refresh_from_db()
    taken = (request.state, request.handler)
    client.post(deed(request, "return"), {"note": "请附身份证照片"})

    request.refresh_from_db()
    assert taken == (RequestState.OFFICE_REVIEW, li)
    assert request.state == RequestState.RETURNED
    assert request.steps.get(action=RequestAction.RETURN).note == "请附身份证照片"


def test_return_without_words_is_not_sent(
    client_of: ClientOf, li: User, alice: User, record: StudentRecord
) -> None:
    request = corrections.make_request(record, RequestState.OFFICE_REVIEW)

    response = client_of(li).post(deed(request, "return"), {"note": ""})

    request.refresh_from_db()
    assert response.status_code == 200
    assert request.state == RequestState.OFFICE_REVIEW


def test_accepted_field_is_amended_after_a_preview(
    client_of: ClientOf, li: User, alice: User, record: StudentRecord
) -> None:
    request = corrections.make_request(record, RequestState.APPROVED)
    client = client_of(li)
    given = {
        "accept_name": "on",
        "answer": "已按身份证更正",
    }

    preview = client.post(deed(request, "apply"), given).content.decode()
    record.refresh_from_db()
    untouched = record.name
    client.post(deed(request, "apply"), {**given, "_confirmed": "1"})

    request.refresh_from_db()
    record.refresh_from_db()
    assert corrections.RIGHT_NAME in preview
    assert untouched == "沈若溪"
    assert record.name == corrections.RIGHT_NAME
    assert (request.state, request.answer) == (RequestState.RECHECK, "已按身份证更正")


def test_nothing_accepted_is_not_an_application(
    client_of: ClientOf, li: User, alice: User, record: StudentRecord
) -> None:
    request = corrections.make_request(record, RequestState.APPROVED)

    response = client_of(li).post(deed(request, "apply"), {"answer": "好", "_confirmed": "1"})

    request.refresh_from_db()
    assert response.context["form"].non_field_errors() == [
        "至少采纳一个字段；都不采纳，用“不予采纳”"
    ]
    assert request.state == RequestState.APPROVED


def mixed_request(record: StudentRecord, state: RequestState) -> CorrectionRequest:
    """A key field, the name, and one that is none."""
    dispute = corrections.make_dispute(
        corrections.make_member(record),
        wrong_fields=["name", "political_status"],
        proposed={"name": corrections.RIGHT_NAME, "political_status": "共青团员"},
    )
    return corrections.make_request(record, state, conclusion=dispute)


def test_key_field_stays_only_with_a_reason_and_after_a_warning(
    client_of: ClientOf, li: User, alice: User, record: StudentRecord
) -> None:
    request = mixed_request(record, RequestState.OFFICE_REVIEW)
    client = client_of(li)
    given = {
        "accept_political_status": "on",
        "value_political_status": "共青团员",
        "answer": "政治面貌已更正",
    }

    asked = client.get(deed(request, "apply")).content.decode()
    unsaid = client.post(deed(request, "apply"), given)
    given["refusal_name"] = "身份证与学籍一致"
    preview = client.post(deed(request, "apply"), given).content.decode()
    client.post(deed(request, "apply"), {**given, "_confirmed": "1"})

    assert "accept_name" not in asked
    assert "先不要办，回去点“报省里审批”" in asked
    assert list(unsaid.context["form"].errors) == ["refusal_name"]
    assert "姓名是关键信息，没有经过省里：这样办，这次不会改，也不会再报省里" in preview
    request.refresh_from_db()
    assert request.state == RequestState.RECHECK
    shown = {row.field: (row.is_applied, row.refusal) for row in request.fields.all()}
    assert shown == {"name": (False, "身份证与学籍一致"), "political_status": (True, None)}


def test_approved_field_is_not_left_out_without_a_reason(
    client_of: ClientOf, li: User, alice: User, record: StudentRecord
) -> None:
    request = mixed_request(record, RequestState.APPROVED)
    given = {"accept_name": "on", "value_political_status": "共青团员", "answer": "姓名已更正"}

    response = client_of(li).post(deed(request, "apply"), {**given, "_confirmed": "1"})

    request.refresh_from_db()
    assert response.context["form"].errors == {
        "refusal_political_status": ["写清楚为什么不采纳，学生会看到"]
    }
    assert request.state == RequestState.APPROVED


def test_request_is_refused_with_an_answer(
    client_of: ClientOf, li: User, alice: User, record: StudentRecord
) -> None:
    request = corrections.make_request(record, RequestState.OFFICE_REVIEW)

    client_of(li).post(deed(request, "refuse"), {"answer": "户口本与学籍一致"})

    request.refresh_from_db()
    assert (request.state, request.answer) == (RequestState.REFUSED, "户口本与学籍一致")


def test_late_click_is_told_and_changes_nothing(
    client_of: ClientOf, li: User, alice: User, record: StudentRecord
) -> None:
    request = corrections.make_request(record, RequestState.REFUSED)

    answer = client_of(li).post(deed(request, "take"), follow=True).content.decode()

    request.refresh_from_db()
    assert "现在不能“受理”" in answer
    assert request.state == RequestState.REFUSED


def test_evidence_is_shown_and_the_view_logged(
    client_of: ClientOf, li: User, auditor: User, eve: User, alice: User, record: StudentRecord
) -> None:
    request = corrections.make_request(record, RequestState.OFFICE_REVIEW)
    proof = add_proof(request)
    url = f"{LIST}{request.pk}/evidence/{proof.pk}/"

    response = client_of(li).get(url)

    view = FileView.objects.get()
    assert Evidence.objects.count() == 1
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store, private"
    assert (view.purpose, view.subject_id) == (f"核实勘误 {request.pk}", str(record.pk))
    assert client_of(auditor).get(url).status_code == 200
    assert client_of(eve).get(url).status_code == 404


def test_whole_numbers_are_shown_once_with_a_reason(
    client_of: ClientOf, li: User, alice: User, record: StudentRecord
) -> None:
    member = corrections.make_member(record)
    conclusion = corrections.make_dispute(
        member, wrong_fields=["id_number"], proposed={"id_number": "990101188603129999"}
    )
    request = corrections.make_request(
        record, RequestState.OFFICE_REVIEW, member=member, conclusion=conclusion
    )
    client = client_of(li)

    page = client.get(page_of(request)).content.decode()
    shown = client.post(deed(request, "reveal"), {"reason": "核对证件"}).content.decode()

    assert "990101188603129999" not in page
    assert "990101188603129999" in shown
    assert AuditEvent.objects.get(action="correction.revealed").reason == "核对证件"
