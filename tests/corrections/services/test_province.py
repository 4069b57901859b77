"""What goes to the province and what comes back: packed once, looked at, registered case by case."""

import io
import zipfile
from datetime import datetime, timedelta
from threading import Event
from time import sleep
from typing import Any

import pytest

from accounts.models import User
from accounts.states import Role
from common import files
from common.errors import InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent, FileView, PurgeProof
from corrections.models import CorrectionRequest, PackedCase, ProvinceAnswer, ProvincePack
from corrections.selectors.province import packed_row
from corrections.services.applying import apply_request
from corrections.services.own import withdraw_request
from corrections.services.province import packs
from corrections.services.province.answers import apply_answers, discard_answers, upload_answers
from corrections.services.province.packs import (
    PROVINCE_PACK_RULE,
    drop_province_pack,
    erase_province_pack,
    follow_packs,
    hand_out_province_pack,
    make_province_pack,
)
from corrections.states import RequestState
from corrections.states.province import (
    PROVINCE_PACK,
    LineOutcome,
    ProvincePackAction,
    ProvincePackState,
)
from enrollment.importers.tables import read_table
from enrollment.models import StudentRecord
from enrollment.states import ImportState
from tests.factories import enrolment, people
from tests.factories.corrections import RIGHT_NAME, make_dispute, make_request
from tests.factories.imaging import make_member
from tests.factories.racing import together

pytestmark = pytest.mark.django_db

HEAD = "单号,学号,更正后内容,结论,批复文号,同意的字段,说明"
NO = "某教学〔1886〕12号"


@pytest.fixture
def case(record: StudentRecord) -> CorrectionRequest:
    """A case on the name that waits for the province."""
    return make_request(record, RequestState.AWAITING_PROVINCE)


@pytest.fixture
def pack(case: CorrectionRequest, li: User, now: datetime) -> ProvincePack:
    """The pack with that case."""
    return make_pack(case, li, now)


def make_pack(case: CorrectionRequest, li: User, now: datetime) -> ProvincePack:
    return make_province_pack(school=case.record.school, reason="交省厅", actor=li, now=now)


def answered(pack: ProvincePack, actor: User, now: datetime, *rows: str) -> ProvinceAnswer:
    data = io.BytesIO("\n".join([HEAD, *rows]).encode())
    return upload_answers(pack=pack, file=data, file_name="批复.csv", actor=actor, now=now)


def outcomes(answer: ProvinceAnswer) -> list[str]:
    return list(answer.lines.order_by("row_no").values_list("outcome", flat=True))


def test_pack_holds_whole_values_and_no_more(
    pack: ProvincePack, case: CorrectionRequest, record: StudentRecord
) -> None:
    with files.open_sealed(pack.file) as content, zipfile.ZipFile(content) as archive:
        names = archive.namelist()
        changes = [row.cells for row in read_table(archive.read("更正明细.xlsx"), "a.xlsx")]
        asked = [row.cells for row in read_table(archive.read("批复.xlsx"), "a.xlsx")]

    assert names == ["更正明细.xlsx", "批复.xlsx", "说明.txt"]
    assert changes[1][4] == record.id_number
    assert changes[1][5:8] == ["姓名", "沈若溪", RIGHT_NAME]
    assert asked[1][:4] == [str(case.pk), record.student_no, record.name, f"姓名：{RIGHT_NAME}"]
    assert not any("身份证上是谿" in cell for row in changes for cell in row)
    assert pack.file.encrypted


def test_case_is_in_one_open_pack(
    pack: ProvincePack, case: CorrectionRequest, li: User, now: datetime
) -> None:
    with pytest.raises(NotAllowedError, match="没有要报省里的"):
        make_pack(case, li, now)

    drop_province_pack(pack=pack, reason="重备", actor=li, now=now)

    assert make_pack(case, li, now).cases == 1
    assert PackedCase.objects.filter(answered_at=None, left_at=None).count() == 1


@pytest.mark.parametrize("state", [each for each in RequestState if each != "AWAITING_PROVINCE"])
def test_only_waiting_cases_are_packed(
    record: StudentRecord, li: User, now: datetime, state: RequestState
) -> None:
    case = make_request(record, state)

    with pytest.raises(NotAllowedError):
        make_pack(case, li, now)


def test_nobody_else_deals_with_the_province(
    pack: ProvincePack, case: CorrectionRequest, secretary: User, auditor: User, now: datetime
) -> None:
    for stranger in (secretary, auditor):
        with pytest.raises(NotAllowedError):
            make_pack(case, stranger, now)
        with pytest.raises(NotAllowedError):
            hand_out_province_pack(pack=pack, reason="看", actor=stranger, now=now)
        with pytest.raises(NotAllowedError):
            answered(pack, stranger, now, f"{case.pk},,,同意,{NO},,")


