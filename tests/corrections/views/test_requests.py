"""The student's pages: what was reported, what became of it, handing in more, taking back."""

from datetime import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import User
from common.models import FileView
from corrections.models import CorrectionRequest, Evidence
from corrections.services.sweep import open_due_requests
from corrections.states import RequestState
from enrollment.models import StudentRecord
from tests.factories.corrections import (
    RIGHT_NAME,
    make_dispute,
    make_request,
    picture_bytes,
)
from tests.factories.imaging import make_campaign, make_member

pytestmark = [pytest.mark.page, pytest.mark.django_db]


def page(request: CorrectionRequest) -> str:
    """The address of a request."""
    return reverse("corrections:request_page", args=[request.pk])


def test_list_before_the_sweep_tells_the_truth_without_writing(
    alice: User, record: StudentRecord, client_of
) -> None:
    make_dispute(make_member(record))

    text = client_of(alice).get(reverse("corrections:request_list")).content.decode()

    assert "已锁定，勘误单即将建立" in text
    assert not CorrectionRequest.objects.exists()


def test_list_empty(alice: User, client_of) -> None:
    text = client_of(alice).get(reverse("corrections:request_list")).content.decode()

    assert "没有勘误" in text


@pytest.mark.parametrize("count", [1, 3])
def test_list_query_count(
    alice: User, record: StudentRecord, client_of, count: int, django_assert_num_queries
) -> None:
    for serial in range(count):
        member = make_member(record, make_campaign(title=f"批次 {serial}"))
        make_request(record, RequestState.REFUSED, member=member)
    client = client_of(alice)
    client.get(reverse("corrections:request_list"))

    # Session, person, guard, reported, requests, and what the frame asks.
    with django_assert_num_queries(6):
        client.get(reverse("corrections:request_list"))


def test_page_shows_what_was_and_what_should_be(
    alice: User, record: StudentRecord, client_of
) -> None:
    request = make_request(record, RequestState.RECHECK, answer="姓名已按身份证更正")

    text = client_of(alice).get(page(request)).content.decode()

    assert all(part in text for part in ("沈若溪", RIGHT_NAME, "姓名已按身份证更正", "已更正"))
    assert "补充材料" not in text


@pytest.mark.parametrize("name", ["monitor", "eve", "chen", "li"])
def test_page_of_others_does_not_exist(
    name: str, record: StudentRecord, client_of, request: pytest.FixtureRequest
) -> None:
    client = client_of(request.getfixturevalue(name))
    found = make_request(record)

    assert client.get(page(found)).status_code == 404
    assert client.post(page(found)).status_code == 404


def test_resubmit_with_words_and_a_proof(alice: User, record: StudentRecord, client_of) -> None:
    request = make_request(record, RequestState.RETURNED)
    upload = SimpleUploadedFile("户口本.jpg", picture_bytes(), content_type="image/jpeg")

    response = client_of(alice).post(page(request), {"note": "见附件", "evidence": upload})

    assert (response.status_code, response["Location"]) == (302, page(request))
    request.refresh_from_db()
    assert request.state == RequestState.SUBMITTED
    assert request.evidence.count() == 1


def test_resubmit_with_several_proofs_of_their_kinds(
    alice: User, record: StudentRecord, client_of
) -> None:
    request = make_request(record, RequestState.RETURNED)
    client = client_of(alice)
    asked = client.get(page(request)).content.decode()
    proofs = {
        name: SimpleUploadedFile("证明.jpg", picture_bytes(), content_type="image/jpeg")
        for name in ("evidence", "evidence_2", "evidence_3")
    }

    client.post(page(request), {"title": "身份证", "title_2": "户口本", **proofs})

    given = request.evidence.order_by("pk").values_list("title", flat=True)
    assert list(given) == ["身份证", "户口本", ""]
    assert "只有你、辅导员、学院和教务处能看到" in asked
    shown = client.get(page(request)).content.decode()
    assert all(title in shown for title in ("身份证（", "户口本（", "证明材料 3（"))


def test_resubmit_asks_for_the_file_of_a_chosen_kind(
    alice: User, record: StudentRecord, client_of
) -> None:
    request = make_request(record, RequestState.RETURNED)

    response = client_of(alice).post(page(request), {"note": "见附件", "title_2": "户口本"})

    assert response.context["form"].errors == {"evidence_2": ["还没有选“户口本”的文件"]}


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (RequestState.SUBMITTED, "补好再提交。不公开的原因只有你和教务处能看"),
        (RequestState.OFFICE_REVIEW, "要你补材料时，会发消息给你"),
        (RequestState.RETURNED, "缺的材料、不公开的原因，在下面补上"),
    ],
)
def test_case_from_a_conclusion_shows_the_rules_and_where_more_goes(
    alice: User, record: StudentRecord, client_of, state: RequestState, words: str
) -> None:
    request = make_request(record, state)

    text = client_of(alice).get(page(request)).content.decode()

    assert all(word in text for word in ("每年 3 月、9 月受理", "户口本（必交", words))


def test_rules_are_gone_from_a_decided_case(alice: User, record: StudentRecord, client_of) -> None:
    request = make_request(record, RequestState.REFUSED, answer="与户口本一致")

    text = client_of(alice).get(page(request)).content.decode()

    assert "规则和材料" not in text


