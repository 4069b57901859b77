"""Whoever changes the number in an address finds nothing: no object, and no sign that there is one.

The walk takes every address with an argument from tests/meta/addresses.py. A new one fails
`test_every_address_with_an_argument_has_been_thought_about` until it stands in one of the tables here.
Already proved elsewhere: who gets in at each address by role (tests/meta/test_access.py); a student of
another class who cannot become monitor (tests/enrollment/views/test_monitors.py); proofs by scope
(tests/corrections/selectors); objects named in a form rather than in the address (test_privileges.py).
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from accounts.models import User
from enrollment.models import StudentRecord
from imaging.models import CampaignMember
from tests.factories.corrections import make_request
from tests.factories.enrolment import make_claim, make_school
from tests.factories.imaging import make_campaign
from tests.factories.rescue import make_rescue
from tests.meta.addresses import ARGUMENTS, PUBLIC, Address, addresses
from tests.security.conftest import STRANGERS
from tests.security.enumerating import said

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]

# Addresses whose arguments name something of Alice's or of her class: a stranger's answer is 404.
OBJECTS = frozenset(
    {
        "accounts:counter_receipt",
        "accounts:session_end",
        "class_monitors",
        "corrections:graduation_answer",
        "corrections:graduation_certificate",
        "corrections:graduation_certificates",
        "corrections:graduation_certificates_xlsx",
        "corrections:graduation_class",
        "corrections:graduation_college",
        "corrections:graduation_confirm",
        "corrections:graduation_object",
        "corrections:graduation_page",
        "corrections:graduation_propose_all",
        "corrections:graduation_student",
        "corrections:graduation_withdraw",
        "corrections:class_page",
        "corrections:college_board",
        "corrections:class_paper",
        "corrections:college_pdf",
        "corrections:class_remind",
        "corrections:evidence_file",
        "corrections:evidence_reported",
        "corrections:college_case",
        "corrections:request_disagree",
        "corrections:request_draft",
        "corrections:request_page",
        "corrections:request_proof",
        "corrections:request_redraft",
        "corrections:request_withdraw",
        "corrections:sheet_note",
        "corrections:sheet_notes",
        "corrections:sheet_page",
        "corrections:sheet_step",
        "corrections:sheet_pdf",
        "corrections:sheet_xlsx",
        "enrollment:claim_evidence",
        "enrollment:claim_page",
        "enrollment:claim_withdraw",
        "enrollment:objection_own",
        "enrollment:rescue_case",
        "enrollment:rescue_receipt",
        "enrollment:rescue_withdraw",
        "imaging:capture_book",
        "imaging:capture_come",
        "imaging:capture_give_back",
        "imaging:capture_leave",
        "imaging:capture_record",
        "imaging:class_photos",
        "imaging:own_photo",
        "imaging:own_photo_discard",
        "imaging:own_photo_file",
        "imaging:own_photo_send",
        "imaging:own_photo_withdraw",
        "corrections:counter_person",
        "corrections:counter_receipt",
        "imaging:print_address",
        "imaging:print_address_withdraw",
        "imaging:find_near",
        "imaging:find_photo",
        "imaging:photo",
        "imaging:photo_claim",
        "imaging:photo_claim_withdraw",
        "imaging:proxy_entry",
        "imaging:reopen_new",
        "imaging:reopen_page",
        "imaging:reopen_withdraw",
        "imaging:review_document",
        "imaging:review_page",
        "imaging:review_photo",
        "imaging:review_step",
        "imaging:ticket_image",
        "imaging:ticket_qr",
        "imaging:ticket_renew",
        "imaging:verify_check",
        "imaging:verify_dispute",
        "imaging:verify_receipt",
        "imaging:verify_record",
        "imaging:verify_submit",
        "imaging:verify_withdraw",
        "mfa_edit_webauthn",
        "mfa_remove_webauthn",
        "own_data:export_download",
        "photo_way",
        "record_detail",
        "record_history",
        "reports:report_close",
        "reports:report_draft",
        "reports:report_extend",
        "reports:report_file",
        "reports:report_name",
        "reports:report_page",
        "reports:report_preview",
        "reports:report_qr",
    }
)
# Words, not objects.
WORDS = {
    "imaging:photo_small": "signed for one viewer; tests/imaging/views/test_class_photos.py tries",
    "imaging:find_compare": "signed for one viewer; tests/imaging/views/test_finding.py tries",
    "imaging:find_face": "signed for one viewer; tests/imaging/views/test_finding.py tries",
    "imaging:announcement": "for whom it concerns; tests/imaging/views/test_announcement.py tries",
    "imaging:announcement_file": "the same",
    "corrections:graduation_notice_object": "anybody with an account objects to a public notice",
    "enrollment:rescue_open": "one of three ways to prove who one is",
}
# What cannot be guessed opens it → the file that tries.
SECRETS = {
    "account_confirm_email": "tests/accounts/test_registration_email.py",
    "accounts:counter_prove": "tests/accounts/test_counter.py",
    "accounts:not_me": "tests/accounts/test_sessions.py",
    "captcha-image": "shows letters, of nobody",
    "enrollment:invitation": "tests/enrollment/services/test_invitation.py",
    "enrollment:objection_link": "tests/enrollment/views/test_rescue.py",
    "corrections:sheet_check": "says nothing of anybody; tests/corrections/views/test_sheet_check.py",
    "corrections:graduation_notice": "public while it is up; tests/corrections/views/test_graduation.py",
    "reports:check_coded": "looks nothing up",
    "reports:check_photo": "tests/reports/views",
    "reports:check_result": "tests/reports/views",
    "reports:receipt": "tests/reports/views",
}
# Two objects in one address belong together, or there is nothing.
PAIRS = frozenset(
    {
        "corrections:graduation_class",
        "corrections:graduation_object",
        "imaging:announcement_file",
        "admin:corrections_correctionrequest_evidence",
        "admin:enrollment_recordclaim_evidence",
        "admin:enrollment_rescuecase_evidence",
        "corrections:class_page",
        "corrections:class_paper",
        "corrections:class_remind",
        "corrections:sheet_note",
        "corrections:sheet_notes",
        "corrections:sheet_page",
        "corrections:sheet_step",
        "corrections:sheet_pdf",
        "corrections:request_proof",
        "corrections:sheet_xlsx",
    }
)
# Arguments whose value in tests/meta is no object of Alice's.
_MINE = {
    "accounts:session_end.session_id": "elsewhere.pk",
    "mfa_edit_webauthn.pk": "passkey.pk",
    "mfa_remove_webauthn.pk": "passkey.pk",
}
_NOBODYS = 987_654
_ADMIN_WORDS = frozenset({"name", "app_label", "url"})


def with_argument() -> list[Address]:
    return [address for address in addresses() if address.arguments]


def is_desk(address: Address) -> bool:
    return address.name.startswith("admin:")


def test_every_address_with_an_argument_has_been_thought_about() -> None:
    names = {address.name for address in with_argument() if not is_desk(address)}

    assert names - OBJECTS - set(WORDS) - set(SECRETS) == set()
    assert (OBJECTS | set(WORDS) | set(SECRETS)) - names == set()
    assert set(SECRETS) <= set(PUBLIC)
    assert not OBJECTS & set(PUBLIC)


def test_every_address_with_two_objects_has_been_thought_about() -> None:
    names = {
        address.name
        for address in with_argument()
        if len(set(address.arguments) - _ADMIN_WORDS) > 1 and address.name != "admin:view_on_site"
    }

    assert names == PAIRS


@pytest.fixture
def paths(request: pytest.FixtureRequest) -> dict[str, tuple[str, str]]:
    """Address → its path with Alice's object, and with one that nobody has."""

    def value(name: str, argument: str) -> Any:
        key = f"{name}.{argument}"
        source = _MINE.get(key) or ARGUMENTS.get(key) or ARGUMENTS[argument]
        fixture, _, attribute = source.partition(".")
        return attrgetter(attribute)(request.getfixturevalue(fixture)) if attribute else source

    found = {}
    for address in with_argument():
        if address.name in OBJECTS:
            arguments = {name: value(address.name, name) for name in address.arguments}
            real = reverse(address.name, kwargs=arguments)
            none = reverse(address.name, kwargs=dict.fromkeys(arguments, _NOBODYS))
            found[address.name] = (real, none)
    return found


