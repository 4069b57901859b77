"""Every list of the desk at twenty thousand students: how many queries its first page needs."""

import time

from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import reverse

from accounts.states import Role
from benchmarks.measure import Result, note
from benchmarks.people import analyse, members
from benchmarks.scratch import SCALE
from enrollment.models import StudentRecord
from imaging.models import PhotoVersion
from tests.factories import people
from tests.factories.imaging import make_photo

_STUDENTS = int(20_000 * SCALE)
_MOST_QUERIES = 12


def run() -> list[Result]:
    """The most queries that a list needs, beside the bound of the goal."""
    note(f"{_STUDENTS:,} students with accounts, rounds, conclusions and photos")
    _give_photos([member.record_id for member in members(_STUDENTS)])
    analyse()
    clients = [_client_of(role) for role in Role]
    asked: dict[str, int] = {}
    longest: dict[str, float] = {}
    with override_settings(STAFF_SECOND_FACTOR="offered"):
        for path in _lists():
            for client in clients:
                if client.get(path).status_code == 200:
                    asked[path], longest[path] = _opened(client, path)
                    break

    worst, slowest = max(asked, key=asked.__getitem__), max(longest, key=longest.__getitem__)
    note(f"{len(asked)} lists; most queries {worst}; slowest {slowest} {longest[slowest]:.2f} s")
    return [
        Result(
            f"{len(asked)} lists of the desk at {_STUDENTS:,} students, most queries",
            asked[worst],
            _MOST_QUERIES,
            asked[worst] / _MOST_QUERIES,
            "<= 1.0",
            "queries, bound 12",
        )
    ]


def _client_of(role: Role) -> Client:
    client = Client()
    user = people.make_staff(role, f"desk-{role.lower()}@example.test")
    client.force_login(user, backend="accounts.backends.AccountBackend")
    return client


def _lists() -> list[str]:
    names = (model._meta.label_lower.replace(".", "_") for model in admin.site._registry)  # noqa: SLF001 -- Django's own registry
    return sorted(reverse(f"admin:{name}_changelist") for name in names)


def _opened(client: Client, path: str) -> tuple[int, float]:
    """Queries and seconds of one opening."""
    begun = time.perf_counter()
    with CaptureQueriesContext(connection) as asked:
        client.get(path)
    return len(asked), time.perf_counter() - begun


def _give_photos(record_ids: list[int]) -> None:
    """A current photo for every record, of one file."""
    first = make_photo(StudentRecord.objects.get(pk=record_ids[0]))
    fields = [field.attname for field in PhotoVersion._meta.concrete_fields if field.name != "id"]  # noqa: SLF001 -- Django's public _meta
    values = {name: getattr(first, name) for name in fields}
    PhotoVersion.objects.bulk_create(
        [PhotoVersion(**{**values, "record_id": pk}) for pk in record_ids[1:]], batch_size=2_000
    )
