"""What is due is erased with a proof, once; what is still needed stays."""

import io
import json
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.models import User
from common import audit, files
from common.actors import SYSTEM
from common.files import log_view
from common.models import AuditEvent, Channel, FileView, OutboxMessage, PurgeProof, StoredFile
from common.outbox import Message, queue
from common.retention import dump_proofs, erase_file, load_proofs, purge_again
from corrections.models import Evidence
from corrections.states import RequestState
from enrollment.models import StudentRecord
from imaging.models import CaptureEntry
from imaging.states import ConclusionKind, MatchState
from tests.factories.corrections import make_dispute, make_request, picture_bytes
from tests.factories.imaging import FREEZE, make_member, make_photo
from xuexin.environment import retention_days
from xuexin.retention import RULES, purge_expired

pytestmark = [pytest.mark.unit, pytest.mark.django_db]

HALF_A_YEAR = timedelta(days=180)


def sealed(now: datetime, **fields: object) -> StoredFile:
    """A stored proof."""
    return files.store_sealed(
        io.BytesIO(picture_bytes()),
        kind="evidence",
        content_type="image/jpeg",
        original_name="户口本.jpg",
        now=now,
        actor=SYSTEM,
        **fields,  # type: ignore[arg-type]
    )


def closed_case(record: StudentRecord, now: datetime) -> Evidence:
    """A refused request with one proof."""
    request = make_request(record, RequestState.REFUSED)
    return Evidence.objects.create(request=request, file=sealed(now), added_at=now, added_by="本人")


