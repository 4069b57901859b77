"""A photo rule by rule at the desk, and what people say of it."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from accounts.models import User
from enrollment.models import StudentRecord
from imaging.models import CaptureEntry, PhotoRuling
from imaging.services.rulings import measure_entry
from imaging.states import Ruling
from tests.factories import imaging

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]
LIST = "/admin/imaging/captureentry/"


@pytest.fixture
def entry(record: StudentRecord, li: User, now: datetime) -> CaptureEntry:
    """A matched photo that was measured."""
    version = imaging.make_photo(record)
    return measure_entry(entry=version.entry, actor=li, now=now)


def test_page_draws_on_the_photo_and_lists_the_same_values(
    client_of: ClientOf, li: User, entry: CaptureEntry
) -> None:
    entry.measures |= {
        "width": 480,
        "height": 640,
        "bytes": 50_000,
        "mode": "RGB",
        "dpi": 300,
        "quality": 90,
        "background": [100, 197, 255],
        "background_deviation": 1.0,
        "sharpness": 99.0,
        "look": {
            "width": 480,
            "border": 0,
            "burnt": 0.0,
            "brightest": 200,
            "hair_top": 44,
            "faces": [[130, 170, 220, 290]],
            "eyes": [[190, 250], [290, 250]],
            "is_frontal": True,
        },
    }
    entry.save()

    page = client_of(li).get(f"{LIST}{entry.pk}/change/").content.decode()

    assert f'href="{LIST}{entry.pk}/picture/"' in page
    assert 'y1="44"' in page
    assert "44 像素" in page
    assert "50–110 像素" in page
    assert "48.8 KB" in page
    assert "css/inspection.css" in page
    assert "只提醒，不拒收" in page


def test_photo_that_was_never_measured_can_be_measured_from_its_page(
    client_of: ClientOf, li: User, record: StudentRecord
) -> None:
    bare = imaging.make_photo(record).entry
    desk = client_of(li)
    assert "量一遍构图" in desk.get(f"{LIST}{bare.pk}/change/").content.decode()

    done = desk.post(f"{LIST}{bare.pk}/do/measure/", {})

    bare.refresh_from_db()
    assert done["Location"] == f"{LIST}{bare.pk}/change/"
    assert "look" in bare.measures


def test_registrar_rules_with_a_reason(client_of: ClientOf, li: User, entry: CaptureEntry) -> None:
    desk = client_of(li)
    given = {"ruling": "USABLE", "reason": "头顶留白够，量到的是帽子"}

    desk.post(f"{LIST}{entry.pk}/do/rule/", given)

    made = PhotoRuling.objects.get()
    assert (made.entry, made.ruling, made.reason) == (entry, Ruling.USABLE, given["reason"])
    page = desk.get(f"{LIST}{entry.pk}/change/").content.decode()
    assert "头顶留白够，量到的是帽子" in page


@pytest.mark.parametrize("given", [{"ruling": "USABLE"}, {"reason": "看过"}, {"ruling": "X"}])
def test_half_a_ruling_is_refused(
    client_of: ClientOf, li: User, entry: CaptureEntry, given: dict[str, str]
) -> None:
    answer = client_of(li).post(f"{LIST}{entry.pk}/do/rule/", given)

    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert not PhotoRuling.objects.exists()


def test_auditor_reads_and_does_not_rule(
    client_of: ClientOf, auditor: User, entry: CaptureEntry
) -> None:
    desk = client_of(auditor)

    assert desk.get(f"{LIST}{entry.pk}/change/").status_code == 200
    assert desk.post(f"{LIST}{entry.pk}/do/rule/", {"ruling": "USABLE"}).status_code == 403


def test_filter_finds_remarks_that_nobody_ruled_on(
    client_of: ClientOf, li: User, entry: CaptureEntry
) -> None:
    remark = {"code": "blurred", "message": "偏模糊"}
    CaptureEntry.objects.filter(pk=entry.pk).update(warnings=[remark])
    desk = client_of(li)
    waiting = desk.get(LIST, {"remarks": "open"})
    assert list(waiting.context["cl"].result_list) == [entry]

    desk.post(f"{LIST}{entry.pk}/do/rule/", {"ruling": "RETAKE", "reason": "面部失焦"})

    assert not desk.get(LIST, {"remarks": "open"}).context["cl"].result_list
