"""What the tests against counting people share: two answers laid side by side."""

import re
from typing import Any

from django.test import Client

# What differs from one answer to the next although both say the same.
_OF_THE_MOMENT = (
    re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"'),
    re.compile(r"/picture/\w+/"),
    re.compile(r'name="captcha_0" value="\w+"'),
)

EMAIL, PHONE, NOBODY, NO_PHONE = (
    "ruoxi@example.test",
    "13800138000",
    "nobody@example.test",
    "13900139000",
)


def said(response: Any, *typed: str) -> tuple[int, str, str]:
    """Status, target and page of an answer, with what was typed and what is new each time left out."""
    page = response.content.decode()
    target = response.headers.get("Location", "")
    for pattern in _OF_THE_MOMENT:
        page = pattern.sub("", page)
    for text in sorted(typed, key=len, reverse=True):
        page, target = page.replace(text, "…"), target.replace(text, "…")
    return response.status_code, target, page


def walk(path: str, data: dict[str, str], *typed: str, client: Client | None = None) -> list[Any]:
    """The answer to a post and, after a redirect, the page behind it, both as `said`."""
    client = client or Client()
    answer = client.post(path, data)
    steps = [said(answer, *typed)]
    if answer.status_code == 302:
        steps.append(said(client.get(answer["Location"]), *typed))
    return steps
