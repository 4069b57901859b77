"""Answers to pictures, read from the store as a person reads them from the screen."""

import re

from captcha.models import CaptchaStore


def solved(page: str = "", *, name: str = "captcha") -> dict[str, str]:
    """What a form posts for its picture: that of the page, or a new one when no page is given."""
    found = re.search(rf'name="{name}_0"\s+value="(\w+)"', page)
    key = found[1] if found else CaptchaStore.generate_key()
    return {
        f"{name}_0": key,
        f"{name}_1": CaptchaStore.objects.get(hashkey=key).challenge,
    }
