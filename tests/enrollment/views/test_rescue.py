"""The claimant's pages, the holder's no, the replaced account, and the receipt, as people click through."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.models import User
from accounts.states import Role
from common import files, outbox
from enrollment.models import Binding, RescueCase, RescueEvidence, School, StudentRecord
from enrollment.services.rescue.objection import LINKS_PER_ADDRESS
from enrollment.states import RescueProof, RescueState
from tests.factories import enrolment, people, rescue

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
NUMBER = people.make_number(777)
START = "/identity/rescue/"
OPEN_FACTS = "/identity/rescue/by/facts/"
OPEN_PHOTO = "/identity/rescue/by/photo/"
OPEN_COUNTER = "/identity/rescue/by/counter/"
FACTS = {"candidate_no": "22990101010777", "entry_date": "2022-09-01", "ethnicity": "汉族"}


@pytest.fixture
def roster(class_group) -> StudentRecord:
    return enrolment.make_record(
        class_group=class_group, id_number=NUMBER, candidate_no="22990101010777"
    )


@pytest.fixture
def holder(roster: StudentRecord) -> User:
    user = people.make_user("old@example.test")
    enrolment.bind(roster, people.make_identity(user, name=roster.name, number=NUMBER))
    return user


@pytest.fixture
def claimant(holder: User) -> User:
    user = people.make_user("new@example.test")
    rescue.make_claimant(user, number=NUMBER)
    return user


@pytest.fixture
def wang(db: None) -> User:
    return people.make_staff(Role.REGISTRAR, "wang@example.test")


def photo(data: bytes, name: str = "我.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type="image/jpeg")


def text(response) -> str:
    return str(response.content.decode())


def plain(response, *, secret: str) -> str:
    """The page without what differs between any two people."""
    return "\n".join(
        re.sub(r'datetime="[^"]*"|\d\d:\d\d', "…", line.strip())
        for line in text(response).splitlines()
        if "csrf" not in line and secret not in line and "****" not in line
    )


def test_pages_are_the_same_for_held_unheld_and_unknown_numbers(
    client_of: ClientOf, claimant: User, roster: StudentRecord
) -> None:
    people_of = {"held": claimant}
    for label, number in (
        ("in roster", people.make_number(778)),
        ("unknown", people.make_number(779)),
    ):
        people_of[label] = people.make_user()
        people.make_identity(people_of[label], number=number)
    enrolment.make_record(id_number=people.make_number(778), student_no="2022040199")

    seen = {}
    for label, person in people_of.items():
        browser = client_of(person)
        answers = [browser.get("/"), browser.get(START), browser.get(OPEN_FACTS)]
        posted = browser.post(OPEN_FACTS, FACTS)
        answers += [browser.get(posted["Location"]), browser.get("/"), browser.get("/messages/")]
        case = RescueCase.objects.get(identity__user=person)
        seen[label] = [
            (each.status_code, plain(each, secret=case.case_no).replace(f"/{case.pk}/", "/…/"))
            for each in (posted, *answers)
        ]

    for others in (seen["in roster"], seen["unknown"]):
        for (status, page), (other_status, other_page) in zip(seen["held"], others, strict=True):
            assert (status, page.splitlines()) == (other_status, other_page.splitlines())


def test_way_by_facts_says_nothing_of_the_outcome(client_of: ClientOf, claimant: User) -> None:
    browser = client_of(claimant)

    right = browser.post(OPEN_FACTS, FACTS)
    case = RescueCase.objects.get()
    page = text(browser.get(right["Location"]))

    assert case.facts == {"candidate_no": True, "entry_date": True, "ethnicity": True}
    assert "一致" not in page
    assert "22990101010777" not in page
    assert "五" in page or "以前答复你" in page


def test_facts_follow_the_setting_of_the_school(
    client_of: ClientOf, claimant: User, roster: StudentRecord
) -> None:
    School.objects.update(
        rescue_facts=["expected_graduation_date", "political_status", "ethnicity"]
    )

    page = text(client_of(claimant).get(OPEN_FACTS))

    assert "政治面貌" in page
    assert "考生号" not in page


def test_school_is_asked_for_when_there_are_several(client_of: ClientOf, claimant: User) -> None:
    enrolment.make_school("99998", "远山大学云岭学院")
    browser = client_of(claimant)

    assert "你的学籍在哪所学校" in text(browser.get(OPEN_FACTS))
    assert "考生号" in text(browser.get(f"{OPEN_FACTS}?school=99998"))
    browser.post(f"{OPEN_FACTS}?school=99998", FACTS)
    assert RescueCase.objects.get().facts == dict.fromkeys(FACTS)


def test_missing_facts_are_asked_for(client_of: ClientOf, claimant: User) -> None:
    answer = client_of(claimant).post(OPEN_FACTS, {**FACTS, "ethnicity": ""})

    assert answer.status_code == 200
    assert not RescueCase.objects.exists()


@pytest.mark.parametrize(
    ("fmt", "name"),
    [("JPEG", "a.jpg"), ("PNG", "a.png"), ("JPEG", "a.exe")],
    ids=["jpg", "png", "name"],
)
def test_photo_is_drawn_anew(client_of: ClientOf, claimant: User, fmt: str, name: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "at home"
    data = rescue.hand_held(fmt, exif=exif.tobytes()) + b"<script>"

    client_of(claimant).post(OPEN_PHOTO, {"photo": photo(data, name)})

    evidence = RescueEvidence.objects.get()
    with files.open_sealed(evidence.file) as content:
        kept = content.read()
    assert kept.startswith(b"\xff\xd8\xff")
    assert b"at home" not in kept
    assert b"script" not in kept
    assert evidence.case.proof == RescueProof.PHOTO


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "空文件"),
        (b"\xff\xd8\xff" + b"0" * (1024 * 1024), "超过 1 MB"),
        (rescue.hand_held("WEBP"), "请传 JPG 或 PNG"),
        (b"%PDF-1.7\n%%EOF", "请传 JPG 或 PNG"),
        (b"\x89PNG\r\n\x1a\n" + b"rubbish", "打不开"),
        (b"\xff\xd8\xff" + b"rubbish", "打不开"),
    ],
    ids=["empty", "large", "webp", "pdf", "broken-png", "broken-jpg"],
)
def test_other_files_are_refused(
    client_of: ClientOf, claimant: User, data: bytes, why: str
) -> None:
    answer = client_of(claimant).post(OPEN_PHOTO, {"photo": photo(data)})

    assert answer.status_code == 200
    assert why in text(answer)
    assert not RescueCase.objects.exists()


def test_bomb_is_refused(client_of: ClientOf, claimant: User) -> None:
    data = rescue.hand_held("PNG", size=(9_000, 9_000))
    assert len(data) < 1024 * 1024

    answer = client_of(claimant).post(OPEN_PHOTO, {"photo": photo(data)})

    assert "太大" in text(answer) or "打不开" in text(answer)
    assert not RescueCase.objects.exists()


def test_too_many_cases_get_429(client_of: ClientOf, claimant: User) -> None:
    browser = client_of(claimant)
    for _ in range(3):
        case = browser.post(OPEN_COUNTER)["Location"]
        browser.post(f"{case}withdraw/")

    answer = browser.post(OPEN_COUNTER)

    assert answer.status_code == 429
    assert "试的次数太多了" in text(answer)


def test_running_case_stands_on_the_home_page(client_of: ClientOf, claimant: User) -> None:
    browser = client_of(claimant)
    browser.post(OPEN_COUNTER)

    page = text(browser.get("/"))

    assert "现在轮到学校" in page
    assert browser.get(START).status_code == 302
    RescueCase.objects.update(state=RescueState.COUNTER)
    assert "带证件" in text(browser.get("/"))


def test_withdrawal_asks_first(client_of: ClientOf, claimant: User) -> None:
    browser = client_of(claimant)
    case = browser.post(OPEN_COUNTER)["Location"]

    assert "撤回这个申请吗" in text(browser.get(f"{case}withdraw/"))
    browser.post(f"{case}withdraw/")

    assert RescueCase.objects.get().state == RescueState.WITHDRAWN
    assert "不能撤回了" in text(browser.get(f"{case}withdraw/", follow=True))


def test_strangers_find_nothing(
    client_of: ClientOf, claimant: User, holder: User, eve: User
) -> None:
    case = client_of(claimant).post(OPEN_COUNTER)["Location"]

    for stranger in (eve, holder):
        for url in (case, f"{case}withdraw/", f"{case}receipt/"):
            assert client_of(stranger).get(url).status_code == 404
            assert client_of(stranger).post(url).status_code in {404, 405}
    own = f"/identity/objections/{RescueCase.objects.get().pk}/"
    for stranger in (eve, claimant):
        assert client_of(stranger).get(own).status_code == 404
        assert client_of(stranger).post(own).status_code == 404


def test_unknown_way_is_not_there(client_of: ClientOf, claimant: User) -> None:
    assert client_of(claimant).get("/identity/rescue/by/magic/").status_code == 404


def test_without_a_declaration_the_way_begins_there(client_of: ClientOf, eve: User) -> None:
    assert client_of(eve).get(START)["Location"] == "/identity/"


def test_holder_is_warned_at_home_and_objects(
    client_of: ClientOf, claimant: User, holder: User
) -> None:
    client_of(claimant).post(OPEN_COUNTER)
    case = RescueCase.objects.get()
    browser = client_of(holder)

    home = text(browser.get("/"))
    listed = text(browser.get("/identity/objections/"))
    page = text(browser.get(f"/identity/objections/{case.pk}/"))
    browser.post(f"/identity/objections/{case.pk}/", {"reason": "我没有申请"})

    case.refresh_from_db()
    assert "有人申请用你的证件号码" in home
    assert f"/identity/objections/{case.pk}/" in listed
    assert "沈若溪" not in page.split("<main")[1]
    assert "new@" not in page
    assert (case.state, case.objection) == (RescueState.COUNTER, "我没有申请")
    assert "你已经反对" in text(browser.get("/identity/objections/"))
    assert "有人申请用你的证件号码" not in text(client_of(claimant).get("/"))


def test_link_of_the_alarm_works_once_and_without_a_login(
    client_of: ClientOf, claimant: User, holder: User
) -> None:
    client_of(claimant).post(OPEN_COUNTER)
    outbox.deliver_pending(now=timezone.now())
    alarm = next(each for each in mail.outbox if each.to == ["old@example.test"])
    path = "/identity/objection/" + alarm.body.split("/identity/objection/")[1].split()[0]
    browser = Client()

    page = browser.get(path)
    done = browser.post(path, {"reason": ""})
    again = browser.get(path)
    unknown = browser.get("/identity/objection/AAAA/")

    assert page.status_code == done.status_code == 200
    assert "已反对" in text(done)
    assert RescueCase.objects.get().state == RescueState.COUNTER
    assert again.status_code == unknown.status_code == 404
    assert plain(again, secret="csrf") == plain(unknown, secret="csrf")


def test_opening_the_link_alone_does_nothing(client_of: ClientOf, claimant: User) -> None:
    client_of(claimant).post(OPEN_COUNTER)
    outbox.deliver_pending(now=timezone.now())
    alarm = next(each for each in mail.outbox if "objection" in each.body)

    Client().get("/identity/objection/" + alarm.body.split("/identity/objection/")[1].split()[0])

    assert RescueCase.objects.get().state == RescueState.OPEN


def test_guessing_links_is_limited() -> None:
    browser = Client()

    answers = [
        browser.get("/identity/objection/guess/").status_code
        for _ in range(LINKS_PER_ADDRESS.amount * 2 + 1)
    ]

    assert answers[0] == 404
    assert answers[-1] == 429


# --- at the desk -----------------------------------------------------------------------------

DESK = "/admin/enrollment/rescuecase/"


def deed(case: RescueCase, name: str) -> str:
    return f"{DESK}{case.pk}/do/{name}/"


@pytest.fixture
def waited(claimant: User) -> RescueCase:
    """A case with a photo, whose 24 hours are over."""
    return rescue.make_rescue(
        claimant,
        holder=User.objects.get(email="old@example.test"),
        at=timezone.now() - timedelta(days=1),
    )


PROPOSAL = {"opinion": "APPROVE", "answer": "证件和本人一致。", "name": "李老师"}


def test_whole_way_at_the_desk(
    client_of: ClientOf, waited: RescueCase, claimant: User, holder: User, li: User, wang: User
) -> None:
    first, second, theirs = client_of(li), client_of(wang), client_of(holder)
    assert theirs.get("/record/").status_code == 200

    first.post(deed(waited, "propose"), PROPOSAL)
    own = first.post(deed(waited, "approve"), {"name": "李老师"}, follow=True)
    preview = text(second.get(deed(waited, "approve")))
    second.post(deed(waited, "approve"), {"name": "王老师"})

    waited.refresh_from_db()
    holder.refresh_from_db()
    assert "现在不能“确认通过”" in text(own)
    assert "远山大学" in preview
    assert waited.state == RescueState.APPROVED
    assert Binding.objects.get().identity.user == claimant
    assert holder.superseded_at is not None
    page = text(client_of(claimant).get(f"/identity/rescue/{waited.pk}/"))
    assert "证件和本人一致" in page
    assert "核对" in text(client_of(claimant).get("/"))


def test_replaced_account_reads_one_page_and_does_nothing(
    client_of: ClientOf, waited: RescueCase, holder: User, li: User, wang: User
) -> None:
    client_of(li).post(deed(waited, "propose"), PROPOSAL)
    client_of(wang).post(deed(waited, "approve"), {"name": "王老师"})
    browser = client_of(User.objects.get(pk=holder.pk))

    assert "这个账号已经停用" in text(browser.get("/", follow=True))
    for path in ("/record/", "/account/", "/messages/", "/identity/", "/account/password/change/"):
        assert browser.get(path)["Location"] == "/identity/replaced/"
    assert browser.post("/messages/")["Location"] == "/identity/replaced/"
    assert browser.get("/account/privacy/").status_code == 200
    assert browser.post("/account/logout/").status_code == 302


def test_living_account_has_no_replaced_page(client_of: ClientOf, eve: User) -> None:
    assert client_of(eve).get("/identity/replaced/")["Location"] == "/"


def test_sessions_of_the_old_account_end(
    waited: RescueCase, holder: User, client_of: ClientOf, li: User, wang: User
) -> None:
    theirs = Client()
    theirs.post("/account/login/", {"login": "old@example.test", "password": people.PASSWORD})
    assert theirs.get("/record/").status_code == 200

    client_of(li).post(deed(waited, "propose"), PROPOSAL)
    client_of(wang).post(deed(waited, "approve"), {"name": "王老师"})

    assert theirs.get("/record/")["Location"].startswith("/account/login/")


def test_desk_shows_both_sides_masked(
    client_of: ClientOf, waited: RescueCase, claimant: User, li: User
) -> None:
    page = text(client_of(li).get(f"{DESK}{waited.pk}/change/"))

    assert "两个账号" in page
    assert "n**@example.test" in page
    assert "o**@example.test" in page
    assert NUMBER not in page
    assert "沈若溪" not in page
    assert deed(waited, "propose") in page
    assert deed(waited, "approve") not in page


def test_objected_case_is_on_top_and_late_ones_on_the_board(
    client_of: ClientOf, waited: RescueCase, li: User
) -> None:
    other = people.make_user()
    people.make_identity(other)
    objected = rescue.make_rescue(
        other,
        at=timezone.now(),
        state=RescueState.COUNTER,
        objected_at=timezone.now(),
        objected_by="o**@example.test",
    )
    RescueCase.objects.filter(pk=waited.pk).update(due_at=timezone.now() - timedelta(days=1))
    browser = client_of(li)

    listed = text(browser.get(DESK))
    late = text(browser.get(f"{DESK}?waiting=late"))
    board = text(browser.get("/admin/"))

    assert listed.index(objected.case_no) < listed.index(waited.case_no)
    assert waited.case_no in late
    assert objected.case_no not in late
    assert board.index("证件号码找回过了期限") < board.index("采集照片没对上学籍")


def test_photo_is_shown_to_the_desk_and_logged(
    client_of: ClientOf, claimant: User, li: User, auditor: User, eve: User
) -> None:
    client_of(claimant).post(OPEN_PHOTO, {"photo": photo(rescue.hand_held())})
    evidence = RescueEvidence.objects.get()
    url = f"{DESK}{evidence.case_id}/evidence/{evidence.pk}/"

    answer = client_of(li).get(url)

    assert answer["Cache-Control"] == "no-store, private"
    assert evidence.file.views.get().viewer_id == str(li.pk)
    assert client_of(auditor).get(url).status_code == 200
    assert client_of(eve).get(url).status_code == 404
    assert client_of(claimant).get(url).status_code == 404


def test_auditor_looks_and_does_nothing(
    client_of: ClientOf, waited: RescueCase, auditor: User
) -> None:
    browser = client_of(auditor)

    assert browser.get(f"{DESK}{waited.pk}/change/").status_code == 200
    assert browser.post(deed(waited, "propose"), PROPOSAL).status_code == 403


def test_receipt_names_two_people_and_no_number(
    client_of: ClientOf, waited: RescueCase, claimant: User, li: User, wang: User
) -> None:
    client_of(li).post(deed(waited, "propose"), PROPOSAL)
    client_of(wang).post(deed(waited, "approve"), {"name": "王老师"})

    for person in (claimant, li):
        page = text(client_of(person).get(f"/identity/rescue/{waited.pk}/receipt/"))
        assert waited.case_no in page
        assert "李老师" in page
        assert "王老师" in page
        assert NUMBER not in page
        assert NUMBER[6:14] not in page


def test_deeds_ask_for_words(client_of: ClientOf, waited: RescueCase, li: User) -> None:
    browser = client_of(li)

    for name in ("meet", "call_in", "propose"):
        answer = browser.post(deed(waited, name), {"reason": "", "answer": "", "name": ""})
        assert answer.status_code == 200
    waited.refresh_from_db()
    assert waited.state == RescueState.OPEN
    assert waited.met_at is None


def test_school_asks_for_exactly_three_facts(
    client_of: ClientOf, roster: StudentRecord, li: User
) -> None:
    school = roster.school
    url = f"/admin/enrollment/school/{school.pk}/change/"
    form = {"name": school.name, "binding_fact": school.binding_fact}
    browser = client_of(li)

    refused = browser.post(url, {**form, "rescue_facts": ["candidate_no", "ethnicity"]})
    three = ["candidate_no", "political_status", "ethnicity"]
    browser.post(url, {**form, "rescue_facts": three})

    school.refresh_from_db()
    assert "要选 3 项" in text(refused)
    assert sorted(school.rescue_facts) == sorted(three)
