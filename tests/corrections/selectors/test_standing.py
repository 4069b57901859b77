"""The 校对结果 of the form, from the two conclusions and the enrolment status."""

from datetime import datetime, timedelta

import pytest

from corrections.documents.sheet import IDLE_REMARKS
from corrections.selectors import Phase, Standing, class_standings
from corrections.selectors.standing import _REMARKS
from enrollment.models import ClassGroup, StudentRecord
from enrollment.states import EnrollmentStatus
from imaging.models import CampaignMember
from imaging.states import MEMBERSHIP_EFFECTS, Conclusion, ConclusionKind
from tests.factories import enrolment
from tests.factories.corrections import lock_of, make_dispute
from tests.factories.imaging import make_conclusion, make_member, make_photo, waive_photo

pytestmark = pytest.mark.django_db

DATA, PHOTO = ConclusionKind.DATA, ConclusionKind.PHOTO
CORRECT, INCORRECT = Conclusion.CORRECT, Conclusion.INCORRECT


@pytest.fixture
def member(record: StudentRecord) -> CampaignMember:
    """Alice in the campaign, with a photo."""
    make_photo(record)
    return make_member(record)


def standing_of(member: CampaignMember, now: datetime) -> Standing:
    """Where the only member stands."""
    group = member.class_group
    assert group is not None
    found = class_standings(campaign=member.campaign, class_group=group, now=now)
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("photo", "data", "result", "phase"),
    [
        (None, None, "未校对", Phase.TODO),
        (CORRECT, CORRECT, "无误", Phase.LOCKED),
        (CORRECT, None, "信息未校对", Phase.TODO),
        (None, CORRECT, "照片未校对", Phase.TODO),
        (INCORRECT, CORRECT, "照片有误", Phase.DISPUTED),
        (CORRECT, INCORRECT, "信息有误：姓名", Phase.DISPUTED),
        (INCORRECT, INCORRECT, "照片有误；信息有误：姓名", Phase.DISPUTED),
        (INCORRECT, None, "照片有误；信息未校对", Phase.DISPUTED),
        (None, INCORRECT, "信息有误：姓名；照片未校对", Phase.DISPUTED),
    ],
)
def test_result_of_every_pair(
    member: CampaignMember,
    now: datetime,
    photo: Conclusion | None,
    data: Conclusion | None,
    result: str,
    phase: Phase,
) -> None:
    if photo:
        make_conclusion(member, PHOTO, photo)
    if data == INCORRECT:
        make_dispute(member)
    elif data:
        make_conclusion(member, DATA, data)

    found = standing_of(member, now)

    assert (found.result, found.phase) == (result, phase)


def test_result_names_fields_and_no_values(member: CampaignMember, now: datetime) -> None:
    make_conclusion(member, PHOTO)
    make_dispute(
        member,
        wrong_fields=["name", "sex", "id_number"],
        proposed={"name": "沈若谿", "sex": "男", "id_number": "990101188603120011"},
    )

    assert standing_of(member, now).result == "信息有误：姓名、性别、证件号码"


def test_result_of_data_wrong_otherwise(member: CampaignMember, now: datetime) -> None:
    make_conclusion(member, PHOTO)
    make_dispute(member, wrong_fields=[], proposed={}, reasons=["OTHER"])

    assert standing_of(member, now).result == "信息有误"


def test_outdated_conclusion_counts_as_not_given(member: CampaignMember, now: datetime) -> None:
    make_conclusion(member, DATA)
    make_conclusion(member, PHOTO)
    make_photo(member.record)

    assert standing_of(member, now).result == "照片未校对"


@pytest.mark.parametrize(
    ("offset", "is_open", "phase"),
    [(-1, True, Phase.OPEN), (0, False, Phase.LOCKED), (1, False, Phase.LOCKED)],
)
def test_open_until_the_later_lock(
    member: CampaignMember, now: datetime, offset: int, is_open: bool, phase: Phase
) -> None:
    make_conclusion(member, PHOTO, at=now - timedelta(days=2))
    later = make_conclusion(member, DATA, at=now)

    found = standing_of(member, lock_of(later) + timedelta(seconds=offset))

    assert (found.found.is_open, found.phase) == (is_open, phase)


def test_remarks_of_those_of_whom_nothing_is_asked_are_known_to_the_papers() -> None:
    away = {status for status, effect in MEMBERSHIP_EFFECTS.items() if effect != "STAYS"}

    assert set(_REMARKS) == away
    assert set(_REMARKS.values()) == IDLE_REMARKS


def test_without_photo(record: StudentRecord, now: datetime) -> None:
    assert standing_of(make_member(record), now).phase == Phase.NO_PHOTO


@pytest.mark.parametrize(
    ("status", "result", "is_awaited"),
    [
        (EnrollmentStatus.REGISTERED, "未校对", True),
        (EnrollmentStatus.UNREGISTERED, "未校对", True),
        (EnrollmentStatus.SUSPENDED, "未校对；休学", False),
        (EnrollmentStatus.RETAINED, "未校对；保留学籍", False),
        (EnrollmentStatus.DECEASED, "未校对；不在籍", False),
        (EnrollmentStatus.EXPELLED, "未校对；不在籍", False),
        (EnrollmentStatus.WITHDRAWN, "未校对；不在籍", False),
        (EnrollmentStatus.OTHER, "未校对", True),
    ],
)
def test_remark_of_the_status(
    class_group: ClassGroup,
    now: datetime,
    status: EnrollmentStatus,
    result: str,
    is_awaited: bool,
) -> None:
    made = enrolment.make_record(class_group=class_group, enrollment_status=status)
    make_photo(made)

    found = standing_of(make_member(made), now)

    assert (found.result, found.is_awaited) == (result, is_awaited)
    assert found.phase == (Phase.TODO if is_awaited else Phase.IDLE)


def test_done_at_is_the_later_conclusion(member: CampaignMember, now: datetime) -> None:
    make_conclusion(member, PHOTO, at=now)
    assert standing_of(member, now).done_at is None

    make_conclusion(member, DATA, at=now - timedelta(hours=1))
    assert standing_of(member, now).done_at == now


@pytest.mark.parametrize(
    ("data", "result", "phase"),
    [
        (None, "未校对；免交照片", Phase.TODO),
        (CORRECT, "无误；免交照片", Phase.LOCKED),
        (INCORRECT, "信息有误：姓名；免交照片", Phase.DISPUTED),
    ],
)
def test_waived_photo_is_neither_missing_nor_pending(
    record: StudentRecord,
    now: datetime,
    data: Conclusion | None,
    result: str,
    phase: Phase,
) -> None:
    member = make_member(record)
    waive_photo(member)
    if data:
        fields = {"wrong_fields": ["name"]} if data == INCORRECT else {}
        make_conclusion(member, DATA, data, at=now - timedelta(days=2), **fields)

    standing = standing_of(member, now)

    assert (standing.result, standing.phase) == (result, phase)
    assert (standing.is_awaited, standing.done_at is None) == (data is None, data is None)
