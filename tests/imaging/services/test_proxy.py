"""代录: staff enter what a student said; marked everywhere, told, and the student's to take back."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from accounts.states import Role
from common import outbox
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent, Channel, OutboxMessage
from corrections.selectors.board import class_board
from corrections.selectors.standing import class_standings
from enrollment.models import ClassGroup, StudentRecord
from enrollment.states import AssignmentRole, EnrollmentStatus
from imaging.models import CampaignMember, PhotoVersion, VerificationConclusion
from imaging.services.verdicts import ProxyContact, Verdict, seen_of
from imaging.services.verification import change, conclude, enter_for, withdraw
from imaging.states import (
    Conclusion,
    ConclusionAction,
    ConclusionKind,
    DataReason,
    PhotoReason,
    ProxyWay,
)
from tests.factories import enrolment, imaging, people

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

DATA, PHOTO = ConclusionKind.DATA, ConclusionKind.PHOTO
ACCEPT, DISPUTE = ConclusionAction.ACCEPT, ConclusionAction.DISPUTE
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def photo(record: StudentRecord) -> PhotoVersion:
    return imaging.make_photo(record)


@pytest.fixture
def member(record: StudentRecord, photo: PhotoVersion) -> CampaignMember:
    return imaging.make_member(record)


def verdicts(
    member: CampaignMember, *kinds: ConclusionKind, locks_at: datetime | None = None
) -> dict[ConclusionKind, Verdict]:
    record = StudentRecord.objects.get(pk=member.record_id)
    photo = record.photos.filter(is_current=True).first()
    return {
        kind: Verdict(action=ACCEPT, seen=seen_of(record, photo, kind, locks_at=locks_at))
        for kind in kinds or (PHOTO, DATA)
    }


def contact(now: datetime, **fields: Any) -> ProxyContact:
    values: dict[str, Any] = {
        "way": ProxyWay.VIDEO,
        "reached_at": now - HOUR,
        "reason": "住院，没有手机",
        **fields,
    }
    return ProxyContact(**values)


def enter(
    member: CampaignMember, actor: User, now: datetime, *kinds: ConclusionKind
) -> list[VerificationConclusion]:
    return enter_for(
        member=member,
        verdicts=verdicts(member, *kinds),
        contact=contact(now),
        actor=actor,
        now=now,
    )


@pytest.mark.parametrize("person", ["li", "chen"])
def test_it_is_marked_and_told(
    person: str,
    request: pytest.FixtureRequest,
    alice: User,
    member: CampaignMember,
    now: datetime,
) -> None:
    actor = request.getfixturevalue(person)
    enter(member, actor, now)

    rows = VerificationConclusion.objects.filter(round__member=member)
    assert {row.kind for row in rows} == {"DATA", "PHOTO"}
    for row in rows:
        assert (row.state, row.is_proxy, row.proxy_way) == ("CORRECT", True, "VIDEO")
        assert (row.proxy_reason, row.reached_at) == ("住院，没有手机", now - HOUR)
        assert (row.concluded_by, row.concluded_at) == (actor.actor_label, now)
        assert row.locks_at == now + DAY
    told = OutboxMessage.objects.filter(user=alice, template="verification_entered")
    assert sorted(told.values_list("channel", flat=True)) == [Channel.EMAIL, Channel.NOTICE]
    text = outbox.rendered(told[0])[1]
    assert "视频通话所说，代你录入了" in text
    assert "撤回" in text
    assert "住院" not in text
    event = AuditEvent.objects.filter(action="verification.entered").first()
    assert event is not None
    assert (event.actor_id, event.subject_id) == (actor.actor_id, str(member.record_id))
    assert event.details["way"] == "VIDEO"
    assert "住院" not in str(event.details)


@pytest.mark.parametrize("person", ["alice", "monitor", "eve", "secretary", "leader", "auditor"])
def test_nobody_else_stands_in(
    person: str, request: pytest.FixtureRequest, member: CampaignMember, now: datetime
) -> None:
    with pytest.raises(NotAllowedError):
        enter(member, request.getfixturevalue(person), now)

    assert not VerificationConclusion.objects.filter(is_proxy=True).exists()


def test_counsellor_of_another_class_does_not(
    member: CampaignMember, now: datetime, db: None
) -> None:
    other = people.make_user("other@example.test")
    enrolment.assign(
        other,
        AssignmentRole.COUNSELLOR,
        class_group=enrolment.make_class("物理学 2201 班"),
        display_name="何老师",
    )

    with pytest.raises(NotAllowedError, match="本班辅导员"):
        enter(member, other, now)


def test_own_record_is_not_entered(
    record: StudentRecord, photo: PhotoVersion, now: datetime
) -> None:
    registrar = people.make_staff(Role.REGISTRAR, "zhao@example.test")
    enrolment.bind(
        record, people.make_identity(registrar, name=record.name, number=record.id_number)
    )

    with pytest.raises(NotAllowedError, match="自己的学籍"):
        enter(imaging.make_member(record), registrar, now)


def test_what_the_student_gave_is_not_replaced(
    alice: User, chen: User, member: CampaignMember, now: datetime
) -> None:
    own = conclude(member=member, kind=PHOTO, verdict=verdicts(member)[PHOTO], actor=alice, now=now)

    with pytest.raises(StaleStateError, match="不能代录"):
        enter(member, chen, now + HOUR)
    own.refresh_from_db()

    assert (own.is_proxy, own.concluded_by) == (False, alice.actor_label)
    assert not VerificationConclusion.objects.filter(kind=DATA).exclude(state="PENDING").exists()
    assert enter(member, chen, now + HOUR, DATA)[0].is_proxy


def test_student_takes_it_back_also_after_the_deadline(
    alice: User, chen: User, member: CampaignMember
) -> None:
    late = member.closes_at - HOUR
    enter(member, chen, late)

    withdraw(member=member, kinds=[PHOTO, DATA], actor=alice, now=member.closes_at + HOUR)

    for row in VerificationConclusion.objects.filter(round__member=member):
        assert (row.state, row.is_proxy, row.proxy_way) == (Conclusion.PENDING, False, "")
        assert (row.proxy_reason, row.reached_at) == (None, None)


def test_after_the_lock_it_stays(
    alice: User, chen: User, member: CampaignMember, now: datetime
) -> None:
    enter(member, chen, now)

    with pytest.raises(NotAllowedError, match="重新开放"):
        withdraw(member=member, kinds=[PHOTO], actor=alice, now=now + DAY)


def test_change_by_the_student_is_the_students_own(
    alice: User, chen: User, member: CampaignMember, now: datetime
) -> None:
    given = {row.kind: row for row in enter(member, chen, now)}

    again = verdicts(member, locks_at=given["PHOTO"].locks_at)[PHOTO]
    row = change(member=member, kind=PHOTO, verdict=again, actor=alice, now=now + HOUR)

    assert (row.is_proxy, row.proxy_reason, row.concluded_by) == (False, None, alice.actor_label)


def test_same_verdict_by_the_student_is_not_taken_for_a_double_click(
    alice: User, chen: User, member: CampaignMember, now: datetime
) -> None:
    enter(member, chen, now)

    with pytest.raises(StaleStateError, match="刚刚已经提交"):
        conclude(
            member=member,
            kind=PHOTO,
            verdict=verdicts(member)[PHOTO],
            actor=alice,
            now=now + HOUR,
        )


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"reason": "  "}, "不能自己核对"),
        ({"reason": "字" * 501}, "500 字"),
        ({"reached_at": timedelta(seconds=1)}, "不能晚于现在"),
        ({"reached_at": -timedelta(days=31)}, "最近 30 天"),
    ],
)
def test_contact_is_whole(
    fields: dict[str, Any], said: str, chen: User, member: CampaignMember, now: datetime
) -> None:
    if "reached_at" in fields:
        fields = {"reached_at": now + fields["reached_at"]}

    with pytest.raises(InvalidInputError, match=said):
        enter_for(
            member=member,
            verdicts=verdicts(member),
            contact=contact(now, **fields),
            actor=chen,
            now=now,
        )


def test_outside_of_the_time_it_is_refused(li: User, member: CampaignMember) -> None:
    for moment, said in (
        (member.campaign.opens_at - HOUR, "还没开始"),
        (member.closes_at, "延期"),
    ):
        with pytest.raises(NotAllowedError, match=said):
            enter(member, li, moment)


def test_photo_must_be_the_one_that_was_shown(
    chen: User, member: CampaignMember, now: datetime
) -> None:
    shown = verdicts(member)
    imaging.make_photo(member.record)

    with pytest.raises(StaleStateError, match="新的一版"):
        enter_for(member=member, verdicts=shown, contact=contact(now), actor=chen, now=now)


def test_what_is_wrong_is_entered_in_words(
    chen: User, member: CampaignMember, now: datetime
) -> None:
    seen = verdicts(member)
    rows = enter_for(
        member=member,
        verdicts={
            PHOTO: Verdict(
                action=DISPUTE,
                seen=seen[PHOTO].seen,
                reasons=(PhotoReason.NOT_ME,),
                note="照片是同学",
            ),
            DATA: Verdict(
                action=DISPUTE,
                seen=seen[DATA].seen,
                reasons=(DataReason.OTHER,),
                note="专业应为汉语言",
            ),
        },
        contact=contact(now),
        actor=chen,
        now=now,
    )

    assert {row.kind: row.note for row in rows} == {"PHOTO": "照片是同学", "DATA": "专业应为汉语言"}


def test_who_has_died_is_left_alone(chen: User, member: CampaignMember, now: datetime) -> None:
    StudentRecord.objects.filter(pk=member.record_id).update(
        enrollment_status=EnrollmentStatus.DECEASED
    )

    with pytest.raises(NotAllowedError, match="不用核对"):
        enter(member, chen, now)


def test_board_and_sheet_say_so(
    chen: User, class_group: ClassGroup, member: CampaignMember, now: datetime
) -> None:
    campaign = member.campaign
    before = class_board(campaign=campaign, class_group=class_group, viewer=chen, now=now)
    enter(member, chen, now)

    after = class_board(campaign=campaign, class_group=class_group, viewer=chen, now=now)
    standing = class_standings(campaign=campaign, class_group=class_group, now=now)[0]

    assert before is not None
    assert after is not None
    assert (before.awaited[0].enter_for, before.proxied) == (member.pk, ())
    assert (after.awaited, after.proxied) == ((), (member.record.name,))
    assert standing.result == "无误（代）"


def test_monitor_is_not_offered_to_enter(
    monitor: User, class_group: ClassGroup, member: CampaignMember, now: datetime
) -> None:
    board = class_board(campaign=member.campaign, class_group=class_group, viewer=monitor, now=now)

    assert board is not None
    assert {person.enter_for for person in board.awaited} == {None}
