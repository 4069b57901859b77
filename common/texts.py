"""Messages whose words the office may make its own: which there are, what fills their places, what holds.

A text is plain: a name in braces is filled, nothing else is special, so no text can reach beyond the
values that its message carries. The code's own template holds until the office has written, and
again whenever what was written cannot be filled.
"""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.template.loader import render_to_string

from common.errors import InvalidInputError
from common.kept import Kept
from common.models import Channel, MessageText, OutboxMessage
from common.placeholders import check_places, fill, places_in

__all__ = [
    "CATALOG",
    "COMMON_VARIABLES",
    "Variable",
    "Wording",
    "Words",
    "check_words",
    "forget",
    "overridden",
    "register",
    "sms_parts",
    "words_read",
]

logger = logging.getLogger(__name__)

# A gateway charges by the part: 70 signs in one, 67 in each of several.
_SMS_ONE: Final = 70
_SMS_PART: Final = 67
_SMS_MOST: Final = 335
_ADDRESS: Final = re.compile(
    r"[a-z][a-z0-9+.\-]*://[^\s，。；、（）“”]*|//[^\s，。；、（）“”]+"
    # Chinese writing stands close to an address, so only plain letters count as part of one.
    r"|(?<![A-Za-z0-9_@.\-])(?:(?:[a-z0-9\-]+\.)+[a-z]{2,}|\d{1,3}(?:\.\d{1,3}){3})"
    r"(?![A-Za-z0-9_\-])[!-~]*",
    re.IGNORECASE,
)

