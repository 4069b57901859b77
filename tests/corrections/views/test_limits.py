"""Every costly page of sheets and corrections stops who asks too often, and says so."""

from contextlib import suppress

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.timezone import now as clock

from accounts.models import User
from common.models import AuditEvent
from common.ratelimit import Limit, TooManyError, hit
from corrections.models import CorrectionRequest, Evidence
from corrections.services.sheet import EXPORTS
from corrections.states import RequestState
from corrections.views.college import MOVES as COLLEGE_MOVES
from corrections.views.evidence import LOOKS
from corrections.views.requests import MOVES
from enrollment.models import StudentRecord
from tests.factories.corrections import make_request, picture_bytes
from tests.factories.imaging import make_member

pytestmark = [pytest.mark.page, pytest.mark.django_db]

TOO_OFTEN = "试的次数太多了"


def used_up(limit: Limit, user: User) -> None:
    """As if the person had asked as often as is allowed just now."""
    with suppress(TooManyError):
        for _ in range(limit.amount):
            hit(limit, str(user.pk), now=clock())


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("sheet_pdf", ()),
        ("sheet_xlsx", ()),
        ("class_paper", ("roster", "pdf")),
        ("class_paper", ("statistics", "xlsx")),
    ],
)
def test_papers_of_a_class(
    name: str, more: tuple[str, ...], record: StudentRecord, chen: User, client_of
) -> None:
    member = make_member(record)
    address = reverse(
        f"corrections:{name}", args=[member.class_group_id, member.campaign_id, *more]
    )
    client = client_of(chen)
    assert client.get(address).status_code == 200
    exported = AuditEvent.objects.filter(action="sheet.exported").count()
    used_up(EXPORTS, chen)

    answer = client.get(address, follow=True)

    assert TOO_OFTEN in answer.content.decode()
    assert AuditEvent.objects.filter(action="sheet.exported").count() == exported == 1


def test_handing_in_what_was_missing(alice: User, record: StudentRecord, client_of) -> None:
    case = make_request(record, RequestState.RETURNED)
    address = reverse("corrections:request_page", args=[case.pk])
    used_up(MOVES, alice)

    answer = client_of(alice).post(address, {"note": "见附件"}, follow=True)

    case.refresh_from_db()
    assert TOO_OFTEN in answer.content.decode()
    assert case.state == RequestState.RETURNED


def test_upload_to_a_case_that_waits_for_nothing_is_not_even_decoded(
    alice: User, record: StudentRecord, client_of
) -> None:
    case = make_request(record, RequestState.OFFICE_REVIEW)
    broken = SimpleUploadedFile("户口本.jpg", picture_bytes()[:60], content_type="image/jpeg")

    answer = client_of(alice).post(
        reverse("corrections:request_page", args=[case.pk]), {"evidence": broken}, follow=True
    )

    text = answer.content.decode()
    assert "状态已经变了" in text
    assert "图片" not in text
    assert not Evidence.objects.exists()


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("request_withdraw", RequestState.SUBMITTED),
        ("request_redraft", RequestState.SUBMITTED),
        ("request_disagree", RequestState.REFUSED),
    ],
)
def test_other_moves_of_the_student(
    name: str, state: RequestState, alice: User, record: StudentRecord, client_of
) -> None:
    case = make_request(record, state)
    used_up(MOVES, alice)

    answer = client_of(alice).post(
        reverse(f"corrections:{name}", args=[case.pk]), {"note": "不认可"}, follow=True
    )

    case.refresh_from_db()
    assert TOO_OFTEN in answer.content.decode()
    assert (case.state, case.disagreement) == (state, None)


@pytest.mark.parametrize("move", ["TAKE", "HOLD"])
def test_moves_and_holds_of_a_college(
    move: str, alice: User, secretary: User, record: StudentRecord, client_of
) -> None:
    state = RequestState.SUBMITTED if move == "TAKE" else RequestState.COLLEGE_REVIEW
    case = make_request(record, state)
    used_up(COLLEGE_MOVES, secretary)

    answer = client_of(secretary).post(
        reverse("corrections:college_case", args=[case.pk]), {"move": move}, follow=True
    )

    found = CorrectionRequest.objects.get(pk=case.pk)
    assert TOO_OFTEN in answer.content.decode()
    assert (found.state, found.holder) == (state, None)


def test_proofs_are_not_opened_without_end(
    alice: User, record: StudentRecord, stored_proof, client_of, now
) -> None:
    case = make_request(record)
    proof = Evidence.objects.create(request=case, file=stored_proof, added_at=now, added_by="本人")
    address = reverse("corrections:evidence_file", args=[proof.pk])
    client = client_of(alice)
    assert client.get(address).status_code == 200
    used_up(LOOKS, alice)

    assert TOO_OFTEN in client.get(address, follow=True).content.decode()
