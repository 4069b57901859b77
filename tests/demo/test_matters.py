"""The rescue and the claim of the demonstration: on the desk, and each can be brought to its end."""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse

from accounts.identity import DocumentType, check_number
from accounts.models import User
from accounts.selectors import declared_number_of
from common import files
from enrollment.models import RecordClaim, RescueCase, StudentRecord
from enrollment.selectors import owner_of
from enrollment.selectors.claims import candidates_for
from enrollment.services.claim import approve_claim
from enrollment.services.rescue import approve_rescue
from enrollment.states import ClaimState, RescueState
from xuexin.demo.accounts import address
from xuexin.demo.matters import CLAIMANT, FORMER_MAILBOX, RENUMBERED
from xuexin.demo.people import Part, cast_of, students_of

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: Any) -> Iterator[datetime]:
    """The school, there until the end of this file, and a moment just after it was built."""
    with django_db_blocker.unblock(), override_settings(EMBEDDED=True):
        call_command("seed_demo", students=24, stdout=StringIO())
    yield datetime.now(tz=UTC)
    with django_db_blocker.unblock():
        call_command("flush", interactive=False, verbosity=0)


def account(name: str) -> User:
    return User.objects.get(email=address(name))


def desk(client: Client) -> Client:
    client.force_login(account("registrar"), backend="accounts.backends.AccountBackend")
    return client


def record_of(part: Part) -> StudentRecord:
    student = cast_of(students_of(24))[part]
    return StudentRecord.objects.get(
        school__code=student.group.school.code, student_no=student.student_no
    )


def test_rescue_waits_for_its_second_decision(demo: datetime) -> None:
    case = RescueCase.objects.get()

    assert (case.state, case.holder) == (RescueState.AWAITING_SECOND, account(FORMER_MAILBOX))
    assert case.proposed_at is not None
    assert case.freeze_ends_at <= case.proposed_at < demo < case.due_at
    assert set(case.facts.values()) == {True}
    assert owner_of(record_of(Part.MISNAMED)) == account(FORMER_MAILBOX)


def test_rescue_can_be_approved_by_the_printed_registrar(demo: datetime) -> None:
    case = RescueCase.objects.get()

    approve_rescue(case=case, name="陈知行", actor=account("registrar"), now=demo)

    assert owner_of(record_of(Part.MISNAMED)) == account(CLAIMANT)
    assert account(FORMER_MAILBOX).superseded_at == demo


def test_claim_waits_with_its_proofs(demo: datetime) -> None:
    claim = RecordClaim.objects.get()

    assert (claim.state, claim.identity.user) == (ClaimState.OPEN, account(RENUMBERED))
    assert claim.submitted_at < demo < claim.due_at
    for proof in claim.evidence.select_related("file"):
        with files.open_sealed(proof.file) as content:
            assert content.read(3) == b"\xff\xd8\xff"
    assert claim.evidence.count() == 2


def test_claimed_record_is_the_likeliest_and_can_be_bound(demo: datetime) -> None:
    claim = RecordClaim.objects.get()
    candidate = candidates_for(claim)[0].record
    assert candidate == record_of(Part.AMBIGUOUS)

    approve_claim(
        claim=claim,
        record=candidate,
        answer="核实无误。",
        actor=account("registrar"),
        now=demo,
    )

    assert owner_of(candidate) == account(RENUMBERED)


def test_new_number_is_as_impossible_as_the_first(demo: datetime) -> None:
    number = declared_number_of(RecordClaim.objects.get().identity)
    before = record_of(Part.AMBIGUOUS).id_number

    assert number is not None
    assert number.number != before
    assert number.number[:14] == before[:14]
    assert check_number(number.number, DocumentType.RESIDENT_ID) == []


def test_desk_counts_both(demo: datetime, client: Client) -> None:
    page = desk(client).get(reverse("admin:index")).content.decode()

    for label in ("证件号码找回没办结", "学籍认领等着核实"):
        before = page.partition(f"<span>{label}</span>")[0]
        assert before.rpartition("<b>")[2].partition("</b>")[0] == "1"


@pytest.mark.parametrize("model", [RescueCase, RecordClaim])
def test_registrar_is_offered_the_next_step(
    demo: datetime, client: Client, model: type[RescueCase] | type[RecordClaim]
) -> None:
    row = model._default_manager.get()
    name = f"admin:enrollment_{model._meta.model_name}_change"

    page = desk(client).get(reverse(name, args=[row.pk]))

    assert page.status_code == 200
    assert f"/{row.pk}/do/approve/" in page.content.decode()


@pytest.mark.parametrize(("name", "title"), [(CLAIMANT, "找回证件号码"), (RENUMBERED, "学籍认领")])
def test_both_read_at_home_that_it_is_the_schools_turn(
    demo: datetime, client: Client, name: str, title: str
) -> None:
    client.force_login(account(name), backend="accounts.backends.AccountBackend")

    page = client.get("/").content.decode()

    assert "现在轮到学校" in page
    assert title in page
    assert "绑定不上" not in page
