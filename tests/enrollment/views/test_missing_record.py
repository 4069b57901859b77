"""看不到学籍, and 还有学籍没显示出来, as a student clicks through them."""

import io
from collections.abc import Callable
from datetime import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from accounts.models import User
from common.models import AuditEvent, FileView
from enrollment.models import Binding, ClaimEvidence, RecordClaim, School, StudentRecord
from enrollment.services.claim import withdraw_claim
from enrollment.states import ClaimState
from tests.factories.corrections import picture_bytes
from tests.factories.enrolment import make_claim, make_record
from tests.factories.people import JOINED, make_identity, make_number, make_user

pytestmark = [pytest.mark.page, pytest.mark.django_db]

NUMBER, OLD = make_number(401), make_number(402)
SLIP = f"{NUMBER[:16]}{(int(NUMBER[16]) + 1) % 10}{NUMBER[17]}"
FACT = "22990101016666"


@pytest.fixture
def ruoxi(db: None) -> User:
    """A person who declared who she is."""
    user = make_user("ruoxi@example.test")
    make_identity(user, number=NUMBER)
    return user


@pytest.fixture
def browser(client_of: Callable[[User], Client], ruoxi: User) -> Client:
    return client_of(ruoxi)


def ask(browser: Client, **changes: str):
    school = School.objects.get().pk
    given = {"school": school, "given_no": FACT, "entry_year": "2022", "is_top_up": "no"}
    return browser.post("/identity/diagnosis/", {**given, **changes})


def test_diagnosis_names_cause_owner_and_button(browser: Client) -> None:
    make_record(id_number=SLIP, candidate_no=FACT)

    page = ask(browser).content.decode()

    assert "名册里的证件号码" in page
    assert "现在轮到" in page
    assert "5 个工作日" in page
    assert 'href="/identity/further/"' in page
    assert page.count("btn-primary") == 1
    assert SLIP not in page
    assert NUMBER not in page


def test_diagnosis_says_that_a_claim_waits_already(browser: Client, ruoxi: User) -> None:
    before = browser.get("/identity/diagnosis/").content.decode()
    claim = make_claim(ruoxi.identity)
    waiting = browser.get("/identity/diagnosis/").content.decode()
    withdraw_claim(claim=claim, actor=ruoxi, now=JOINED)
    after = browser.get("/identity/diagnosis/").content.decode()

    told = ["不用再提交" in page for page in (before, waiting, after)]
    assert told == [False, True, False]
    assert f'href="/identity/claims/{claim.pk}/"' in waiting


def test_unknown_and_stranger_look_the_same(browser: Client) -> None:
    make_record(entry_grade=2022)
    before = ask(browser).content.decode()
    make_record(id_number=OLD, candidate_no=FACT, name="秦牧野")
    after = ask(browser).content.decode()

    assert _without_tokens(before) == _without_tokens(after)
    assert "页面上不说" in after


def _without_tokens(page: str) -> str:
    """The page without what differs between any two requests."""
    return "\n".join(
        line.strip() for line in page.splitlines() if "csrf" not in line and "<time" not in line
    )


def test_several_causes_are_all_named(browser: Client) -> None:
    make_record(entry_grade=2020)

    page = ask(browser, is_top_up="yes", entry_year="2030").content.decode()

    assert "专科学历核查" in page
    assert "另外还有" in page
    assert "这一级的名册" in page


def test_refused_binding_leads_to_the_diagnosis(browser: Client) -> None:
    make_record(id_number=NUMBER, candidate_no=FACT)

    page = browser.post("/identity/binding/", {"fact": "1"}).content.decode()

    assert 'href="/identity/diagnosis/"' in page


def test_hidden_record_is_named_without_its_reason(browser: Client, now: datetime) -> None:
    record = make_record(id_number=NUMBER, candidate_no=FACT)
    StudentRecord.objects.filter(pk=record.pk).update(
        hidden_at=now, hidden_by="测试", hidden_reason="比对不是同一人"
    )

    page = ask(browser).content.decode()

    assert "现在暂不显示" in page
    assert "比对不是同一人" not in page


