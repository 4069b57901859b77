"""What is drawn for a class says whether it is a draft, a version, or one out of date."""

from datetime import timedelta

import pytest

from corrections.documents.sheet import STALE_NOTICE
from corrections.models import ClassSheet
from corrections.selectors.papers import printed_document
from corrections.states import SheetState
from enrollment.models import ClassGroup, StudentRecord
from tests.factories.imaging import FREEZE, make_campaign, make_member
from tests.factories.sheets import make_sheet

pytestmark = pytest.mark.django_db

AFTER = FREEZE + timedelta(hours=1)


def test_version_that_something_changed_since_says_so_on_the_paper(
    record: StudentRecord, class_group: ClassGroup
) -> None:
    campaign = make_campaign()
    make_member(record, campaign)
    make_sheet(campaign, class_group, SheetState.FROZEN, at=AFTER)

    fresh = printed_document(campaign=campaign, class_group=class_group, now=AFTER)
    StudentRecord.objects.filter(pk=record.pk).update(name="沈若谿")
    again = ClassGroup.objects.get(pk=class_group.pk)
    stale = printed_document(campaign=campaign, class_group=again, now=AFTER)

    label = fresh.version_label
    assert fresh.footer_of("").startswith(f"第 1 版定稿　版本 {label}")
    assert stale.footer_of("").startswith(f"第 1 版定稿　{STALE_NOTICE}　版本 {label}")


def test_draft_is_never_out_of_date(record: StudentRecord, class_group: ClassGroup) -> None:
    campaign = make_campaign()
    make_member(record, campaign)

    drawn = printed_document(campaign=campaign, class_group=class_group, now=AFTER)

    assert not ClassSheet.objects.exists()
    assert drawn.footer_of("").startswith("草稿，还没有定稿　")
