"""Imports left lying: taken up again by the sweep, and erased when their time is over."""

import io
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage

from enrollment.models import RosterImport, School, StudentRecord
from enrollment.selectors.roster_preview import preview_rows
from enrollment.services.roster import (
    erase_old_imports,
    resume_imports,
    start_roster,
    submit_roster,
)
from enrollment.services.roster.upload import RETENTION
from enrollment.states import ImportState
from enrollment.tasks import apply_roster, stage_roster
from tests.enrollment.rosters import NOW, REGISTRAR, applied, csv_of, person, staged, upload
from tests.factories.enrolment import make_school

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

SOON, LATER = NOW + timedelta(minutes=4), NOW + timedelta(minutes=6)


@pytest.fixture
def school() -> School:
    return make_school()


def _state(roster: RosterImport) -> str:
    return RosterImport.objects.get(pk=roster.pk).state


def test_upload_that_nobody_checked_is_checked_after_a_while(school: School) -> None:
    roster = upload(csv_of(person(1)), school=school)

    assert resume_imports(now=SOON) == 0
    assert _state(roster) == ImportState.UPLOADED
    assert resume_imports(now=LATER) == 1
    assert _state(roster) == ImportState.STAGED


def test_application_that_nobody_took_up_is_finished(school: School) -> None:
    roster = staged(csv_of(person(1)), school=school)
    start_roster(roster=roster, actor=REGISTRAR, now=NOW)

    assert resume_imports(now=SOON) == 0
    assert resume_imports(now=LATER) == 1
    assert _state(roster) == ImportState.APPLIED
    assert RosterImport.objects.get().applied_by == "李老师"


def test_staged_import_waits_for_a_person(school: School) -> None:
    roster = staged(csv_of(person(1)), school=school)

    assert resume_imports(now=NOW + timedelta(days=1)) == 0
    assert _state(roster) == ImportState.STAGED


def test_broken_import_does_not_hold_up_the_next(school: School) -> None:
    broken = upload(csv_of(person(1)), school=school)
    assert broken.file is not None
    default_storage.delete(broken.file.key)
    good = upload(csv_of(person(2)), school=school)

    assert resume_imports(now=LATER) == 1
    assert (_state(broken), _state(good)) == (ImportState.UPLOADED, ImportState.STAGED)


def test_tasks_check_and_apply_in_the_background(
    school: School, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        roster = submit_roster(
            file=io.BytesIO(csv_of(person(1))),
            file_name="名册.csv",
            school=school,
            skip_bad=False,
            actor=REGISTRAR,
            now=NOW,
        )
    roster.refresh_from_db()
    assert roster.state == ImportState.STAGED
    with django_capture_on_commit_callbacks(execute=True):
        start_roster(roster=roster, actor=REGISTRAR, now=NOW)
    assert _state(roster) == ImportState.APPLIED
    assert StudentRecord.objects.count() == 1


def test_task_that_comes_twice_does_nothing(school: School) -> None:
    roster = applied(csv_of(person(1)), school=school)

    stage_roster(roster_id=roster.pk)
    apply_roster(roster_id=roster.pk)

    assert _state(roster) == ImportState.APPLIED


def test_cells_and_original_are_erased_when_their_time_is_over(school: School) -> None:
    roster = applied(csv_of(person(1, 出生日期="18800102")), school=school)
    assert roster.file is not None
    row = roster.rows.get()
    assert row.retain_until == NOW + RETENTION

    assert erase_old_imports(now=NOW + RETENTION - timedelta(seconds=1)) == 0
    assert erase_old_imports(now=NOW + RETENTION) == 1

    row.refresh_from_db()
    assert (row.values, row.raw, row.former) == (None, None, None)
    assert row.record == StudentRecord.objects.get()
    assert not default_storage.exists(roster.file.key)
    roster.file.refresh_from_db()
    assert roster.file.purged_at == NOW + RETENTION
    assert preview_rows(roster) == []
    assert erase_old_imports(now=NOW + RETENTION) == 0


def test_import_that_was_never_applied_is_put_aside_when_erased(school: School) -> None:
    roster = staged(csv_of(person(1)), school=school)

    assert erase_old_imports(now=NOW + RETENTION) == 1
    assert _state(roster) == ImportState.DISCARDED


def test_import_that_is_being_applied_is_not_erased(school: School) -> None:
    roster = staged(csv_of(person(1)), school=school)
    start_roster(roster=roster, actor=REGISTRAR, now=NOW)

    assert erase_old_imports(now=NOW + RETENTION) == 0
    assert resume_imports(now=NOW + RETENTION) == 1
    assert erase_old_imports(now=NOW + RETENTION) == 1
