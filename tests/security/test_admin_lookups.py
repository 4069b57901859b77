"""The desk's lists answer to their own filters, not to any column that an address names."""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory

from accounts.models import User
from accounts.states import Role
from common.admin import ReadonlyAdmin
from tests.factories.people import make_staff

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]


@pytest.mark.parametrize(
    "question",
    [
        "accounts/user/?email__startswith=a",
        "accounts/user/?password__startswith=argon2",
        "enrollment/studentrecord/?name__startswith=沈",
        "enrollment/studentrecord/?birth_date__year=1886",
        "common/auditevent/?details__icontains=a",
    ],
)
def test_column_cannot_be_asked_through_the_address(client_of: ClientOf, question: str) -> None:
    auditor = make_staff(Role.AUDITOR, "auditor-asks@example.test")

    assert client_of(auditor).get(f"/admin/{question}").status_code == 400


@pytest.mark.parametrize(
    "question",
    [
        "imaging/captureentry/?state__exact=UNMATCHED",
        "imaging/captureentry/?batch__id__exact=1",
        "imaging/campaignmember/?campaign__id__exact=1&class_group__id__exact=1",
        "imaging/verificationconclusion/?phase=open",
        "corrections/correctionrequest/?state__exact=SUBMITTED",
        "enrollment/studentrecord/?class_group__id__exact=1",
        "enrollment/rosterrow/?roster__id__exact=1&outcome__exact=ERROR",
        "common/auditevent/?occurred_at__gte=2026-06-01 00:00:00%2B08:00",
    ],
)
def test_links_and_filters_of_the_desk_still_work(client_of: ClientOf, question: str) -> None:
    auditor = make_staff(Role.AUDITOR, "auditor-filters@example.test")

    assert client_of(auditor).get(f"/admin/{question}").status_code in {200, 302}


# What may be done with ticked rows: each leads to a page of its own that shows and asks first.
ON_TICKED_ROWS = {"corrections.CorrectionRequest": {"decide_together"}}


def test_every_page_of_the_desk_refuses_to_delete() -> None:
    request = RequestFactory().get("/")
    request.user = make_staff(Role.REGISTRAR, "registrar-deletes@example.test")

    for page in admin.site._registry.values():
        assert isinstance(page, ReadonlyAdmin), page
        assert not page.has_delete_permission(request), page
        assert set(page.get_actions(request)) == ON_TICKED_ROWS.get(page.opts.label, set()), page
