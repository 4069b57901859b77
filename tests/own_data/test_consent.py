"""Agreeing to the privacy notice: a row a version, asked again when it changes, blocking nothing."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client

from accounts.adapters.entry import DEVICE_COOKIE_LIVES
from accounts.models import Consent, User
from accounts.policies import consent_is_due, needs_guardian
from accounts.services.consent import give_consent
from accounts.states import CONSENT_VERSION, NOTICE_VERSIONS
from common.errors import InvalidInputError
from common.models import AuditEvent
from tests.accounts.entrance import register
from tests.factories import people

pytestmark = [pytest.mark.page, pytest.mark.django_db]

PAGE = "/account/consent/"
OLD = NOTICE_VERSIONS[0].version


def agreed_before(user: User) -> User:
    """The person has agreed to the first notice only."""
    User.objects.filter(pk=user.pk).update(consent_version=OLD, consented_at=people.JOINED)
    return User.objects.get(pk=user.pk)


def born(user: User, day: date) -> User:
    """The declared birth date."""
    identity = getattr(user, "identity", None) or people.make_identity(user)
    identity.birth_date = day
    identity.save()
    return User.objects.get(pk=user.pk)


def test_registering_keeps_the_consent_as_a_row(client: Client) -> None:
    register(client, "neu@example.test")

    user = User.objects.get(email="neu@example.test")
    row = Consent.objects.get()
    assert (row.user, row.version, row.given_at) == (user, CONSENT_VERSION, user.consented_at)


def test_agreeing_twice_keeps_the_first_moment(alice: User, now: datetime) -> None:
    first = give_consent(user=alice, now=now)

    assert give_consent(user=alice, now=now + timedelta(days=1)).given_at == first.given_at
    assert Consent.objects.count() == 1
    assert AuditEvent.objects.filter(action="consent.given").count() == 1


def test_older_consent_is_asked_again_once_a_session(alice: User, client_of) -> None:
    agreed_before(alice)
    client = client_of(alice)

    assert client.get("/").url == f"{PAGE}?next=%2F"
    text = client.get(f"{PAGE}?next=/").content.decode()
    assert NOTICE_VERSIONS[-1].changes in text
    assert NOTICE_VERSIONS[0].changes not in text
    assert "不以你的同意为前提" in text
    assert client.get("/").status_code == 200


def test_later_blocks_nothing(alice: User, client_of) -> None:
    agreed_before(alice)
    client = client_of(alice)

    assert client.post(PAGE, {"later": "1", "next": "/record/"}).url == "/record/"

    for path in ("/", "/record/", "/messages/", "/verify/"):
        assert client.get(path).status_code in {200, 302}
        assert PAGE not in client.get(path).headers.get("Location", "")
    assert not Consent.objects.exists()
    assert client_of(alice).get("/").url.startswith(PAGE)


def test_agreeing_is_kept_and_leads_on(alice: User, client_of) -> None:
    agreed_before(alice)
    client = client_of(alice)

    assert client.post(PAGE, {"agree": "on", "next": "/record/"}).url == "/record/"

    alice.refresh_from_db()
    assert alice.consent_version == CONSENT_VERSION
    assert Consent.objects.get().version == CONSENT_VERSION
    assert client_of(alice).get("/").status_code == 200


def test_empty_box_is_no_consent(alice: User, client_of) -> None:
    agreed_before(alice)

    text = client_of(alice).post(PAGE, {}).content.decode()

    assert "先勾选这一项" in text
    assert not Consent.objects.exists()


def test_way_on_never_leads_away(alice: User, client_of) -> None:
    agreed_before(alice)

    response = client_of(alice).post(PAGE, {"later": "1", "next": "https://evil.example/"})

    assert response.url == "/"


def test_nobody_is_taken_from_the_middle_of_something(alice: User, client_of) -> None:
    agreed_before(alice)
    client = client_of(alice)

    for path in ("/account/", "/account/email/", "/identity/", "/requests/"):
        assert PAGE not in client.get(path).headers.get("Location", "")
    assert client.post("/messages/").url == "/messages/"


def test_present_consent_is_not_asked(alice: User, client_of, now: datetime) -> None:
    give_consent(user=alice, now=now)

    assert client_of(alice).get("/").status_code == 200
    assert "已经同意过这一版" in client_of(alice).get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("birth", "at", "expected"),
    [
        (date(2012, 6, 12), datetime(2026, 6, 11, 15, 59, tzinfo=UTC), True),
        (date(2012, 6, 12), datetime(2026, 6, 11, 16, 0, tzinfo=UTC), False),
        (date(2012, 2, 29), datetime(2026, 2, 28, 4, 0, tzinfo=UTC), True),
        (date(2012, 2, 29), datetime(2026, 3, 1, 4, 0, tzinfo=UTC), False),
        (date(2030, 1, 1), datetime(2026, 6, 12, 4, 0, tzinfo=UTC), True),
    ],
    ids=["last day", "birthday", "leap day before", "leap day after", "future"],
)
def test_guardian_is_needed_below_fourteen(
    birth: date, at: datetime, expected: bool, eve: User
) -> None:
    assert needs_guardian(born(eve, birth), now=at) is expected


def test_without_a_birth_date_nobody_is_asked_for_a_guardian(eve: User, now: datetime) -> None:
    people.make_identity(eve)

    assert not needs_guardian(eve, now=now)


def test_minor_needs_the_guardians_name(eve: User, now: datetime, client_of) -> None:
    user = born(eve, date(2020, 1, 1))
    with pytest.raises(InvalidInputError, match="监护人"):
        give_consent(user=user, now=now)

    client = client_of(user)
    assert "监护人姓名" in client.get(PAGE).content.decode()
    client.post(PAGE, {"agree": "on"})
    assert not Consent.objects.exists()
    client.post(PAGE, {"agree": "on", "guardian_agrees": "on", "guardian_name": "秦牧野"})

    assert Consent.objects.get().guardian_name == "秦牧野"
    assert not consent_is_due(User.objects.get(pk=user.pk), now=now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT guardian_name FROM accounts_consent")
        assert "秦牧野".encode() not in bytes(cursor.fetchone()[0])


def test_consent_given_before_the_birth_date_was_known_is_completed(
    eve: User, now: datetime
) -> None:
    give_consent(user=eve, now=now)
    user = born(eve, date(2020, 1, 1))
    assert consent_is_due(user, now=now)

    give_consent(user=user, now=now, guardian_name="秦牧野")

    assert Consent.objects.get().guardian_name == "秦牧野"
    assert not consent_is_due(user, now=now)


def test_notice_names_version_date_and_periods(client: Client) -> None:
    text = client.get("/account/privacy/").content.decode()

    assert CONSENT_VERSION in text
    assert "2026年11月22日" in text
    assert "180 天后销毁" in text
    assert "登录记录保留 183 天" in text
    assert f"保留 {DEVICE_COOKIE_LIVES.days} 天" in text
    assert all(each.changes in text for each in NOTICE_VERSIONS)


def test_versions_rise() -> None:
    days = [each.from_date for each in NOTICE_VERSIONS]

    assert days == sorted(days)
    assert len({each.version for each in NOTICE_VERSIONS}) == len(NOTICE_VERSIONS)
