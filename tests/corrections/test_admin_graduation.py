"""The graduation audit at the desk: every page and form opens, and deeds do what their button says."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.models import AuditEvent
from corrections.models import AuditedStudent, GraduationAudit, Sanction, SanctionImport
from corrections.states.graduation import (
    AuditOutcome,
    AuditState,
    CertificateState,
    ResultState,
)
from enrollment.models import StudentRecord
from tests.factories import enrolment
from tests.factories.graduation import (
    make_audit,
    make_audited,
    make_certificate,
    make_sanction,
    make_sanction_handler,
)
from tests.factories.registering import register

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]


def address(obj: models.Model, name: str = "change", *args: Any) -> str:
    return reverse(
        f"admin:{obj._meta.app_label}_{obj._meta.model_name}_{name}", args=[obj.pk, *args]
    )


def offered(client: Client, obj: models.Model) -> list[str]:
    """The deeds whose button is drawn on the row's page."""
    page = client.get(address(obj))
    assert page.status_code == 200
    deeds = [deed.name for deed in admin.site._registry[type(obj)].deeds]  # type: ignore[attr-defined]  # a workflow admin
    html = page.content.decode()
    return [name for name in deeds if f'/do/{name}/"' in html]


AUDIT_BUTTONS = {
    AuditState.DRAFT: ["draw", "add-item", "remove-item", "open", "deadline", "list", "totals"],
    AuditState.CHECKING: ["draw", "deadline", "decide-all", "publish", "list", "totals"],
    AuditState.NOTICE: ["retract", "print", "list", "totals", "certificates"],
    AuditState.CLOSED: ["next-round", "print", "fetch", "list", "totals", "certificates"],
}


@pytest.mark.parametrize("state", AuditState)
def test_round_shows_its_buttons_and_every_form_opens(
    client_of: ClientOf, li: User, record: StudentRecord, state: AuditState
) -> None:
    window: dict[str, Any] = {
        "notice_opens_at": timezone.now() + timedelta(days=1),
        "notice_closes_at": timezone.now() + timedelta(days=2),
    }
    audit = make_audit(state, **(window if state in {AuditState.NOTICE, AuditState.CLOSED} else {}))
    make_audited(record, audit)
    client = client_of(li)

    found = offered(client, audit)

    assert found == AUDIT_BUTTONS[state]
    statuses = {name: client.get(address(audit, "do", name)).status_code for name in found}
    assert set(statuses.values()) == {200}


def test_office_decides_at_the_desk(client_of: ClientOf, li: User, record: StudentRecord) -> None:
    student = make_audited(record, make_audit(), ResultState.PROPOSED)
    client = client_of(li)

    assert offered(client, student) == ["decide", "return", "mark", "drop"]
    client.post(address(student, "do", "decide"), {"outcome": "GRADUATE", "note": ""})

    assert AuditedStudent.objects.get().decided == AuditOutcome.GRADUATE


def test_office_proposes_for_who_has_no_college(
    client_of: ClientOf, li: User, record: StudentRecord
) -> None:
    audit = make_audit()
    student = make_audited(record, audit, college=None)
    client = client_of(li)

    assert offered(client, student) == ["propose", "mark", "drop"]
    assert "propose-all" in offered(client, audit)
    preview = client.get(address(audit, "do", "propose-all")).content.decode()
    client.post(address(student, "do", "propose"), {"outcome": "GRADUATE", "note": ""})

    assert "1 人" in preview
    student.refresh_from_db()
    assert (student.proposed, student.proposer) == (AuditOutcome.GRADUATE, li)
    # Another one decides.
    assert offered(client, student) == ["return", "mark", "drop"]
    assert "propose-all" not in offered(client, audit)


def test_desk_proposes_for_all_without_a_college(
    client_of: ClientOf, li: User, record: StudentRecord
) -> None:
    audit = make_audit()
    make_audited(record, audit, college=None)
    make_audited(enrolment.make_record(), audit)

    page = client_of(li).post(address(audit, "do", "propose-all"), {}, follow=True)

    assert "已提出 1 人；其余的请逐个看" in page.content.decode()
    assert AuditedStudent.objects.get(state=ResultState.PROPOSED).college is None


def test_desk_says_why_a_registered_number_was_not_entered(
    client_of: ClientOf, li: User, record: StudentRecord, now: datetime
) -> None:
    audit = make_audit(AuditState.NOTICE)
    student = make_audited(record, audit, ResultState.DECIDED)
    used = register(record, at=now).certificate_no
    make_certificate(student, CertificateState.VOID, number=used)

    page = client_of(li).post(address(audit, "do", "print"), {}, follow=True).content.decode()

    said = "登记了 0 本证书；其余的没有登记学历、结论不一致、编号已经用过，或者是你本人的"
    assert page.count(said) == 1


def test_auditor_sees_and_does_nothing(
    client_of: ClientOf, auditor: User, record: StudentRecord
) -> None:
    student = make_audited(record, make_audit(), ResultState.PROPOSED)

    assert offered(client_of(auditor), student) == []


def test_certificate_page_shows_its_buttons(
    client_of: ClientOf, li: User, record: StudentRecord
) -> None:
    student = make_audited(record, make_audit(AuditState.CLOSED), ResultState.DECIDED)
    row = make_certificate(student, CertificateState.HANDED)

    assert offered(client_of(li), row) == ["correct"]


def test_tables_leave_the_desk_as_files(
    client_of: ClientOf, li: User, record: StudentRecord
) -> None:
    audit = make_audit()
    make_audited(record, audit)
    client = client_of(li)

    for name in ("list", "totals"):
        response = client.post(address(audit, "do", name))
        assert response["Content-Type"].endswith("spreadsheetml.sheet")
    assert AuditEvent.objects.filter(action="graduationaudit.listed").count() == 2
    assert GraduationAudit.objects.count() == 1


@pytest.mark.parametrize("who", ["li", "auditor"])
def test_sanctions_are_not_there_for_the_rest_of_the_office(
    client_of: ClientOf, who: str, request: pytest.FixtureRequest, record: StudentRecord
) -> None:
    sanction = make_sanction(record)
    client = client_of(request.getfixturevalue(who))

    lists = [
        reverse(f"admin:corrections_{model._meta.model_name}_changelist")
        for model in (Sanction, SanctionImport)
    ]

    found = [client.get(page).status_code for page in [address(sanction), *lists]]
    assert found == [404, 404, 404]


def test_every_look_at_a_sanction_is_written_down(
    client_of: ClientOf, record: StudentRecord
) -> None:
    sanction = make_sanction(record)
    client = client_of(make_sanction_handler())

    for _ in range(2):
        assert client.get(address(sanction)).status_code == 200
    client.get(reverse("admin:corrections_sanction_changelist"))

    seen = AuditEvent.objects.filter(action="sanction.viewed", subject_id=str(record.pk))
    assert seen.count() == 2
    assert AuditEvent.objects.filter(action="sanction.listed").count() == 1


def test_trail_of_the_desk_hides_sanctions_from_others(
    client_of: ClientOf, li: User, record: StudentRecord
) -> None:
    handler = make_sanction_handler()
    client_of(handler).get(address(make_sanction(record)))
    trail = reverse("admin:common_auditevent_changelist")

    hidden = client_of(li).get(trail).content.decode()
    shown = client_of(handler).get(trail).content.decode()

    # The name stands once more where the row is, beside the filter that everybody has.
    assert shown.count("处分：打开") == hidden.count("处分：打开") + 1
