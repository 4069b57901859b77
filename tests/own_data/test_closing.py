"""Closing an account: seven days, what goes, what stays, and the way back in."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.identity import DocumentType
from accounts.models import AccountClosure, User
from accounts.selectors import is_number_held
from accounts.services import declare_identity
from accounts.services.closing import cancel_closing, silence_account, speak_again
from accounts.states import COOLING_OFF, ClosureState
from common import outbox
from common.errors import NotAllowedError, StaleStateError
from common.models import AuditEvent, Channel, OutboxMessage
from enrollment.models import Assignment, Binding, StudentRecord, StudyRow, SupplementaryProfile
from enrollment.services.binding import bind_records
from enrollment.services.profile import Study, save_profile
from imaging.models import VerificationConclusion
from imaging.states import ConclusionKind
from tests.factories import people
from tests.factories.imaging import make_conclusion, make_member, make_photo
from tests.own_data.test_export import log_in, reauthenticate
from xuexin.own_data.closing import close_due_accounts, request_closing

pytestmark = [pytest.mark.page, pytest.mark.django_db]

PAGE = "/account/close/"


def closed(user: User, now: datetime) -> User:
    """The account after the seven days."""
    request_closing(user=user, now=now)
    assert close_due_accounts(now=now + COOLING_OFF) == 1
    return User.objects.get(pk=user.pk)


def test_nothing_goes_before_the_seven_days(alice: User, now: datetime) -> None:
    closure = request_closing(user=alice, now=now)

    assert closure.due_at == now + COOLING_OFF
    assert close_due_accounts(now=now + COOLING_OFF - timedelta(seconds=1)) == 0
    assert User.objects.get(pk=alice.pk).is_active


def test_what_goes_and_what_stays(alice: User, record: StudentRecord, now: datetime) -> None:
    make_photo(record)
    make_conclusion(make_member(record), ConclusionKind.PHOTO)
    Authenticator.objects.create(user=alice, type=Authenticator.Type.TOTP, data={"secret": "x"})
    UserSession.objects.create(user=alice, ip="127.0.0.1", session_key="k" * 32)
    before = AuditEvent.objects.count()

    user = closed(alice, now)

    assert (user.email, user.phone, user.is_active) == (None, None, False)
    assert user.closed_at == now + COOLING_OFF
    assert not user.has_usable_password()
    for gone in (EmailAddress, Authenticator, UserSession):
        assert not gone.objects.filter(user=user).exists()
    assert Binding.objects.get(record=record).identity.user == user
    assert user.identity.name == record.name
    assert not is_number_held(record.id_number, DocumentType.RESIDENT_ID)
    assert VerificationConclusion.objects.filter(state="CORRECT").count() == 1
    assert AuditEvent.objects.count() > before
    assert AuditEvent.objects.filter(action="account.closed").count() == 1


def test_what_the_person_wrote_goes(alice: User, now: datetime) -> None:
    save_profile(
        user=alice,
        address="云岭路 1 号",
        postal_code="000000",
        studies=[Study(school="远山一中", attended_from=date(1898, 9, 1))],
        seen_at=None,
        now=now,
    )

    user = closed(alice, now)

    assert not SupplementaryProfile.objects.filter(user=user).exists()
    assert not StudyRow.objects.exists()
    assert AuditEvent.objects.filter(action="profile.erased").count() == 1


def test_second_run_closes_nobody(alice: User, now: datetime) -> None:
    closed(alice, now)

    assert close_due_accounts(now=now + timedelta(days=30)) == 0


def test_last_message_reaches_the_old_contacts(alice: User, now: datetime) -> None:
    request_closing(user=alice, now=now)
    outbox.deliver_pending(now=now)
    assert "注销" in mail.outbox[-1].subject

    close_due_accounts(now=now + COOLING_OFF)
    outbox.deliver_pending(now=now + COOLING_OFF)

    assert mail.outbox[-1].to == ["alice@example.test"]
    assert "已经注销" in mail.outbox[-1].subject
    assert OutboxMessage.objects.filter(sent_at=None).count() == 0
    assert set(OutboxMessage.objects.values_list("recipient", flat=True)) == {None}


def test_person_registers_again_and_is_bound_again_by_the_fact(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    old = closed(alice, now)
    again = people.make_user("alice@example.test")
    identity = declare_identity(
        user=again,
        name=record.name,
        id_type=DocumentType.RESIDENT_ID,
        number=record.id_number,
        now=now,
    )
    assert identity.numbers.get().superseded_at is None

    assert bind_records(identity=identity, fact="wrong", actor=again, now=now) == []
    assert Binding.objects.get(record=record).identity.user == old
    bound = bind_records(identity=identity, fact=record.candidate_no, actor=again, now=now)

    assert [each.record for each in bound] == [record]
    assert Binding.objects.get(record=record).identity.user == again
    released = AuditEvent.objects.get(action="binding.released")
    assert (released.subject_id, released.object_id) == (str(record.pk), str(old.identity.pk))


def test_binding_of_a_living_account_gives_no_way(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    other = people.make_identity(people.make_user(), name=record.name)
    other.numbers.update(number_index=record.id_number_index, superseded_at=now)

    assert bind_records(identity=other, fact=record.candidate_no, actor=other.user, now=now) == []
    assert Binding.objects.get(record=record).identity.user == alice


def test_login_takes_the_wish_back(alice: User, now: datetime, client: Client) -> None:
    request_closing(user=alice, now=timezone.now())

    text = log_in(client, alice).get("/").content.decode()

    assert "账号不再注销" in text
    closure = AccountClosure.objects.get()
    assert (closure.state, closure.ended_by) == (ClosureState.CANCELLED, alice.actor_label)
    assert close_due_accounts(now=timezone.now() + timedelta(days=30)) == 0


def test_closed_account_logs_in_no_way(alice: User, record: StudentRecord, now: datetime) -> None:
    closed(alice, now)

    for login in ("alice@example.test", record.id_number):
        client = Client()
        client.post("/account/login/", {"login": login, "password": people.PASSWORD})
        assert "_auth_user_id" not in client.session


def test_page_asks_for_the_password_and_ends_every_session(alice: User, client: Client) -> None:
    elsewhere = log_in(Client(), alice)
    elsewhere.get("/messages/")
    log_in(client, alice).get("/messages/")
    text = client.get(PAGE).content.decode()
    assert all(part in text for part in ("会删掉的", "会留下的", "法定义务", "七天"))

    asked = client.post(PAGE)
    assert asked["Location"].startswith("/account/reauthenticate/")
    assert not AccountClosure.objects.exists()
    done = reauthenticate(client, PAGE)

    assert done["Location"] == "/"
    assert AccountClosure.objects.get().state == ClosureState.PENDING
    for each in (client, elsewhere):
        assert each.get("/messages/")["Location"].startswith("/account/login/")
    assert "已申请注销" in client.get("/").content.decode()


@pytest.mark.parametrize("who", ["li", "auditor", "chen", "leader", "monitor"])
def test_role_is_handed_over_first(
    who: str, request: pytest.FixtureRequest, client_of: Any, now: datetime
) -> None:
    user = request.getfixturevalue(who)

    with pytest.raises(NotAllowedError, match="终止"):
        request_closing(user=user, now=now)
    assert "申请注销</button>" not in client_of(user).get(PAGE).content.decode()
    client_of(user).post(PAGE)
    assert not AccountClosure.objects.exists()


def test_role_given_meanwhile_keeps_the_account(alice: User, monitor: User, now: datetime) -> None:
    request_closing(user=alice, now=now)
    Assignment.objects.filter(user=monitor).update(user=alice)

    assert close_due_accounts(now=now + COOLING_OFF) == 0
    assert AccountClosure.objects.get().state == ClosureState.CANCELLED
    assert User.objects.get(pk=alice.pk).is_active


def test_asking_twice_is_one_wish(alice: User, now: datetime) -> None:
    assert request_closing(user=alice, now=now) == request_closing(
        user=alice, now=now + timedelta(days=1)
    )
    assert AccountClosure.objects.count() == 1


def test_nobody_cancels_twice(alice: User, now: datetime) -> None:
    request_closing(user=alice, now=now)

    assert cancel_closing(user=alice, actor=alice, now=now)
    assert not cancel_closing(user=alice, actor=alice, now=now)


@pytest.mark.parametrize("values", [{"is_active": True}, {"email": "x@example.test"}])
def test_database_keeps_a_closed_account_closed(
    values: dict[str, object], alice: User, now: datetime
) -> None:
    user = closed(alice, now)

    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=user.pk).update(**values)


def test_nothing_is_sent_to_a_silenced_account(alice: User, li: User, now: datetime) -> None:
    with pytest.raises(NotAllowedError, match="理由"):
        silence_account(user=alice, reason=" ", actor=li, now=now)
    silence_account(user=alice, reason="家属告知去世", actor=li, now=now)
    user = User.objects.get(pk=alice.pk)
    for number, recipient in enumerate((None, "alice@example.test")):
        outbox.queue(
            outbox.Message(
                key=f"k{number}",
                channel=Channel.EMAIL,
                template="verification_again",
                recipient=recipient,
                user_id=user.pk,
            ),
            now=now,
        )

    outbox.deliver_pending(now=now)

    assert mail.outbox == []
    assert OutboxMessage.objects.filter(given_up_at=None).count() == 0
    assert user.contact_for(Channel.EMAIL) is None
    with pytest.raises(StaleStateError):
        silence_account(user=alice, reason="再来一次", actor=li, now=now)
    speak_again(user=alice, reason="弄错了人", actor=li, now=now)
    assert User.objects.get(pk=alice.pk).contact_for(Channel.EMAIL) == "alice@example.test"


def test_registrar_silences_with_a_reason(alice: User, li: User, client_of: Any) -> None:
    address = f"/admin/accounts/user/{alice.pk}/do/silence/"
    client = client_of(li)

    client.post(address, {"reason": ""})
    assert User.objects.get(pk=alice.pk).silenced_at is None
    client.post(address, {"reason": "家属告知去世"})

    assert User.objects.get(pk=alice.pk).silenced_by == li.actor_label
    assert AuditEvent.objects.get(action="account.silenced").reason == "家属告知去世"
