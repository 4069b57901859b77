"""The student's own profile: rows come and go by saving, encrypted, and nobody else reads them."""

from datetime import datetime

import pytest
from django.db import connection

from accounts.models import User
from common.errors import StaleStateError
from common.ratelimit import TooManyError
from enrollment.models import StudentRecord, StudyRow, SupplementaryProfile
from enrollment.selectors import supplement_of
from enrollment.services.profile import SAVES, Study, save_profile
from tests.factories import people

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ADDRESS = "/identity/profile/"


def posted(*rows: dict[str, str], seen: str = "", **fields: str) -> dict[str, str]:
    """What the browser sends."""
    data = {
        "rows-TOTAL_FORMS": str(len(rows)),
        "rows-INITIAL_FORMS": "0",
        "seen": seen,
        "address": "远山市云岭路 1 号",
        "postal_code": "999999",
        **fields,
    }
    for number, row in enumerate(rows):
        data |= {f"rows-{number}-{name}": value for name, value in row.items()}
    return data


HIGH = {
    "school": "远山一中",
    "attended_from": "1899-09",
    "attended_to": "1902-06",
    "witness": "秦老师",
}
MIDDLE = {"school": "云岭中学", "attended_from": "1896-09", "attended_to": "1899-06"}


def seen_of(page: str) -> str:
    return page.split('name="seen" value="')[1].split('"', maxsplit=1)[0]


def test_rows_are_added_changed_and_removed_without_script(
    alice: User, record: StudentRecord, client_of
) -> None:
    client = client_of(alice)
    before = record.updated_at
    assert client.post(ADDRESS, posted(HIGH, MIDDLE, {"school": ""})).status_code == 302

    page = client.get(ADDRESS).content.decode()
    assert page.index("云岭中学") < page.index("远山一中")
    assert "远山市云岭路 1 号" in page

    left = {**HIGH, "school": "远山市第一中学"}
    gone = {**MIDDLE, "DELETE": "on"}
    client.post(ADDRESS, posted(gone, left, seen=seen_of(page)))

    held = supplement_of(alice)
    assert held is not None
    assert [row.school for row in held.rows.all()] == ["远山市第一中学"]
    record.refresh_from_db()
    assert record.updated_at == before


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"school": "远山一中"}, "请填写从哪个月开始"),
        ({"attended_from": "1899-09"}, "请填写学校"),
        ({**HIGH, "attended_to": "1898-01"}, "不能早于开始"),
        ({**HIGH, "attended_from": "1899-13"}, "月份写成 2019-09"),
    ],
)
def test_wrong_row_is_named_and_nothing_is_saved(
    row: dict[str, str], sentence: str, alice: User, client_of
) -> None:
    page = client_of(alice).post(ADDRESS, posted(row)).content.decode()

    assert sentence in page
    assert not SupplementaryProfile.objects.exists()


def test_texts_are_encrypted_in_the_database(alice: User, client_of) -> None:
    client_of(alice).post(ADDRESS, posted(HIGH))

    with connection.cursor() as cursor:
        cursor.execute("SELECT address FROM enrollment_supplementaryprofile")
        stored = bytes(cursor.fetchone()[0])
        cursor.execute("SELECT school, witness FROM enrollment_studyrow")
        stored += b"".join(bytes(cell) for cell in cursor.fetchone())
    for text in ("云岭路", "远山一中", "秦老师"):
        assert text.encode() not in stored


def test_slower_window_is_told(alice: User, now: datetime, client_of) -> None:
    client = client_of(alice)
    client.post(ADDRESS, posted(HIGH))

    answer = client.post(ADDRESS, posted(MIDDLE), follow=True).content.decode()

    assert "另一个窗口或设备上保存过" in answer
    assert [row.school for row in StudyRow.objects.all()] == ["远山一中"]
    with pytest.raises(StaleStateError):
        save_profile(user=alice, address="", postal_code="", studies=[], seen_at=now, now=now)


def test_forged_moment_is_refused(alice: User, client_of) -> None:
    page = client_of(alice).post(ADDRESS, posted(seen="2026-06-12")).content.decode()

    assert "页面已经过期" in page


def test_too_many_rows_are_refused(alice: User, client_of) -> None:
    assert client_of(alice).post(ADDRESS, posted(*[HIGH] * 21)).status_code == 200

    assert not StudyRow.objects.exists()


@pytest.mark.parametrize("who", ["eve", "chen", "li"])
def test_only_students_have_one(who: str, request, client_of) -> None:
    assert client_of(request.getfixturevalue(who)).get(ADDRESS).status_code == 404


def test_staff_see_that_it_is_there_and_nothing_of_it(alice: User, li: User, client_of) -> None:
    client_of(alice).post(ADDRESS, posted(HIGH))
    held, row = SupplementaryProfile.objects.get(), StudyRow.objects.get()

    for path in (
        f"/admin/enrollment/supplementaryprofile/{held.pk}/change/",
        f"/admin/enrollment/studyrow/{row.pk}/change/",
    ):
        page = client_of(li).get(path).content.decode()
        assert "云岭路" not in page
        assert "远山一中" not in page


def test_saving_is_limited(now: datetime) -> None:
    user = people.make_user("many@example.test")
    seen = None
    for _ in range(SAVES.amount):
        held = save_profile(
            user=user,
            address="甲",
            postal_code="",
            studies=[Study(school="甲", attended_from=now.date())],
            seen_at=seen,
            now=now,
        )
        seen = held.updated_at
    with pytest.raises(TooManyError):
        save_profile(user=user, address="", postal_code="", studies=[], seen_at=seen, now=now)
