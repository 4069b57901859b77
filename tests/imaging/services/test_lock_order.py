"""What touches the same rows takes them in one order: one waits for the other, and none is stopped."""

from datetime import datetime, timedelta
from threading import get_ident
from typing import Any

import pytest

from accounts.models import User
from accounts.states import Role
from enrollment.models import ClassGroup, StudentRecord
from enrollment.states import EnrollmentStatus
from imaging.models import CampaignMember, CaptureEntry, PhotoVersion
from imaging.services import batch_store, rounds, verification
from imaging.services.campaign import grant_extension, move_deadlines
from imaging.services.membership import follow_statuses
from imaging.services.rematch import rematch_unmatched
from imaging.services.repair import carrying, confirm_repair, propose_replace
from imaging.services.sweeps import open_due_rounds
from imaging.services.verification import withdraw
from imaging.services.versions import put_forward
from imaging.states import ConclusionKind, MatchState
from tests.factories import enrolment, imaging, people
from tests.factories.imaging import portrait
from tests.factories.racing import Meeting
from tests.imaging.services.deliveries import deliver, entry_named, marked

pytestmark = [pytest.mark.unit, pytest.mark.django_db(transaction=True)]

DATA, PHOTO = ConclusionKind.DATA, ConclusionKind.PHOTO
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def extend(member: CampaignMember, actor: User, now: datetime) -> None:
    campaign = member.campaign
    grant_extension(
        campaign=campaign,
        class_group=member.class_group,
        closes_at=campaign.closes_at + 3 * DAY,
        sheet_freeze_at=campaign.sheet_freeze_at + 3 * DAY,
        reason="病假",
        actor=actor,
        now=now,
    )


def test_next_round_and_an_extension(
    record: StudentRecord, li: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    now += 2 * DAY
    member = imaging.make_member(record)
    imaging.make_conclusion(member, DATA, at=now - HOUR)
    StudentRecord.objects.filter(pk=record.pk).update(key_digest="f" * 32)
    meeting, give_time = Meeting(), rounds._give_time

    def slow(*args: Any, **kwargs: Any) -> Any:
        meeting.stop()
        return give_time(*args, **kwargs)

    monkeypatch.setattr(rounds, "_give_time", slow)

    told = meeting.told(lambda: open_due_rounds(now=now), lambda: extend(member, li, now))

    assert told == ["", ""]
    member.refresh_from_db()
    assert member.closes_at == member.campaign.closes_at + 3 * DAY
    assert member.rounds.count() == 2


@pytest.mark.parametrize("order", [(DATA, PHOTO), (PHOTO, DATA)])
def test_both_conclusions_and_an_extension(
    order: tuple[ConclusionKind, ...],
    alice: User,
    record: StudentRecord,
    li: User,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    imaging.make_photo(record)
    member = imaging.make_member(record)
    for kind in order:
        imaging.make_conclusion(member, kind, at=now - HOUR)
    meeting, swap = Meeting(), verification._swap

    def slow(*args: Any, **kwargs: Any) -> None:
        swap(*args, **kwargs)
        meeting.stop()

    monkeypatch.setattr(verification, "_swap", slow)

    told = meeting.told(
        lambda: withdraw(member=member, kinds=[DATA, PHOTO], actor=alice, now=now),
        lambda: extend(member, li, now),
    )

    assert told == ["", ""]


def test_status_sweep_and_a_moved_campaign(
    class_group: ClassGroup, li: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (
        imaging.make_member(
            enrolment.make_record(
                class_group=class_group, enrollment_status=EnrollmentStatus.WITHDRAWN
            )
        )
        for _ in range(2)
    )
    # A row that was written again lies behind the other one.
    other = enrolment.make_class(name="汉语言文学 2203 班")
    CampaignMember.objects.filter(pk=first.pk).update(class_group=other)
    meeting, status_at, seen = Meeting(), StudentRecord.status_at, []

    def slow(self: StudentRecord, at: datetime) -> Any:
        seen.append(get_ident())
        if seen.count(seen[0]) == 2:
            meeting.stop()
        return status_at(self, at)

    monkeypatch.setattr(StudentRecord, "status_at", slow)
    campaign = second.campaign

    told = meeting.told(
        lambda: follow_statuses(now=now),
        lambda: move_deadlines(
            campaign=campaign,
            closes_at=campaign.closes_at + 3 * DAY,
            sheet_freeze_at=campaign.sheet_freeze_at + 3 * DAY,
            reason="延期",
            actor=li,
            now=now,
        ),
    )

    assert told == ["", ""]


def test_sweep_that_matches_again_and_a_delivery(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [people.make_number(serial) for serial in (812, 813)]
    deliver({f"202204123{4 + each}.jpg": portrait(1 + each) for each in range(2)}, now=now)
    for each, number in enumerate(numbers):
        enrolment.make_record(student_no=f"202204123{4 + each}", id_number=number)
    meeting, fields, calls = Meeting(), batch_store.ChunkWriter._fields, []

    def slow(self: batch_store.ChunkWriter, photo: Any) -> Any:
        calls.append(photo)
        if len(calls) == 2:
            meeting.stop()
        return fields(self, photo)

    monkeypatch.setattr(batch_store.ChunkWriter, "_fields", slow)
    again = {f"{numbers[each]}.jpg": portrait(1 + each) for each in (1, 0)}

    told = meeting.told(lambda: deliver(again, now=now), lambda: rematch_unmatched(now=now))

    assert told == ["", ""]
    assert len(calls) == 2
    assert set(CaptureEntry.objects.values_list("state", flat=True)) == {MatchState.MATCHED}


def test_repair_and_a_delivery_for_the_same_records(
    li: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    wang = people.make_staff(Role.REGISTRAR, "wang@example.test")
    loser, winner = (enrolment.make_record(student_no=f"202204123{each}") for each in (4, 5))
    for each in (winner, loser):
        deliver({f"{each.student_no}.jpg": portrait(each.pk)}, now=now)
    repair = propose_replace(
        entry=entry_named("2022041234.jpg"),
        record=winner,
        is_former_wrong=False,
        reason="是另一位的照片",
        actor=li,
        now=now,
    )
    meeting = Meeting()

    def slow(*args: Any, **kwargs: Any) -> Any:
        meeting.stop()
        return put_forward(*args, **kwargs)

    monkeypatch.setattr(carrying, "put_forward", slow)
    later = {f"{each.student_no}.jpg": marked(each.pk) for each in (loser, winner)}

    told = meeting.told(
        lambda: confirm_repair(repair=repair, reason="看过了", actor=wang, now=now),
        lambda: deliver(later, now=now),
    )

    assert told == ["", ""]
    assert PhotoVersion.objects.filter(record=loser).count() == 2
    assert PhotoVersion.objects.filter(record=winner).count() == 3