def test_too_many_questions_are_answered_with_429(browser: Client) -> None:
    make_record()
    answers = [ask(browser).status_code for _ in range(11)]

    assert answers == [200] * 10 + [429]


def test_undeclared_person_declares_first(client_of: Callable[[User], Client], eve: User) -> None:
    for path in ("/identity/diagnosis/", "/identity/further/"):
        assert client_of(eve).get(path)["Location"] == "/identity/"


def test_staff_account_is_sent_away(client_of: Callable[[User], Client], li: User) -> None:
    for path in ("/identity/diagnosis/", "/identity/further/"):
        page = client_of(li).get(path, follow=True)
        assert "这是工作账号" in page.content.decode()


def further(browser: Client, **changes: str):
    given = {"school": School.objects.get().pk, "given_no": FACT, "name": "沈若溪", **changes}
    return browser.post("/identity/further/", given)


def proof() -> SimpleUploadedFile:
    return SimpleUploadedFile("证件.jpg", picture_bytes(), content_type="image/jpeg")


def test_agreeing_record_is_bound_at_once(browser: Client) -> None:
    record = make_record(id_number=NUMBER, candidate_no=FACT)

    assert further(browser)["Location"] == "/identity/further/"
    assert Binding.objects.get().record == record


def test_other_record_becomes_a_claim_with_its_proof(browser: Client, ruoxi: User) -> None:
    make_record(id_number=OLD, candidate_no=FACT)

    assert further(browser)["Location"] == "/identity/claims/new/"
    page = browser.get("/identity/claims/new/").content.decode()
    assert "没有自动对上" in page
    sent = browser.post("/identity/claims/new/", {"proof_1": proof(), "note": "换过号码"})

    claim = RecordClaim.objects.get()
    assert sent["Location"] == f"/identity/claims/{claim.pk}/"
    assert (claim.identity.user, claim.given_no, claim.note) == (ruoxi, FACT, "换过号码")
    page = browser.get(sent["Location"]).content.decode()
    assert "教务处核实" in page
    assert OLD not in page


def test_known_and_unknown_lead_to_the_same_claim_page(browser: Client) -> None:
    make_record(id_number=OLD, candidate_no=FACT)
    pages = []
    for given_no in (FACT, "22990101010000"):
        further(browser, given_no=given_no)
        page = browser.get("/identity/claims/new/").content.decode()
        pages.append(_without_tokens(page.replace(given_no, "…")))

    assert pages[0] == pages[1]


def test_proof_is_redrawn_and_shown_to_its_owner_alone(
    browser: Client, client_of: Callable[[User], Client], eve: User
) -> None:
    make_record()
    further(browser)
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    data = io.BytesIO()
    Image.new("RGB", (40, 30)).save(data, "JPEG", exif=exif)
    upload = SimpleUploadedFile("证件.jpg", data.getvalue(), content_type="image/jpeg")
    browser.post("/identity/claims/new/", {"proof_1": upload})

    path = f"/identity/claims/evidence/{ClaimEvidence.objects.get().pk}/"
    answer = browser.get(path)
    assert answer["Cache-Control"] == "no-store, private"
    assert b"secret place" not in b"".join(answer)
    assert client_of(eve).get(path).status_code == 404


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "请附上证件照片"),
        ({"proof_1": b"MZ not a picture"}, "打不开这个文件"),
        ({"former_type": "PASSPORT"}, "填上入学时的证件号码"),
        ({"former_number": "E1234567"}, "选一下入学时的证件"),
    ],
    ids=["no-proof", "no-picture", "kind-only", "number-only"],
)
def test_incomplete_claim_says_what_is_missing(
    browser: Client, given: dict[str, str | bytes], sentence: str
) -> None:
    make_record()
    further(browser)
    sent = {
        name: SimpleUploadedFile("x.jpg", value) if isinstance(value, bytes) else value
        for name, value in given.items()
    }

    page = browser.post("/identity/claims/new/", sent).content.decode()

    assert sentence in page
    assert not RecordClaim.objects.exists()


