"""Recovery at the counter: two members of staff, a single-use link, a receipt for both."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.identity import DocumentType
from accounts.models import CounterRecovery, User
from accounts.policies import available_counter_actions
from accounts.selectors import recovery_with
from accounts.services.counter import (
    Visit,
    confirm_recovery,
    enter_recovery,
    finish_recovery,
    resend_link,
    stop_recovery,
)
from accounts.states import CounterAction, CounterState, Role
from common import outbox
from common.errors import DomainError, InvalidInputError, NotAllowedError, StaleStateError
from common.mailbox import kept
from common.models import AuditEvent
from tests.factories import people

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
NUMBER = people.make_number(888)
NEW = "Zhuiyue-7719!"
DESK = "/admin/accounts/counterrecovery/"
FORM = {
    "number": NUMBER,
    "document_kind": "RESIDENT_ID",
    "is_checked": "on",
    "contact": "fresh@example.test",
    "note": "手机丢了，邮箱是高中的",
    "name": "李老师",
}


@pytest.fixture
def lost(db: None) -> User:
    """A person whose mail and phone are gone."""
    user = people.make_user("gone@example.test", phone="+8613800138888")
    people.make_identity(user, number=NUMBER)
    return user


@pytest.fixture
def wang(db: None) -> User:
    return people.make_staff(Role.REGISTRAR, "wang@example.test")


def visit(contact: str = "fresh@example.test", number: str = NUMBER) -> Visit:
    return Visit(
        number=number,
        document_kind=DocumentType.RESIDENT_ID,
        contact=contact,
        note="手机丢了",
        name="李老师",
    )


def entered(li: User, now: datetime, contact: str = "fresh@example.test") -> CounterRecovery:
    return enter_recovery(visit=visit(contact), actor=li, now=now)


def confirmed(li: User, wang: User, now: datetime, **kwargs: str) -> CounterRecovery:
    return confirm_recovery(case=entered(li, now, **kwargs), name="王老师", actor=wang, now=now)


def token_in(text: str) -> str:
    return text.split("/account/counter/")[1].split("/", maxsplit=1)[0]


def link_mail(now: datetime) -> str:
    outbox.deliver_pending(now=now)
    return next(
        str(each.body) for each in reversed(mail.outbox) if "/account/counter/" in each.body
    )


def test_contacts_password_factors_and_sessions_are_new(
    lost: User, li: User, wang: User, now: datetime
) -> None:
    Authenticator.objects.create(user=lost, type=Authenticator.Type.TOTP, data={})
    case = confirmed(li, wang, now)
    token = token_in(link_mail(now))

    found = recovery_with(token, now=now)
    assert found == case
    finish_recovery(case=found, password=NEW, now=now + timedelta(hours=1))

    lost.refresh_from_db()
    assert (lost.email, lost.phone, lost.phone_index) == ("fresh@example.test", None, None)
    assert lost.check_password(NEW)
    assert [each.email for each in EmailAddress.objects.filter(user=lost, verified=True)] == [
        "fresh@example.test"
    ]
    assert not Authenticator.objects.filter(user=lost).exists()
    case.refresh_from_db()
    assert (case.state, case.token_index) == (CounterState.DONE, None)
    event = AuditEvent.objects.get(action="account.recovered_at_counter")
    assert event.details["factors"] == 1
    assert "fresh@" not in str(event.details)


def test_phone_becomes_the_only_contact(lost: User, li: User, wang: User, now: datetime) -> None:
    confirmed(li, wang, now, contact="138 0013 8999")
    outbox.deliver_pending(now=now)
    sms = next(each for each in kept() if each.kind == "sms" and "/account/counter/" in each.body)

    case = recovery_with(token_in(sms.body), now=now)
    assert case is not None
    finish_recovery(case=case, password=NEW, now=now)

    lost.refresh_from_db()
    assert (lost.email, lost.phone) == (None, "+8613800138999")
    assert lost.phone_verified_at == now
    assert not EmailAddress.objects.filter(user=lost).exists()


def test_old_contacts_are_told_and_the_link_goes_only_to_the_new_one(
    lost: User, li: User, wang: User, now: datetime
) -> None:
    confirmed(li, wang, now)
    outbox.deliver_pending(now=now)

    told = {each.to[0]: each.body for each in mail.outbox}
    assert set(told) == {"gone@example.test", "fresh@example.test"}
    assert "/account/counter/" not in told["gone@example.test"]
    assert "fresh@" not in told["gone@example.test"]
    assert any(each.kind == "sms" and "找回你的账号" in each.body for each in kept())


def test_nothing_changes_before_the_person_proves_the_contact(
    lost: User, li: User, wang: User, now: datetime
) -> None:
    confirmed(li, wang, now)

    again = User.objects.get(pk=lost.pk)
    assert (again.email, again.phone, again.password) == (lost.email, lost.phone, lost.password)


@pytest.mark.parametrize(
    ("after", "good"),
    [
        (timedelta(hours=24, seconds=-1), True),
        (timedelta(hours=24), False),
        (timedelta(hours=24, seconds=1), False),
    ],
    ids=["-1", "0", "+1"],
)
def test_link_is_good_for_a_day(
    lost: User, li: User, wang: User, now: datetime, after: timedelta, good: bool
) -> None:
    case = confirmed(li, wang, now)
    token = token_in(link_mail(now))

    assert (recovery_with(token, now=now + after) is not None) is good
    if not good:
        with pytest.raises(StaleStateError, match="过期"):
            finish_recovery(case=case, password=NEW, now=now + after)


def test_new_link_voids_the_former(lost: User, li: User, wang: User, now: datetime) -> None:
    case = confirmed(li, wang, now)
    former = token_in(link_mail(now))
    mail.outbox.clear()

    resend_link(case=case, actor=li, now=now)

    assert recovery_with(former, now=now) is None
    assert recovery_with(token_in(link_mail(now)), now=now) == case


def test_stopped_recovery_has_no_link(lost: User, li: User, wang: User, now: datetime) -> None:
    case = confirmed(li, wang, now)
    token = token_in(link_mail(now))

    stop_recovery(case=case, reason="像是冒名", actor=wang, now=now)

    assert recovery_with(token, now=now) is None
    with pytest.raises(StaleStateError):
        resend_link(case=case, actor=li, now=now)


def test_second_person_is_another(lost: User, li: User, wang: User, now: datetime) -> None:
    case = entered(li, now)

    with pytest.raises(NotAllowedError, match="另一个人"):
        confirm_recovery(case=case, name="李老师", actor=li, now=now)
    assert CounterAction.CONFIRM not in available_counter_actions(li, case, now=now)
    assert CounterAction.CONFIRM in available_counter_actions(wang, case, now=now)


def test_owner_students_and_auditors_do_nothing(
    lost: User, li: User, auditor: User, eve: User, now: datetime
) -> None:
    case = entered(li, now)
    people.OfficeRole.objects.create(
        user=lost, role=Role.REGISTRAR, granted_at=now, granted_by="测试"
    )

    for person in (auditor, eve, User.objects.get(pk=lost.pk)):
        assert available_counter_actions(person, case, now=now) == []


@pytest.mark.parametrize("contact", ["", "not a contact", "a@", "12345"])
def test_contact_must_be_one(lost: User, li: User, now: datetime, contact: str) -> None:
    with pytest.raises(InvalidInputError) as told:
        entered(li, now, contact)
    assert told.value.field == "contact"


def test_contact_of_another_account_is_refused(lost: User, li: User, now: datetime) -> None:
    people.make_user("fresh@example.test", phone="+8613800138999")

    for contact in ("Fresh@example.test", "+86 138 0013 8999"):
        with pytest.raises(InvalidInputError, match="别的账号"):
            entered(li, now, contact)


def test_contact_taken_meanwhile_changes_nothing(
    lost: User, li: User, wang: User, now: datetime
) -> None:
    case = confirmed(li, wang, now)
    people.make_user("fresh@example.test")

    with pytest.raises(StaleStateError, match="别的账号"):
        finish_recovery(case=case, password=NEW, now=now)

    lost.refresh_from_db()
    assert (lost.email, lost.phone) == ("gone@example.test", "+8613800138888")
    assert CounterRecovery.objects.get().state == CounterState.CONFIRMED


def test_unknown_and_replaced_accounts_are_not_found(lost: User, li: User, now: datetime) -> None:
    with pytest.raises(InvalidInputError, match="没有账号"):
        enter_recovery(visit=visit(number=people.make_number(889)), actor=li, now=now)
    User.objects.filter(pk=lost.pk).update(superseded_at=now, superseded_by="测试")
    with pytest.raises(InvalidInputError, match="没有账号"):
        entered(li, now)


def test_second_case_while_one_is_open_is_refused(lost: User, li: User, now: datetime) -> None:
    entered(li, now)

    with pytest.raises(NotAllowedError, match="没办结"):
        entered(li, now)


@pytest.mark.django_db(transaction=True)
def test_link_used_twice_at_once_counts_once(
    lost: User, li: User, wang: User, now: datetime
) -> None:
    case = confirmed(li, wang, now)
    copies = [CounterRecovery.objects.select_related("user").get(pk=case.pk) for _ in range(2)]
    barrier = Barrier(2)

    def run(turn: int) -> str:
        barrier.wait()
        try:
            finish_recovery(case=copies[turn], password=f"{NEW}{turn}", now=now)
        except DomainError as error:
            return str(error)
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(run, range(2)))

    assert sorted(map(bool, told)) == [False, True]
    lost.refresh_from_db()
    assert lost.check_password(f"{NEW}{told.index('')}")


# --- as people click through it --------------------------------------------------------------


@pytest.mark.page
def test_whole_way_in_the_browser(client_of: ClientOf, lost: User, li: User, wang: User) -> None:
    theirs = Client()
    theirs.post("/account/login/", {"login": "gone@example.test", "password": people.PASSWORD})
    assert theirs.get("/account/").status_code == 200
    first, second, person = client_of(li), client_of(wang), Client()

    preview = first.post(f"{DESK}add/", FORM).content.decode()
    assert not CounterRecovery.objects.exists()
    first.post(f"{DESK}add/", {**FORM, "_confirmed": "1"})
    case = CounterRecovery.objects.get()
    own = first.post(
        f"{DESK}{case.pk}/do/confirm/", {"is_checked": "on", "name": "李"}, follow=True
    )
    second.post(f"{DESK}{case.pk}/do/confirm/", {"is_checked": "on", "name": "王老师"})
    path = f"/account/counter/{token_in(link_mail(timezone.now()))}/"
    page = person.get(path).content.decode()
    weak = person.post(path, {"password1": "12345678", "password2": "12345678"})
    done = person.post(path, {"password1": NEW, "password2": NEW})
    again = person.get(path)
    inside = person.post("/account/login/", {"login": "fresh@example.test", "password": NEW})

    assert "g***@example.test" in preview
    assert "沈若溪" not in preview
    assert "现在不能“确认并发链接”" in own.content.decode()
    assert "设一个新密码" in page
    assert weak.status_code == 200
    assert done["Location"] == "/account/login/"
    assert again.status_code == 404
    assert inside.status_code == 302
    assert theirs.get("/account/")["Location"].startswith("/account/login/")
    assert AuditEvent.objects.filter(action="number.searched", actor_id=str(li.pk)).count() == 2
    receipt = f"/account/counter/{case.pk}/receipt/"
    for reader in (person, first):
        text = reader.get(receipt).content.decode()
        assert case.case_no in text
        assert "李老师" in text
        assert "王老师" in text
        assert NUMBER[6:14] not in text
        assert "fresh@" not in text


@pytest.mark.page
def test_receipt_is_nobody_elses(
    client_of: ClientOf, lost: User, li: User, eve: User, now: datetime
) -> None:
    case = entered(li, now)

    assert client_of(eve).get(f"/account/counter/{case.pk}/receipt/").status_code == 404
    assert client_of(lost).get(f"/account/counter/{case.pk}/receipt/").status_code == 200


@pytest.mark.page
def test_unknown_link_is_not_there() -> None:
    answer = Client().get("/account/counter/guess/")

    assert answer.status_code == 404
    assert "这个链接不能用" in answer.content.decode()


@pytest.mark.page
def test_second_person_must_have_looked(
    client_of: ClientOf, lost: User, li: User, wang: User, now: datetime
) -> None:
    case = entered(li, now)

    client_of(wang).post(f"{DESK}{case.pk}/do/confirm/", {"name": "王老师"})

    case.refresh_from_db()
    assert case.state == CounterState.ENTERED
