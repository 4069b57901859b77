"""Kinds of identity documents, and what files call them."""

import unicodedata
from functools import lru_cache

from django.db import models

from accounts.identity.text import SPACES


class Sex(models.TextChoices):
    """Sex as the platform's files know it (GB/T 2261.1 has two more codes, which files never carry)."""

    MALE = "MALE", "男"
    FEMALE = "FEMALE", "女"


class DocumentType(models.TextChoices):
    """Kinds of identity documents.

    The education sector's table (field SFZJLX) plus the permits that it has no code for. The
    roster decides the kind; a number is never forced into 18 digits.
    """

    RESIDENT_ID = "RESIDENT_ID", "居民身份证"
    OFFICER_CARD = "OFFICER_CARD", "军官证"
    SOLDIER_CARD = "SOLDIER_CARD", "士兵证"
    CIVIL_CADRE = "CIVIL_CADRE", "文职干部证"
    RETIRED_MILITARY = "RETIRED_MILITARY", "部队离退休证"
    POLICE_CARD = "POLICE_CARD", "警官证"
    HK_ID = "HK_ID", "香港特区护照/身份证明"
    MACAU_ID = "MACAU_ID", "澳门特区护照/身份证明"
    HK_MACAU_PERMIT = "HK_MACAU_PERMIT", "港澳居民来往内地通行证"
    TAIWAN_PERMIT = "TAIWAN_PERMIT", "台湾居民来往大陆通行证"
    HMT_RESIDENCE = "HMT_RESIDENCE", "港澳台居民居住证"
    FOREIGN_PERMANENT = "FOREIGN_PERMANENT", "外国人永久居留身份证"
    PASSPORT = "PASSPORT", "护照"
    HOUSEHOLD = "HOUSEHOLD", "户口簿"
    OTHER = "OTHER", "其他"


# The one-character code of the education sector's table; permits added later have none.
PLATFORM_CODES: dict[str, DocumentType] = {
    "1": DocumentType.RESIDENT_ID,
    "2": DocumentType.OFFICER_CARD,
    "3": DocumentType.SOLDIER_CARD,
    "4": DocumentType.CIVIL_CADRE,
    "5": DocumentType.RETIRED_MILITARY,
    "6": DocumentType.HK_ID,
    "7": DocumentType.MACAU_ID,
    "8": DocumentType.TAIWAN_PERMIT,
    "9": DocumentType.FOREIGN_PERMANENT,
    "A": DocumentType.PASSPORT,
    "B": DocumentType.HOUSEHOLD,
    "Z": DocumentType.OTHER,
}

_TYPE_ALIASES: dict[str, DocumentType] = {
    "身份证": DocumentType.RESIDENT_ID,
    "二代身份证": DocumentType.RESIDENT_ID,
    "中华人民共和国居民身份证": DocumentType.RESIDENT_ID,
    "军人身份证": DocumentType.OFFICER_CARD,
    "军人证": DocumentType.OFFICER_CARD,
    "士官证": DocumentType.SOLDIER_CARD,
    "离退休证": DocumentType.RETIRED_MILITARY,
    "人民警察证": DocumentType.POLICE_CARD,
    "警察证": DocumentType.POLICE_CARD,
    "香港身份证": DocumentType.HK_ID,
    "香港居民身份证": DocumentType.HK_ID,
    "香港永久性居民身份证": DocumentType.HK_ID,
    "香港特区护照": DocumentType.HK_ID,
    "香港特区护照身份证明": DocumentType.HK_ID,
    "澳门身份证": DocumentType.MACAU_ID,
    "澳门居民身份证": DocumentType.MACAU_ID,
    "澳门特区护照": DocumentType.MACAU_ID,
    "澳门特区护照身份证明": DocumentType.MACAU_ID,
    "港澳通行证": DocumentType.HK_MACAU_PERMIT,
    "回乡证": DocumentType.HK_MACAU_PERMIT,
    "港澳居民通行证": DocumentType.HK_MACAU_PERMIT,
    "港澳居民来往内地通行证(非中国籍)": DocumentType.HK_MACAU_PERMIT,
    "台胞证": DocumentType.TAIWAN_PERMIT,
    "台湾通行证": DocumentType.TAIWAN_PERMIT,
    "台湾居民来往内地通行证": DocumentType.TAIWAN_PERMIT,
    "居住证": DocumentType.HMT_RESIDENCE,
    "港澳居民居住证": DocumentType.HMT_RESIDENCE,
    "台湾居民居住证": DocumentType.HMT_RESIDENCE,
    "中华人民共和国港澳居民居住证": DocumentType.HMT_RESIDENCE,
    "中华人民共和国台湾居民居住证": DocumentType.HMT_RESIDENCE,
    "境外永久居住证": DocumentType.FOREIGN_PERMANENT,
    "外国人永久居留证": DocumentType.FOREIGN_PERMANENT,
    "外国人居留证": DocumentType.FOREIGN_PERMANENT,
    "外国护照": DocumentType.PASSPORT,
    "中国护照": DocumentType.PASSPORT,
    "普通护照": DocumentType.PASSPORT,
    "户口本": DocumentType.HOUSEHOLD,
    "其它": DocumentType.OTHER,
    "其他证件": DocumentType.OTHER,
    "其它证件": DocumentType.OTHER,
}


@lru_cache(maxsize=256)
def parse_document_type(text: str) -> DocumentType | None:
    """Return the kind that a cell names, by label, common short name, platform code or stored value."""
    plain = unicodedata.normalize("NFKC", SPACES.sub("", text)).upper()
    return _TYPES_BY_TEXT.get(plain)


_TYPES_BY_TEXT: dict[str, DocumentType] = {
    **{unicodedata.normalize("NFKC", str(kind.label)).upper(): kind for kind in DocumentType},
    **{kind.value: kind for kind in DocumentType},
    **_TYPE_ALIASES,
    **PLATFORM_CODES,
}
