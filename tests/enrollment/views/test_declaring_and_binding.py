"""From a fresh account to a bound record, as a student clicks through it."""

from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from accounts.models import DeclaredIdentity, User
from enrollment.models import Binding, School, StudentRecord
from tests.factories.enrolment import make_record, make_school
from tests.factories.people import make_identity, make_number, make_user

pytestmark = [pytest.mark.page, pytest.mark.django_db]

NUMBER = make_number(2)
FORM = {"name": "沈若溪", "id_type": "RESIDENT_ID", "number": NUMBER}


@pytest.fixture
def roster() -> StudentRecord:
    """The record that the school holds."""
    return make_record(id_number=NUMBER, candidate_no="22990101010123")


@pytest.fixture
def browser(client_of: Callable[[User], Client]) -> Client:
    """A person without anything declared."""
    return client_of(make_user("ruoxi@example.test"))


def declare(browser: Client, **changes: str) -> None:
    """Form and confirmation."""
    browser.post("/identity/", {**FORM, **changes})
    browser.post("/identity/confirm/")


def bind(browser: Client, fact: str):
    """Post the fact."""
    return browser.post("/identity/binding/", {"fact": fact})


def test_whole_way(browser: Client, roster: StudentRecord) -> None:
    assert browser.post("/identity/", FORM)["Location"] == "/identity/confirm/"
    page = browser.get("/identity/confirm/").content.decode()
    assert "沈若溪" in page
    assert NUMBER[6:14] in page
    assert "1886年03月12日" in page
    assert "确认后不能自己修改" in page
    assert DeclaredIdentity.objects.count() == 0

    assert browser.post("/identity/confirm/")["Location"] == "/identity/binding/"
    assert "考生号" in browser.get("/identity/binding/").content.decode()
    response = bind(browser, "22990101010123")

    assert response["Location"] == "/identity/binding/"
    assert Binding.objects.get().record == roster
    page = browser.get("/identity/binding/").content.decode()
    assert "已绑定的学籍" in page


def test_going_back_keeps_what_was_typed(browser: Client) -> None:
    browser.post("/identity/", FORM)

    assert NUMBER in browser.get("/identity/").content.decode()


def test_draft_is_encrypted_in_the_database(browser: Client) -> None:
    browser.post("/identity/", FORM)

    with connection.cursor() as cursor:
        cursor.execute("SELECT session_data FROM django_session")
        kept = "".join(row[0] for row in cursor.fetchall())
    assert Session.objects.count() == 1
    assert NUMBER not in kept
    assert NUMBER.encode().hex() not in kept


def test_second_click_on_confirm_is_harmless(browser: Client) -> None:
    declare(browser)

    again = browser.post("/identity/confirm/", follow=True)

    assert again.redirect_chain[-1][0] == "/identity/binding/"
    assert DeclaredIdentity.objects.count() == 1


def test_confirm_without_a_form_leads_to_the_form(browser: Client) -> None:
    assert browser.get("/identity/confirm/")["Location"] == "/identity/"


def test_declared_person_cannot_declare_again(browser: Client) -> None:
    declare(browser)

    assert browser.get("/identity/")["Location"] == "/identity/binding/"
    assert browser.post("/identity/", {**FORM, "name": "别人"})["Location"] == "/identity/binding/"


def test_wrong_number_is_asked_again(browser: Client) -> None:
    page = browser.post("/identity/", {**FORM, "number": NUMBER[:-1]}).content.decode()

    assert "17 位" in page
    assert "identity_draft" not in browser.session


def test_taken_unknown_and_wrong_look_the_same(
    client_of: Callable[[User], Client], roster: StudentRecord
) -> None:
    make_identity(make_user(), number=NUMBER, name="沈若溪")
    pages = []
    for name, number in (
        ("沈若溪", NUMBER),
        ("沈若溪", make_number(4)),
        ("秦牧野", make_number(6)),
    ):
        browser = client_of(make_user())
        steps = [
            browser.post("/identity/", {**FORM, "name": name, "number": number}),
            browser.get("/identity/confirm/"),
            browser.post("/identity/confirm/"),
            browser.get("/identity/binding/"),
            bind(browser, "22990101010123"),
        ]
        pages.append([(step.status_code, _plain(step, name)) for step in steps])

    assert pages[0] == pages[1] == pages[2]
    assert "原因有三种" in pages[0][-1][1]


def _plain(response, name: str) -> str:
    """The page without what differs between any two people."""
    keep = [
        line.replace(name, "…").strip()
        for line in response.content.decode().splitlines()
        if not any(word in line for word in ("csrf", "ui-docno", "<span class"))
        and "990101" not in line
        and "99****" not in line
    ]
    return "\n".join(keep)


def test_second_click_on_binding_shows_what_the_first_bound(
    browser: Client, roster: StudentRecord
) -> None:
    declare(browser)

    answers = [bind(browser, "22990101010123") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert Binding.objects.count() == 1


def test_refused_page_names_causes_and_who_helps(browser: Client, roster: StudentRecord) -> None:
    declare(browser)

    page = bind(browser, "00000000000000").content.decode()

    assert "没有对上" in page
    assert "教务处学籍科" in page
    assert "再试一次" in page
    assert Binding.objects.count() == 0


def test_too_many_tries_are_answered_with_429(browser: Client, roster: StudentRecord) -> None:
    declare(browser)
    for serial in range(5):
        bind(browser, f"wrong{serial}")

    response = bind(browser, "22990101010123")

    assert response.status_code == 429
    assert "试的次数太多了" in response.content.decode()
    assert Binding.objects.count() == 0


@pytest.mark.parametrize(
    ("rules", "label", "is_required"),
    [
        (["CANDIDATE_NO"], "考生号", True),
        (["STUDENT_NO"], "学号", True),
        (["NONE"], None, False),
        (["NONE", "CANDIDATE_NO"], "考生号", False),
    ],
)
def test_schools_decide_what_is_asked(
    browser: Client, rules: list[str], label: str | None, is_required: bool
) -> None:
    for code, rule in zip(("99999", "99998"), rules, strict=False):
        make_school(code, f"学校{code}", binding_fact=rule)
    declare(browser)

    form = browser.get("/identity/binding/").context["form"]

    if label is None:
        assert list(form.fields) == []
    else:
        assert form.fields["fact"].label == label
        assert form.fields["fact"].required is is_required


def test_school_without_a_fact_binds_by_name_and_number(
    browser: Client, roster: StudentRecord
) -> None:
    School.objects.update(binding_fact="NONE")
    declare(browser)

    browser.post("/identity/binding/")

    assert Binding.objects.get().record == roster


def test_staff_account_is_sent_away(client_of: Callable[[User], Client], chen: User) -> None:
    browser = client_of(chen)

    for path in ("/identity/", "/identity/binding/"):
        page = browser.get(path, follow=True)
        assert "这是工作账号" in page.content.decode()