def test_download_is_in_everybodys_ledger(
    pack: ProvincePack, record: StudentRecord, li: User, now: datetime
) -> None:
    file = hand_out_province_pack(pack=pack, reason="交省厅", actor=li, now=now)

    assert FileView.objects.get(file=file).purpose == "交省厅"
    event = AuditEvent.objects.get(action="provincepack.revealed")
    assert event.subject_id == str(record.pk)


@pytest.mark.parametrize(("seconds", "due"), [(-1, 0), (0, 1), (1, 1)])
def test_file_goes_after_a_week(pack: ProvincePack, seconds: int, due: int) -> None:
    at = pack.expires_at + timedelta(seconds=seconds)

    assert PROVINCE_PACK_RULE.count(at) == due
    assert PROVINCE_PACK_RULE.erase(at, 10) == due
    assert PROVINCE_PACK_RULE.erase(at, 10) == 0
    assert PurgeProof.objects.count() == due


def test_erased_file_is_handed_out_no_more(pack: ProvincePack, li: User, now: datetime) -> None:
    erase_province_pack(pack=pack, actor=li, now=now)
    pack = ProvincePack.objects.get()

    with pytest.raises(StaleStateError):
        hand_out_province_pack(pack=pack, reason="交省厅", actor=li, now=now)


@pytest.mark.parametrize(
    ("answer", "state", "verdict"),
    [
        ("同意,{no},,", RequestState.APPROVED, "APPROVED"),
        ("不同意,,,与公安信息一致", RequestState.REFUSED, "REFUSED"),
        ("部分同意,{no},姓名,其余不批", RequestState.APPROVED, "PARTLY"),
    ],
)
def test_answer_moves_the_case_once(
    pack: ProvincePack,
    case: CorrectionRequest,
    li: User,
    now: datetime,
    answer: str,
    state: RequestState,
    verdict: str,
) -> None:
    row = f"{case.pk},,姓名：{RIGHT_NAME},{answer.format(no=NO)}"
    first = answered(pack, li, now, row)
    before = (outcomes(first), CorrectionRequest.objects.get().state)
    second = answered(pack, li, now, row)

    done = [apply_answers(answer=each, actor=li, now=now) for each in (first, second)]

    case.refresh_from_db()
    pack.refresh_from_db()
    assert before == ([LineOutcome.TAKE], RequestState.AWAITING_PROVINCE)
    assert done == [1, 0]
    assert (case.state, case.packed.get().verdict) == (state, verdict)
    assert (outcomes(first), outcomes(second)) == ([LineOutcome.DONE], [LineOutcome.SAME])
    assert (pack.state, first.state) == (ProvincePackState.DONE, ImportState.APPLIED)


@pytest.mark.parametrize(
    ("rows", "outcome"),
    [
        (["999999,,,同意,{no},,"], "BLOCKED"),
        (["{pk},2099999999,,同意,{no},,"], "BLOCKED"),
        (["{pk},,姓名：别的,同意,{no},,"], "BLOCKED"),
        (["{pk},,,同意,,,"], "BLOCKED"),
        (["{pk},,,不同意,,,"], "BLOCKED"),
        (["{pk},,,部分同意,{no},,只批一项"], "BLOCKED"),
        (["{pk},,,部分同意,{no},民族,只批一项"], "BLOCKED"),
        (["{pk},,,看着办,{no},,"], "BLOCKED"),
        ([",,,同意,{no},,"], "BLOCKED"),
        (["{pk},,,,,,"], "EMPTY"),
        (["{pk},,,同意,{no},,", "{pk},,,不同意,,,不批"], "BLOCKED"),
    ],
)
def test_difference_is_shown_and_nothing_registered(
    pack: ProvincePack,
    case: CorrectionRequest,
    li: User,
    now: datetime,
    rows: list[str],
    outcome: str,
) -> None:
    answer = answered(pack, li, now, *[row.format(pk=case.pk, no=NO) for row in rows])

    done = apply_answers(answer=answer, actor=li, now=now)

    case.refresh_from_db()
    assert set(outcomes(answer)) == {outcome}
    assert (done, case.state) == (0, RequestState.AWAITING_PROVINCE)


def test_same_line_twice_counts_once(
    pack: ProvincePack, case: CorrectionRequest, li: User, now: datetime
) -> None:
    answer = answered(pack, li, now, *[f"{case.pk},,,同意,{NO},,"] * 2)

    assert outcomes(answer) == [LineOutcome.TAKE, LineOutcome.SAME]
    assert apply_answers(answer=answer, actor=li, now=now) == 1


def test_other_answer_after_the_first_is_refused(
    pack: ProvincePack, case: CorrectionRequest, li: User, now: datetime
) -> None:
    first = answered(pack, li, now, f"{case.pk},,,同意,{NO},,")
    second = answered(pack, li, now, f"{case.pk},,,不同意,,,不批")
    apply_answers(answer=first, actor=li, now=now)

    assert apply_answers(answer=second, actor=li, now=now) == 0
    assert outcomes(second) == [LineOutcome.BLOCKED]