def snapshot() -> dict[str, list[Any]]:
    """Every row of ours, without what only says that somebody was there."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values_list())
        for app in ("accounts", "common", "corrections", "enrollment", "imaging", "reports")
        for model in apps.get_app_config(app).get_models()
    }


@pytest.mark.parametrize("person", STRANGERS)
def test_stranger_finds_no_object(
    person: str,
    request: pytest.FixtureRequest,
    paths: dict[str, tuple[str, str]],
    fresh_client: ClientOf,
) -> None:
    user = request.getfixturevalue(person)
    client = fresh_client(user)
    before = snapshot()

    wrong = []
    for name, (real, none) in paths.items():
        for method in ("get", "post"):
            answer, nothing = getattr(client, method)(real), getattr(client, method)(none)
            if answer.status_code not in {404, 405}:
                wrong.append(f"{method} {name}: {answer.status_code}")
            if said(answer, real) != said(nothing, none):
                wrong.append(f"{method} {name}: differs from what is not there")
        if client.get(real).status_code == client.post(real).status_code == 405:
            wrong.append(f"{name}: 405 to both")

    assert wrong == []
    assert snapshot() == before


def test_somebody_without_an_account_learns_nothing(paths: dict[str, tuple[str, str]]) -> None:
    client = Client()
    wrong = []
    for name, (real, none) in paths.items():
        for method in ("get", "post"):
            answer, nothing = getattr(client, method)(real), getattr(client, method)(none)
            if answer.status_code != 302 or not answer["Location"].startswith("/account/login/"):
                wrong.append(f"{method} {name}: {answer.status_code}")
            if said(answer, real) != said(nothing, none):
                wrong.append(f"{method} {name}: differs from what is not there")

    assert wrong == []


@pytest.mark.parametrize("person", ["alice", "leader"])
def test_desk_is_not_there_for_others(
    person: str, request: pytest.FixtureRequest, fresh_client: ClientOf
) -> None:
    client = fresh_client(request.getfixturevalue(person))
    before = snapshot()

    let_in = []
    for address in addresses():
        if not is_desk(address) or address.name in PUBLIC or address.name == "admin:logout":
            continue
        words = {name: ARGUMENTS.get(name, "1") for name in address.arguments}
        numbers = {name: "1" if "." in word else word for name, word in words.items()}
        answer = client.post(reverse(address.name, kwargs=numbers))
        if answer.status_code != 404:
            let_in.append(f"{address.name}: {answer.status_code}")

    assert let_in == []
    assert snapshot() == before


def test_class_and_campaign_that_do_not_belong_together(
    client_of: ClientOf, li: User, chen: User, member: CampaignMember
) -> None:
    other = make_campaign(
        title="另一所学校的校对", schools=[make_school("99998", "远山大学云岭学院")]
    )
    more: dict[str, list[Any]] = {
        "corrections:class_paper": ["roster", "pdf"],
        "corrections:sheet_note": [member.pk],
        "corrections:sheet_step": ["freeze"],
    }
    for name in sorted(PAIRS):
        if is_desk(Address(name, ())):
            continue
        path = reverse(name, args=[member.class_group_id, other.pk, *more.get(name, [])])
        assert [client_of(person).get(path).status_code for person in (li, chen)] == [404, 404]


def test_proof_of_one_case_is_not_opened_through_another(
    client_of: ClientOf,
    li: User,
    bob: User,
    monitor: User,
    request: pytest.FixtureRequest,
) -> None:
    bobs = StudentRecord.objects.get(binding__identity__user=bob)
    others = {
        "admin:corrections_correctionrequest_evidence": (make_request(bobs), "proof"),
        "admin:enrollment_recordclaim_evidence": (make_claim(bob.identity), "claim_proof"),
        "admin:enrollment_rescuecase_evidence": (
            make_rescue(bob, holder=None, at=bob.date_joined),
            "rescue_photo",
        ),
    }
    assert set(others) == {name for name in PAIRS if name.startswith("admin:")}
    for name, (case, proof) in others.items():
        path = reverse(name, args=[case.pk, request.getfixturevalue(proof).pk])
        assert client_of(li).get(path).status_code == 404, name
