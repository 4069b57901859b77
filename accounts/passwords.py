"""The rule for passwords: said before the person types, checked after."""

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from accounts.identity.phone import national_digits
from accounts.models import DeclaredIdentity, User

__all__ = ["PasswordRule"]

_LEAST_SCORE = 2
_LONGEST_SCORED = 72
_CHUNK = 6
_LEAST_WORD = 4
_LEAST_HAN = 2
_HAN = re.compile(r"[\u3007\u3400-\u9fff\U00020000-\U000323af]")
# What the international list misses: the first guesses at Chinese passwords.
_COMMON_HERE = frozenset(
    {
        "woaini",
        "woaini520",
        "woaini521",
        "woaini1314",
        "woaini123",
        "iloveyou1314",
        "5201314",
        "1314520",
        "520520",
        "a123456",
        "a12345678",
        "aa123456",
        "aa12345678",
        "abc123456",
        "abcd123456",
        "qq123456",
        "qq123123",
        "q123456789",
        "qwe123456",
        "zxc123456",
        "asd123456",
        "wang123456",
        "zhang123456",
        "123456aa",
        "123456abc",
        "xuexin123",
        "chsi123456",
        "biye2026",
        "daxue123",
        "admin123456",
        "student123",
        "nihao123",
        "nihao123456",
    }
)
_scoring = threading.Lock()


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    return frozenset(CommonPasswordValidator().passwords) | _COMMON_HERE


class PasswordRule:
    """Length, three kinds of characters, nothing common, nothing of one's own.

    Used as Django's only password validator. `user` may be unsaved: at registration it carries the
    contact that was just typed.
    """

    @staticmethod
    def rules() -> list[str]:
        """The rule as a list, for showing beside the field."""
        return [
            f"{settings.PASSWORD_MIN_LENGTH} 到 {settings.PASSWORD_MAX_LENGTH} 位",
            "字母、数字、符号三样都要有",
            "不含自己的姓名（拼音也算）、手机号、邮箱名、证件号码",
            "不是常见的密码，例如 woaini1314、abc123456",
        ]

    def get_help_text(self) -> str:
        """The rule in one sentence."""
        return "；".join(self.rules()) + "。"

    def __init__(self, *, name: str = "", number: str = "") -> None:
        self._name, self._number = name, number

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise a ValidationError with every part of the rule that is broken.

        `name` and `number` speak of somebody who has no account yet.
        """
        broken = list(_broken_form(password))
        own = _own_words(user) if user is not None else []
        own += [word.lower() for word in (*_name_words(self._name), self._number) if word]
        if _holds_own(password, own):
            broken.append("密码里有你自己的姓名、手机号、邮箱名或证件号码，熟人猜得到，请换一个。")
        elif not broken and _is_common(password, own):
            broken.append("这个密码太常见，很容易被猜到，请换一个。")
        if broken:
            raise ValidationError(broken, code="password_rule")


def _broken_form(password: str) -> Iterator[str]:
    least, most = settings.PASSWORD_MIN_LENGTH, settings.PASSWORD_MAX_LENGTH
    if not least <= len(password) <= most:
        yield f"密码要 {least} 到 {most} 位，现在是 {len(password)} 位。"
    missing = [
        name
        for name, has in (
            ("字母", any(char.isalpha() for char in password)),
            ("数字", any(char.isdigit() for char in password)),
            ("符号", any(not char.isalnum() and not char.isspace() for char in password)),
        )
        if not has
    ]
    if missing:
        yield f"密码里还缺{'和'.join(missing)}。"
    if any(unicodedata.category(char).startswith("C") for char in password):
        yield "密码里有看不见的字符，请重新输入。"


def _is_common(password: str, own: list[str]) -> bool:
    letters = re.sub(r"[^a-z0-9]", "", password.lower())
    if password.lower() in _common() or letters in _common():
        return True
    from zxcvbn import zxcvbn  # noqa: PLC0415 -- ten megabytes of words, for who sets a password

    with _scoring:  # zxcvbn keeps the person's words in a dictionary shared by all threads
        score: int = zxcvbn(password[:_LONGEST_SCORED], user_inputs=own)["score"]
        zxcvbn("0", user_inputs=[])
    return score < _LEAST_SCORE


def _own_words(user: User) -> list[str]:
    """What belongs to the person: names in characters and pinyin, mail name, numbers."""
    words: list[str] = []
    if user.email:
        words.append(user.email.partition("@")[0])
    if user.phone:
        words.append(national_digits(user.phone))
    identity = (
        DeclaredIdentity.objects.filter(user_id=user.pk).prefetch_related("numbers").first()
        if user.pk
        else None
    )
    if identity is not None:
        words += [*_name_words(identity.name), *(row.number for row in identity.numbers.all())]
    return [word.lower() for word in words]


def _name_words(name: str) -> list[str]:
    if not _HAN.search(name):
        return [name, *re.split(r"[\s·.'-]+", name)]
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 -- fifty megabytes of readings

    syllables = lazy_pinyin(_HAN.findall(name), style=Style.NORMAL)
    return [name, "".join(syllables), "".join([*syllables[1:], syllables[0]])]


def _holds_own(password: str, own: list[str]) -> bool:
    """Whether the password holds a whole own word, or six digits in a row of an own number."""
    lowered = password.lower()
    plain = re.sub(r"[^a-z0-9]", "", lowered)
    for word in own:
        compact = re.sub(r"[^a-z0-9]", "", word)
        if len(compact) >= _LEAST_WORD and compact in plain:
            return True
        if _HAN.search(word) and len(word) >= _LEAST_HAN and word in lowered:
            return True
        digits = re.sub(r"[^0-9x]", "", word)
        if any(digits[i : i + _CHUNK] in plain for i in range(len(digits) - _CHUNK + 1)):
            return True
    return False
