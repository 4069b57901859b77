"""新生快速查询: few fields for who knows number and name, one answer for everything else."""

from datetime import datetime

import pytest
from captcha.models import CaptchaStore
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common.models import AuditEvent
from common.ratelimit import TooManyError
from enrollment.models import School, StudentRecord
from enrollment.services.freshman import look_up_freshman
from tests.factories.enrolment import make_record, make_school
from tests.factories.people import make_number

pytestmark = [pytest.mark.page, pytest.mark.django_db]

NUMBER = make_number(501)


@pytest.fixture
def school(db: None) -> School:
    """A school that opened the look-up."""
    return make_school(has_freshman_lookup=True)


@pytest.fixture
def freshman(school: School) -> StudentRecord:
    return make_record(id_number=NUMBER, entry_grade=2099, student_no="20990000001")


def solved() -> dict[str, str]:
    """A picture with its answer."""
    key = CaptchaStore.generate_key()
    return {"captcha_0": key, "captcha_1": CaptchaStore.objects.get(hashkey=key).response}


def look_up(**changes: str):
    given = {"school": School.objects.get().pk, "number": NUMBER, "name": "沈若溪", **solved()}
    return Client().post("/freshman/", {**given, **changes})


def test_switched_off_page_is_not_there(db: None) -> None:
    make_school()

    assert Client().get("/freshman/").status_code == 404
    assert Client().post("/freshman/").status_code == 404


def test_freshman_sees_the_few_fields(freshman: StudentRecord) -> None:
    answer = look_up(number=f" {NUMBER.lower()} ")
    page = answer.content.decode()

    assert "查到了" in page
    assert "20990000001" in page.replace("</span><span>", "")
    assert "汉语言文学" in page
    assert "2022年09月01日" in page
    assert freshman.candidate_no not in page
    assert "1886" not in page


def test_page_is_kept_nowhere(freshman: StudentRecord) -> None:
    for answer in (Client().get("/freshman/"), look_up()):
        assert answer["Cache-Control"] == "no-store, private"
        assert "noindex" in answer["X-Robots-Tag"]
        assert b'name="robots" content="noindex' in answer.content


def test_school_decides_the_fields(freshman: StudentRecord) -> None:
    School.objects.update(freshman_fields=["school"])

    page = look_up().content.decode()

    assert "查到了" in page
    assert "汉语言文学" not in page


def test_picture_must_be_right(freshman: StudentRecord) -> None:
    page = look_up(captcha_1="wrong").content.decode()

    assert "查到了" not in page
    assert not AuditEvent.objects.filter(action="freshman.looked_up").exists()


@pytest.mark.parametrize("wrong", ["number", "name", "year", "hidden", "school"])
def test_everything_else_gets_one_answer(
    wrong: str, freshman: StudentRecord, now: datetime
) -> None:
    wrongs: dict[str, dict[str, object]] = {
        "number": {"number": make_number(502)},
        "name": {"name": "沈若水"},
    }
    given = wrongs.get(wrong, {})
    if wrong == "year":
        StudentRecord.objects.update(entry_grade=2020)
    if wrong == "hidden":
        StudentRecord.objects.update(hidden_at=now, hidden_by="测试", hidden_reason="测试")
    if wrong == "school":
        make_school("99998", "远山大学云岭学院", has_freshman_lookup=True)
        given = {"school": School.objects.get(code="99998").pk}
    given = {"school": School.objects.get(code="99999").pk, **given}
    picture = solved()

    page = Client().post("/freshman/", {"number": NUMBER, "name": "沈若溪", **given, **picture})

    assert page.status_code == 200
    assert "没有查到" in page.content.decode()
    assert "汉语言文学" not in page.content.decode()


def test_known_and_unknown_cost_the_same(freshman: StudentRecord, now: datetime) -> None:
    counts = []
    for number in (NUMBER, make_number(503)):
        with CaptureQueriesContext(connection) as queries:
            look_up_freshman(
                school=freshman.school,
                number=number,
                name="沈若水",
                address="192.0.2.1",
                now=now,
            )
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_look_up_stands_in_the_students_ledger(freshman: StudentRecord) -> None:
    look_up()

    event = AuditEvent.objects.get(action="freshman.looked_up")
    assert (event.subject_id, event.actor_label) == (str(freshman.pk), "新生快速查询")
    assert NUMBER not in str(event.details)


def test_number_and_address_are_limited(freshman: StudentRecord, now: datetime) -> None:
    def ask(number: str, address: str) -> None:
        look_up_freshman(
            school=freshman.school, number=number, name="沈若溪", address=address, now=now
        )

    for serial in range(5):
        ask(NUMBER, f"192.0.2.{serial}")
    with pytest.raises(TooManyError):
        ask(NUMBER, "192.0.2.99")
    for serial in range(20):
        ask(make_number(600 + serial), "198.51.100.7")
    with pytest.raises(TooManyError):
        ask(make_number(699), "198.51.100.7")


def test_too_many_are_answered_with_429(freshman: StudentRecord) -> None:
    answers = [look_up().status_code for _ in range(6)]

    assert answers == [200] * 5 + [429]