def test_supplement_of_a_direct_case_is_not_for_the_counsellor(
    alice: User, record: StudentRecord, client_of
) -> None:
    request = make_request(record, RequestState.RETURNED)
    CorrectionRequest.objects.filter(pk=request.pk).update(conclusion=None)

    text = client_of(alice).get(page(request)).content.decode()

    assert "只有你、学院和教务处能看到" in text


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"note": " "}, "写一句补充说明，或者附上一份证明材料"),
        ({"note": "长" * 2_001}, "2000"),
    ],
)
def test_resubmit_says_what_is_missing(
    alice: User, record: StudentRecord, client_of, data: dict[str, str], message: str
) -> None:
    request = make_request(record, RequestState.RETURNED)

    response = client_of(alice).post(page(request), data)

    assert response.status_code == 200
    assert message in response.content.decode()
    request.refresh_from_db()
    assert request.state == RequestState.RETURNED


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("说明.txt", b"hello", "PDF"),
        ("大.jpg", b"\xff\xd8" + b"0" * (5 * 1024 * 1024), "超过 5 MB"),
    ],
)
def test_resubmit_refuses_other_files(
    alice: User, record: StudentRecord, client_of, name: str, content: bytes, message: str
) -> None:
    request = make_request(record, RequestState.RETURNED)

    response = client_of(alice).post(
        page(request), {"note": "见附件", "evidence": SimpleUploadedFile(name, content)}
    )

    assert message in response.content.decode()
    assert not Evidence.objects.exists()


def test_resubmit_in_the_wrong_state_is_told(alice: User, record: StudentRecord, client_of) -> None:
    request = make_request(record, RequestState.OFFICE_REVIEW)

    response = client_of(alice).post(page(request), {"note": "补充"}, follow=True)

    assert "状态已经变了" in response.content.decode()


def test_withdraw_asks_first(alice: User, record: StudentRecord, client_of) -> None:
    request = make_request(record)
    address = reverse("corrections:request_withdraw", args=[request.pk])
    client = client_of(alice)

    asked = client.get(address)
    request.refresh_from_db()
    assert (asked.status_code, request.state) == (200, RequestState.SUBMITTED)

    client.post(address)
    request.refresh_from_db()
    assert request.state == RequestState.WITHDRAWN


def test_withdraw_too_late(alice: User, record: StudentRecord, client_of) -> None:
    request = make_request(record, RequestState.APPROVED)

    response = client_of(alice).post(
        reverse("corrections:request_withdraw", args=[request.pk]), follow=True
    )

    assert "现在不能撤回了" in response.content.decode()
    request.refresh_from_db()
    assert request.state == RequestState.APPROVED


@pytest.mark.parametrize(("name", "views"), [("alice", 0), ("chen", 1), ("li", 1)])
def test_proof_is_sent_and_its_view_noted(
    name: str,
    views: int,
    alice: User,
    record: StudentRecord,
    stored_proof,
    client_of,
    now: datetime,
    request: pytest.FixtureRequest,
) -> None:
    viewer = request.getfixturevalue(name)
    dispute = make_dispute(make_member(record), evidence=stored_proof)
    open_due_requests(now=now)
    client = client_of(viewer)

    filed = client.get(reverse("corrections:evidence_file", args=[Evidence.objects.get().pk]))

    assert filed.content.startswith(b"\xff\xd8")
    assert (filed["Content-Type"], filed["Cache-Control"]) == ("image/jpeg", "no-store, private")
    assert FileView.objects.count() == views
    if views:
        seen = FileView.objects.get()
        assert (seen.viewer_id, seen.subject_id, seen.purpose) == (
            str(viewer.pk),
            str(record.pk),
            "核实勘误",
        )
    reported = client.get(reverse("corrections:evidence_reported", args=[dispute.pk]))
    assert reported.content == filed.content


def test_proof_is_only_read(
    alice: User, record: StudentRecord, stored_proof, client_of, now
) -> None:
    dispute = make_dispute(make_member(record), evidence=stored_proof)

    response = client_of(alice).post(reverse("corrections:evidence_reported", args=[dispute.pk]))

    assert response.status_code == 405


def test_former_class_opens_no_proof_any_more(
    alice: User, record: StudentRecord, stored_proof, chen: User, client_of, now: datetime
) -> None:
    member = make_member(record)
    dispute = make_dispute(member, evidence=stored_proof)
    open_due_requests(now=now)
    filed = reverse("corrections:evidence_file", args=[Evidence.objects.get().pk])
    reported = reverse("corrections:evidence_reported", args=[dispute.pk])
    client = client_of(chen)
    assert client.get(filed).status_code == 200

    member.removed_at, member.removed_by = now, "测试"
    member.save()

    assert client.get(filed).status_code == 404
    assert client.get(reported).status_code == 404
    assert client_of(alice).get(filed).status_code == 200


def test_erased_proof_is_said_to_be_gone(
    alice: User, record: StudentRecord, stored_proof, client_of, now: datetime
) -> None:
    request = make_request(record, RequestState.REFUSED)
    Evidence.objects.create(request=request, file=stored_proof, added_at=now, added_by="本人")
    stored_proof.purged_at = now
    stored_proof.save()

    text = client_of(alice).get(page(request)).content.decode()

    assert "到期销毁" in text
    assert "/evidence/" not in text
