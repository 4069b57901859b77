"""自己交照片, the school's side: one looks, takes in or returns; a locked photo needs a second person."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from accounts.states import Role
from common import files, outbox
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent, Channel, OutboxMessage, StoredFile
from imaging.models import CampaignMember, CaptureEntry, OwnPhoto, PhotoRepair, PhotoVersion
from imaging.policies import own_photo_actions
from imaging.selectors.capture_plan import plan_of
from imaging.selectors.own_photo import own_standing
from imaging.services.own_photos import measure_own, send_own, withdraw_own
from imaging.services.own_review import (
    accept_own,
    claim_own,
    release_own,
    return_own,
    take_over_own,
    upload_for,
)
from imaging.services.renditions import rendition_of
from imaging.services.repair import confirm_repair, drop_repair
from imaging.states import (
    Conclusion,
    ConclusionKind,
    MatchState,
    RenditionUse,
    RepairState,
)
from imaging.states.own_photo import (
    OwnPhotoAction,
    OwnPhotoState,
    PhotoChannel,
    ReturnReason,
)
from tests.factories import enrolment, imaging, own_photo, people
from tests.imaging.photos import jpeg, picture

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

DAY = timedelta(days=1)


@pytest.fixture
def wang(db: None) -> User:
    """Another registrar."""
    return people.make_staff(Role.REGISTRAR, "wang@example.test")


@pytest.fixture
def member(alice: User, record: object) -> CampaignMember:
    """Alice in a campaign that takes own photos."""
    member = imaging.make_member(record)  # type: ignore[arg-type]
    own_photo.make_channels(member.campaign)
    return member


@pytest.fixture
def sent(alice: User, member: CampaignMember, now: datetime) -> OwnPhoto:
    draft = measure_own(
        record=member.record,
        channel=PhotoChannel.CAMERA,
        data=jpeg(picture((900, 1200))),
        actor=alice,
        now=now,
    )
    return send_own(photo=draft, actor=alice, now=now)


def fresh(photo: OwnPhoto) -> OwnPhoto:
    return OwnPhoto.objects.select_related(
        "member__record__school", "member__campaign__profile", "original", "published", "entry"
    ).get(pk=photo.pk)


def test_accepted_photo_is_the_records_and_leads_back_to_its_shot(
    alice: User, li: User, sent: OwnPhoto, now: datetime
) -> None:
    claim_own(photo=sent, actor=li, now=now)
    accept_own(photo=fresh(sent), actor=li, now=now + DAY / 2)

    done = fresh(sent)
    assert (done.state, done.ended_by) == (OwnPhotoState.ACCEPTED, li.actor_label)
    entry = done.entry
    assert entry is not None
    assert (entry.state, entry.record) == (MatchState.MATCHED, sent.member.record)
    assert (entry.original_id, entry.published_id) == (done.original_id, done.published_id)
    assert entry.batch.campaign == sent.member.campaign
    assert entry.batch.file_count == 1
    version = PhotoVersion.objects.get(record=sent.member.record, is_current=True)
    assert version.entry == entry
    print_file = rendition_of(entry=entry, use=RenditionUse.PRINT, now=now)
    assert len(files.read(print_file)) > len(files.read(entry.published))
    told = OutboxMessage.objects.filter(user=alice, template="own_photo_accepted")
    assert sorted(told.values_list("channel", flat=True)) == [Channel.EMAIL, Channel.NOTICE]
    text = outbox.rendered(told[0])[1]
    assert "收下了" in text
    assert "6月16日（星期二）23:00" in text
    events = AuditEvent.objects.filter(object_type="imaging.ownphoto").order_by("pk")
    assert list(events.values_list("action", flat=True)) == [
        "ownphoto.sent",
        "ownphoto.claimed",
        "ownphoto.accepted",
    ]
    assert set(events.values_list("subject_id", flat=True)) == {str(sent.member.record_id)}


def test_only_who_claimed_it_decides(
    li: User, wang: User, auditor: User, chen: User, sent: OwnPhoto, now: datetime
) -> None:
    assert own_photo_actions(li, sent) == [OwnPhotoAction.CLAIM]
    assert own_photo_actions(auditor, sent) == own_photo_actions(chen, sent) == []
    with pytest.raises(StaleStateError):
        accept_own(photo=sent, actor=li, now=now)
    claim_own(photo=sent, actor=li, now=now)

    assert own_photo_actions(wang, sent) == [OwnPhotoAction.TAKE_OVER]
    for act in (accept_own, release_own):
        with pytest.raises(NotAllowedError, match="另一位老师在看"):
            act(photo=fresh(sent), actor=wang, now=now)
    take_over_own(photo=fresh(sent), actor=wang, now=now + DAY)
    with pytest.raises(StaleStateError):
        accept_own(photo=sent, actor=li, now=now)
    release_own(photo=fresh(sent), actor=wang, now=now)
    assert fresh(sent).state == OwnPhotoState.SENT
    assert fresh(sent).claimed_at is None


def test_nobody_looks_at_the_own_photo(li: User, record: object, now: datetime) -> None:
    own = enrolment.make_record(student_no="2022040999")
    enrolment.bind(own, people.make_identity(li, name=own.name, number=own.id_number))
    member = imaging.make_member(own)
    photo = own_photo.make_own_photo(member, at=now)

    with pytest.raises(NotAllowedError, match="自己的照片"):
        claim_own(photo=photo, actor=li, now=now)
    with pytest.raises(NotAllowedError, match="自己的学籍"):
        upload_for(record=own, data=jpeg(), reason="邮件", actor=li, now=now)


def test_returned_with_reasons_and_words_that_are_kept_sealed(
    alice: User, li: User, sent: OwnPhoto, now: datetime
) -> None:
    claim_own(photo=sent, actor=li, now=now)
    for reasons, answer, said in (
        ([], "", "至少选一条"),
        ([ReturnReason.OTHER], " ", "写一句"),
        ([ReturnReason.LIGHT], "长" * 301, "300 字"),
    ):
        with pytest.raises(InvalidInputError, match=said):
            return_own(photo=sent, reasons=reasons, answer=answer, actor=li, now=now)
    return_own(
        photo=sent,
        reasons=[ReturnReason.OTHER, ReturnReason.BACKGROUND],
        answer="门框在画面里",
        actor=li,
        now=now,
    )

    done = fresh(sent)
    assert (done.state, done.answer) == (OwnPhotoState.RETURNED, "门框在画面里")
    assert done.reason_labels == ["背景要换", "别的原因，见老师的话"]
    assert not CaptureEntry.objects.exists()
    told = OutboxMessage.objects.filter(user=alice, template="own_photo_returned")
    said = outbox.rendered(told[0])[1]
    assert "请你重拍一张。要改的是：背景要换；别的原因，见老师的话。怎样改" in said
    kept = [*AuditEvent.objects.values_list("details", flat=True)]
    kept += [*OutboxMessage.objects.values_list("params", flat=True)]
    assert "门框" not in str(kept)
    plan = plan_of(done.member.record, now=now)
    assert plan is not None
    assert own_standing(plan, alice).left == 2


def test_withdrawn_photo_is_not_accepted(
    alice: User, li: User, sent: OwnPhoto, now: datetime
) -> None:
    claim_own(photo=sent, actor=li, now=now)
    seen = fresh(sent)
    withdraw_own(photo=fresh(sent), actor=alice, now=now)

    with pytest.raises(StaleStateError, match="撤回"):
        accept_own(photo=seen, actor=li, now=now)
    assert not CaptureEntry.objects.exists()
    assert not PhotoVersion.objects.exists()


def locked(member: CampaignMember, now: datetime) -> PhotoVersion:
    """Alice's photo, locked as wrong."""
    former = imaging.make_photo(member.record)
    imaging.make_conclusion(member, ConclusionKind.PHOTO, Conclusion.INCORRECT, at=now - 3 * DAY)
    return former


