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

from accounts.models import LoginEvent, User
from accounts.states import COOLING_OFF, LoginWay
from common import audit, files
from common.actors import SYSTEM
from common.files import log_view
from common.models import AuditEvent, Channel, FileView, OutboxMessage, PurgeProof, StoredFile
from common.outbox import Message, queue
from common.retention import dump_proofs, erase_file, load_proofs, purge_again
from corrections.models import Evidence
from corrections.states import RequestState
from enrollment.models import ClaimEvidence, RosterImport, RosterRow, StudentRecord
from enrollment.services.claim import refuse_claim
from enrollment.services.roster import erase_old_imports
from enrollment.states import ImportState
from imaging.models import CaptureEntry
from imaging.states import ConclusionKind, MatchState
from tests.enrollment.rosters import NOW as ROSTER_NOW
from tests.enrollment.rosters import csv_of, person, staged
from tests.factories.corrections import make_dispute, make_request, picture_bytes
from tests.factories.enrolment import make_claim, make_school
from tests.factories.imaging import FREEZE, make_member, make_photo
from xuexin.environment import retention_days
from xuexin.own_data.closing import close_due_accounts, request_closing
from xuexin.retention import RULES, erase_again, purge_expired

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


@pytest.mark.parametrize("name", ["picture", "thumb", "original", "print"])
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


def test_old_logins_go_with_a_proof(alice: User, now: datetime) -> None:
    for age in (183, 182):
        LoginEvent.objects.create(
            user=alice,
            occurred_at=now - timedelta(days=age),
            way=LoginWay.CODE,
            is_success=True,
            device="x",
        )

    assert purge_expired(now=now)["logins"] == 1
    assert purge_expired(now=now)["logins"] == 0
    assert LoginEvent.objects.count() == 1
    assert PurgeProof.objects.get().kind == "登录记录"


def test_rows_that_a_backup_brought_back_go_again_and_younger_ones_stay(
    alice: User, now: datetime
) -> None:
    old = [message(alice, number, at=now) for number in range(3)]
    later = now + timedelta(days=731)
    assert purge_expired(now=later)["notices"] == 3
    # The backup has two of them, and one that was written after the restore under the third's number.
    OutboxMessage.objects.bulk_create(old[:2])
    young = message(alice, 9, at=later)
    OutboxMessage.objects.filter(pk=young.pk).update(id=old[2].pk)

    assert erase_again(now=later) == 2

    assert list(OutboxMessage.objects.values_list("pk", flat=True)) == [old[2].pk]
    event = AuditEvent.objects.get(action="data.erased_again")
    assert event.details["count"] == 2
    assert erase_again(now=later) == 0
    assert PurgeProof.objects.count() == 1


def message(user: User, number: int, *, at: datetime) -> OutboxMessage:
    queue(
        Message(
            key=f"again{number}",
            channel=Channel.NOTICE,
            template="identity_bound",
            user_id=user.pk,
            params={"school": "远山大学"},
        ),
        now=at,
    )
    return OutboxMessage.objects.get(key=f"again{number}")


def restored_file(file: StoredFile, backup: bytes) -> None:
    StoredFile.objects.filter(pk=file.pk).update(purged_at=None)
    default_storage.save(file.key, ContentFile(backup))


@pytest.mark.parametrize("is_applying", [False, True])
def test_staged_cells_that_a_backup_brought_back_go_with_their_roster(
    is_applying: bool,
) -> None:
    roster = staged(csv_of(person(1)), school=make_school())
    assert roster.file is not None
    with default_storage.open(roster.file.key) as stored:
        backup = stored.read()
    row = RosterRow.objects.get()
    later = ROSTER_NOW + timedelta(days=200)
    assert erase_old_imports(now=later) == 1
    restored_file(roster.file, backup)
    row.save()
    state = ImportState.APPLYING if is_applying else ImportState.STAGED
    started = {"started_at": later, "started_by": "李老师"} if is_applying else {}
    RosterImport.objects.filter(pk=roster.pk).update(state=state, **started)

    assert erase_again(now=later) == (0 if is_applying else 1)

    # What is being applied goes when it has come to its end, by the sweep.
    assert (RosterRow.objects.get().values is None) is not is_applying
    assert default_storage.exists(roster.file.key) is is_applying
    roster.refresh_from_db()
    assert roster.state == (ImportState.APPLYING if is_applying else ImportState.DISCARDED)


def test_account_that_a_backup_brought_back_is_closed_again(alice: User, now: datetime) -> None:
    email, phone = alice.email, alice.phone
    request_closing(user=alice, now=now)
    later = now + COOLING_OFF
    assert close_due_accounts(now=later) == 1
    sent = OutboxMessage.objects.count()
    User.objects.filter(pk=alice.pk).update(
        email=email, phone=phone, is_active=True, closed_at=None
    )

    assert erase_again(now=later) == 1

    alice.refresh_from_db()
    assert (alice.email, alice.phone, alice.is_active, alice.closed_at) == (
        None,
        None,
        False,
        later,
    )
    assert OutboxMessage.objects.count() == sent
    assert erase_again(now=later) == 0


def test_other_account_under_the_number_of_a_closed_one_stays(alice: User, now: datetime) -> None:
    request_closing(user=alice, now=now)
    later = now + COOLING_OFF
    close_due_accounts(now=later)
    User.objects.filter(pk=alice.pk).update(
        email="other@example.test", closed_at=None, is_active=True, date_joined=later
    )

    assert erase_again(now=later) == 0
    alice.refresh_from_db()
    assert alice.closed_at is None


def test_proofs_of_a_claim_go_half_a_year_after_its_end(
    alice: User, li: User, record: StudentRecord, now: datetime
) -> None:
    claim = make_claim(alice.identity)
    proof = ClaimEvidence.objects.create(
        claim=claim, file=sealed(now), added_at=now, added_by="本人"
    )

    far = now + timedelta(days=4_000)
    assert purge_expired(now=far)["evidence"] == 0  # nothing is erased while it is open

    refuse_claim(claim=claim, answer="不是你的。", actor=li, now=now)
    file = StoredFile.objects.get(pk=proof.file_id)
    assert file.retain_until == now + HALF_A_YEAR
    assert purge_expired(now=now + HALF_A_YEAR - timedelta(seconds=1))["evidence"] == 0
    assert purge_expired(now=now + HALF_A_YEAR)["evidence"] == 1
    assert PurgeProof.objects.get().owner_id == str(alice.pk)


def test_claim_closed_by_an_older_version_gets_its_clock(
    alice: User, li: User, now: datetime
) -> None:
    claim = make_claim(alice.identity)
    refuse_claim(claim=claim, answer="不是你的。", actor=li, now=now)
    ClaimEvidence.objects.create(claim=claim, file=sealed(now), added_at=now, added_by="本人")

    assert purge_expired(now=now + HALF_A_YEAR)["evidence"] == 1
