"""Phone numbers: every spelling of one number gives one E.164 text."""

import re
import unicodedata

import phonenumbers

__all__ = ["national_digits", "normal_phone"]

_NOISE = re.compile(r"[\s()\-.·\u2010-\u2015\u200b-\u200f\u2060\ufeff]+")
_MAINLAND_MOBILE = re.compile(r"1[3-9][0-9]{9}")


def normal_phone(raw: str) -> str | None:
    """Return the E.164 form of a phone that can get an SMS, or None when the text is none.

    Without a country code only mainland mobile numbers are phones, so that an 8-digit permit
    number is never taken for a landline.
    """
    text = _NOISE.sub("", unicodedata.normalize("NFKC", raw))
    if _MAINLAND_MOBILE.fullmatch(text):
        text = f"+86{text}"
    elif text.startswith("00"):
        text = f"+{text[2:]}"
    elif text.startswith("86") and _MAINLAND_MOBILE.fullmatch(text[2:]):
        text = f"+{text}"
    if not text.startswith("+"):
        return None
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return None
    kind = phonenumbers.number_type(number)
    mobile = {
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    }
    if not phonenumbers.is_valid_number(number) or kind not in mobile:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def national_digits(e164: str) -> str:
    """Return the digits as people know them: without +86, else without the plus sign."""
    return e164.removeprefix("+86").removeprefix("+")