def test_locked_photo_stays_until_a_second_person_agrees(
    alice: User, li: User, wang: User, member: CampaignMember, now: datetime
) -> None:
    former = locked(member, now)
    photo = own_photo.make_own_photo(member, at=now)
    claim_own(photo=photo, actor=li, now=now)
    accept_own(photo=fresh(photo), actor=li, now=now)

    done = fresh(photo)
    assert done.entry is not None
    assert (done.entry.state, done.entry.record) == (MatchState.AMBIGUOUS, None)
    assert PhotoVersion.objects.get(record=member.record, is_current=True) == former
    repair = PhotoRepair.objects.get()
    assert (repair.state, repair.proposer) == (RepairState.PROPOSED, li)
    told = OutboxMessage.objects.filter(user=alice, template="own_photo_accepted")
    assert "另一位老师确认以后才会换上" in outbox.rendered(told[0])[1]
    plan = plan_of(member.record, now=now)
    assert plan is not None
    assert own_standing(plan, alice).is_settling
    with pytest.raises(NotAllowedError):
        confirm_repair(repair=repair, reason="看过，是本人", actor=li, now=now)
    confirm_repair(repair=repair, reason="看过，是本人", actor=wang, now=now)

    current = PhotoVersion.objects.get(record=member.record, is_current=True)
    assert current.entry == done.entry


