"""Two numbers of one person: added by staff, retired by staff, shown masked, never rewritten."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from django.test import Client

from accounts.identity import DocumentType
from accounts.models import DeclaredIdentity, IdentityNumber, User
from accounts.selectors import (
    declared_number_of,
    own_numbers_of,
    shown_numbers_of,
    user_with_number,
)
from accounts.services import add_number, correct_name, declare_identity, retire_number
from accounts.states import NumberSource
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent
from tests.factories.people import make_identity, make_number, make_user

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

FIRST, SECOND = make_number(101), make_number(102)


@pytest.fixture
def identity(db: None) -> DeclaredIdentity:
    """A person with one number."""
    return make_identity(make_user(), number=FIRST)


def add(identity: DeclaredIdentity, li: User, now: datetime, **changes) -> IdentityNumber:
    values = {
        "id_type": DocumentType.RESIDENT_ID,
        "number": SECOND,
        "reason": "看过两本证件",
        **changes,
    }
    return add_number(identity=identity, actor=li, now=now, **values)


def test_second_number_logs_in_and_is_on_the_record(
    identity: DeclaredIdentity, li: User, now: datetime
) -> None:
    row = add(identity, li, now, valid=(date(2020, 1, 1), date(2040, 1, 1)))

    assert (row.source, row.superseded_at) == (NumberSource.STAFF, None)
    assert user_with_number(SECOND) == identity.user
    event = AuditEvent.objects.get(action="identity.number_added")
    assert event.reason == "看过两本证件"
    assert SECOND not in str(event.details)


def test_former_number_explains_but_does_not_log_in(
    identity: DeclaredIdentity, li: User, now: datetime
) -> None:
    add(identity, li, now, is_former=True)

    assert user_with_number(SECOND) is None
    assert {row.number for row in own_numbers_of(identity)} == {FIRST, SECOND}
    assert getattr(declared_number_of(identity), "number", "") == FIRST


def test_number_of_another_account_is_refused_unless_it_is_a_former_one(
    identity: DeclaredIdentity, li: User, now: datetime
) -> None:
    """Edge case 6: two people with one historic number."""
    make_identity(make_user(), number=SECOND)

    with pytest.raises(NotAllowedError, match="另一个账号"):
        add(identity, li, now)
    add(identity, li, now, is_former=True)

    assert own_numbers_of(identity).get().number == FIRST  # the other one explains nothing


def test_number_that_the_person_has_is_refused(
    identity: DeclaredIdentity, li: User, now: datetime
) -> None:
    with pytest.raises(NotAllowedError, match="已经有这个号码"):
        add(identity, li, now, number=f" {FIRST} ")


def test_validity_that_ends_before_it_begins_is_refused(
    identity: DeclaredIdentity, li: User, now: datetime
) -> None:
    with pytest.raises(InvalidInputError, match="早于"):
        add(identity, li, now, valid=(date(2030, 1, 1), date(2020, 1, 1)))


def test_nobody_adds_an_own_number(identity: DeclaredIdentity, now: datetime) -> None:
    with pytest.raises(NotAllowedError, match="你自己"):
        add(identity, identity.user, now)


def test_retired_number_stays_as_a_former_one(
    identity: DeclaredIdentity, li: User, now: datetime
) -> None:
    """Edge case 10: a passport that was renewed."""
    add(identity, li, now)
    old = identity.numbers.get(source=NumberSource.DECLARED)

    retire_number(number=old, reason="换了证件", actor=li, now=now)

    assert getattr(declared_number_of(identity), "number", "") == SECOND
    assert {row.number for row in own_numbers_of(identity)} == {FIRST, SECOND}
    with pytest.raises(NotAllowedError, match="唯一在用"):
        retire_number(
            number=identity.numbers.get(superseded_at=None), reason="也停", actor=li, now=now
        )


def test_second_click_on_retiring_finds_the_first(
    identity: DeclaredIdentity, li: User, now: datetime
) -> None:
    row = add(identity, li, now)
    retire_number(number=row, reason="登记错了", actor=li, now=now)

    with pytest.raises(StaleStateError):
        retire_number(number=row, reason="登记错了", actor=li, now=now)


def test_name_is_corrected_with_its_key(
    identity: DeclaredIdentity, li: User, now: datetime
) -> None:
    correct_name(identity=identity, name="沈若谿", reason="看过身份证", actor=li, now=now)

    kept = DeclaredIdentity.objects.get(pk=identity.pk)
    assert (kept.name, kept.name_key) == ("沈若谿", "沈若谿")
    assert AuditEvent.objects.get(action="identity.name_corrected").details == {
        "before": "沈*溪",
        "after": "沈*谿",
    }


def test_number_that_somebody_else_has_looks_like_every_declared_one(now: datetime) -> None:
    """Edge case 17: the page of one's own account tells nothing."""
    make_identity(make_user(), number=FIRST)
    pages = []
    for number in (FIRST, make_number(103)):
        late = declare_identity(
            user=make_user(),
            name="秦牧野",
            id_type=DocumentType.RESIDENT_ID,
            number=number,
            now=now,
        )
        pages.append([(row.is_in_use, row.source, row.note) for row in shown_numbers_of(late)])

    assert pages[0] == pages[1] == [(True, "本人申报", "居民身份证，本人申报")]


@pytest.mark.page
def test_account_page_lists_every_number_masked(
    client_of: Callable[[User], Client], identity: DeclaredIdentity, li: User, now: datetime
) -> None:
    add(identity, li, now, is_former=True, valid=(None, date(2021, 5, 1)))

    page = client_of(identity.user).get("/account/").content.decode()

    assert "我的证件号码" in page
    assert "旧号码" in page
    assert "到2021年05月01日" in page
    assert FIRST not in page
    assert SECOND not in page


@pytest.mark.page
def test_desk_adds_and_retires_a_number(
    client_of: Callable[[User], Client], identity: DeclaredIdentity, li: User
) -> None:
    desk = client_of(li)
    given = {
        "id_type": "RESIDENT_ID",
        "number": SECOND,
        "use": "now",
        "reason": "看过两本证件",
        "_confirmed": "1",
    }

    desk.post(f"/admin/accounts/declaredidentity/{identity.pk}/do/add-number/", given)
    row = identity.numbers.get(source=NumberSource.STAFF)
    desk.post(f"/admin/accounts/identitynumber/{row.pk}/do/retire/", {"reason": "登记错了"})

    row.refresh_from_db()
    assert row.superseded_at is not None
