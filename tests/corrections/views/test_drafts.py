"""The student's way from the rules to a handed-in case, without JavaScript."""

from datetime import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import User
from corrections.models import CorrectionRequest, Evidence
from corrections.services.drafting import add_proof, begin_draft, save_draft
from corrections.states import RequestState
from enrollment.models import StudentRecord
from imaging.states import PhotoReason
from tests.factories.corrections import make_proof, make_request, picture_bytes

pytestmark = [pytest.mark.page, pytest.mark.django_db]

SECRET = "三年前做过手术"


def page(name: str, request: CorrectionRequest) -> str:
    """An address of the case."""
    return reverse(f"corrections:{name}", args=[request.pk])


def test_rules_are_read_before_anything_is_typed(
    alice: User, record: StudentRecord, client_of
) -> None:
    text = client_of(alice).get(reverse("corrections:request_new")).content.decode()

    assert "姓名和证件号码不能同时改" in text
    assert "户口本" in text
    assert not CorrectionRequest.objects.exists()


def test_who_cannot_see_something_is_shown_the_way(
    alice: User, record: StudentRecord, client_of
) -> None:
    text = client_of(alice).get(reverse("corrections:request_new")).content.decode()

    assert PhotoReason.MISSING.label in text
    assert reverse("enrollment:diagnosis") in text


def test_from_the_rules_to_the_school(alice: User, record: StudentRecord, client_of) -> None:
    client = client_of(alice)

    begun = client.post(reverse("corrections:request_new"), {"record": record.pk, "kind": "DATA"})
    draft = CorrectionRequest.objects.get()
    assert begun["Location"] == page("request_draft", draft)
    upload = SimpleUploadedFile("团员证.jpg", picture_bytes(), content_type="image/jpeg")
    given = {"value_political_status": "共青团员", "note": "今年入团", "private_note": SECRET}
    client.post(page("request_draft", draft), {**given, "proof": upload, "title": "", "save": "1"})
    kept = client.get(page("request_draft", draft)).content.decode()
    assert all(word in kept for word in ("共青团员", "今年入团", "已经附上的材料"))
    client.post(page("request_draft", draft), {**given, "title": "", "hand_in": "1"})

    draft.refresh_from_db()
    assert (draft.state, draft.evidence.count()) == (RequestState.SUBMITTED, 1)
    assert client.get(page("request_draft", draft))["Location"] == page("request_page", draft)


def test_what_is_missing_is_said_and_the_rest_is_saved(
    alice: User, record: StudentRecord, client_of, now: datetime
) -> None:
    draft = begin_draft(record=record, kind="PHOTO", actor=alice, now=now)

    response = client_of(alice).post(
        page("request_draft", draft), {"note": "看不到", "title": "", "hand_in": "1"}
    )

    draft.refresh_from_db()
    assert "选一个原因" in response.content.decode()
    assert (draft.state, draft.note) == (RequestState.DRAFT, "看不到")


def test_proof_is_removed_after_being_asked_and_what_was_typed_is_kept(
    alice: User, record: StudentRecord, client_of, now: datetime
) -> None:
    draft = begin_draft(record=record, kind="DATA", actor=alice, now=now)
    proof = add_proof(draft=draft, proof=make_proof(), title="户口本", actor=alice, now=now)
    client = client_of(alice)
    ask = reverse("corrections:request_proof", args=[draft.pk, proof.pk])
    shown = client.get(page("request_draft", draft)).content.decode()

    sent = client.post(
        page("request_draft", draft), {"note": "今年入团", "title": "", "drop": str(proof.pk)}
    )
    asked = client.get(ask).content.decode()
    assert Evidence.objects.count() == 1
    done = client.post(ask, follow=True).content.decode()

    draft.refresh_from_db()
    assert f'name="drop"\n                        value="{proof.pk}"' in shown
    assert sent["Location"] == ask
    assert "户口本" in asked
    assert "材料已删掉" in done
    assert "已经附上的材料" not in done
    assert (draft.note, Evidence.objects.count()) == ("今年入团", 0)
    assert client.get(ask).status_code == 404


@pytest.mark.parametrize("drop", ["", "x", "-1", "９" * 30, "9" * 30, "0"])
def test_proof_that_is_none_is_not_found(
    drop: str, alice: User, record: StudentRecord, client_of, now: datetime
) -> None:
    draft = begin_draft(record=record, kind="DATA", actor=alice, now=now)

    answer = client_of(alice).post(
        page("request_draft", draft), {"note": "今年入团", "title": "", "drop": drop}, follow=True
    )

    assert answer.status_code == 404


