"""The command refuses wherever public passwords or invented people would do harm."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from enrollment.models import StudentRecord
from imaging.models import PhotoVersion
from imaging.states import PhotoKind
from tests.factories.enrolment import make_class, make_college, make_record, make_school
from xuexin.demo.calendar import calendar_of
from xuexin.demo.classes import AFFILIATED, SCHOOL
from xuexin.demo.deliveries import Deliveries
from xuexin.demo.drawings import open_studio
from xuexin.demo.people import students_of
from xuexin.demo.school import Standing, standing

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


@pytest.fixture
def embedded(settings) -> None:
    settings.EMBEDDED = True


def test_server_with_real_people_gets_no_public_passwords(settings) -> None:
    settings.EMBEDDED = settings.DEBUG = False

    with pytest.raises(CommandError, match="密码是公开的"):
        call_command("seed_demo")


def test_database_with_other_records_is_left_alone(embedded: None) -> None:
    other = make_school("88888", "别的学校", is_demo=False)
    make_record(class_group=make_class(college=make_college(school=other)))

    with pytest.raises(CommandError, match="已经有别的数据"):
        call_command("seed_demo")


def test_database_with_an_account_is_left_alone(embedded: None) -> None:
    User.objects.create_user("somebody@example.test", None)

    with pytest.raises(CommandError, match="已经有别的数据"):
        call_command("seed_demo")


def test_school_of_real_code_is_not_taken_for_the_demonstration(embedded: None) -> None:
    real = make_school(SCHOOL.code, "真的学校", is_demo=False)
    make_record(class_group=make_class(college=make_college(school=real)))

    assert standing() is Standing.FOREIGN


@pytest.mark.parametrize("options", [{"students": 23}, {"students": 240, "photos": 0}])
def test_too_few_students_are_refused(options: dict[str, int], embedded: None) -> None:
    with pytest.raises(CommandError, match="至少 24"):
        call_command("seed_demo", **options)


def test_photos_can_be_left_out_of_a_large_school(embedded: None) -> None:
    call_command("seed_demo", students=60, photos=24, stdout=StringIO())

    assert (StudentRecord.objects.count(), standing()) == (60, Standing.BUILT)
    assert PhotoVersion.objects.filter(kind=PhotoKind.ADMISSION).count() == 24


def test_interrupted_building_is_finished(embedded: None, tmp_path: Path) -> None:
    for plan in (SCHOOL, AFFILIATED):
        make_school(plan.code, plan.name)
    people = students_of(24)
    with open_studio(24) as studio:
        said: list[str] = []
        calendar = calendar_of(datetime.now(tz=UTC))
        Deliveries(tmp_path, people, calendar, studio, said.append, 24).rosters()
    assert (standing(), StudentRecord.objects.count()) == (Standing.BEGUN, 24)

    call_command("seed_demo", students=24, stdout=StringIO())

    assert (standing(), StudentRecord.objects.count()) == (Standing.BUILT, 24)
