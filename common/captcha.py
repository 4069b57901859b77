"""The picture against robots: drawn on the server, without a script, shown after the first failures.

Pictures and answers are django-simple-captcha's; every picture can be tried once.
"""

import math
import random  # noqa: TID251 -- a drawing
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from captcha.fields import BaseCaptchaTextInput
from captcha.fields import CaptchaField as BaseCaptchaField
from captcha.models import CaptchaStore
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from PIL import Image, ImageDraw

from common.http import client_address
from common.ratelimit import Limit, TooManyError, check, hit

__all__ = ["CaptchaAfter", "CaptchaField", "challenge", "clear_expired_captchas", "draw_lines"]

# No letter or digit that looks like another one.
_LETTERS = "ACDEFHJKLMNPRTUWXY3479"
_LENGTH = 5
_INK = "#857b6b"
_AGAIN = "_again"


def challenge() -> tuple[str, str]:
    """What is drawn and what has to be typed; the store makes both lower case before it compares."""
    text = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return text, text.lower()


def draw_lines(draw: ImageDraw.ImageDraw, image: Image.Image) -> ImageDraw.ImageDraw:
    """Three thin waves across the letters: in the way of a program, not of a reader.

    django-simple-captcha seeds `random` with the picture's key, so a picture stays the same.
    """
    width, height = image.size
    for _ in range(3):
        middle, swing = random.uniform(0.3, 0.7) * height, random.uniform(0.1, 0.25) * height  # noqa: S311 -- a drawing
        pace, shift = random.uniform(1.5, 3.0), random.uniform(0, math.tau)  # noqa: S311 -- a drawing
        points = [
            (x, middle + swing * math.sin(pace * math.tau * x / width + shift))
            for x in range(0, width + 4, 4)
        ]
        draw.line(points, fill=_INK, width=1)
    return draw


class CaptchaInput(BaseCaptchaTextInput):
    """The picture, a button for another one, and the field for what is in it."""

    template_name = "components/_captcha.html"

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        """A new picture each time: the last one was used up by being sent."""
        self.fetch_captcha_store(name, value, attrs)
        rendered: SafeString = forms.MultiWidget.render(self, name, self._value, attrs, renderer)
        return rendered

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Where the picture is and how the button for another one is called."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["image"] = self.image_url()
        context["refresh"] = reverse("captcha-refresh")
        context["again"] = f"{name}{_AGAIN}"
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        """Key, answer, and whether only another picture was asked for."""
        key, answer = (str(data.get(f"{name}_{part}") or "") for part in (0, 1))
        return [key, answer, _AGAIN] if f"{name}{_AGAIN}" in data else [key, answer]


class CaptchaField(BaseCaptchaField):
    """ "Type what is in the picture" for a plain form.

    `way_round` is the sentence, perhaps with a link, that tells a person who cannot see the picture
    how to go on; without it the office is named. A picture is right or wrong once.
    """

    def __init__(self, *, way_round: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("label", "图里的字母和数字")
        hint = way_round or format_html(
            "看不清就换一张。用读屏软件或看不见图的，找{}代办。", settings.OFFICE_CONTACT
        )
        kwargs.setdefault("help_text", hint)
        kwargs.setdefault("widget", CaptchaInput())
        super().__init__(**kwargs)

    def clean(self, value: list[str]) -> list[str]:
        """Right, or a sentence; either way this picture is used up, also when two send it at once."""
        key, answer = value[0], value[1].strip().lower()
        now = timezone.now()  # noqa: TID251 -- a form field is handed no moment
        picture = CaptchaStore.objects.filter(hashkey=key)
        if value[2:] == [_AGAIN]:
            picture.delete()
            raise ValidationError("图已经换了，照新的图填。", code="again")
        if not answer:
            raise ValidationError("照着图填五个字母和数字，大小写都行。", code="required")
        solved = picture.filter(response=answer, expiration__gt=now).delete()[0]
        if solved != 1:
            picture.delete()
            raise ValidationError("和图里的不一样，或者图过期了，照新的图填。", code="wrong")
        return value


@dataclass(frozen=True, slots=True)
class CaptchaAfter:
    """From which failure on a picture is asked for: few of one subject, more of one address.

    `name` is the entry point, subjects are contacts or numbers as typed, known or not: that the
    picture appears tells nothing about an account.
    """

    name: str
    of_subject: int = 3
    of_address: int = 20
    seconds: int = 600

    def is_due(self, request: HttpRequest, *subjects: str, now: datetime) -> bool:
        """Whether so much failed within `seconds` that a picture is asked for."""
        try:
            for limit, subject in self._counts(request, subjects):
                check(limit, subject, now=now)
        except TooManyError:
            return True
        return False

    def failed(self, request: HttpRequest, *subjects: str, now: datetime) -> None:
        """Count a failure, or a use where every use costs somebody something."""
        for limit, subject in self._counts(request, subjects):
            try:
                hit(limit, subject, now=now)
            except TooManyError:  # one full count must not keep the other from counting
                continue

    def _counts(self, request: HttpRequest, subjects: tuple[str, ...]) -> list[tuple[Limit, str]]:
        narrow = Limit(f"captcha-{self.name}", self.of_subject, self.seconds)
        wide = Limit(f"captcha-{self.name}-address", self.of_address, self.seconds)
        return [
            (wide, client_address(request)),
            *((narrow, subject) for subject in subjects if subject),
        ]


def clear_expired_captchas(*, now: datetime) -> int:
    """Delete pictures that nobody solved in time; returns how many. A sweep."""
    return int(CaptchaStore.objects.filter(expiration__lte=now).delete()[0])
