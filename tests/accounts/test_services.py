"""Declaring an identity, dropping unproved accounts, giving office-wide roles."""

from datetime import datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from accounts.identity import DocumentType, check_digit
from accounts.models import DeclaredIdentity, IdentityNumber, User, document_index
from accounts.services import (
    declare_identity,
    discard_unproved_account,
    end_role,
    expire_unproved_accounts,
    grant_role,
)
from accounts.states import Role
from common.errors import InvalidInputError, NotAllowedError
from common.models import AuditEvent
from tests.factories.people import make_identity, make_number, make_staff, make_user

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

NUMBER = make_number(2)


def declare(user: User, now: datetime, **changes: object) -> DeclaredIdentity:
    """Declare 沈若溪 with a female number."""
    values = {"name": "沈若溪", "id_type": DocumentType.RESIDENT_ID, "number": NUMBER, **changes}
    return declare_identity(user=user, now=now, **values)  # type: ignore[arg-type]


def test_declaring_derives_sex_and_birth_date(now: datetime) -> None:
    identity = declare(make_user(), now, name=" 沈若溪 ", number=f" {NUMBER.lower()} ")

    number = identity.numbers.get()
    assert (identity.name, identity.sex, str(identity.birth_date)) == ("沈若溪", "女", "1886-03-12")
    assert bytes(number.number_index) == document_index(NUMBER)
    assert number.superseded_at is None


def test_declaring_is_audited_without_the_number(now: datetime) -> None:
    declare(make_user(), now)

    event = AuditEvent.objects.get()
    assert event.action == "identity.declared"
    assert NUMBER not in str(event.details)
    assert "沈若溪" not in str(event.details)


def test_second_click_is_harmless(now: datetime) -> None:
    user = make_user()

    assert declare(user, now).pk == declare(user, now).pk
    assert IdentityNumber.objects.count() == 1


@pytest.mark.parametrize("changes", [{"name": "沈若水"}, {"number": make_number(4)}])
def test_declaring_anew_is_refused(changes: dict[str, str], now: datetime) -> None:
    user = make_user()
    declare(user, now)

    with pytest.raises(NotAllowedError, match="不能自己修改"):
        declare(user, now, **changes)


def test_number_held_by_another_is_claimed_but_not_held(now: datetime) -> None:
    declare(make_user(), now)

    identity = declare(make_user(), now, name="秦牧野")

    assert identity.numbers.get().superseded_at == now
    assert IdentityNumber.objects.of_number(NUMBER).filter(superseded_at=None).count() == 1


def test_fifteen_digits_and_another_kind_are_the_same_number(now: datetime) -> None:
    first17 = "990101" + "19" + "860312" + "002"
    declare(make_user(), now, number=first17 + check_digit(first17))

    fifteen = declare(make_user(), now, number="990101860312002")
    other = declare(
        make_user(), now, number=first17 + check_digit(first17), id_type=DocumentType.OTHER
    )

    assert fifteen.numbers.get().superseded_at == now
    assert other.numbers.get().superseded_at == now


def test_database_keeps_one_holder_per_number(now: datetime) -> None:
    declare(make_user(), now)
    other = make_identity(make_user(), number=make_number(4))

    with pytest.raises(IntegrityError), transaction.atomic():
        other.numbers.update(number_index=document_index(NUMBER))


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"name": "  "}, "name", "姓名照证件上的写"),
        ({"name": "沈若溪1"}, "name", "姓名里有数字"),
        ({"number": ""}, "number", "18 位"),
        ({"number": NUMBER[:-1]}, "number", "17 位"),
        ({"number": "990101188603120010"}, "number", "证件类型选「其他」"),
    ],
)
def test_what_cannot_be_declared(
    changes: dict[str, str], field: str, sentence: str, now: datetime
) -> None:
    with pytest.raises(InvalidInputError, match=sentence) as caught:
        declare(make_user(), now, **changes)

    assert caught.value.field == field


@pytest.mark.parametrize(
    "name", ["古丽阿依努尔·阿卜杜热西提·麦麦提明", "林䶮", "𬱖", "O'Neill Jean-Luc", "王"]
)
def test_real_names_of_any_kind_are_declared_as_written(name: str, now: datetime) -> None:
    assert declare(make_user(), now, name=name).name == name


def test_number_with_a_wrong_check_digit_is_declared_as_other(now: datetime) -> None:
    identity = declare(make_user(), now, number="990101188603120010", id_type=DocumentType.OTHER)

    assert (identity.sex, identity.birth_date) == ("", None)


def test_office_account_declares_nothing(now: datetime) -> None:
    with pytest.raises(NotAllowedError, match="工作账号"):
        declare(make_staff(Role.REGISTRAR, "li@example.test"), now)


def unproved(email: str, joined: datetime) -> User:
    """An account whose mail was never confirmed."""
    user = User.objects.create_user(email, "x")
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=False)
    User.objects.filter(pk=user.pk).update(date_joined=joined)
    return user


@pytest.mark.parametrize(("hours", "expected"), [(47, 0), (48, 1)])
def test_unproved_account_lives_two_days(hours: int, expected: int, now: datetime) -> None:
    unproved("a@example.test", now - timedelta(hours=hours))
    make_user("proved@example.test")

    assert expire_unproved_accounts(now=now) == expected
    assert expire_unproved_accounts(now=now) == 0
    assert User.objects.filter(email="proved@example.test").exists()


def test_proved_account_is_not_discarded(now: datetime) -> None:
    make_user("proved@example.test", phone="+8613800138000")

    assert not discard_unproved_account(email="proved@example.test", phone=None, now=now)
    assert not discard_unproved_account(email=None, phone="+8613800138000", now=now)
    assert User.objects.count() == 1


def test_role_is_granted_and_ended_once(now: datetime) -> None:
    li = make_staff(Role.REGISTRAR, "li@example.test")
    user = make_user()

    grant_role(user=user, role=Role.AUDITOR, actor=li, now=now)
    with pytest.raises(NotAllowedError, match="已有这个角色"):
        grant_role(user=user, role=Role.AUDITOR, actor=li, now=now)
    assert User.objects.get(pk=user.pk).is_staff
    end_role(user=user, role=Role.AUDITOR, actor=li, now=now)
    with pytest.raises(NotAllowedError, match="没有这个角色"):
        end_role(user=user, role=Role.AUDITOR, actor=li, now=now)

    assert not User.objects.get(pk=user.pk).is_staff


def test_student_account_gets_no_office_role(now: datetime) -> None:
    user = make_user()
    make_identity(user)

    with pytest.raises(NotAllowedError, match="学生账号"):
        grant_role(user=user, role=Role.REGISTRAR, actor=user, now=now)


def test_superuser_can_log_in_at_once() -> None:
    user = User.objects.create_superuser("root@example.test", "Tree7#river-mossy")

    assert user.has_role(Role.REGISTRAR)
    assert EmailAddress.objects.get(user=user).verified
