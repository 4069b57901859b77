"""Formal notices: every saving a version, what was looked at is what is published, two editors lose nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from common.errors import DomainError, InvalidInputError, NotAllowedError, StaleStateError
from common.models import AuditEvent
from imaging.models import Announcement
from imaging.services.announcements import (
    AnnouncementContent,
    attach_file,
    available_announcement_actions,
    content_of,
    draft_announcement,
    publish_announcement,
    remove_file,
    restore_announcement,
    revise_announcement,
    withdraw_announcement,
)
from imaging.states.announcement import ANNOUNCEMENT, AnnouncementAction, AnnouncementState
from tests.factories.racing import together

pytestmark = [pytest.mark.unit, pytest.mark.django_db]
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def content(now: datetime, **changes: Any) -> AnnouncementContent:
    base = AnnouncementContent(
        document_no="教〔2026〕7 号",
        title="关于核对毕业照片的公告",
        body="请核对。\n- **照片**\n- 信息",
        duties="登录核对",
        room="行政楼 101",
        phone="0512-1234567",
        opens_at=now,
        closes_at=now + timedelta(days=10),
    )
    return replace(base, **changes)


def make(li: User, now: datetime, state: str = "PUBLISHED", **changes: Any) -> Announcement:
    found = draft_announcement(content=content(now, **changes), actor=li, now=now)
    if state != "DRAFT":
        publish_announcement(announcement=found, seen=1, actor=li, now=now)
    if state == "WITHDRAWN":
        withdraw_announcement(announcement=found, reason="发错了", actor=li, now=now)
    return found


def act(found: Announcement, action: AnnouncementAction, actor: User, now: datetime) -> Any:
    if action is AnnouncementAction.PUBLISH:
        return publish_announcement(announcement=found, seen=found.version_no, actor=actor, now=now)
    if action is AnnouncementAction.WITHDRAW:
        return withdraw_announcement(announcement=found, reason="错了", actor=actor, now=now)
    return revise_announcement(
        announcement=found,
        content=content(now, title="另一个标题"),
        seen=found.version_no,
        note="改了标题",
        actor=actor,
        now=now,
    )


@pytest.mark.parametrize("state", AnnouncementState.values)
@pytest.mark.parametrize("action", AnnouncementAction)
@pytest.mark.parametrize("who", ["li", "auditor", "alice", "chen"])
def test_every_state_action_and_role(
    state: str,
    action: AnnouncementAction,
    who: str,
    li: User,
    now: datetime,
    request: pytest.FixtureRequest,
) -> None:
    actor, found = request.getfixturevalue(who), make(li, now, state)
    revising = {AnnouncementAction.REVISE, AnnouncementAction.CORRECT}
    asked = revising if action in revising else {action}
    is_allowed = who == "li" and any(
        ANNOUNCEMENT.allows(each, source=AnnouncementState(state)) for each in asked
    )

    if who != "li":
        assert available_announcement_actions(actor, found) == []
    if is_allowed:
        act(found, action, actor, now)
        found.refresh_from_db()
        allowed = [
            each for each in asked if ANNOUNCEMENT.allows(each, source=AnnouncementState(state))
        ]
        assert found.state == ANNOUNCEMENT.transitions[allowed[0]].target
    else:
        with pytest.raises(NotAllowedError if who != "li" else StaleStateError):
            act(found, action, actor, now)
        found.refresh_from_db()
        assert found.state == state


def test_correction_says_what_it_corrects_and_keeps_what_was_there(li: User, now: datetime) -> None:
    found = make(li, now)
    changed = content(now, body="请再核对一次。")

    with pytest.raises(InvalidInputError, match="更正了什么"):
        revise_announcement(announcement=found, content=changed, seen=1, actor=li, now=now)
    revise_announcement(
        announcement=found, content=changed, seen=1, note="日期写错了", actor=li, now=now
    )

    first, second = found.versions.order_by("number")
    assert content_of(first) == content(now)
    assert content_of(second) == content_of(found) == changed
    assert second.note == "日期写错了"
    assert AuditEvent.objects.filter(action="announcement.changed").count() == 1


def test_old_version_comes_back_as_a_new_one(li: User, now: datetime) -> None:
    found = make(li, now, "DRAFT")
    act(found, AnnouncementAction.REVISE, li, now)

    restore_announcement(announcement=found, number=1, seen=2, note="改错了", actor=li, now=now)

    assert (found.version_no, found.title) == (3, "关于核对毕业照片的公告")
    with pytest.raises(InvalidInputError, match="没有这一版"):
        restore_announcement(announcement=found, number=9, seen=3, note="x", actor=li, now=now)


def test_what_is_published_is_what_was_looked_at(li: User, now: datetime) -> None:
    found = make(li, now, "DRAFT")
    act(found, AnnouncementAction.REVISE, li, now)

    with pytest.raises(StaleStateError):
        publish_announcement(announcement=found, seen=1, actor=li, now=now)

    assert Announcement.objects.get().state == AnnouncementState.DRAFT


@pytest.mark.django_db(transaction=True)
def test_of_two_editors_at_the_same_moment_one_is_told(li: User, now: datetime) -> None:
    found = make(li, now, "DRAFT")

    def save(title: str) -> Callable[[], object]:
        return lambda: revise_announcement(
            announcement=Announcement.objects.get(pk=found.pk),
            content=content(now, title=title),
            seen=1,
            actor=li,
            now=now,
        )

    told = together([save("甲"), save("乙")])

    found.refresh_from_db()
    assert sorted(bool(each) for each in told) == [False, True]
    assert (found.version_no, found.versions.count()) == (2, 2)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"body": ""}, "body"),
        ({"title": "长" * 81}, "title"),
        ({"body": "**没有成对"}, "body"),
        ({"body": "[点这里](https://evil.example)"}, "body"),
        ({"duties": "[首页"}, "duties"),
        ({"readers": ("NOBODY",)}, "readers"),
        ({"colleges": (999_999,)}, "colleges"),
    ],
    ids=range(8),
)
def test_what_nobody_could_read_is_refused(
    changes: dict[str, Any], field: str, li: User, now: datetime
) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        draft_announcement(content=content(now, **changes), actor=li, now=now)

    assert refusal.value.field == field


def test_end_before_the_beginning_is_refused_by_service_and_database(
    li: User, now: datetime
) -> None:
    with pytest.raises(InvalidInputError, match="晚于"):
        draft_announcement(content=content(now, closes_at=now), actor=li, now=now)

    found = make(li, now)
    for broken in (
        {"closes_at": now},
        {"published_by": ""},
        {"state": AnnouncementState.WITHDRAWN},
        {"state": "ELSE"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Announcement.objects.filter(pk=found.pk).update(**broken)


def test_file_is_checked_and_taken_off_again(li: User, now: datetime) -> None:
    found = make(li, now)
    added = attach_file(announcement=found, data=PDF, name="附表.pdf", actor=li, now=now)

    assert (added.name, added.file.content_type) == ("附表.pdf", "application/pdf")
    remove_file(announcement=found, number=added.pk, actor=li, now=now)
    with pytest.raises(StaleStateError):
        remove_file(announcement=found, number=added.pk, actor=li, now=now)
    with pytest.raises(InvalidInputError, match="会自动运行") as refusal:
        attach_file(
            announcement=found,
            data=PDF.replace(b"<<>>", b"<</JS (app.alert(1))>>", 1),
            name="x.pdf",
            actor=li,
            now=now,
        )
    assert refusal.value.field == "file"


def test_withdrawal_needs_a_reason(li: User, now: datetime) -> None:
    with pytest.raises(DomainError, match="理由"):
        withdraw_announcement(announcement=make(li, now), reason=" ", actor=li, now=now)
