"""What is open stands first on every desk list, the oldest of it first; of what is over, the latest."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.models import User
from corrections.models import AuditObjection, CorrectionRequest
from corrections.selectors import all_requests
from corrections.selectors.college import cases_of_college
from corrections.selectors.graduation_scope import objections_of
from corrections.states import RequestState
from corrections.states.graduation import ObjectionKind, ObjectionState
from enrollment.models import ClassGroup, RecordClaim
from enrollment.states import ClaimState
from imaging.models import CampaignMember, OwnPhoto, PhotoClaim, ReopenRequest
from imaging.states import PhotoClaimState, ReopenState
from imaging.states.own_photo import OwnPhotoState
from tests.factories import enrolment, finding, imaging, own_photo, people
from tests.factories.corrections import make_request
from tests.factories.graduation import make_audit, make_audited
from tests.factories.people import JOINED

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
DAY = timedelta(days=1)
REFUSED, SUBMITTED = RequestState.REFUSED, RequestState.SUBMITTED
SENT, WITHDRAWN = OwnPhotoState.SENT, OwnPhotoState.WITHDRAWN


def listed(client: Client, model: type[Model]) -> list[int]:
    """The keys as the desk lists them."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    return [row.pk for row in client.get(reverse(name)).context["cl"].result_list]


def over(at: datetime) -> dict[str, Any]:
    """What a row carries that ended."""
    return {"closed_at": at, "closed_by": "测试"}


@pytest.fixture
def members(class_group: ClassGroup) -> list[CampaignMember]:
    """Four students of Alice's class in one campaign."""
    campaign = imaging.make_campaign()
    return [
        imaging.make_member(enrolment.make_record(class_group=class_group), campaign)
        for _ in range(4)
    ]


def test_corrections(
    members: list[CampaignMember], li: User, secretary: User, client_of: ClientOf, now: datetime
) -> None:
    states = [REFUSED, SUBMITTED, REFUSED, SUBMITTED]
    early, newer, late, older = (
        make_request(member.record, state, member=member)
        for member, state in zip(members, states, strict=True)
    )
    for case, day in ((early, 1), (late, 2)):
        CorrectionRequest.objects.filter(pk=case.pk).update(closed_at=now + day * DAY)
    CorrectionRequest.objects.filter(pk=older.pk).update(submitted_at=now - 90 * DAY)

    expected = [older.pk, newer.pk, late.pk, early.pk]
    assert listed(client_of(li), CorrectionRequest) == expected
    assert [case.pk for case in all_requests()] == expected
    assert [case.pk for case in cases_of_college(secretary, now=now)] == expected


def test_objections(members: list[CampaignMember], now: datetime) -> None:
    audit = make_audit()
    item = audit.items.get()
    given = [(1, 1), (2, None), (3, 5), (1, None)]
    early, newer, late, older = (
        AuditObjection.objects.create(
            audit=audit,
            student=make_audited(member.record, audit),
            item=item,
            kind=ObjectionKind.ITEM,
            reason="学分不对",
            received_at=now + received * DAY,
            received_by="测试",
            **(
                {
                    "state": ObjectionState.REJECTED,
                    "answer": "没有问题",
                    "answered_at": now + answered * DAY,
                    "answered_by": "测试",
                }
                if answered
                else {}
            ),
        )
        for member, (received, answered) in zip(members, given, strict=True)
    )

    assert list(objections_of(list(audit.students.all()))) == [older, newer, late, early]


def test_reopens(
    members: list[CampaignMember], li: User, client_of: ClientOf, now: datetime
) -> None:
    withdrawn: dict[str, Any] = {"state": ReopenState.WITHDRAWN}
    given: list[dict[str, Any]] = [
        {**withdrawn, **over(now)},
        {},
        {**withdrawn, **over(now + DAY)},
        {"due_at": now},
    ]
    early, newer, late, older = (
        imaging.make_reopen(member, at=now, **more)
        for member, more in zip(members, given, strict=True)
    )

    expected = [older.pk, newer.pk, late.pk, early.pk]
    assert listed(client_of(li), ReopenRequest) == expected


def test_photo_claims(
    members: list[CampaignMember], alice: User, li: User, client_of: ClientOf, now: datetime
) -> None:
    withdrawn: dict[str, Any] = {"state": PhotoClaimState.WITHDRAWN}
    given: list[dict[str, Any]] = [
        {**withdrawn, **over(now)},
        {},
        {**withdrawn, **over(now + DAY)},
        {"due_at": now},
    ]
    early, newer, late, older = (
        finding.make_photo_claim(alice, member.record, at=now, **more)
        for member, more in zip(members, given, strict=True)
    )

    assert listed(client_of(li), PhotoClaim) == [older.pk, newer.pk, late.pk, early.pk]


def test_own_photos(
    members: list[CampaignMember], li: User, client_of: ClientOf, now: datetime
) -> None:
    early, newer, late, older = (
        own_photo.make_own_photo(member, state, at=now + day * DAY)
        for member, state, day in zip(
            members, [WITHDRAWN, SENT, WITHDRAWN, SENT], [1, 4, 3, 2], strict=True
        )
    )

    assert listed(client_of(li), OwnPhoto) == [older.pk, newer.pk, late.pk, early.pk]


def test_record_claims(li: User, client_of: ClientOf, now: datetime) -> None:
    withdrawn: dict[str, Any] = {"state": ClaimState.WITHDRAWN}
    identities = [people.make_identity(people.make_user()) for _ in range(4)]
    given: list[dict[str, Any]] = [
        {**withdrawn, **over(now)},
        {},
        {**withdrawn, **over(now + DAY)},
        {"due_at": JOINED},
    ]
    early, newer, late, older = (
        enrolment.make_claim(identity, **more)
        for identity, more in zip(identities, given, strict=True)
    )

    assert listed(client_of(li), RecordClaim) == [older.pk, newer.pk, late.pk, early.pk]