Words = tuple[str, str, str]  # subject, body, SMS


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A place that a message fills: from one parameter, or from several in words of our own."""

    name: str
    param: str = ""
    sample: Any = ""
    words: Callable[[Any], str] = _as_text
    # Reads all parameters instead of one.
    of_all: Callable[[Mapping[str, Any]], str] | None = None
    is_needed: bool = False

    def value(self, params: Mapping[str, Any]) -> str:
        """What stands in its place; KeyError or ValueError where the message does not carry it."""
        if self.of_all is not None:
            return self.of_all(params)
        found = params[self.param]
        if self.param.endswith("_at") and isinstance(found, str):
            found = datetime.fromisoformat(found) if found else None
        return "" if found is None else self.words(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """One message of the portal: the name of its template, what it is called, and what fills it."""

    key: str
    label: str
    variables: tuple[Variable, ...] = ()
    # Parameters that no variable shows but the code's template reads.
    also: Mapping[str, Any] = field(default_factory=dict)
    # What stays ours below a mail: who writes, the way to the page, the way out of reminders.
    foot: str = "messages/_verification_end.txt"
    # Stands on a page: only its text is written, and nothing is sent.
    is_page: bool = False

    def every(self) -> tuple[Variable, ...]:
        """Its own places and those that every message has."""
        return (*self.variables, *COMMON_VARIABLES)

    def samples(self) -> dict[str, Any]:
        """Parameters as a message might carry them."""
        return {each.param: each.sample for each in self.variables if each.param} | dict(self.also)

    def values(self, params: Mapping[str, Any]) -> dict[str, str]:
        """What fills every place."""
        return {each.name: each.value(params) for each in self.every()}


COMMON_VARIABLES: Final = (
    Variable(name="网站名称", of_all=lambda _params: str(settings.SITE_NAME)),
    Variable(name="经办科室", of_all=lambda _params: str(settings.OFFICE_CONTACT)),
    Variable(name="网址", of_all=lambda _params: f"{settings.BASE_URL}/"),
)
# By template; filled in by the site.
CATALOG: dict[str, Wording] = {}


def register(*wordings: Wording) -> None:
    """Let the office write these messages."""
    CATALOG.update({each.key: each for each in wordings})


def _fresh() -> dict[str, Words]:
    rows = MessageText.objects.filter(is_default=False)
    return {
        key: (subject, body, sms)
        for key, subject, body, sms in rows.values_list("key", "subject", "body", "sms")
    }


_KEPT: Final = Kept(name="message-texts", fresh=_fresh)


def forget() -> None:
    """Let the next message read as it was just written."""
    _KEPT.forget()


def overridden(message: OutboxMessage) -> tuple[str, str] | None:
    """Subject and text in the office's own words; None where the code's template holds.

    A text that cannot be filled is logged and passed over: no message waits for a wrong word. The
    foot of a mail stays ours: it says who writes, and that we never ask for a password.
    """
    if message.template not in CATALOG:
        return None
    return words_read(message, _KEPT.get().get(message.template))


def words_read(message: OutboxMessage, words: Words | None) -> tuple[str, str] | None:
    """The message in these words, with what it carries; None without any, or when they cannot be filled."""
    if words is None:
        return None
    try:
        return _filled(CATALOG[message.template], words, message)
    except Exception as error:  # noqa: BLE001 -- a message matters more than its words
        logger.error(  # noqa: TRY400 -- the trace could hold what the message says
            "the text %s cannot be filled, the code's own is used: %s",
            message.template,
            type(error).__name__,
        )
        return None


def _filled(wording: Wording, words: Words, message: OutboxMessage) -> tuple[str, str]:
    subject, body, sms = words
    shown = (sms or body) if message.channel == Channel.SMS else body
    values = wording.values({**message.params, **(message.secret_params or {})})
    for text in (subject, shown):
        if any(name not in values for name in places_in(text)):
            raise KeyError(wording.key)
    text = fill(shown, values)
    if message.channel == Channel.SMS:
        text = " ".join(text.split())
    elif message.channel == Channel.EMAIL:
        foot = {
            **message.params,
            "channel": message.channel,
            "base_url": settings.BASE_URL,
            "site_name": settings.SITE_NAME,
            "office_contact": settings.OFFICE_CONTACT,
        }
        text = f"{text}\n\n{render_to_string(wording.foot, foot).strip()}"
    # A subject is one line, whatever filled it.
    return " ".join(fill(subject, values).split()), text


def check_words(wording: Wording, words: Words) -> None:
    """InvalidInputError that says which place is unknown or missing, or which address is not ours."""
    named = ("subject", "body", "sms")
    known = [each.name for each in wording.every()]
    for name, text in zip(named, words, strict=True):
        check_places(text, known=known, field=name)
        for address in foreign_addresses(text):
            raise InvalidInputError(
                f"“{address}”不是本站的网址，不能写。要写网址，用变量{{网址}}。", field=name
            )
    subject, body, sms = words
    for name, text in (("body", f"{subject}{body}"), ("sms", sms)):
        missing = [
            each.name
            for each in wording.variables
            if each.is_needed and text and each.name not in places_in(text)
        ]
        if missing:
            raise InvalidInputError(
                f"少了变量{{{missing[0]}}}，收到的人会不知道要紧的事。", field=name
            )
    length = 0 if wording.is_page else len(sms_text(wording, words))
    if length > _SMS_MOST:
        raise InvalidInputError(
            f"短信有 {length} 个字，最多 {_SMS_MOST} 个。另写一段短的短信。", field="sms"
        )


def sms_text(wording: Wording, words: Words) -> str:
    """The SMS with sample values, as it would leave."""
    text = fill(words[2] or words[1], wording.values(wording.samples()))
    return f"【{settings.SITE_NAME}】{' '.join(text.split())}"


def sms_parts(length: int) -> int:
    """How many SMS a text of this length is charged as."""
    return 1 if length <= _SMS_ONE else -(-length // _SMS_PART)


def foreign_addresses(text: str) -> Iterator[str]:
    """Addresses in the text that lead anywhere but to this portal."""
    own = settings.BASE_URL.casefold()
    bare = own.partition("://")[2]
    for match in _ADDRESS.finditer(text):
        found = match[0].casefold()
        if not any(found == base or found.startswith(f"{base}/") for base in (own, bare)):
            yield match[0]
