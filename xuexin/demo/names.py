"""Names of people who never existed: mostly short, some long, some that old systems cannot write."""

import random
from typing import NamedTuple

from accounts.identity import Sex

__all__ = ["Called", "name_of"]

_HAN = "汉族"


class Called(NamedTuple):
    """A name with the sex and the ethnicity that go with it."""

    name: str
    sex: Sex
    ethnicity: str = _HAN


_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
    "苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史"
)
_COMPOUND_SURNAMES = (
    "欧阳",
    "司徒",
    "上官",
    "诸葛",
    "司马",
    "皇甫",
    "令狐",
    "尉迟",
    "慕容",
    "端木",
)
_WOMEN = [
    "若溪",
    "静姝",
    "雨桐",
    "思妤",
    "梓涵",
    "清和",
    "婉仪",
    "月华",
    "书宁",
    "可欣",
    "语嫣",
    "芷若",
    "嘉怡",
    "雅琴",
    "秋实",
    "晓彤",
    "念慈",
    "舒窈",
    "令仪",
    "知夏",
    "佩玉",
    "采薇",
    "南乔",
    "望舒",
    "春禾",
    "芳",
    "敏",
    "静",
    "婷",
    "雪",
    "琳",
    "颖",
    "洁",
    "倩",
    "澄",
    "宁",
    "苒",
    "玥",
    "茜",
    "瑶",
]
_MEN = [
    "浩然",
    "子墨",
    "明远",
    "俊杰",
    "志强",
    "文博",
    "承宇",
    "家骏",
    "思齐",
    "景行",
    "怀瑾",
    "云深",
    "立诚",
    "伯言",
    "天佑",
    "致远",
    "弘毅",
    "修齐",
    "敬之",
    "守拙",
    "江川",
    "松年",
    "望岳",
    "长风",
    "鸣谦",
    "伟",
    "磊",
    "强",
    "军",
    "勇",
    "涛",
    "斌",
    "超",
    "鹏",
    "轩",
    "恺",
    "骁",
    "昊",
    "韬",
    "铮",
]
# Characters that are in GB 18030 but in none of the older sets: 喆 㛃 䶮 𬭩 𫖯 𬱖.
_RARE = ("喆", "㛃", "䶮", "𬭩", "𫖯", "𬱖", "堃", "旻", "祎")
_WITHOUT_SURNAME = (
    Called("阿依古丽·图尔荪", Sex.FEMALE, "维吾尔族"),
    Called("玛依热·买买提艾力", Sex.FEMALE, "维吾尔族"),
    Called("艾合买提江·阿卜杜热合曼", Sex.MALE, "维吾尔族"),
    Called("叶尔波力·哈布都拉", Sex.MALE, "哈萨克族"),
    Called("古丽娜孜·叶斯木汗", Sex.FEMALE, "哈萨克族"),
    Called("多吉次仁", Sex.MALE, "藏族"),
    Called("白玛央金", Sex.FEMALE, "藏族"),
    Called("吉克·阿依莫", Sex.FEMALE, "彝族"),
    Called("沙马·尔布", Sex.MALE, "彝族"),
    Called("乌云其木格", Sex.FEMALE, "蒙古族"),
    Called("阿拉腾苏和", Sex.MALE, "蒙古族"),
    # The longest that rosters are known to hold.
    Called("阿卜杜热伊木江·阿卜杜外力麦麦提", Sex.MALE, "维吾尔族"),
)
_OTHER_PEOPLES = ("回族", "满族", "壮族", "土家族", "苗族", "侗族", "白族", "瑶族")


def name_of(rng: random.Random) -> Called:
    """The next name: one in twelve in the form of a people without surnames, one in thirty rare."""
    draw = rng.random()
    if draw < 1 / 12:
        return rng.choice(_WITHOUT_SURNAME)
    sex = rng.choice(list(Sex))
    surname = rng.choice(_COMPOUND_SURNAMES) if rng.random() < 1 / 20 else rng.choice(_SURNAMES)
    given = rng.choice(_WOMEN if sex is Sex.FEMALE else _MEN)
    if rng.random() < 1 / 30:
        given = rng.choice(_RARE)
    people = rng.choice(_OTHER_PEOPLES) if rng.random() < 1 / 10 else _HAN
    return Called(surname + given, sex, people)