def test_proof_of_a_closed_case_goes_after_half_a_year(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    proof = closed_case(record, now)
    closed_at = proof.request.closed_at
    assert closed_at is not None

    assert purge_expired(now=closed_at + HALF_A_YEAR - timedelta(seconds=1))["evidence"] == 0
    file = StoredFile.objects.get(pk=proof.file_id)
    assert file.retain_until == closed_at + HALF_A_YEAR
    assert default_storage.exists(file.key)

    later = closed_at + HALF_A_YEAR
    assert purge_expired(now=later)["evidence"] == 1

    assert not default_storage.exists(file.key)
    erased = PurgeProof.objects.get()
    assert (erased.kind, erased.sha256, erased.due_at, erased.erased_at) == (
        "证明材料",
        file.sha256,
        later,
        later,
    )
    assert (erased.subject_id, erased.owner_id) == (str(record.pk), str(alice.pk))
    assert "180 天" in erased.rule
    file.refresh_from_db()
    assert (file.purged_at, file.original_name) == (later, None)
    assert AuditEvent.objects.get(action="data.erased").subject_id == str(record.pk)


def test_second_run_finds_nothing(record: StudentRecord, now: datetime) -> None:
    closed_case(record, now)
    later = now + timedelta(days=400)

    assert purge_expired(now=later)["evidence"] == 1
    assert set(purge_expired(now=later).values()) == {0}
    assert PurgeProof.objects.count() == 1


def test_proof_of_an_open_case_stays_whatever_its_date_says(
    record: StudentRecord, now: datetime
) -> None:
    request = make_request(record, RequestState.OFFICE_REVIEW)
    file = sealed(now, retain_until=now)
    Evidence.objects.create(request=request, file=file, added_at=now, added_by="本人")

    assert purge_expired(now=now + timedelta(days=4_000))["evidence"] == 0
    assert default_storage.exists(file.key)


def test_proof_without_a_case_waits_for_the_freeze(record: StudentRecord, now: datetime) -> None:
    file = sealed(now)
    make_dispute(make_member(record), ConclusionKind.PHOTO, evidence=file)

    assert purge_expired(now=FREEZE + HALF_A_YEAR - timedelta(seconds=1))["evidence"] == 0
    assert purge_expired(now=FREEZE + HALF_A_YEAR)["evidence"] == 1
    assert PurgeProof.objects.get().subject_id == str(record.pk)


def test_replaced_proof_goes_at_once(now: datetime) -> None:
    file = sealed(now, retain_until=now)

    assert purge_expired(now=now)["evidence"] == 1
    assert not default_storage.exists(file.key)


def test_voided_photo_goes_with_its_original(record: StudentRecord, now: datetime) -> None:
    version = make_photo(record)
    version.is_current, version.ended_at, version.ended_by = False, now, "测试"
    version.save()
    CaptureEntry.objects.filter(pk=version.entry_id).update(
        state=MatchState.VOIDED, record=None, settled_at=now, settled_by="测试"
    )
    kept = make_photo(record)

    assert purge_expired(now=now + timedelta(days=364))["voided_photos"] == 0
    assert purge_expired(now=now + timedelta(days=365))["voided_photos"] == 1

    for file in (version.entry.original, version.entry.published):
        assert not default_storage.exists(file.key)
    assert default_storage.exists(kept.entry.published.key)
    assert set(PurgeProof.objects.values_list("subject_id", flat=True)) == {str(record.pk)}


def test_other_files_go_on_the_day_they_carry(now: datetime) -> None:
    due, kept = (
        files.store(
            b"x", kind="claim", content_type="image/jpeg", now=now, actor=SYSTEM, retain_until=until
        )
        for until in (now, now + timedelta(days=1))
    )

    assert purge_expired(now=now)["files"] == 1
    assert (default_storage.exists(due.key), default_storage.exists(kept.key)) == (False, True)


def test_old_notices_messages_and_views_leave_one_proof_a_batch(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    for number in range(3):
        queue(
            Message(
                key=f"k{number}",
                channel=Channel.NOTICE,
                template="identity_bound",
                user_id=alice.pk,
                params={"school": "远山大学"},
            ),
            now=now + timedelta(days=number),
        )
    log_view(sealed(now), viewer=SYSTEM, purpose="核实", now=now, subject_id=str(record.pk))

    done = purge_expired(now=now + timedelta(days=731))

    assert (done["notices"], done["views"]) == (2, 0)
    assert OutboxMessage.objects.count() == 1
    assert PurgeProof.objects.get(kind="站内消息").amount == 2
    assert FileView.objects.count() == 1
    assert purge_expired(now=now + timedelta(days=1_096))["views"] == 1


def test_no_audit_event_ever_goes_and_the_chain_holds(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    audit.record("account.logged_in", actor=alice, now=now, obj=alice)
    closed_case(record, now)
    far = now + timedelta(days=4_000)
    audit.seal(now=far)

    purge_expired(now=far)
    audit.seal(now=far + timedelta(minutes=1))

    assert AuditEvent.objects.filter(action="account.logged_in").exists()
    assert audit.first_broken_link() is None


def test_dry_run_counts_and_touches_nothing(record: StudentRecord, now: datetime) -> None:
    proof = closed_case(record, now)

    due = purge_expired(now=now + timedelta(days=400), dry_run=True)

    assert due["evidence"] == 1
    assert set(due) == {rule.name for rule in RULES}
    file = StoredFile.objects.get(pk=proof.file_id)
    assert (file.retain_until, file.purged_at) == (None, None)
    assert default_storage.exists(file.key)
    assert not PurgeProof.objects.exists()


def test_limit_leaves_the_rest_for_the_next_run(now: datetime) -> None:
    for _ in range(3):
        sealed(now, retain_until=now)

    assert [purge_expired(now=now, limit=2)["evidence"] for _ in range(3)] == [2, 1, 0]


def test_restored_bytes_are_erased_again(now: datetime) -> None:
    file = sealed(now, retain_until=now)
    with default_storage.open(file.key) as stored:
        backup = stored.read()
    purge_expired(now=now)
    default_storage.save(file.key, ContentFile(backup))

    assert purge_again(now=now) == 1

    assert not default_storage.exists(file.key)
    assert purge_again(now=now) == 0
    assert AuditEvent.objects.filter(action="data.erased_again").count() == 1


def test_older_database_learns_from_kept_proofs(now: datetime, tmp_path: Path) -> None:
    file = sealed(now)
    with default_storage.open(file.key) as stored:
        backup = stored.read()
    erase_file(file, kind="证明材料", basis="测试", due_at=now, now=now)
    kept = tmp_path / "proofs.jsonl"
    call_command("purge_expired", "--proofs-to", str(kept), stdout=StringIO())
    # The backup: no proof, the row as it was, the bytes back.
    PurgeProof.objects.all().delete()
    StoredFile.objects.filter(pk=file.pk).update(purged_at=None)
    default_storage.save(file.key, ContentFile(backup))

    out = StringIO()
    call_command("purge_expired", "--again", "--proofs-from", str(kept), stdout=out)

    assert "proofs taken in: 1" in out.getvalue()
    assert "erased again: 1" in out.getvalue()
    assert not default_storage.exists(file.key)
    assert StoredFile.objects.get(pk=file.pk).purged_at is not None


def test_number_used_anew_after_a_restore_is_not_erased(now: datetime) -> None:
    file = sealed(now)
    erase_file(file, kind="证明材料", basis="测试", due_at=now, now=now)
    StoredFile.objects.filter(pk=file.pk).update(purged_at=None, sha256="0" * 64)

    assert purge_again(now=now) == 0
    assert StoredFile.objects.get(pk=file.pk).purged_at is None


def test_line_that_is_no_proof_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text(json.dumps({"kind": "x"}))

    with pytest.raises(ValueError, match="no proof"):
        load_proofs(bad.read_text().splitlines())
    with pytest.raises(CommandError, match="no proof"):
        call_command("purge_expired", "--again", "--proofs-from", str(bad), stdout=StringIO())
    with pytest.raises(CommandError, match="--again"):
        call_command("purge_expired", "--proofs-from", str(bad), stdout=StringIO())


def test_proofs_read_back_are_the_same(now: datetime) -> None:
    sealed(now, retain_until=now)
    purge_expired(now=now)
    lines = list(dump_proofs())

    assert load_proofs(lines) == 0
    PurgeProof.objects.all().delete()
    assert load_proofs(lines) == 1
    assert list(dump_proofs()) == lines


def test_command_says_what_is_due(now: datetime) -> None:
    sealed(now, retain_until=now)

    out = StringIO()
    call_command("purge_expired", "--dry-run", stdout=out)
    assert "evidence (证明材料): 1 due" in out.getvalue()
    out = StringIO()
    call_command("purge_expired", stdout=out)
    assert "evidence (证明材料): 1 erased" in out.getvalue()


@pytest.mark.parametrize("name", ["picture", "thumb", "original"])
def test_erased_photo_is_not_there_at_the_desk(
    name: str, li: User, record: StudentRecord, client_of, now: datetime
) -> None:
    entry = make_photo(record).entry
    for file in (entry.original, entry.published):
        erase_file(file, kind="作废的照片", basis="测试", due_at=now, now=now)

    address = reverse(f"admin:imaging_captureentry_{name}", args=[entry.pk])

    assert client_of(li).get(address).status_code == 404
    assert not FileView.objects.exists()


@pytest.mark.parametrize(
    ("name", "value", "least"), [("VIEW", "182", 183), ("EVIDENCE", "0", 1), ("MESSAGE", "30", 183)]
)
def test_period_that_is_too_short_stops_the_start(
    name: str, value: str, least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"RETAIN_{name}_DAYS", value)

    with pytest.raises(ImproperlyConfigured, match=f"at least {least}"):
        retention_days()