def test_student_may_send_again_when_the_second_person_does_not_agree(
    alice: User, li: User, wang: User, member: CampaignMember, now: datetime
) -> None:
    locked(member, now)
    photo = own_photo.make_own_photo(member, at=now)
    claim_own(photo=photo, actor=li, now=now)
    accept_own(photo=fresh(photo), actor=li, now=now)
    drop_repair(repair=PhotoRepair.objects.get(), reason="不像", actor=wang, now=now)

    plan = plan_of(member.record, now=now)
    assert plan is not None
    standing = own_standing(plan, alice)
    assert not standing.is_settling
    assert standing.left == 2


def test_staff_put_in_a_photo_that_came_by_mail(
    alice: User, li: User, member: CampaignMember, now: datetime
) -> None:
    made = upload_for(record=member.record, data=jpeg(), reason=" 学院邮件转来 ", actor=li, now=now)

    assert (made.state, made.channel) == (OwnPhotoState.ACCEPTED, PhotoChannel.STAFF)
    assert made.attempt_no is None
    current = PhotoVersion.objects.get(record=member.record, is_current=True)
    assert current.entry == made.entry
    event = AuditEvent.objects.get(action="ownphoto.uploaded")
    assert (event.reason, event.subject_id) == ("学院邮件转来", str(member.record_id))
    told = OutboxMessage.objects.filter(user=alice, template="own_photo_accepted")
    assert "教务处替你传了一张照片" in outbox.rendered(told[0])[1]
    plan = plan_of(member.record, now=now)
    assert plan is not None
    assert own_standing(plan, alice).used == 0


def test_staff_upload_is_refused_whole(
    li: User, wang: User, auditor: User, member: CampaignMember, now: datetime
) -> None:
    before = StoredFile.objects.count()
    other = enrolment.make_record(student_no="2022040888")

    with pytest.raises(NotAllowedError):
        upload_for(record=member.record, data=jpeg(), reason="邮件", actor=auditor, now=now)
    with pytest.raises(InvalidInputError, match="理由"):
        upload_for(record=member.record, data=jpeg(), reason=" ", actor=li, now=now)
    with pytest.raises(InvalidInputError, match="先把学籍加入批次"):
        upload_for(record=other, data=jpeg(), reason="邮件", actor=li, now=now)
    with pytest.raises(InvalidInputError, match="太小"):
        upload_for(
            record=member.record, data=jpeg(picture((300, 400))), reason="邮件", actor=li, now=now
        )
    assert StoredFile.objects.count() == before
    assert not PhotoVersion.objects.exists()


def test_staff_upload_does_not_replace_a_locked_photo(
    li: User, member: CampaignMember, now: datetime
) -> None:
    former = locked(member, now)

    upload_for(record=member.record, data=jpeg(), reason="邮件", actor=li, now=now)

    assert PhotoVersion.objects.get(record=member.record, is_current=True) == former
    assert PhotoRepair.objects.get().state == RepairState.PROPOSED
