"""The demonstration's graduation audit shows every page filled: two rounds, a notice, certificates."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.models import Channel, OutboxMessage
from common.outbox import rendered
from corrections.models import (
    AuditObjection,
    Certificate,
    CorrectionRequest,
    GraduationAudit,
    PackedCase,
    Sanction,
)
from corrections.states import RequestState
from corrections.states.graduation import (
    AuditState,
    CertificateState,
    ObjectionState,
    ResultState,
)
from xuexin.demo.accounts import address
from xuexin.demo.classes import AFFILIATED, SCHOOL

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

Rounds = list[tuple[str, int, str]]


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The school, until the end of this file."""
    with django_db_blocker.unblock(), override_settings(EMBEDDED=True):
        call_command("seed_demo", students=60, photos=24, stdout=StringIO())
    yield
    with django_db_blocker.unblock():
        call_command("flush", interactive=False, verbosity=0)


def test_one_round_is_archived_its_second_runs_and_a_notice_is_up(built: None) -> None:
    rounds = GraduationAudit.objects.order_by("school__code", "round_no")
    found: Rounds = list(rounds.values_list("school__code", "round_no", "state"))

    assert found == [
        (AFFILIATED.code, 1, AuditState.NOTICE),
        (SCHOOL.code, 1, AuditState.CLOSED),
        (SCHOOL.code, 2, AuditState.CHECKING),
    ]
    on_notice = GraduationAudit.objects.on_notice_at(timezone.now())
    assert [audit.school.code for audit in on_notice] == [AFFILIATED.code]


def test_everybody_is_decided_and_some_come_again(built: None) -> None:
    first = GraduationAudit.objects.get(school__code=SCHOOL.code, round_no=1)
    second = GraduationAudit.objects.get(school__code=SCHOOL.code, round_no=2)

    assert not first.students.exclude(state=ResultState.DECIDED).exists()
    assert set(first.students.values_list("decided", flat=True)) == {
        "GRADUATE",
        "COMPLETE",
        "DEFER",
    }
    assert set(second.students.values_list("record")) == set(
        first.students.exclude(decided="GRADUATE").values_list("record")
    )
    assert Sanction.objects.count() == 1
    assert set(AuditObjection.objects.values_list("kind", "state")) == {
        ("NOTICE", ObjectionState.REJECTED),
        ("ITEM", ObjectionState.OPEN),
    }


def test_certificates_stand_at_each_step(built: None) -> None:
    states = list(Certificate.objects.values_list("state", flat=True))

    assert states.count(CertificateState.HANDED) == 2
    assert set(Certificate.objects.exclude(taker="").values_list("taker", flat=True)) == {
        "SELF",
        "PROXY",
    }
    assert set(states) == {
        CertificateState.PRINTED,
        CertificateState.AT_COLLEGE,
        CertificateState.HANDED,
    }


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("student", "graduation_list"),
        ("counsellor", "graduation_classes"),
        ("secretary", "graduation_colleges"),
        ("secretary2", "graduation_colleges"),
    ],
)
def test_newcomer_finds_the_pages_filled(built: None, name: str, page: str) -> None:
    client = Client()
    client.force_login(User.objects.get(email=address(name)))

    assert client.get(reverse(f"corrections:{page}")).status_code == 200


def test_every_message_of_the_demonstration_can_be_read(built: None) -> None:
    unread = [
        message.template
        for message in OutboxMessage.objects.exclude(channel=Channel.EMAIL)
        if not all(rendered(message))
    ]

    assert unread == []


def test_a_case_waits_in_a_pack_for_the_province_and_one_is_a_draft(built: None) -> None:
    packed = PackedCase.objects.select_related("request", "pack").get()

    assert packed.request.state == RequestState.AWAITING_PROVINCE
    assert packed.pack.school.code == SCHOOL.code
    assert CorrectionRequest.objects.filter(state=RequestState.DRAFT).count() == 1
