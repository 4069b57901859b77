"""Alice's things, and people who have the same elsewhere: same roles, other class, other college."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from enrollment.models import Assignment, ClassGroup
from enrollment.states import AssignmentRole
from tests.factories.enrolment import assign, bind, make_class, make_college, make_record
from tests.factories.imaging import make_member, make_photo
from tests.factories.people import JOINED, make_identity, make_user
from tests.meta.conftest import (  # noqa: F401 -- fixtures
    attested,
    audit_objection,
    audit_on_notice,
    audited,
    case,
    certificate,
    claim,
    claim_proof,
    college_print,
    counter_visit,
    data_export,
    member,
    own_photo,
    photo,
    photo_claim,
    proof,
    reopening,
    reported,
    rescue,
    rescue_photo,
    review,
    review_paper,
    visit,
)

STRANGERS = (
    "bob",
    "bobs_monitor",
    "bobs_counsellor",
    "bobs_secretary",
    "bobs_leader",
    "former_counsellor",
    "coming_counsellor",
    "former_monitor",
    "eve",
)


@pytest.fixture
def bobs_class(db: None) -> ClassGroup:
    """A class of another college."""
    return make_class("物理学 2201 班", college=make_college("理学院"))


@pytest.fixture
def bob(bobs_class: ClassGroup) -> User:
    """A student of another college who has everything that Alice has."""
    return _student("bob@example.test", bobs_class, "方以白")


@pytest.fixture
def bobs_monitor(bobs_class: ClassGroup) -> User:
    """The monitor of Bob's class, a student too."""
    user = _student("bobs-monitor@example.test", bobs_class, "周行")
    assign(user, AssignmentRole.MONITOR, class_group=bobs_class)
    return user


@pytest.fixture
def bobs_counsellor(bobs_class: ClassGroup) -> User:
    """The counsellor of Bob's class."""
    return _appointed("bobs-counsellor@example.test", AssignmentRole.COUNSELLOR, bobs_class)


@pytest.fixture
def bobs_secretary(bobs_class: ClassGroup) -> User:
    """The secretary of Bob's college."""
    user = make_user("bobs-secretary@example.test")
    assign(user, AssignmentRole.COLLEGE_SECRETARY, college=bobs_class.college)
    return user


@pytest.fixture
def bobs_leader(bobs_class: ClassGroup) -> User:
    """The leader of Bob's college."""
    user = make_user("bobs-leader@example.test")
    assign(user, AssignmentRole.COLLEGE_LEADER, college=bobs_class.college)
    return user


@pytest.fixture
def former_counsellor(class_group: ClassGroup, bobs_class: ClassGroup) -> User:
    """Who was counsellor of Alice's class, and is of Bob's."""
    user = _appointed("former@example.test", AssignmentRole.COUNSELLOR, class_group)
    Assignment.objects.filter(user=user).update(ends_at=JOINED + timedelta(minutes=1))
    assign(user, AssignmentRole.COUNSELLOR, class_group=bobs_class)
    return user


@pytest.fixture
def coming_counsellor(class_group: ClassGroup, bobs_class: ClassGroup) -> User:
    """Who will be counsellor of Alice's class, and is of Bob's."""
    user = _appointed("coming@example.test", AssignmentRole.COUNSELLOR, class_group)
    Assignment.objects.filter(user=user).update(starts_at=timezone.now() + timedelta(days=1))
    assign(user, AssignmentRole.COUNSELLOR, class_group=bobs_class)
    return user


@pytest.fixture
def former_monitor(class_group: ClassGroup) -> User:
    """A student of Alice's class who was its monitor."""
    user = _student("former-monitor@example.test", class_group, "高远")
    assign(user, AssignmentRole.MONITOR, class_group=class_group)
    Assignment.objects.filter(user=user).update(ends_at=JOINED + timedelta(minutes=1))
    return user


@pytest.fixture
def elsewhere(alice: User) -> UserSession:
    """Alice's session on another device."""
    now = timezone.now()
    return UserSession.objects.create(
        user=alice, session_key="a" * 32, ip="203.0.113.7", user_agent="x", last_seen_at=now
    )


@pytest.fixture
def passkey(alice: User) -> Authenticator:
    """Alice's passkey."""
    return Authenticator.objects.create(
        user=alice, type=Authenticator.Type.WEBAUTHN, data={"name": "我的手机", "credential": {}}
    )


@pytest.fixture
def fresh_client(client_of: Callable[[User], Client]) -> Callable[[User], Client]:
    """A client whose person has just typed the password, so that nothing asks for it again."""

    def logged_in(user: User) -> Client:
        client = client_of(user)
        request = HttpRequest()
        request.session, request.user = client.session, user
        record_authentication(request, user, "password", reauthenticated=True)
        request.session.save()
        return client

    return logged_in


def _student(email: str, class_group: ClassGroup, name: str) -> User:
    user = make_user(email)
    record = make_record(class_group=class_group, name=name)
    bind(record, make_identity(user, name=name, number=record.id_number))
    make_photo(record)
    make_member(record)
    return user


def _appointed(email: str, role: AssignmentRole, class_group: ClassGroup) -> User:
    user = make_user(email)
    assign(user, role, class_group=class_group)
    return user
