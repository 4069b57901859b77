"""The record page: every field, both photos, six queries, and nobody else's record."""

from datetime import datetime

import pytest
from django.utils import timezone

from accounts.models import User
from enrollment.models import StudentRecord
from imaging.states import ConclusionKind, PhotoKind
from tests.factories import enrolment, imaging

pytestmark = [pytest.mark.page, pytest.mark.django_db]


@pytest.mark.parametrize("second_factor", ["offered", "required"])
def test_record_shows_fields_photos_and_verification_in_six_queries(
    second_factor: str,
    alice: User,
    record: StudentRecord,
    client_of,
    settings,
    django_assert_num_queries,
) -> None:
    """Whether staff must have a second factor costs a student's page no query of its own."""
    settings.STAFF_SECOND_FACTOR = second_factor
    kinds = (PhotoKind.GRADUATION, PhotoKind.ADMISSION)
    photos = [imaging.make_photo(record, kind) for kind in kinds]
    member = imaging.make_member(record)
    imaging.make_conclusion(member, ConclusionKind.DATA, at=timezone.now())
    client = client_of(alice)
    client.get("/account/")  # the session notes the first request

    with django_assert_num_queries(6):  # session, user, standing, records, conclusions, photos
        page = client.get("/record/").content.decode()

    assert record.id_number not in page
    assert "2022年09月01日" in page
    assert "在籍（注册学籍）" in page
    assert "正常在读，已经注册。" in page
    for photo in photos:
        assert f'src="/photo/{photo.pk}/"' in page
    assert "正确，" in page


@pytest.mark.parametrize("amount", [1, 3])
def test_several_records_are_tabs_without_more_queries(
    amount: int, alice: User, record: StudentRecord, client_of, django_assert_num_queries
) -> None:
    for _ in range(amount - 1):
        enrolment.bind(enrolment.make_record(level="第二学士学位"), alice.identity)
    client = client_of(alice)
    client.get("/account/")  # the session notes the first request

    with django_assert_num_queries(6):
        page = client.get(f"/record/{record.pk}/").content.decode()

    assert page.count("第二学士学位") == amount - 1
    assert ("ui-tabs" in page) is (amount > 1)


@pytest.mark.parametrize("who", ["eve", "monitor", "chen", "li"])
def test_record_of_somebody_else_is_not_found(
    who: str, request, alice: User, record: StudentRecord, client_of
) -> None:
    client = client_of(request.getfixturevalue(who))

    assert client.get(f"/record/{record.pk}/").status_code == 404


def test_without_a_record_home_says_what_to_do(eve: User, client_of) -> None:
    assert client_of(eve).get("/record/").url == "/"


def test_long_name_and_empty_fields_are_shown(
    alice: User, record: StudentRecord, client_of, now: datetime
) -> None:
    name = "古丽阿依努尔·阿卜杜热西提江买买提"
    StudentRecord.objects.filter(pk=record.pk).update(name=name, department="", birth_date=None)

    page = client_of(alice).get("/record/").content.decode()

    assert name in page
    assert page.count("（空）") >= 2