def test_proof_that_was_handed_in_is_not_removed(
    alice: User, record: StudentRecord, client_of, stored_proof, now: datetime
) -> None:
    case = make_request(record)
    proof = Evidence.objects.create(request=case, file=stored_proof, added_at=now, added_by="本人")
    client = client_of(alice)

    answer = client.post(
        reverse("corrections:request_proof", args=[case.pk, proof.pk]), follow=True
    )

    assert "已经提交的材料不能删" in answer.content.decode()
    assert Evidence.objects.count() == 1


@pytest.mark.parametrize("person", ["monitor", "eve", "chen", "li"])
def test_nobody_else_removes_a_proof(
    person: str, alice: User, record: StudentRecord, client_of, now: datetime, request
) -> None:
    draft = begin_draft(record=record, kind="DATA", actor=alice, now=now)
    proof = add_proof(draft=draft, proof=make_proof(), title="", actor=alice, now=now)
    client = client_of(request.getfixturevalue(person))
    address = reverse("corrections:request_proof", args=[draft.pk, proof.pk])

    assert [client.get(address).status_code, client.post(address).status_code] == [404, 404]


@pytest.mark.parametrize("name", ["request_draft", "request_redraft", "request_disagree"])
@pytest.mark.parametrize("person", ["monitor", "eve", "li"])
def test_pages_of_others_do_not_exist(
    name: str, person: str, alice: User, record: StudentRecord, client_of, now: datetime, request
) -> None:
    draft = begin_draft(record=record, kind="DATA", actor=alice, now=now)
    client = client_of(request.getfixturevalue(person))

    assert client.get(page(name, draft)).status_code == 404
    assert client.post(page(name, draft)).status_code == 404


def test_giving_up_a_draft_speaks_of_no_conclusion(
    alice: User, record: StudentRecord, client_of, now: datetime
) -> None:
    draft = begin_draft(record=record, kind="DATA", actor=alice, now=now)

    text = client_of(alice).get(page("request_withdraw", draft)).content.decode()

    assert "草稿作废，不会交给学院和教务处" in text
    assert "你的结论仍是" not in text


def test_untaken_case_is_fetched_back(alice: User, record: StudentRecord, client_of) -> None:
    case = make_request(record)
    client = client_of(alice)
    assert page("request_redraft", case) in client.get(page("request_page", case)).content.decode()

    asked = client.get(page("request_redraft", case))
    client.post(page("request_redraft", case))

    case.refresh_from_db()
    assert (asked.status_code, case.state) == (200, RequestState.DRAFT)


def test_disagreement_is_written_once(alice: User, record: StudentRecord, client_of) -> None:
    case = make_request(record, RequestState.REFUSED, answer="与户口本一致")
    client = client_of(alice)

    client.post(page("request_disagree", case), {"note": "户口本写错了"})
    text = client.get(page("request_page", case)).content.decode()

    assert "户口本写错了" in text
    assert page("request_disagree", case) not in text


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("request_redraft", "现在不能拿回修改了"),
        ("request_disagree", "不同意见已经记下，或者现在不能再提"),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_confirmation_that_no_longer_fits_leads_to_the_case_and_not_to_itself(
    name: str, words: str, method: str, alice: User, record: StudentRecord, client_of
) -> None:
    """Reloaded after a second click: the browser names the page itself as where it came from."""
    case = make_request(record, RequestState.OFFICE_REVIEW)
    client, address = client_of(alice), page(name, case)

    answer = getattr(client, method)(address, headers={"referer": f"http://testserver{address}"})

    assert (answer.status_code, answer["Location"]) == (302, page("request_page", case))
    assert words in client.get(answer["Location"]).content.decode()


def test_private_reason_is_not_on_the_page_of_the_college_and_not_at_the_desk(
    alice: User, record: StudentRecord, secretary: User, li: User, client_of, now: datetime
) -> None:
    draft = begin_draft(record=record, kind="DATA", actor=alice, now=now)
    save_draft(
        draft=draft,
        values={"political_status": "共青团员"},
        reasons=[],
        note="入团",
        private_note=SECRET,
        actor=alice,
        now=now,
    )
    client_of(alice).post(
        page("request_draft", draft),
        {
            "value_political_status": "共青团员",
            "note": "入团",
            "private_note": SECRET,
            "title": "",
            "hand_in": "1",
        },
    )
    desk = f"/admin/corrections/correctionrequest/{draft.pk}/"

    college = client_of(secretary).get(page("college_case", draft)).content.decode()
    office = client_of(li).get(f"{desk}change/").content.decode()
    revealed = client_of(li).post(f"{desk}do/reveal_private/", {"reason": "核实"})

    assert "入团" in college
    assert SECRET not in college + office
    assert SECRET in revealed.content.decode()
