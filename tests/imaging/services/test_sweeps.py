"""Sweeps: what they tell, how often, and what they leave alone."""

from datetime import datetime, timedelta

import pytest
from allauth.account.models import EmailAddress

from accounts.models import User
from common import outbox
from common.models import AuditEvent, Channel, OutboxMessage
from enrollment.models import StudentRecord
from enrollment.states import EnrollmentStatus
from imaging.models import Extension, VerificationConclusion, VerificationRound
from imaging.services.sweeps import announce_locks, open_due_rounds
from imaging.states import CampaignKind, Conclusion, ConclusionKind, RoundCause
from tests.factories import enrolment, imaging, people

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

DATA, PHOTO = ConclusionKind.DATA, ConclusionKind.PHOTO
SECOND = timedelta(seconds=1)


def concluded(record: StudentRecord, at: datetime, **kinds: Conclusion):
    member = imaging.make_member(record)
    for kind, state in kinds.items():
        imaging.make_conclusion(member, ConclusionKind(kind), state, at=at)
    return member


def messages(template: str) -> list[tuple[str, int | None]]:
    rows = OutboxMessage.objects.filter(template=template).order_by("pk")
    return [(row.channel, row.user_id) for row in rows]


def test_lock_is_announced_with_receipt_and_event(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    imaging.make_photo(record)
    imaging.make_campaign(title='2026 届"毕业"图像校对')
    member = concluded(record, now, PHOTO=Conclusion.CORRECT, DATA=Conclusion.INCORRECT)
    locks_at = now + timedelta(hours=24)

    assert announce_locks(now=locks_at - SECOND) == 0
    assert announce_locks(now=locks_at) == 2
    assert announce_locks(now=locks_at + SECOND) == 0

    rows = VerificationConclusion.objects.filter(round__member=member)
    assert {row.lock_announced_at for row in rows} == {locks_at}
    events = list(AuditEvent.objects.filter(action="verification.locked").order_by("pk"))
    assert [
        (each.occurred_at, each.actor_label, each.object_type, each.subject_id, each.details)
        for each in events
    ] == [
        (
            locks_at,
            "系统",
            "imaging.verificationconclusion",
            str(record.pk),
            {"kind": row.kind, "state": row.state},
        )
        for row in rows.order_by("pk")
    ]
    assert messages("verification_locked") == [("EMAIL", alice.pk), ("NOTICE", alice.pk)]
    notice = OutboxMessage.objects.get(template="verification_locked", channel=Channel.NOTICE)
    assert notice.params == {
        "campaign": '2026 届"毕业"图像校对',
        "data": "INCORRECT",
        "photo": "CORRECT",
        "locked_at": "2026-06-13T06:32:00Z",
    }
    assert notice.sent_at == locks_at
    assert outbox.rendered(notice) == (
        "核对已锁定",
        (
            '2026 届"毕业"图像校对：你的核对结论已于 6月13日（星期六）14:32 锁定。照片：正确。信息：有误。'
            "有误的部分会转成勘误，进度登录后可以看到。"
        ),
    )


def test_receipt_reaches_the_contact_that_is_proved(
    alice: User, record: StudentRecord, now: datetime, mailoutbox
) -> None:
    concluded(record, now, DATA=Conclusion.CORRECT)
    announce_locks(now=now + timedelta(hours=24))

    outbox.deliver_pending(now=now + timedelta(hours=25))

    assert [mail.to for mail in mailoutbox] == [["alice@example.test"]]
    assert "信息：正确。登录后可以看回执。" in mailoutbox[0].body
    sent = OutboxMessage.objects.get(channel=Channel.EMAIL)
    assert (sent.recipient, sent.sent_at) == (None, now + timedelta(hours=25))


def test_receipt_without_a_proved_contact_is_given_up(
    alice: User, record: StudentRecord, now: datetime, mailoutbox
) -> None:
    EmailAddress.objects.filter(user=alice).update(verified=False)
    concluded(record, now, DATA=Conclusion.CORRECT)
    announce_locks(now=now + timedelta(hours=24))

    outbox.deliver_pending(now=now + timedelta(hours=25))

    message = OutboxMessage.objects.get(channel=Channel.EMAIL)
    assert mailoutbox == []
    assert (message.sent_at, message.last_error) == (None, "没有可用的联系方式")


def test_student_with_a_phone_gets_an_sms(record: StudentRecord, now: datetime) -> None:
    user = people.make_user(phone="+8613800000001")
    enrolment.bind(record, people.make_identity(user, number=record.id_number))
    concluded(record, now, DATA=Conclusion.CORRECT)

    announce_locks(now=now + timedelta(days=2))

    assert messages("verification_locked") == [("SMS", user.pk), ("NOTICE", user.pk)]


def test_batches_keep_a_round_together(now: datetime, record: StudentRecord, alice: User) -> None:
    imaging.make_photo(record)
    concluded(record, now, PHOTO=Conclusion.CORRECT, DATA=Conclusion.CORRECT)
    for offset in range(3):
        other = enrolment.make_record()
        user = people.make_user()
        enrolment.bind(other, people.make_identity(user, number=other.id_number))
        concluded(other, now + offset * SECOND, DATA=Conclusion.CORRECT)

    first = announce_locks(now=now + timedelta(days=2), limit=2)
    rest = announce_locks(now=now + timedelta(days=2))

    assert (first, rest) == (2, 3)
    assert len(messages("verification_locked")) == 8


def test_round_is_opened_when_the_photo_was_replaced(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    imaging.make_photo(record)
    member = concluded(record, now, PHOTO=Conclusion.CORRECT, DATA=Conclusion.CORRECT)
    data = VerificationConclusion.objects.get(round__member=member, kind=DATA)
    assert open_due_rounds(now=now) == 0
    imaging.make_photo(record)

    assert open_due_rounds(now=now) == 1
    assert open_due_rounds(now=now) == 0

    opened = VerificationRound.objects.get(member=member, is_current=True)
    assert (opened.round_no, opened.cause, opened.opened_by) == (
        2,
        RoundCause.PHOTO_CHANGED,
        "系统",
    )
    assert {row.kind: (row.pk, row.state) for row in opened.conclusions.all()} == {
        "DATA": (data.pk, Conclusion.CORRECT),
        "PHOTO": (opened.conclusions.get(kind=PHOTO).pk, Conclusion.PENDING),
    }
    assert messages("verification_again") == [("NOTICE", alice.pk), ("EMAIL", alice.pk)]
    event = AuditEvent.objects.get(action="verification.reopened")
    assert event.details == {"cause": "PHOTO_CHANGED", "kinds": ["PHOTO"]}
    notice = OutboxMessage.objects.get(template="verification_again", channel=Channel.NOTICE)
    assert outbox.rendered(notice) == (
        "照片换了，请重新核对",
        (
            "2026 届毕业图像校对：你的照片换了新的一版，原来的结论不再有效。"
            "请在 6月16日（星期二）23:00 以前登录重新核对。"
        ),
    )


def test_lock_of_what_stayed_behind_is_not_announced(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    imaging.make_photo(record)
    concluded(record, now, PHOTO=Conclusion.CORRECT, DATA=Conclusion.CORRECT)
    imaging.make_photo(record)
    open_due_rounds(now=now)

    assert announce_locks(now=now + timedelta(days=2)) == 1

    event = AuditEvent.objects.get(action="verification.locked")
    assert event.details == {"kind": "DATA", "state": "CORRECT"}


def test_round_opened_after_the_deadline_gives_time(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    imaging.make_photo(record)
    member = concluded(record, now, PHOTO=Conclusion.CORRECT, DATA=Conclusion.CORRECT)
    late = imaging.FREEZE + timedelta(hours=1)
    imaging.make_photo(record, at=late)

    open_due_rounds(now=late)

    member.refresh_from_db()
    assert (member.closes_at, member.sheet_freeze_at) == (
        late + timedelta(hours=72),
        late + timedelta(hours=72),
    )
    assert Extension.objects.get().record == record


def test_changed_key_field_reopens_both_when_it_is_the_name(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    imaging.make_photo(record)
    member = concluded(record, now, PHOTO=Conclusion.CORRECT, DATA=Conclusion.CORRECT)
    StudentRecord.objects.update(key_digest="0" * 32, identity_digest="1" * 32)

    open_due_rounds(now=now)

    opened = VerificationRound.objects.get(member=member, is_current=True)
    assert {row.state for row in opened.conclusions.all()} == {Conclusion.PENDING}


@pytest.mark.parametrize("why", ["left the school", "removed", "older campaign"])
def test_round_is_left_alone_where_nobody_verifies_any_more(
    why: str, alice: User, record: StudentRecord, now: datetime
) -> None:
    member = concluded(record, now, DATA=Conclusion.CORRECT)
    StudentRecord.objects.update(key_digest="0" * 32)
    if why == "left the school":
        StudentRecord.objects.update(enrollment_status=EnrollmentStatus.WITHDRAWN)
    elif why == "removed":
        member.removed_at, member.removed_by = now, "李老师"
        member.save()
    else:
        imaging.make_member(
            record,
            imaging.make_campaign(kind=CampaignKind.GRADUATION, opens_at=imaging.OPENS + SECOND),
        )

    assert open_due_rounds(now=now) == 0
