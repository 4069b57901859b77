"""Taking an approved rescue back at the desk: what it would move, the reasons against it, two people."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from common import audit
from enrollment.models import RescueCase, StudentRecord
from enrollment.services.rescue import approve_rescue, propose_rescue
from enrollment.states import RescueOpinion, RescueState
from tests.factories import people, rescue

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]


@pytest.fixture
def wang(db: None) -> User:
    """A second registrar."""
    return people.make_staff(Role.REGISTRAR, "wang@example.test")


@pytest.fixture
def case(alice: User, record: StudentRecord, eve: User, li: User, wang: User) -> RescueCase:
    """Eve was given Alice's number and record an hour ago."""
    rescue.make_claimant(eve, number=record.id_number, name=record.name)
    then = timezone.now() - timedelta(hours=1)
    found = rescue.make_rescue(eve, holder=alice, at=then - timedelta(days=2))
    propose_rescue(
        case=found, opinion=RescueOpinion.APPROVE, answer="一致。", name="李", actor=li, now=then
    )
    return approve_rescue(case=found, name="王", actor=wang, now=then)


def deed(case: RescueCase, name: str) -> str:
    return reverse("admin:enrollment_rescuecase_do", args=[case.pk, name])


def test_two_people_take_it_back(
    client_of: ClientOf, li: User, wang: User, case: RescueCase, record: StudentRecord, alice: User
) -> None:
    page = client_of(li).get(deed(case, "ask_undo")).content.decode()
    assert "没有依赖它的后续办理，可以撤销" in page
    assert record.student_no in page
    assert record.id_number not in page
    client_of(li).post(deed(case, "ask_undo"), {"reason": "材料是假的"})

    own = client_of(li).post(deed(case, "undo"), {"reason": "核"}, follow=True)
    assert "现在不能" in own.content.decode()
    done = client_of(wang).post(deed(case, "undo"), {"reason": "看过原件"}, follow=True)

    assert "已撤销，号码、学籍和原账号恢复到通过以前" in done.content.decode()
    case.refresh_from_db()
    record.refresh_from_db()
    assert case.state == RescueState.UNDONE
    assert record.binding.identity.user == alice


def test_reasons_against_it_are_said(
    client_of: ClientOf, li: User, case: RescueCase, record: StudentRecord, eve: User
) -> None:
    audit.record("verification.concluded", actor=eve, now=timezone.now(), subject=record)

    page = client_of(li).get(deed(case, "ask_undo")).content.decode()
    assert f"现在不能撤销：本人后来在学号 {record.student_no} 的学籍上办过 1 件事" in page
    said = client_of(li).post(deed(case, "ask_undo"), {"reason": "错了"}, follow=True)
    assert "不能撤销：" in said.content.decode()
    case.refresh_from_db()
    assert case.state == RescueState.APPROVED


def test_auditor_does_nothing(client_of: ClientOf, auditor: User, case: RescueCase) -> None:
    for name in ("ask_undo", "undo", "keep"):
        assert client_of(auditor).post(deed(case, name), {"reason": "看看"}).status_code == 403


def test_claimant_reads_that_it_was_taken_back(
    client_of: ClientOf, li: User, wang: User, eve: User, case: RescueCase
) -> None:
    address = reverse("enrollment:rescue_case", args=[case.pk])
    client_of(li).post(deed(case, "ask_undo"), {"reason": "材料是假的"})
    assert "已通过" in client_of(eve).get(address).content.decode()
    client_of(wang).post(deed(case, "undo"), {"reason": "看过原件"})

    page = client_of(eve).get(address).content.decode()
    assert "已经撤销：号码和学籍回到申请以前" in page
    assert "材料是假的" not in page
