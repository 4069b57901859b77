"""The graduate's page: the photo that was locked with the certificate, whatever came later."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from enrollment.models import StudentRecord
from enrollment.services.graduation import NewGraduation, register_graduation
from enrollment.states import GraduationOutcome
from imaging.models import PhotoVersion
from imaging.selectors import certified_photo_of
from imaging.services.repair import confirm_repair, propose_detach
from reports.models import VerificationReport
from reports.selectors import photo_for, standing_of
from reports.states import ReportState
from tests.factories import imaging, people
from tests.factories.people import make_user
from tests.factories.reports import make_report
from xuexin.own_data.parts.records import record_items

pytestmark = [pytest.mark.page, pytest.mark.django_db]

NOW = timezone.now()
DAY = (NOW - timedelta(days=100)).date()


def register(
    record: StudentRecord,
    number: str = "999991202605000001",
    outcome: GraduationOutcome = GraduationOutcome.GRADUATED,
    days_ago: int = 30,
) -> None:
    new = NewGraduation(
        outcome=outcome, conferred_date=DAY, certificate_no=number, approval="省批文 1 号"
    )
    actor = make_user(f"registrar{number}@example.test")
    register_graduation(record=record, new=new, actor=actor, now=NOW - timedelta(days=days_ago))
    record.refresh_from_db()


def photo(record: StudentRecord, *, days_ago: int) -> PhotoVersion:
    return imaging.make_photo(record, at=NOW - timedelta(days=days_ago))


def test_page_shows_the_photo_of_the_registration(
    alice: User, record: StudentRecord, client_of
) -> None:
    locked = photo(record, days_ago=60)
    register(record)
    newer = photo(record, days_ago=3)

    client = client_of(alice)
    page = client.get("/record/").content.decode()

    assert f'src="/photo/{locked.pk}/"' in page
    assert f"/photo/{newer.pk}/" not in page
    assert "登记学历时锁定" in page
    assert b"".join(client.get(f"/photo/{locked.pk}/").streaming_content).startswith(b"\xff\xd8")
    assert photo_for(record, now=NOW) == locked


def test_page_shows_the_present_photo_without_a_certificate(
    alice: User, record: StudentRecord, client_of
) -> None:
    photo(record, days_ago=60)
    newer = photo(record, days_ago=3)

    page = client_of(alice).get("/record/").content.decode()

    assert f'src="/photo/{newer.pk}/"' in page
    assert "登记学历时锁定" not in page


def test_certificate_from_before_any_photo_locks_none(record: StudentRecord) -> None:
    register(record)
    newer = photo(record, days_ago=3)

    assert certified_photo_of(record) is None
    assert photo_for(record, now=NOW) == newer


def test_certificate_that_replaces_another_has_the_photo_of_its_own_day(
    record: StudentRecord,
) -> None:
    photo(record, days_ago=60)
    register(record, outcome=GraduationOutcome.COMPLETED, days_ago=50)
    second = photo(record, days_ago=40)
    register(record, "999991202605000002", days_ago=30)
    photo(record, days_ago=3)

    assert certified_photo_of(record) == second


def test_photo_that_was_taken_away_is_not_shown_again(
    alice: User, record: StudentRecord, client_of, li: User
) -> None:
    wrong = photo(record, days_ago=60)
    register(record)
    newer = photo(record, days_ago=3)
    repair = propose_detach(entry=wrong.entry, actor=li, now=NOW, reason="是另一个人")
    second = people.make_staff(Role.REGISTRAR, "wang@example.test")
    confirm_repair(repair=repair, actor=second, now=NOW, reason="对过照片")

    client = client_of(alice)

    assert f'src="/photo/{newer.pk}/"' in client.get("/record/").content.decode()
    assert client.get(f"/photo/{wrong.pk}/").status_code == 404


@pytest.mark.parametrize("who", ["eve", "monitor", "chen"])
def test_locked_photo_is_nobody_elses(who: str, request, record: StudentRecord, client_of) -> None:
    locked = photo(record, days_ago=60)
    register(record)
    photo(record, days_ago=3)

    client = client_of(request.getfixturevalue(who))

    assert client.get(f"/photo/{locked.pk}/").status_code == 404


def test_version_between_stays_out_of_sight(alice: User, record: StudentRecord, client_of) -> None:
    photo(record, days_ago=60)
    register(record)
    between = photo(record, days_ago=10)
    photo(record, days_ago=3)

    assert client_of(alice).get(f"/photo/{between.pk}/").status_code == 404


def test_own_copy_holds_both(alice: User, record: StudentRecord) -> None:
    photo(record, days_ago=60)
    register(record)
    photo(record, days_ago=3)

    paths = [item.path.rpartition("/")[2] for item in record_items(alice, NOW)]

    assert {"毕业照片.jpg", "学历登记时的毕业照片.jpg"} <= set(paths)


def test_report_with_the_certificates_photo_stays_valid(alice: User, record: StudentRecord) -> None:
    assert record.binding.identity.user == alice
    photo(record, days_ago=60)
    register(record)
    fields: dict[str, Any] = {
        "issued_at": NOW - timedelta(days=9),
        "expires_at": NOW + timedelta(days=30),
    }
    made = make_report(record, photo=photo_for(record, now=NOW), **fields)
    photo(record, days_ago=3)
    made = VerificationReport.objects.with_record().get(pk=made.pk)

    assert standing_of(made, now=NOW).state == ReportState.ACTIVE
