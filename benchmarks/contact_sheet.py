"""The contact sheet of a checked batch: how many queries a page of five hundred photos needs."""

from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import timezone

from accounts.states import Role
from benchmarks.measure import Result, note
from benchmarks.scratch import SCALE
from imaging.models import BatchItem
from imaging.services.batch import check_batch, stage_batch
from imaging.states import PhotoKind
from tests.factories import people
from tests.factories.enrolment import make_record
from tests.imaging.importers.archives import zip_of
from tests.imaging.services.deliveries import marked

_PHOTOS = int(500 * SCALE)
_MOST_QUERIES = 60


def run() -> list[Result]:
    """The queries of one page, beside the bound of the goal."""
    note(f"a batch of {_PHOTOS} photos, half of them of known students")
    li = people.make_staff(Role.REGISTRAR, "contact-sheet@example.test")
    now = timezone.now() - timedelta(hours=1)
    numbers = [f"C{serial:09d}" for serial in range(_PHOTOS)]
    for number in numbers[::2]:
        make_record(student_no=number)
    batch = stage_batch(
        file=zip_of({f"{number}.jpg": marked(order) for order, number in enumerate(numbers)}),
        file_name="照片.zip",
        kind=PhotoKind.GRADUATION,
        actor=li,
        now=now,
    )
    batch.refresh_from_db()
    if not BatchItem.objects.filter(batch=batch).exists():
        check_batch(batch=batch, now=now)
    client = Client()
    client.force_login(li, backend="accounts.backends.AccountBackend")
    path = f"/admin/imaging/photobatch/{batch.pk}/sheet/"
    # A real server asks staff for a second factor first; logging in is measured elsewhere.
    with override_settings(STAFF_SECOND_FACTOR="offered"):
        client.get(path)
        with CaptureQueriesContext(connection) as asked:
            page = client.get(path).content.decode()
    assert page.count("desk-sheet__name") == _PHOTOS
    queries = len(asked)
    return [
        Result(
            f"contact sheet of {_PHOTOS} photos, queries",
            queries,
            _MOST_QUERIES,
            queries / _MOST_QUERIES,
            "<= 1.0",
            "queries, bound 60",
        )
    ]
