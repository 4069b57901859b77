"""A rehearsal goes whole, with its files; nothing real ever goes with it, and nothing else does."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.files.storage import default_storage
from django.db.models import Model, ProtectedError

from accounts.models import User
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent, OutboxMessage, StoredFile
from corrections.models import CorrectionRequest, Evidence, PackedCase, ProvincePack
from corrections.states import RequestState
from enrollment.models import School, StudentRecord
from imaging.models import (
    Campaign,
    CampaignMember,
    CaptureEntry,
    PhotoBatch,
    PhotoClaim,
    PhotoVersion,
    RehearsalWipe,
    VerificationConclusion,
)
from imaging.states import ConclusionKind
from imaging.states.rehearsal import WipeState
from tests.factories import enrolment
from tests.factories.corrections import make_request
from tests.factories.imaging import CLOSES, make_campaign, make_conclusion, make_member, make_photo
from tests.factories.racing import together
from tests.factories.rehearsal import TITLE, make_rehearsal
from xuexin.rehearsal import wiping
from xuexin.rehearsal.parts import PARTS
from xuexin.rehearsal.scope import FILES, foresee
from xuexin.rehearsal.wiping import STALE_AFTER, ask_wipe, resume_wipes, wipe_rehearsal

pytestmark = [pytest.mark.unit, pytest.mark.django_db]
SECOND = timedelta(seconds=1)


@pytest.fixture
def now() -> datetime:
    """When the rehearsal is over."""
    return CLOSES


@pytest.fixture
def rehearsal(record: StudentRecord, alice: User, chen: User, li: User, now: datetime) -> Campaign:
    return make_rehearsal(record, alice, chen, li, now=now)


def ask(campaign: Campaign, actor: User, now: datetime, **given: str) -> RehearsalWipe:
    return ask_wipe(
        campaign=campaign, actor=actor, now=now, **{"title": TITLE, "reason": "演练结束"} | given
    )


def wiped(campaign: Campaign, actor: User, now: datetime) -> RehearsalWipe:
    """Asked for and carried out."""
    wipe = ask(campaign, actor, now)
    wipe_rehearsal(wipe_id=wipe.pk, now=now)
    return RehearsalWipe.objects.get(pk=wipe.pk)


def left() -> dict[str, int]:
    """Rows of every table of which a rehearsal has some."""
    return {part.label: part.model._base_manager.count() for part in PARTS}


def test_everything_goes_and_the_figures_are_what_was_foreseen(
    rehearsal: Campaign, record: StudentRecord, li: User, now: datetime
) -> None:
    events = AuditEvent.objects.count()
    keys = list(StoredFile.objects.values_list("key", flat=True))
    foreseen = foresee(rehearsal).counts
    assert len(foreseen) > 30
    assert foreseen[FILES] == len(keys) == 7

    wipe = wiped(rehearsal, li, now)

    assert (wipe.state, wipe.campaign, wipe.failure) == (WipeState.DONE, None, "")
    assert wipe.wiped == wipe.foreseen == foreseen
    assert {name: count for name, count in left().items() if count} == {}
    assert not Campaign.objects.exists()
    assert not ProvincePack.objects.exists()
    assert not StoredFile.objects.exists()
    assert [key for key in keys if default_storage.exists(key)] == []
    assert StudentRecord.objects.filter(pk=record.pk).exists()
    assert AuditEvent.objects.count() == events + 2
    (ended,) = AuditEvent.objects.filter(action="rehearsal.wiped")
    assert ended.reason == "演练结束"
    assert ended.details["files"] == 7
    assert ended.details["rows"] == wipe.total == wipe.progress
    assert "批次成员 2" in ended.details["wiped"]


def test_another_campaign_of_the_same_people_keeps_all_of_its_own(
    rehearsal: Campaign, record: StudentRecord, alice: User, li: User, now: datetime
) -> None:
    other = make_campaign()
    own = make_photo(enrolment.make_record())
    PhotoBatch.objects.filter(entries__versions=own).update(campaign=other)
    member = make_member(record, other)
    mine = make_conclusion(member, ConclusionKind.DATA)
    OutboxMessage.objects.create(
        key="x", channel="EMAIL", template="deadline_moved", user=alice, created_at=now, due_at=now
    )
    direct = CorrectionRequest.objects.create(
        record=record,
        kind=ConclusionKind.PHOTO,
        submitted_at=now,
        submitted_by="本人",
        state=RequestState.SUBMITTED,
    )

    wiped(rehearsal, li, now)

    assert list(Campaign.objects.all()) == [other]
    assert list(CampaignMember.objects.all()) == [member]
    assert VerificationConclusion.objects.filter(pk=mine.pk).exists()
    assert list(CorrectionRequest.objects.all()) == [direct]
    assert list(PhotoVersion.objects.all()) == [own]
    assert default_storage.exists(own.entry.published.key)
    assert OutboxMessage.objects.filter(key="x").exists()


def test_photos_that_another_campaign_rests_on_stay(
    rehearsal: Campaign, record: StudentRecord, li: User, now: datetime
) -> None:
    photo = PhotoVersion.objects.get()
    seen = make_conclusion(make_member(record, make_campaign()), ConclusionKind.PHOTO)
    assert seen.seen_photo == photo
    assert foresee(rehearsal).kept_batches == 1

    wipe = wiped(rehearsal, li, now)

    assert wipe.state == WipeState.DONE
    assert PhotoVersion.objects.get() == photo
    assert default_storage.exists(photo.entry.published.key)
    assert PhotoBatch.objects.get().campaign is None


def test_pack_for_the_province_with_other_cases_keeps_them(
    rehearsal: Campaign, li: User, now: datetime
) -> None:
    kept = make_request(
        enrolment.make_record(),
        RequestState.AWAITING_PROVINCE,
        member=make_member(enrolment.make_record(), make_campaign()),
    )
    pack = ProvincePack.objects.get()
    PackedCase.objects.create(pack=pack, request=kept, digest="-")

    wiped(rehearsal, li, now)

    assert list(ProvincePack.objects.all()) == [pack]
    assert list(PackedCase.objects.values_list("request", flat=True)) == [kept.pk]
    assert default_storage.exists(pack.file.key)


def test_ordinary_campaign_is_never_wiped(
    rehearsal: Campaign, record: StudentRecord, li: User, now: datetime
) -> None:
    real = make_campaign()

    with pytest.raises(NotAllowedError, match="永远不能"):
        ask(real, li, now, title=real.title)
    # A row that was tampered with in the database is looked at again before every step.
    wipe = RehearsalWipe.objects.create(
        campaign=real, title=real.title, reason="改了库", asked_at=now, asked_by="测试"
    )
    make_member(record, real)
    assert not wipe_rehearsal(wipe_id=wipe.pk, now=now)

    wipe.refresh_from_db()
    assert (wipe.state, wipe.wiped, wipe.failure[:9]) == (
        WipeState.WIPING,
        {},
        "只有演示学校的演练",
    )
    assert real.members.count() == 1


def test_campaign_that_stops_being_a_rehearsal_between_two_steps_keeps_the_rest(
    rehearsal: Campaign, li: User, now: datetime
) -> None:
    wipe = ask(rehearsal, li, now)
    lease = wiping._Lease(wipe.pk, now=now)
    assert lease.take() is not None
    part = PARTS[-1]
    pks = list(part.rows(rehearsal).values_list("pk", flat=True))
    Campaign.objects.filter(pk=rehearsal.pk).update(is_rehearsal=False, title="真的批次")

    with pytest.raises(StaleStateError, match="不再是演练"):
        wiping._wipe_step(part, pks, rehearsal, lease)

    assert rehearsal.members.count() == 2


def step_of(
    model: type[Model], campaign: Campaign, wipe: RehearsalWipe, now: datetime
) -> tuple[wiping._Lease, Callable[[], None], list[str]]:
    """The lease, the step of one table in it, and where its files lie."""
    lease = wiping._Lease(wipe.pk, now=now)
    assert lease.take() is not None
    (part,) = (part for part in PARTS if part.model is model)
    rows = part.rows(campaign)
    pks = list(rows.values_list("pk", flat=True))
    keys = [key for name in part.files for key in rows.values_list(f"{name}__key", flat=True)]
    return lease, lambda: wiping._wipe_step(part, pks, campaign, lease), keys


def test_step_that_something_forbids_destroys_no_bytes(
    rehearsal: Campaign, li: User, now: datetime
) -> None:
    wipe = ask(rehearsal, li, now)
    lease, step, keys = step_of(CaptureEntry, rehearsal, wipe, now)

    with pytest.raises(ProtectedError):
        step()

    assert [default_storage.exists(key) for key in keys] == [True, True]
    lease.write(failure="还握着")  # what was rolled back took nothing from the lease


def test_step_of_a_lost_lease_destroys_no_bytes(
    rehearsal: Campaign, li: User, now: datetime
) -> None:
    wipe = ask(rehearsal, li, now)
    _, step, keys = step_of(Evidence, rehearsal, wipe, now)
    RehearsalWipe.objects.filter(pk=wipe.pk).update(heartbeat_at=now + SECOND)

    with pytest.raises(StaleStateError, match="接手"):
        step()

    assert [default_storage.exists(key) for key in keys] == [True]
    assert Evidence.objects.count() == 1


def test_step_of_what_is_no_rehearsal_any_more_destroys_no_bytes(
    rehearsal: Campaign, li: User, now: datetime
) -> None:
    wipe = ask(rehearsal, li, now)
    _, step, keys = step_of(Evidence, rehearsal, wipe, now)
    Campaign.objects.filter(pk=rehearsal.pk).update(is_rehearsal=False, title="真的批次")

    with pytest.raises(StaleStateError, match="不再是演练"):
        step()

    assert [default_storage.exists(key) for key in keys] == [True]
    assert Evidence.objects.count() == 1


def test_file_that_something_else_points_to_keeps_its_bytes(
    rehearsal: Campaign, li: User, now: datetime
) -> None:
    wipe = ask(rehearsal, li, now)
    _, step, keys = step_of(Evidence, rehearsal, wipe, now)
    file = Evidence.objects.get().file
    PhotoBatch.objects.update(file=file)

    step()

    assert not Evidence.objects.exists()
    assert [default_storage.exists(key) for key in keys] == [True]
    assert StoredFile.objects.filter(pk=file.pk).exists()


def test_anything_of_a_real_school_forbids_it(
    rehearsal: Campaign, alice: User, li: User, now: datetime
) -> None:
    real = School.objects.create(code="19999", name="远岭学院")
    stranger = enrolment.make_record(school=real)
    PhotoClaim.objects.create(
        record=stranger,
        entry=PhotoVersion.objects.get().entry,
        claimant=alice,
        has_seen=True,
        submitted_at=now,
        submitted_by="本人",
        due_at=now,
    )
    before = left()
    with pytest.raises(NotAllowedError, match="照片认领"):
        ask(rehearsal, li, now)

    PhotoClaim.objects.all().delete()
    rehearsal.schools.add(real)
    with pytest.raises(NotAllowedError, match="永远不能"):
        ask(rehearsal, li, now)

    assert left() == before | {"照片认领": 0}


@pytest.mark.parametrize("who", ["alice", "chen", "secretary", "leader", "auditor", "eve"])
def test_only_the_registrar_wipes(
    who: str, rehearsal: Campaign, now: datetime, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(NotAllowedError, match="只有教务处"):
        ask(rehearsal, request.getfixturevalue(who), now)

    assert not RehearsalWipe.objects.exists()


def test_title_and_reason_are_asked_for(rehearsal: Campaign, li: User, now: datetime) -> None:
    with pytest.raises(InvalidInputError, match="要写：【演练】毕业校对"):
        ask(rehearsal, li, now, title="毕业校对")
    with pytest.raises(InvalidInputError, match="为什么"):
        ask(rehearsal, li, now, reason=" ")


def test_killed_worker_is_followed_by_the_sweep(
    rehearsal: Campaign, li: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    wipe = ask(rehearsal, li, now)
    steps = iter(range(12))
    step = wiping._wipe_step

    def dying(*args: object) -> None:
        if next(steps, None) is None:
            raise KeyboardInterrupt
        step(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(wiping, "_wipe_step", dying)
    with pytest.raises(KeyboardInterrupt):
        wipe_rehearsal(wipe_id=wipe.pk, now=now)
    monkeypatch.undo()

    wipe.refresh_from_db()
    assert 0 < wipe.progress < wipe.total
    beat = wipe.heartbeat_at
    assert beat is not None
    assert not wipe_rehearsal(wipe_id=wipe.pk, now=now + SECOND)
    assert resume_wipes(now=beat + STALE_AFTER - SECOND) == 0
    assert resume_wipes(now=beat + STALE_AFTER + SECOND) == 1
    assert resume_wipes(now=beat + 3 * STALE_AFTER) == 0
    wipe.refresh_from_db()
    assert (wipe.state, wipe.wiped) == (WipeState.DONE, wipe.foreseen)


def test_lost_task_is_found_by_the_sweep(rehearsal: Campaign, li: User, now: datetime) -> None:
    ask(rehearsal, li, now)

    assert resume_wipes(now=now + STALE_AFTER - SECOND) == 0
    assert resume_wipes(now=now + STALE_AFTER) == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_ask_at_once_one_does(rehearsal: Campaign, li: User, now: datetime) -> None:
    told = together([lambda: ask(rehearsal, li, now)] * 2)

    assert sorted(told) == ["", "这个演练已经在清除。"]
    assert RehearsalWipe.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_wipes(rehearsal: Campaign, li: User, now: datetime) -> None:
    wipe = ask(rehearsal, li, now)

    together([lambda: wipe_rehearsal(wipe_id=wipe.pk, now=now)] * 2)

    wipe.refresh_from_db()
    assert (wipe.state, wipe.wiped) == (WipeState.DONE, wipe.foreseen)
    assert AuditEvent.objects.filter(action="rehearsal.wiped").count() == 1
