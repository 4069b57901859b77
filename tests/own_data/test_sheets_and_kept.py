"""Remarks, proxies, opened notices and kept searches in a copy of one's own data."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from common.models import SavedSearch
from corrections.models import ProxySignature, SheetRemark
from enrollment.models import StudentRecord
from imaging.states import ProxyWay
from tests.factories.imaging import make_member
from tests.factories.sheets import make_sheet
from xuexin.own_data.parts.kept import kept_items
from xuexin.own_data.parts.sheets import sheet_items

pytestmark = [pytest.mark.unit, pytest.mark.django_db]


def test_remark_and_proxy_are_told_without_who_wrote_them(
    alice: User, record: StudentRecord, now: datetime
) -> None:
    member = make_member(record)
    assert member.class_group is not None
    sheet = make_sheet(member.campaign, member.class_group)
    SheetRemark.objects.create(
        sheet=sheet, member=member, text="在外地实习", written_at=now, written_by="班长"
    )
    ProxySignature.objects.create(
        sheet=sheet,
        member=member,
        signer_name="苏恺",
        way=ProxyWay.PHONE,
        agreed_at=now - timedelta(hours=1),
        agreed_by="班长",
        reason="在外地",
        entered_at=now,
        entered_by="班长",
    )

    (item,) = sheet_items(alice, now)

    assert item.path == f"学籍 {record.student_no}/班级反馈表.json"
    assert item.data["remarks"] == [
        {
            "campaign": member.campaign.title,
            "version": 1,
            "text": "在外地实习",
            "written_at": now,
        }
    ]
    assert [proxy["reason"] for proxy in item.data["proxies"]] == ["在外地"]
    assert "苏恺" not in str(item.data)
    assert "班长" not in str(item.data)


def test_nothing_is_told_where_nothing_is(
    alice: User, eve: User, record: StudentRecord, now: datetime
) -> None:
    assert list(sheet_items(alice, now)) == []
    assert list(kept_items(eve, now)) == []


def test_kept_searches_are_the_own_ones(li: User, eve: User, now: datetime) -> None:
    SavedSearch.objects.create(
        listed="enrollment.studentrecord", name="没绑定", query="bound=no", owner=li, created_at=now
    )

    (item,) = kept_items(li, now)

    assert [search["name"] for search in item.data["searches"]] == ["没绑定"]
    assert list(kept_items(eve, now)) == []
