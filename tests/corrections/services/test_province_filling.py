"""A pack for the province holds what fits; a lost proof leaves out its case and not the pack."""

import io
import zipfile
from datetime import datetime

import pytest
from django.core.files.storage import default_storage

from accounts.models import User
from common import files
from common.actors import SYSTEM
from common.errors import NotAllowedError, StaleStateError
from common.models import AuditEvent
from corrections.models import CorrectionRequest, Evidence, PackedCase, ProvincePack
from corrections.services.province import filling, packs
from corrections.services.province.packs import make_province_pack
from corrections.states import RequestState
from enrollment.models import StudentRecord
from tests.factories import enrolment
from tests.factories.corrections import make_proof, make_request

pytestmark = pytest.mark.django_db


def proved(record: StudentRecord, now: datetime) -> tuple[CorrectionRequest, Evidence]:
    """A case that waits for the province, with a proof."""
    case = make_request(record, RequestState.AWAITING_PROVINCE)
    clean = make_proof()
    file = files.store_sealed(
        io.BytesIO(clean.data),
        kind="evidence",
        content_type=clean.content_type,
        now=now,
        actor=SYSTEM,
    )
    return case, Evidence.objects.create(request=case, file=file, added_at=now, added_by="测试")


def packed(record: StudentRecord, li: User, now: datetime) -> ProvincePack:
    return make_province_pack(school=record.school, reason="交省厅", actor=li, now=now)


def paths(pack: ProvincePack) -> list[str]:
    with files.open_sealed(pack.file) as content, zipfile.ZipFile(content) as archive:
        return [name for name in archive.namelist() if name.startswith("证明材料/")]


def test_case_that_moved_while_the_proofs_were_read_is_not_packed(
    record: StudentRecord, li: User, now: datetime
) -> None:
    case, _ = proved(record, now)
    found = filling.filled(record.school)
    kept = packs._stored(found.rows, actor=li, now=now)
    CorrectionRequest.objects.filter(pk=case.pk).update(state=RequestState.OFFICE_REVIEW)

    with pytest.raises(StaleStateError, match="请再备一次"):
        packs._saved(record.school, found, kept, reason="交省厅", actor=li, now=now)
    assert not PackedCase.objects.exists()


@pytest.mark.parametrize("is_cut", [False, True])
def test_lost_proof_leaves_out_its_case_alone(
    is_cut: bool, record: StudentRecord, li: User, now: datetime
) -> None:
    lost, proof = proved(record, now)
    whole, _ = proved(enrolment.make_record(), now)
    with default_storage.open(proof.file.key) as stored:
        bytes_of = stored.read()
    default_storage.delete(proof.file.key)
    if is_cut:
        default_storage.save(proof.file.key, io.BytesIO(bytes_of[:-1]))

    pack = packed(record, li, now)

    assert list(pack.packed.values_list("request", flat=True)) == [whole.pk]
    assert len(paths(pack)) == 1
    assert pack.left_out == (
        f"勘误单 {lost.pk}：证明 {proof.pk} 的文件丢失或损坏，请收回核实，再退回让学生重新上传"
    )
    made = AuditEvent.objects.get(action="provincepack.made")
    assert (made.details["count"], made.details["left_out"]) == (1, 1)


def test_nothing_but_lost_proofs_is_refused_with_their_numbers(
    record: StudentRecord, li: User, now: datetime
) -> None:
    lost, proof = proved(record, now)
    default_storage.delete(proof.file.key)

    with pytest.raises(NotAllowedError, match=f"勘误单 {lost.pk}：证明 {proof.pk} 的文件丢失"):
        packed(record, li, now)
    assert not ProvincePack.objects.exists()


def test_pack_is_bounded_in_bytes_and_the_rest_goes_into_the_next(
    record: StudentRecord, li: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, proof = proved(record, now)
    second, _ = proved(enrolment.make_record(), now)
    monkeypatch.setattr(filling, "MOST_PACK_BYTES", proof.file.size)

    packs = [packed(record, li, now), packed(record, li, now)]

    held = [list(pack.packed.values_list("request", flat=True)) for pack in packs]
    assert sorted(held) == sorted([[first.pk], [second.pk]])
    assert [pack.left_out for pack in packs] == ["这一包装满了，还有 1 张，请再备一包", ""]


def test_case_that_fits_into_no_pack_stops_no_other(
    record: StudentRecord, li: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    large, proof = proved(record, now)
    make_request(enrolment.make_record(), RequestState.AWAITING_PROVINCE)
    monkeypatch.setattr(filling, "MOST_PACK_BYTES", proof.file.size - 1)

    pack = packed(record, li, now)

    assert pack.cases == 1
    assert pack.left_out.startswith(f"勘误单 {large.pk}：证明材料共 ")
    assert not PackedCase.objects.filter(request=large).exists()


def test_pack_is_bounded_in_cases(
    record: StudentRecord, li: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in (record, enrolment.make_record(), enrolment.make_record()):
        make_request(each, RequestState.AWAITING_PROVINCE)
    monkeypatch.setattr(filling, "MOST_CASES", 2)

    pack = packed(record, li, now)

    assert (pack.cases, pack.left_out) == (2, "这一包装满了，还有 1 张，请再备一包")
