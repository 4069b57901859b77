"""Small things that an account leaves behind: formal notices that it opened, searches that it keeps."""

from collections.abc import Iterator
from datetime import datetime

from accounts.models import User
from common.models import SavedSearch
from imaging.models import AnnouncementRead
from xuexin.own_data.items import Item

__all__ = ["kept_items"]


def kept_items(user: User, now: datetime) -> Iterator[Item]:  # noqa: ARG001 -- one signature for all parts
    """One file, where there is anything."""
    reads = AnnouncementRead.objects.filter(user=user).select_related("announcement")
    data = {
        "announcements": [
            {"title": row.announcement.title, "read_at": row.read_at}
            for row in reads.order_by("pk")
        ],
        "searches": [
            {
                "list": row.listed,
                "name": row.name,
                "query": row.query,
                "created_at": row.created_at,
            }
            for row in SavedSearch.objects.filter(owner=user).order_by("pk")
        ],
    }
    if any(data.values()):
        yield Item(path="公告和常用搜索.json", label="打开过的公告、存下的搜索", data=data)
