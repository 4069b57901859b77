"""Two people at one request, staff against the student: one outcome each, and the loser is told why."""

from datetime import datetime, timedelta
from functools import partial

import pytest

from accounts.models import User
from accounts.states import Role
from common.models import AuditEvent
from enrollment.models import StudentRecord
from imaging.models import CampaignMember, ReopenRequest, VerificationConclusion
from imaging.services.reopen import decide_reopen, propose_reopen, submit_reopen, withdraw_reopen
from imaging.services.verdicts import ProxyContact
from imaging.services.verification import conclude, enter_for, withdraw
from imaging.states import ConclusionKind, PhotoReason, ProxyWay, ReopenAction
from tests.factories import imaging, people
from tests.factories.racing import together
from tests.imaging.services.test_verification_race import verdict

pytestmark = [pytest.mark.unit, pytest.mark.django_db(transaction=True)]

PHOTO, DATA = ConclusionKind.PHOTO, ConclusionKind.DATA
DAY = timedelta(days=1)


@pytest.fixture
def member(record: StudentRecord) -> CampaignMember:
    imaging.make_photo(record)
    return imaging.make_member(record)


@pytest.fixture
def registrars(db: None) -> list[User]:
    """Three more of the office."""
    return [
        people.make_staff(Role.REGISTRAR, f"{name}@example.test") for name in ("wang", "wu", "xu")
    ]


def test_request_is_decided_once(
    alice: User, li: User, registrars: list[User], member: CampaignMember, now: datetime
) -> None:
    imaging.make_conclusion(member, PHOTO, at=now - 3 * DAY)
    asked = submit_reopen(member=member, kinds=[PHOTO], reason="看错了", actor=alice, now=now)
    propose_reopen(
        request=asked,
        action=ReopenAction.PROPOSE_GRANT,
        note="",
        closes_at=now + 9 * DAY,
        actor=li,
        now=now,
    )

    def grant(person: User) -> None:
        mine = ReopenRequest.objects.select_related("member__campaign", "member__record").get(
            pk=asked.pk
        )
        decide_reopen(request=mine, action=ReopenAction.GRANT, answer="同意", actor=person, now=now)

    told = together([partial(grant, person) for person in registrars])

    assert sorted(map(bool, told)) == [False, True, True]
    assert member.rounds.count() == 2
    assert member.rounds.filter(is_current=True).count() == 1
    assert AuditEvent.objects.filter(action="reopen.granted").count() == 1


def test_decision_and_withdrawal_and_one_wins(
    alice: User, li: User, registrars: list[User], member: CampaignMember, now: datetime
) -> None:
    imaging.make_conclusion(member, PHOTO, at=now - 3 * DAY)
    for turn in range(4):
        moment = now + timedelta(minutes=turn)
        asked = submit_reopen(
            member=member, kinds=[PHOTO], reason="看错了", actor=alice, now=moment
        )
        propose_reopen(
            request=asked,
            action=ReopenAction.PROPOSE_GRANT,
            note="",
            closes_at=moment + 9 * DAY,
            actor=li,
            now=moment,
        )
        first, second = (
            ReopenRequest.objects.select_related("member__campaign", "member__record").get(
                pk=asked.pk
            )
            for _ in range(2)
        )

        told = together(
            [
                partial(
                    decide_reopen,
                    request=first,
                    action=ReopenAction.GRANT,
                    answer="同意",
                    actor=registrars[0],
                    now=moment,
                ),
                partial(withdraw_reopen, request=second, actor=alice, now=moment),
            ]
        )

        assert sorted(map(bool, told)) == [False, True]
        state = ReopenRequest.objects.get(pk=asked.pk).state
        assert state == ("WITHDRAWN" if told[0] else "GRANTED")
        if state == "GRANTED":
            assert member.rounds.count() == 2
            return
        assert member.rounds.count() == 1


def test_staff_and_student_conclude_and_one_wins(
    alice: User, chen: User, member: CampaignMember, now: datetime
) -> None:
    for turn in range(6):
        moment = now + timedelta(minutes=turn)
        contact = ProxyContact(way=ProxyWay.PHONE, reached_at=moment, reason="住院")
        own, said = verdict(member, PhotoReason.NOT_ME), verdict(member)

        told = together(
            [
                partial(conclude, member=member, kind=PHOTO, verdict=own, actor=alice, now=moment),
                partial(
                    enter_for,
                    member=member,
                    verdicts={PHOTO: said},
                    contact=contact,
                    actor=chen,
                    now=moment,
                ),
            ]
        )

        assert sorted(map(bool, told)) == [False, True]
        row = VerificationConclusion.objects.get(round__member=member, kind=PHOTO)
        assert row.is_proxy == bool(told[0])
        assert row.state == ("CORRECT" if told[0] else "INCORRECT")
        withdraw(member=member, kinds=[PHOTO], actor=alice, now=moment)