def test_withdrawn_case_is_answered_no_more(
    pack: ProvincePack, case: CorrectionRequest, alice: User, li: User, now: datetime
) -> None:
    answer = answered(pack, li, now, f"{case.pk},,,同意,{NO},,")
    withdraw_request(request=case, actor=alice, now=now)

    assert apply_answers(answer=answer, actor=li, now=now) == 0
    assert [follow_packs(now=now), follow_packs(now=now)] == [1, 0]
    pack.refresh_from_db()
    assert pack.state == ProvincePackState.DONE


def test_changed_content_is_not_what_was_approved(
    pack: ProvincePack, case: CorrectionRequest, li: User, now: datetime
) -> None:
    field = case.fields.get()
    field.proposed = "沈若曦"
    field.save()

    answer = answered(pack, li, now, f"{case.pk},,,同意,{NO},,")

    assert outcomes(answer) == [LineOutcome.BLOCKED]
    assert packed_row(case).digest != case.packed.get().digest


def test_field_that_the_province_refused_is_not_entered(
    record: StudentRecord, li: User, now: datetime
) -> None:
    dispute = make_dispute(
        make_member(record),
        wrong_fields=["name", "sex"],
        proposed={"name": RIGHT_NAME, "sex": "男"},
    )
    case = make_request(record, RequestState.AWAITING_PROVINCE, conclusion=dispute)
    pack = make_pack(case, li, now)
    answer = answered(pack, li, now, f"{case.pk},,,部分同意,{NO},姓名,性别材料不足")
    apply_answers(answer=answer, actor=li, now=now)
    second = people.make_staff(Role.REGISTRAR, "wang@example.test")
    case = CorrectionRequest.objects.get()

    with pytest.raises(NotAllowedError, match="省里没有同意改性别"):
        apply_request(request=case, answer="改", values={"sex": "男"}, actor=second, now=now)
    apply_request(request=case, answer="姓名已更正", actor=second, now=now)

    assert dict(case.fields.values_list("field", "is_applied")) == {"name": True, "sex": False}
    assert StudentRecord.objects.get(pk=record.pk).name == RIGHT_NAME


def test_discarded_answers_are_registered_no_more(
    pack: ProvincePack, case: CorrectionRequest, li: User, now: datetime
) -> None:
    answer = answered(pack, li, now, f"{case.pk},,,同意,{NO},,")
    discard_answers(answer=answer, actor=li, now=now)

    with pytest.raises(StaleStateError):
        apply_answers(answer=answer, actor=li, now=now)
    assert outcomes(answer) == []


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"<html>", "姓名,学号\n甲,1".encode()])
def test_what_is_no_such_table_is_refused(
    pack: ProvincePack, li: User, now: datetime, data: bytes
) -> None:
    with pytest.raises(InvalidInputError):
        upload_answers(pack=pack, file=io.BytesIO(data), file_name="x.xlsx", actor=li, now=now)


@pytest.mark.parametrize("state", list(ProvincePackState))
@pytest.mark.parametrize("action", list(ProvincePackAction))
def test_pack_moves_from_one_state_alone(
    state: ProvincePackState, action: ProvincePackAction
) -> None:
    is_again = action == ProvincePackAction.REOPEN
    source = ProvincePackState.DONE if is_again else ProvincePackState.OPEN

    assert PROVINCE_PACK.allows(action, source=state) == (state == source)


@pytest.mark.django_db(transaction=True)
def test_two_packs_at_once_hold_a_case_once(
    case: CorrectionRequest, li: User, now: datetime
) -> None:
    told = together([lambda: make_pack(case, li, now)] * 2)

    assert sorted(bool(words) for words in told) == [False, True]
    assert PackedCase.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_pack_put_aside_while_the_sweep_clears_it(
    case: CorrectionRequest,
    alice: User,
    li: User,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both lock the pack before its cases: one waits for the other instead of stopping it."""
    make_request(enrolment.make_record(), RequestState.AWAITING_PROVINCE)
    pack = make_pack(case, li, now)
    withdraw_request(request=case, actor=alice, now=now)
    ended, end = Event(), packs._end

    def end_and_dwell(*args: Any, **kwargs: Any) -> None:
        end(*args, **kwargs)
        ended.set()
        sleep(0.5)

    def sweep() -> None:
        assert ended.wait(10)
        follow_packs(now=now)

    monkeypatch.setattr(packs, "_end", end_and_dwell)
    told = together(
        [lambda: drop_province_pack(pack=pack, reason="不报了", actor=li, now=now), sweep]
    )

    assert told == ["", ""]
    assert not PackedCase.objects.filter(left_at=None).exists()
    assert ProvincePack.objects.get().state == ProvincePackState.DROPPED
