"""A photo is streamed to its owner, to the office with a trace, and to nobody else."""

from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.utils import timezone

from accounts.models import User
from common import files
from common.models import FileView
from enrollment.models import StudentRecord
from imaging.states import PhotoKind
from tests.factories import enrolment, imaging, people

HOUR = timedelta(hours=1)
pytestmark = [pytest.mark.page, pytest.mark.django_db]


def body(response) -> bytes:
    return b"".join(response.streaming_content)


@pytest.mark.parametrize("kind", list(PhotoKind))
def test_owner_gets_the_bytes_that_no_cache_keeps(
    kind: PhotoKind, alice: User, record: StudentRecord, client_of, django_assert_num_queries
) -> None:
    data = imaging.portrait(7)
    version = imaging.make_photo(record, kind, data=data)
    client = client_of(alice)
    client.get("/messages/")  # the session notes the first request

    with django_assert_num_queries(4):  # session, user, roles, photo with its file
        response = client.get(f"/photo/{version.pk}/")

    assert body(response) == data
    assert response["Content-Type"] == "image/jpeg"
    assert response["Cache-Control"] == "no-store, private"
    assert FileView.objects.count() == 0


@pytest.mark.parametrize("who", ["eve", "monitor", "chen", "secretary", "leader"])
def test_stranger_finds_nothing(
    who: str, request, alice: User, record: StudentRecord, client_of
) -> None:
    version = imaging.make_photo(record)

    response = client_of(request.getfixturevalue(who)).get(f"/photo/{version.pk}/")

    assert response.status_code == 404


def test_visitor_is_asked_to_log_in(client, record: StudentRecord) -> None:
    version = imaging.make_photo(record)

    assert client.get(f"/photo/{version.pk}/").url == f"/account/login/?next=/photo/{version.pk}/"


def test_replaced_version_is_not_shown_to_its_former_owner(
    alice: User, record: StudentRecord, client_of
) -> None:
    former = imaging.make_photo(record)
    imaging.make_photo(record)

    assert client_of(alice).get(f"/photo/{former.pk}/").status_code == 404


@pytest.mark.parametrize("who", ["li", "auditor"])
def test_look_of_the_office_leaves_a_trace(
    who: str, request, alice: User, record: StudentRecord, client_of
) -> None:
    version = imaging.make_photo(record)
    user = request.getfixturevalue(who)

    response = client_of(user).get(f"/photo/{version.pk}/")

    assert response.status_code == 200
    view = FileView.objects.get()
    assert (view.file, view.viewer_id, view.subject_id, view.purpose) == (
        version.entry.published,
        str(user.pk),
        str(record.pk),
        "查看毕业照片",
    )


def test_purged_photo_is_gone(alice: User, record: StudentRecord, client_of, now) -> None:
    version = imaging.make_photo(record)
    file = version.entry.published
    file.purged_at = now
    file.save()

    assert client_of(alice).get(f"/photo/{version.pk}/").status_code == 404


def test_office_sees_its_mark_and_the_stored_photo_has_none(
    li: User, alice: User, record: StudentRecord, client_of
) -> None:
    data = imaging.portrait(7)
    version = imaging.make_photo(record, data=data)

    seen = client_of(li).get(f"/photo/{version.pk}/").content

    assert seen != data
    assert files.read(version.entry.published) == data
    assert body(client_of(alice).get(f"/photo/{version.pk}/")) == data


def test_own_photo_of_staff_is_neither_marked_nor_logged(li: User, class_group, client_of) -> None:
    own = enrolment.make_record(class_group=class_group, name="李校友")
    enrolment.bind(own, people.make_identity(li, name=own.name, number=own.id_number))
    data = imaging.portrait(9)
    version = imaging.make_photo(own, data=data)

    assert body(client_of(li).get(f"/photo/{version.pk}/")) == data
    assert FileView.objects.count() == 0


def test_web_server_hands_the_owners_photo_over_and_the_portal_what_is_marked(
    li: User, alice: User, record: StudentRecord, client_of, settings
) -> None:
    settings.ACCEL_LOCATION = "/_private/"
    version = imaging.make_photo(record)

    own = client_of(alice).get(f"/photo/{version.pk}/")
    office = client_of(li).get(f"/photo/{version.pk}/")
    stranger = client_of(people.make_user("x@example.test")).get(f"/photo/{version.pk}/")

    assert own["X-Accel-Redirect"] == f"/_private/{version.entry.published.key}"
    assert own.content == b""
    assert "X-Accel-Redirect" not in office
    assert office.content.startswith(b"\xff\xd8")
    assert stranger.status_code == 404
    assert "X-Accel-Redirect" not in stranger


@pytest.mark.parametrize("who", ["alice", "li"])
def test_lost_photo_is_a_404(who: str, request, alice, record: StudentRecord, client_of) -> None:
    version = imaging.make_photo(record)
    files.discard_blob(version.entry.published.key)

    response = client_of(request.getfixturevalue(who)).get(f"/photo/{version.pk}/")

    assert response.status_code == 404


def test_saved_photo_has_a_name_that_says_nothing_of_the_person(
    alice: User, record: StudentRecord, client_of
) -> None:
    version = imaging.make_photo(record)

    response = client_of(alice).get(f"/photo/{version.pk}/")
    body(response)
    disposition = response["Content-Disposition"]

    assert disposition.startswith("inline; filename*=utf-8''")
    assert unquote(disposition).endswith("毕业照片.jpg")


@pytest.mark.parametrize(
    ("own", "common", "is_seen"),
    [
        (None, None, True),
        (None, -1, True),
        (None, 1, False),
        (1, -1, False),
        (-1, 1, True),
    ],
)
def test_photo_is_not_found_before_its_publication(
    own: int | None, common: int | None, is_seen: bool, alice: User, li: User, record, client_of
) -> None:
    """The school's own moment goes before the campaign's; the office is not held back (C-48)."""
    present = timezone.now()
    moments = [None if each is None else present + each * HOUR for each in (own, common)]
    campaign = imaging.make_campaign(
        publishes_at=moments[1],
        opens_at=present + 2 * HOUR,
        closes_at=present + 3 * HOUR,
        sheet_freeze_at=present + 4 * HOUR,
    )
    imaging.make_member(record, campaign, publishes_at=moments[0])
    version = imaging.make_photo(record)
    compared = imaging.make_photo(record, PhotoKind.ADMISSION)

    shown = f"/photo/{version.pk}/"

    answer = client_of(alice).get(shown)

    assert answer.status_code == (200 if is_seen else 404)
    assert not is_seen or body(answer)
    assert body(client_of(alice).get(f"/photo/{compared.pk}/"))
    assert client_of(li).get(shown).status_code == 200
    assert shown not in client_of(alice).get(f"/verify/{record.pk}/").content.decode()
    assert (shown in client_of(alice).get("/record/").content.decode()) is is_seen
