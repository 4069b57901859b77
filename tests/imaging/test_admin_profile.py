"""A photo standard at the desk: a typo is told beside its field and reaches no page."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from imaging.models import PhotoProfile
from imaging.models.photo_standard import default_backgrounds
from tests.factories import imaging

pytestmark = [pytest.mark.page, pytest.mark.django_db]

ClientOf = Callable[[User], Client]


def filled(profile: PhotoProfile, **changes: Any) -> dict[str, Any]:
    """The form as it stands on the page, with some fields typed anew."""
    names = ("name", "width", "height", "dpi", "min_bytes", "max_bytes", "quality")
    more = ("background_tolerance", "max_upload_bytes", "max_pixels")
    values = {name: getattr(profile, name) for name in (*names, *more)}
    marks = dict.fromkeys(("is_exact_size", "has_face_check", "is_default"), "on")
    written = {name: json.dumps(getattr(profile, name)) for name in ("backgrounds", "geometry")}
    return {**values, **marks, **written, **changes}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            {"backgrounds": "[100, 197, 255]"},
            "底色要写成 [[100, 197, 255], [255, 255, 255]] 的样子",
        ),
        ({"max_bytes": "40", "min_bytes": "20"}, "40 KB 要填 40960"),
    ],
)
def test_typo_is_told_and_the_self_check_stays_open(
    client_of: ClientOf, client: Client, li: User, typed: dict[str, str], said: str
) -> None:
    profile = imaging.make_profile(is_default=True)
    address = f"/admin/imaging/photoprofile/{profile.pk}/change/"

    answer = client_of(li).post(address, filled(profile, **typed))

    assert answer.status_code == 200
    assert said in answer.content.decode()
    profile.refresh_from_db()
    assert (profile.backgrounds, profile.max_bytes) == (default_backgrounds(), 40 * 1024)
    assert client.get("/self-check/").status_code == 200


def test_colours_as_the_help_writes_them_are_saved(client_of: ClientOf, li: User) -> None:
    profile = imaging.make_profile(is_default=True)
    address = f"/admin/imaging/photoprofile/{profile.pk}/change/"

    page = client_of(li).get(address).content.decode()
    answer = client_of(li).post(address, filled(profile, backgrounds="[[100, 197, 255]]"))

    assert "只许浅蓝就写 [[100, 197, 255]]" in page
    assert answer.status_code == 302
    profile.refresh_from_db()
    assert profile.backgrounds == [[100, 197, 255]]
