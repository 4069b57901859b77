"""The demonstration school: built once for this file, every state looked for."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse

from accounts.identity import DocumentType, check_number
from accounts.models import User
from accounts.passwords import PasswordRule
from accounts.services import declare_identity
from common.models import Channel, OutboxMessage
from corrections.models import CorrectionRequest
from corrections.states import RequestState
from enrollment.models import Assignment, College, RosterImport, School, StudentRecord
from enrollment.selectors import owner_of
from enrollment.services.binding import bind_records
from enrollment.states import AssignmentRole, ImportState
from imaging.models import Campaign, CampaignMember, CaptureEntry, PhotoBatch, VerificationRound
from imaging.selectors import conclusions_of, photo_of
from imaging.states import Conclusion, ConclusionKind, MatchState, PhotoKind
from xuexin.demo import logins
from xuexin.demo.accounts import PASSWORD, address
from xuexin.demo.people import Part, Student, cast_of, students_of
from xuexin.demo.story import ACCOUNT_NAMES

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

COUNT = 24
Standings = dict[ConclusionKind, tuple[str, bool]]


@pytest.fixture(scope="module")
def said(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """What the command says; the school is there until the end of this file, each test rolled back."""
    out = StringIO()
    with django_db_blocker.unblock(), override_settings(EMBEDDED=True):
        call_command("seed_demo", students=COUNT, stdout=out)
    yield out.getvalue()
    with django_db_blocker.unblock():
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture(scope="module")
def cast(said: str) -> dict[Part, Student]:
    return cast_of(students_of(COUNT))


@pytest.fixture(scope="module")
def built_at(said: str) -> datetime:
    """A moment just after the school was built, as far as its campaign is concerned."""
    return datetime.now(tz=UTC)


def record_of(student: Student) -> StudentRecord:
    return StudentRecord.objects.get(
        school__code=student.group.school.code, student_no=student.student_no
    )


def standing_of(student: Student, now: datetime) -> Standings:
    """Per kind: the conclusion and whether it is locked."""
    member = CampaignMember.objects.get(record=record_of(student))
    return {
        kind: (row.state, row.is_locked_at(now)) for kind, row in conclusions_of(member).items()
    }


def both(state: Conclusion, *, locked: bool) -> Standings:
    return dict.fromkeys(ConclusionKind, (state, locked))


PENDING = both(Conclusion.PENDING, locked=False)


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (Part.MONITOR, both(Conclusion.CORRECT, locked=True)),
        (Part.LOCKED, both(Conclusion.CORRECT, locked=True)),
        (Part.PROVISIONAL, both(Conclusion.CORRECT, locked=False)),
        (Part.TAKEN_BACK, PENDING),
        (Part.TODO, PENDING),
        (Part.NEWCOMER, PENDING),
        (Part.SWAPPED_LEFT, PENDING),
        (Part.SWAPPED_RIGHT, PENDING),
        (
            Part.DISPUTED,
            {
                ConclusionKind.DATA: (Conclusion.INCORRECT, False),
                ConclusionKind.PHOTO: (Conclusion.CORRECT, False),
            },
        ),
        (
            Part.CASE_OPEN,
            {
                ConclusionKind.DATA: (Conclusion.CORRECT, True),
                ConclusionKind.PHOTO: (Conclusion.INCORRECT, True),
            },
        ),
        (
            Part.CASE_APPLIED,
            {
                ConclusionKind.DATA: (Conclusion.PENDING, False),
                ConclusionKind.PHOTO: (Conclusion.CORRECT, True),
            },
        ),
    ],
)
def test_student_of_the_cast_stands_where_the_part_says(
    part: Part, expected: Standings, cast: dict[Part, Student], built_at: datetime
) -> None:
    assert standing_of(cast[part], built_at) == expected


def test_taken_back_conclusion_left_its_trace(cast: dict[Part, Student]) -> None:
    owner = owner_of(record_of(cast[Part.TAKEN_BACK]))

    assert owner is not None
    assert OutboxMessage.objects.filter(user=owner, template="verification_submitted").count() == 1


@pytest.mark.parametrize(
    ("part", "state"),
    [
        (Part.CASE_OPEN, RequestState.SUBMITTED),
        (Part.CASE_APPLIED, RequestState.RECHECK),
        (Part.CASE_RETURNED, RequestState.RETURNED),
    ],
)
def test_locked_dispute_became_a_request(
    part: Part, state: RequestState, cast: dict[Part, Student]
) -> None:
    request = CorrectionRequest.objects.get(record=record_of(cast[part]))

    assert request.state == state


def test_applied_correction_changed_the_record(cast: dict[Part, Student]) -> None:
    record = record_of(cast[Part.CASE_APPLIED])

    assert record.ethnicity == "蒙古族"
    assert VerificationRound.objects.filter(member__record=record).count() == 2


def test_photo_request_holds_a_proof(cast: dict[Part, Student]) -> None:
    request = CorrectionRequest.objects.get(record=record_of(cast[Part.CASE_OPEN]))

    assert request.evidence.count() == 1


@pytest.mark.parametrize("part", [Part.NO_PHOTO, Part.AMBIGUOUS, Part.MISNAMED])
def test_photo_that_found_nobody_leaves_its_student_without(
    part: Part, cast: dict[Part, Student]
) -> None:
    record = record_of(cast[part])

    assert photo_of(record, PhotoKind.GRADUATION) is None
    assert photo_of(record, PhotoKind.ADMISSION) is not None


def test_capture_entries_wait_with_their_reasons(said: str) -> None:
    waiting = CaptureEntry.objects.exclude(state=MatchState.MATCHED)

    assert sorted(waiting.values_list("state", "reason")) == [
        (MatchState.AMBIGUOUS, "two_schools"),
        (MatchState.UNMATCHED, "name_mismatch"),
        (MatchState.UNMATCHED, "unknown_number"),
        (MatchState.UNMATCHED, "unknown_number"),
    ]


def test_swapped_pair_has_each_others_photo(cast: dict[Part, Student]) -> None:
    shown = {}
    for part in (Part.SWAPPED_LEFT, Part.SWAPPED_RIGHT):
        photo = photo_of(record_of(cast[part]), PhotoKind.GRADUATION)
        assert photo is not None
        shown[part] = photo.entry.original.sha256

    assert len(set(shown.values())) == 2
    assert {part: owner_of(record_of(cast[part])) for part in shown} == {
        part: User.objects.get(email=address(ACCOUNT_NAMES[part])) for part in shown
    }


def test_schools_came_in_by_the_import_commands(said: str) -> None:
    rosters = RosterImport.objects.all()
    batches = PhotoBatch.objects.all()

    assert [roster.state for roster in rosters] == [ImportState.APPLIED] * 2
    assert sum(roster.created_count for roster in rosters) == COUNT
    assert StudentRecord.objects.count() == COUNT
    assert [batch.state for batch in batches] == [ImportState.APPLIED] * 5
    late = batches.get(file_name="补拍照片.zip").report
    assert (late["accepted"], late["duplicate"], len(late["rejected"])) == (5, 1, 2)
    assert (late["matched"], late["unmatched"], late["ambiguous"]) == (1, 3, 1)


def test_photos_were_attached_before_anybody_judged_them(said: str) -> None:
    campaign = Campaign.objects.get()
    first = PhotoBatch.objects.filter(kind=PhotoKind.GRADUATION).order_by("created_at")[0]

    assert first.applied_at is not None
    assert first.created_at <= first.applied_at < campaign.opens_at


def test_campaign_is_in_the_middle_of_its_days(built_at: datetime) -> None:
    campaign = Campaign.objects.get()

    assert (campaign.title, campaign.window_hours) == ("2026届毕业图像校对", 24)
    assert timedelta(days=3, hours=22) < campaign.closes_at - built_at < timedelta(days=5)
    assert campaign.sheet_freeze_at - campaign.closes_at == timedelta(hours=12)
    assert campaign.members.count() == COUNT


def test_every_number_is_impossible(said: str) -> None:
    records = list(StudentRecord.objects.select_related("school"))

    assert {record.school.code for record in records} == {"99999", "99998"}
    assert [
        record.pk
        for record in records
        if not record.id_number.startswith("990101")
        or not 1880 <= int(record.id_number[6:10]) <= 1899
        or not record.candidate_no.startswith("22990101")
        or check_number(record.id_number, DocumentType.RESIDENT_ID)
        or record.birth_date is None
        or f"{record.birth_date:%Y%m%d}" != record.id_number[6:14]
    ] == []
    assert len({record.id_number for record in records}) == COUNT
    assert set(School.objects.values_list("is_demo", flat=True)) == {True}


def test_two_schools_share_one_student_number(cast: dict[Part, Student]) -> None:
    shared = StudentRecord.objects.filter(student_no=cast[Part.AMBIGUOUS].student_no)

    assert sorted(shared.values_list("school__code", flat=True)) == ["99998", "99999"]


def test_roles_have_somebody(said: str) -> None:
    held = Assignment.objects.values_list("role", flat=True)

    assert set(held) == set(AssignmentRole)
    assert College.objects.filter(school__code="99999").count() >= 1


def test_every_printed_login_opens(said: str) -> None:
    emails = [line.split()[-1] for line in logins.lines() if "@" in line]

    assert len(emails) == 17
    assert [
        email
        for email in emails
        if authenticate(None, username=email, email=email, password=PASSWORD) is None
    ] == []
    for user in User.objects.filter(email__in=emails):
        PasswordRule().validate(PASSWORD, user)


def test_all_hashes_are_one_so_that_the_start_is_quick(said: str) -> None:
    assert User.objects.values("password").distinct().count() == 1


def test_printed_newcomer_can_be_bound(said: str, built_at: datetime) -> None:
    person = logins.newcomer()
    assert person.id_number in logins.lines()[-1]

    user = User.objects.create_user("me@example.test", None)
    identity = declare_identity(
        user=user,
        name=person.name,
        id_type=DocumentType.RESIDENT_ID,
        number=person.id_number,
        now=built_at,
    )
    bound = bind_records(identity=identity, fact=person.candidate_no, actor=user, now=built_at)

    assert [binding.record.name for binding in bound] == ["陆清和"]
    assert person.id_number not in logins.lines()[-1]


def test_only_printed_logins_get_mail(said: str) -> None:
    mails = OutboxMessage.objects.filter(channel=Channel.EMAIL)
    printed = [address(name) for name in ACCOUNT_NAMES.values()]

    assert mails.filter(user__email__in=printed).exists()
    assert not mails.filter(sent_at=None).exclude(user__email__in=printed).exists()
    assert not mails.exclude(given_up_at=None).exists()


def test_second_run_changes_nothing_and_says_so(said: str, settings) -> None:
    settings.EMBEDDED = True
    out = StringIO()
    before = (StudentRecord.objects.count(), User.objects.count(), PhotoBatch.objects.count())

    call_command("seed_demo", stdout=out)

    assert out.getvalue().startswith("演示学校已经在这里了，没有改动。")
    assert before == (
        StudentRecord.objects.count(),
        User.objects.count(),
        PhotoBatch.objects.count(),
    )


def test_files_stay_for_trying_the_imports_by_hand(said: str, settings) -> None:
    names = {path.name for path in (settings.VAR_DIR / "demo").iterdir()}

    assert {"远山大学2026届名册.xlsx", "远山大学毕业照片.zip", "补拍照片.zip"} <= names


@pytest.mark.parametrize(
    "name", ["student", "provisional", "locked", "returned", "nophoto", "monitor", "counsellor"]
)
def test_printed_login_finds_its_pages(name: str, said: str, client: Client) -> None:
    client.force_login(
        User.objects.get(email=address(name)), backend="accounts.backends.AccountBackend"
    )
    student = ["/record/", "/verify/", "/requests/"] if name != "counsellor" else ["/classes/"]

    answers = {path: client.get(path, follow=True) for path in ("/", "/messages/", *student)}

    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(
        answers, 200
    )


def test_every_table_of_the_desk_shows_its_rows(said: str, client: Client) -> None:
    registrar = User.objects.get(email=address("registrar"))
    client.force_login(registrar, backend="accounts.backends.AccountBackend")
    addresses = [reverse("admin:index")]
    for model in admin.site._registry:
        label = model._meta.app_label
        name = f"admin:{label}_{model._meta.model_name}"
        first = model._default_manager.order_by("pk").first()
        addresses += [reverse("admin:app_list", args=[label]), reverse(f"{name}_changelist")]
        addresses += [reverse(f"{name}_change", args=[first.pk])] if first else []

    answers = {path: client.get(path).status_code for path in dict.fromkeys(addresses)}

    assert {path: code for path, code in answers.items() if code != 200} == {}


def test_returned_request_is_the_one_next_thing(said: str, client: Client) -> None:
    user = User.objects.get(email=address("returned"))
    client.force_login(user, backend="accounts.backends.AccountBackend")
    request = CorrectionRequest.objects.get(state=RequestState.RETURNED)

    page = client.get("/").content.decode()

    assert "现在轮到学校" not in page
    assert f'href="{reverse("corrections:request_page", args=[request.pk])}"' in page
