"""The fixed words of a report in both languages, for the page and for paper."""

from dataclasses import dataclass

__all__ = ["CHINESE", "ENGLISH", "Words", "words_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What stands around the fields."""

    title: str
    receiver: str
    purpose: str
    issued: str
    until: str
    code: str
    made: str
    no_photo: str
    how: tuple[str, ...]
    notes: tuple[str, ...]


CHINESE = Words(
    title="在校情况核验单",
    receiver="出具给",
    purpose="用途",
    issued="签发",
    until="有效到",
    code="验证码",
    made="本文件生成于",
    no_photo="没有照片",
    how=(
        "是否仍然有效，只以在线查验为准：",
        "扫描右侧二维码，或自己输入下面的网址，再填验证码。",
        "网址不是这个域名的，都是假的。",
    ),
    notes=(
        "本单由学校自行签发，内容是学生选择公开的部分；不是教育部或学信网的文件，也不是学历证书。",
        "文件里的数字签名只证明签发时的内容没有被改动，不说明现在的状态；纸张和截图都不作凭据。",
        "学生可以随时关闭本报告。学籍内容有变化，在线查验会显示。",
    ),
)
ENGLISH = Words(
    title="Statement of Enrolment",
    receiver="Issued for",
    purpose="Purpose",
    issued="Issued",
    until="Valid until",
    code="Verification code",
    made="This file was made",
    no_photo="No photo",
    how=(
        "Only the online check tells whether this statement is still valid:",
        "scan the QR code, or type the address below yourself and enter the code.",
        "A page on any other domain is a fake.",
    ),
    notes=(
        (
            "Issued by the university itself, showing what the student chose to show. This is neither a "
            "document of the Ministry of Education or CHSI nor a certificate of graduation."
        ),
        (
            "The digital signature proves what was issued and that it was not changed since; it says "
            "nothing about today's status. Paper and screenshots prove nothing."
        ),
        "The student may close this report at any time. The online check shows when the record has changed.",
    ),
)


def words_of(*, english: bool) -> Words:
    """The words in the report's language."""
    return ENGLISH if english else CHINESE
