"""What comes after a locked conclusion, as the student reads it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from accounts.models import User
from enrollment.models import StudentRecord
from imaging.states import Conclusion, ConclusionKind
from tests.factories.imaging import make_campaign, make_conclusion, make_member, make_photo

pytestmark = [pytest.mark.page, pytest.mark.django_db]


@pytest.mark.parametrize(
    ("state", "is_shown"), [(Conclusion.INCORRECT, True), (Conclusion.CORRECT, False)]
)
def test_locked_error_leads_to_its_correction(
    state: Conclusion, *, is_shown: bool, alice: User, record: StudentRecord, client_of
) -> None:
    now = datetime.now(tz=UTC)
    campaign = make_campaign(
        opens_at=now - timedelta(days=3),
        closes_at=now + timedelta(days=3),
        sheet_freeze_at=now + timedelta(days=4),
    )
    member = make_member(record, campaign)
    make_photo(record)
    for kind in ConclusionKind:
        make_conclusion(member, kind, state, at=now - timedelta(hours=30))
    browser: Client = client_of(alice)

    pages = [browser.get(address).content.decode() for address in ("/", f"/verify/{record.pk}/")]

    assert ["教务处勘误" in page for page in pages] == [is_shown, is_shown]