def test_claim_is_withdrawn_after_a_question(browser: Client, ruoxi: User) -> None:
    claim = make_claim(ruoxi.identity)
    path = f"/identity/claims/{claim.pk}/"

    assert "撤回这份认领吗" in browser.get(f"{path}withdraw/").content.decode()
    browser.post(f"{path}withdraw/")
    again = browser.post(f"{path}withdraw/", follow=True).content.decode()

    claim.refresh_from_db()
    assert claim.state == ClaimState.WITHDRAWN
    assert "状态已经变了" in again


@pytest.mark.parametrize("part", ["", "withdraw/"])
def test_stranger_finds_no_claim(
    part: str, ruoxi: User, client_of: Callable[[User], Client], eve: User
) -> None:
    claim = make_claim(ruoxi.identity)

    assert client_of(eve).get(f"/identity/claims/{claim.pk}/{part}").status_code == 404


def test_desk_decides_with_both_sides_in_view(
    browser: Client, client_of: Callable[[User], Client], li: User, ruoxi: User
) -> None:
    record = make_record(id_number=OLD, candidate_no=FACT)
    further(browser)
    browser.post("/identity/claims/new/", {"proof_1": proof()})
    claim, desk = RecordClaim.objects.get(), client_of(li)
    base = f"/admin/enrollment/recordclaim/{claim.pk}"

    page = desk.get(f"{base}/change/").content.decode()
    assert "本人和名册" in page
    assert "姓名相同；学号或考生号和所填的相同" in page
    assert f"?record={record.student_no}" in page
    assert NUMBER not in page
    assert OLD not in page

    picture = desk.get(f"{base}/evidence/{ClaimEvidence.objects.get().pk}/")
    assert picture["Content-Type"] == "image/jpeg"
    b"".join(picture)
    assert FileView.objects.get().purpose == "核实学籍认领"

    form = {"record": record.student_no, "number_use": "FORMER", "answer": "核实无误"}
    asked = desk.post(f"{base}/do/approve/", form).content.decode()
    assert "会发生的事" in asked
    assert not Binding.objects.exists()
    desk.post(f"{base}/do/approve/", {**form, "_confirmed": "1"})
    assert Binding.objects.get().record == record


def test_desk_reveals_with_a_trace_on_both_sides(
    client_of: Callable[[User], Client], li: User, ruoxi: User
) -> None:
    record = make_record(id_number=OLD, candidate_no=FACT)
    claim = make_claim(ruoxi.identity, given_no=FACT)

    page = client_of(li).post(
        f"/admin/enrollment/recordclaim/{claim.pk}/do/reveal/",
        {"record": record.student_no, "reason": "对证件"},
    )

    assert OLD in page.content.decode()
    assert AuditEvent.objects.get(action="record.revealed").subject_id == str(record.pk)
    assert AuditEvent.objects.get(action="claim.revealed").object_id == str(ruoxi.identity.pk)


def test_desk_remembers_what_is_not_the_same(
    client_of: Callable[[User], Client], li: User, ruoxi: User
) -> None:
    record = make_record(id_number=OLD, candidate_no=FACT)
    claim, desk = make_claim(ruoxi.identity, given_no=FACT), client_of(li)
    base = f"/admin/enrollment/recordclaim/{claim.pk}"

    desk.post(f"{base}/do/not-same/", {"record": record.student_no, "reason": "不是一个人"})

    page = desk.get(f"{base}/change/").content.decode()
    assert "没有相近的" in page


def test_claims_are_listed_the_oldest_first_with_a_fixed_number_of_queries(
    client_of: Callable[[User], Client], li: User
) -> None:
    desk = client_of(li)
    desk.get("/admin/enrollment/recordclaim/")
    counts = []
    for _ in range(2):
        make_claim(make_identity(make_user()))
        with CaptureQueriesContext(connection) as queries:
            page = desk.get("/admin/enrollment/recordclaim/?waiting=open")
        assert page.status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
