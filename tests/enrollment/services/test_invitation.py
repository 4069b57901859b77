"""Invitations: single use, one week, no initial password, one message for many roles."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from common import outbox
from common.actors import SYSTEM
from common.errors import NotAllowedError, StaleStateError
from common.models import AuditEvent, Channel, OutboxMessage
from enrollment.models import Assignment, Binding, ClassGroup, Invitation, StudentRecord
from enrollment.models.staff import Placement
from enrollment.selectors.invitations import invitation_with
from enrollment.selectors.people import contact_index
from enrollment.services.invitation import (
    LIVES,
    accept_as,
    accept_with_password,
    invite,
    resend,
    revoke,
)
from enrollment.states import BindingSource, InvitationState, ListedRole
from tests.factories import enrolment
from tests.factories.people import PASSWORD, make_identity, make_user

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

EMAIL = "zhou@example.test"


def placement(role: ListedRole = ListedRole.COUNSELLOR, **fields: Any) -> Invitation:
    contact = str(fields.pop("contact", EMAIL))
    channel = Channel.EMAIL if "@" in contact else Channel.SMS
    return Invitation(
        role=role,
        name=fields.pop("name", "周老师"),
        contact=contact,
        contact_index=contact_index(contact),
        channel=channel,
        **fields,
    )


def token_in(message: OutboxMessage) -> str:
    assert message.secret_params is not None
    found = re.search(r"/identity/invitation/([^/]+)/", message.secret_params["path"])
    assert found is not None
    return found[1]


def sent(what: Placement, now: datetime) -> tuple[Invitation, str]:
    invitation = invite(placement=what, actor=SYSTEM, now=now)
    return invitation, token_in(OutboxMessage.objects.latest("pk"))


def test_counsellor_sets_a_password_and_has_the_class(
    class_group: ClassGroup, now: datetime
) -> None:
    invitation, token = sent(placement(class_group=class_group), now)

    found = invitation_with(token, now=now)
    assert found == invitation
    user = accept_with_password(invitation=found, password=PASSWORD, now=now)

    assert user.check_password(PASSWORD)
    assert user.contact_for(Channel.EMAIL) == EMAIL
    held = Assignment.objects.get(user=user)
    assert (held.class_group, held.display_name) == (class_group, "周老师")
    assert invitation_with(token, now=now) is None
    assert AuditEvent.objects.filter(action="invitation.accepted").count() == 1


def test_link_is_kept_nowhere_in_clear(class_group: ClassGroup, now: datetime) -> None:
    invitation, token = sent(placement(class_group=class_group), now)
    message = OutboxMessage.objects.get()

    assert token not in str(message.params)
    assert token.encode() not in bytes(invitation.token_digest)
    subject, body = outbox.rendered(message)
    assert token in body
    assert "7 天" not in subject
    outbox.deliver_pending(now=now)
    assert OutboxMessage.objects.get().secret_params is None


@pytest.mark.parametrize(("late", "is_open"), [(-1, True), (0, False), (1, False)])
def test_link_ends_after_a_week(
    class_group: ClassGroup, now: datetime, late: int, is_open: bool
) -> None:
    invitation, token = sent(placement(class_group=class_group), now)
    at = now + LIVES + timedelta(seconds=late)

    assert (invitation_with(token, now=at) is not None) is is_open
    assert invitation.is_open_at(at) is is_open


def test_late_acceptance_is_refused_by_the_service(class_group: ClassGroup, now: datetime) -> None:
    invitation, _ = sent(placement(class_group=class_group), now)

    with pytest.raises(NotAllowedError, match="过期"):
        accept_with_password(invitation=invitation, password=PASSWORD, now=now + LIVES)

    assert not User.objects.filter(email=EMAIL).exists()


def test_second_use_finds_nothing(class_group: ClassGroup, now: datetime) -> None:
    invitation, _ = sent(placement(class_group=class_group), now)
    stale = Invitation.objects.get(pk=invitation.pk)
    accept_with_password(invitation=invitation, password=PASSWORD, now=now)

    with pytest.raises(NotAllowedError):
        accept_with_password(invitation=stale, password="Andere-2026!", now=now)

    assert User.objects.get(email=EMAIL).check_password(PASSWORD)


def test_five_classes_are_one_message_and_one_acceptance(
    class_group: ClassGroup, now: datetime
) -> None:
    groups = [class_group, *(enrolment.make_class(f"汉语言文学 220{n} 班") for n in range(2, 6))]
    for group in groups:
        invite(placement=placement(class_group=group), actor=SYSTEM, now=now)

    message = OutboxMessage.objects.get()
    found = invitation_with(token_in(message), now=now)
    assert found is not None
    user = accept_with_password(invitation=found, password=PASSWORD, now=now)

    assert Assignment.objects.filter(user=user).count() == 5
    assert set(Invitation.objects.values_list("state", flat=True)) == {InvitationState.ACCEPTED}


def test_sending_again_ends_the_first_link(class_group: ClassGroup, now: datetime) -> None:
    invitation, first = sent(placement(class_group=class_group), now)

    resend(invitation=invitation, actor=SYSTEM, now=now + timedelta(days=1))

    second = token_in(OutboxMessage.objects.latest("pk"))
    assert invitation_with(first, now=now + timedelta(days=1)) is None
    assert invitation_with(second, now=now + timedelta(days=7)) == invitation


def test_revoked_link_is_dead(class_group: ClassGroup, li: User, now: datetime) -> None:
    invitation, token = sent(placement(class_group=class_group), now)

    revoke(invitation=invitation, actor=li, now=now, reason="离职")

    assert invitation_with(token, now=now) is None
    with pytest.raises(StaleStateError):
        revoke(invitation=invitation, actor=li, now=now, reason="离职")


def test_student_is_bound_by_the_link(record: StudentRecord, now: datetime) -> None:
    what = placement(
        ListedRole.STUDENT, record=record, name=record.name, contact="ruo@example.test"
    )
    invitation, _ = sent(what, now)

    user = accept_with_password(invitation=invitation, password=PASSWORD, now=now)

    binding = Binding.objects.get(record=record)
    assert binding.identity.user == user
    assert binding.source == BindingSource.INVITATION
    assert binding.identity.name == record.name


def test_record_of_somebody_else_is_not_given(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    what = placement(
        ListedRole.STUDENT, record=record, name=record.name, contact="eve@example.test"
    )
    invitation, _ = sent(what, now)

    with pytest.raises(NotAllowedError, match="另一个账号"):
        accept_with_password(invitation=invitation, password=PASSWORD, now=now)

    assert not User.objects.filter(email="eve@example.test").exists()
    assert Binding.objects.get(record=record).identity.user == alice


def test_number_that_another_account_holds_is_not_given(
    record: StudentRecord, now: datetime
) -> None:
    make_identity(make_user(), name=record.name, number=record.id_number)
    what = placement(
        ListedRole.STUDENT, record=record, name=record.name, contact="new@example.test"
    )
    invitation, _ = sent(what, now)

    with pytest.raises(NotAllowedError, match="带证件到教务处"):
        accept_with_password(invitation=invitation, password=PASSWORD, now=now)

    assert not Binding.objects.filter(record=record).exists()


def test_known_account_takes_the_role_without_a_new_password(
    class_group: ClassGroup, now: datetime
) -> None:
    user = make_user(EMAIL)
    invitation, _ = sent(placement(class_group=class_group), now)

    with pytest.raises(NotAllowedError, match="已经有账号"):
        accept_with_password(invitation=invitation, password="Andere-2026!", now=now)
    accept_as(invitation=Invitation.objects.get(pk=invitation.pk), user=user, now=now)

    assert user.assignments.get().class_group == class_group
    assert User.objects.get(pk=user.pk).check_password(PASSWORD)


def test_stranger_cannot_take_an_invitation(
    class_group: ClassGroup, eve: User, now: datetime
) -> None:
    make_user(EMAIL)
    invitation, _ = sent(placement(class_group=class_group), now)

    with pytest.raises(NotAllowedError, match="别的邮箱"):
        accept_as(invitation=invitation, user=eve, now=now)


def test_claim_that_nobody_proved_gives_way(class_group: ClassGroup, now: datetime) -> None:
    User.objects.create_user(EMAIL, "somebody-elses")
    invitation, _ = sent(placement(class_group=class_group), now)

    user = accept_with_password(invitation=invitation, password=PASSWORD, now=now)

    assert User.objects.get(email=EMAIL) == user
    assert user.check_password(PASSWORD)


def test_page_shows_what_is_held_and_takes_the_password(record: StudentRecord) -> None:
    from django.utils.timezone import now as clock  # noqa: PLC0415 -- the page reads the clock itself

    what = placement(
        ListedRole.STUDENT, record=record, name=record.name, contact="ruo@example.test"
    )
    _, token = sent(what, clock())
    address = reverse("enrollment:invitation", args=[token])
    client = Client()

    page = client.get(address)
    shown = page.content.decode()
    assert page["Cache-Control"].startswith("max-age=0") or "no-store" in page["Cache-Control"]
    assert record.name in shown
    assert record.id_number not in shown
    weak = client.post(address, {"password1": "12345678", "password2": "12345678", "consent": "on"})
    assert weak.status_code == 200
    assert not User.objects.filter(email="ruo@example.test").exists()

    fine = {"password1": PASSWORD, "password2": PASSWORD, "consent": "on"}
    assert client.post(address, {**fine, "consent": ""}).status_code == 200
    answer = client.post(address, fine)

    assert (answer.status_code, answer["Location"]) == (302, reverse("account_login"))
    assert client.get(address).status_code == 404
    assert client.get(reverse("enrollment:invitation", args=["x" * 43])).status_code == 404


def test_password_may_not_hold_the_own_name(record: StudentRecord) -> None:
    from django.utils.timezone import now as clock  # noqa: PLC0415 -- the page reads the clock itself

    what = placement(ListedRole.STUDENT, record=record, name="沈若溪", contact="ruo@example.test")
    _, token = sent(what, clock())
    own = "Shenruoxi-88!"

    page = Client().post(
        reverse("enrollment:invitation", args=[token]),
        {"password1": own, "password2": own, "consent": "on"},
    )

    assert page.status_code == 200
    assert "姓名" in page.content.decode()
    assert not User.objects.filter(email="ruo@example.test").exists()
