"""Classes by the step of their sheet."""

from datetime import datetime

import pytest

from corrections.models import ClassSheet
from corrections.selectors.sheet_load import SheetLoad, sheet_load
from corrections.states import SheetState
from enrollment.models import ClassGroup
from imaging.models import Campaign
from imaging.selectors.tallies import members_in
from tests.factories import enrolment
from tests.factories.imaging import CLOSES, make_campaign, make_member

pytestmark = pytest.mark.django_db


def make_sheet(
    group: ClassGroup, campaign: Campaign, state: SheetState, now: datetime, **fields: object
) -> ClassSheet:
    """A version of the class's sheet at a step before it is handed in."""
    frozen = (
        {}
        if state == SheetState.DRAFT
        else {"content": {}, "content_hash": "x", "frozen_at": now, "frozen_by": "测试"}
    )
    return ClassSheet.objects.create(
        campaign=campaign,
        class_group=group,
        state=state,
        created_at=now,
        created_by="测试",
        **{**frozen, **fields},
    )


@pytest.mark.parametrize("count", [1, 3])
def test_classes_by_step_in_one_query(
    class_group: ClassGroup, now: datetime, count: int, django_assert_num_queries
) -> None:
    campaign, before = make_campaign(), make_campaign(title="上一年")
    groups = [enrolment.make_class(f"历史学 220{serial} 班") for serial in range(count)]
    for group in (class_group, *groups):
        for _ in range(2):
            make_member(enrolment.make_record(class_group=group), campaign)
    for group in groups:
        ended = {"ended_at": now, "ended_by": "测试"}
        make_sheet(group, campaign, SheetState.WITHDRAWN, now, **ended)
        make_sheet(
            group, campaign, SheetState.FROZEN, now, version_no=2, stale_at=now, stale_by="系统"
        )
        make_sheet(group, before, SheetState.COUNSELLOR_SIGNED, now)

    with django_assert_num_queries(1):
        found = sheet_load(campaign, members_in(campaign, now=CLOSES))

    assert found == [
        SheetLoad(label="整理中", classes=1),
        SheetLoad(label="已定稿", classes=count, changed=count),
        SheetLoad(label="辅导员已签", classes=0),
        SheetLoad(label="学院已盖章", classes=0),
        SheetLoad(label="已上交", classes=0),
        SheetLoad(label="教务处已接收", classes=0),
    ]
