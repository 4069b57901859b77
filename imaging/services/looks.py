"""Who saw the photos of many students on one page: a line in the access ledger of each of them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from common import files
from common.models import FileView
from common.ratelimit import Limit, hit
from imaging.models import PhotoVersion

__all__ = ["CLASS_PHOTOS", "PAGES_PER_ACCOUNT", "note_photos_seen"]

CLASS_PHOTOS = "看班级照片页"
# A counsellor has a dozen classes; who copies the whole school needs hundreds of pages.
PAGES_PER_ACCOUNT = Limit("class-photos", 60, 3600)
# The page is loaded again while somebody works with it; the ledger says it once.
_SAME_LOOK = timedelta(minutes=10)


@transaction.atomic
def note_photos_seen(
    *, versions: Iterable[PhotoVersion], viewer: User, now: datetime, purpose: str = CLASS_PHOTOS
) -> int:
    """Write down that the viewer saw these photos; returns for how many that was new.

    TooManyError when the account has opened more such pages within an hour than its work needs.
    """
    hit(PAGES_PER_ACCOUNT, str(viewer.pk), now=now)
    shown = {version.entry.published_id: version for version in versions}
    lately = FileView.objects.filter(
        viewer_id=viewer.actor_id,
        viewed_at__gt=now - _SAME_LOOK,
        purpose=purpose,
        file__in=list(shown),
    )
    known = set(lately.values_list("file_id", flat=True))
    return files.log_views(
        (
            (file_id, str(version.record_id))
            for file_id, version in shown.items()
            if file_id not in known
        ),
        viewer=viewer,
        purpose=purpose,
        now=now,
    )
