"""A Chinese name in Latin letters: a proposal by rules, and whether a spelling reads the name.

GB/T 28039-2011 and the passport rule for ü: family name first and in capitals, compound surnames
joined, given name in one word, ü as YU. Polyphones cannot be decided by rule, so a person confirms.
"""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import product

__all__ = ["LONGEST", "is_reading_of", "propose"]

LONGEST = 100

# Surnames that are not read as the dictionary's first reading of the character.
_SURNAMES = {
    "单": "shan", "曾": "zeng", "区": "ou", "仇": "qiu", "解": "xie", "查": "zha", "任": "ren",
    "朴": "piao", "盖": "ge", "翟": "zhai", "乐": "yue", "覃": "qin", "尉": "wei", "员": "yun",
    "贠": "yun", "缪": "miao", "宓": "mi", "秘": "bi", "种": "chong", "重": "chong", "洗": "xian",
    "冼": "xian", "折": "she", "黑": "he", "盛": "sheng", "葛": "ge", "郇": "xun", "隗": "wei",
    "逄": "pang", "郗": "xi", "祭": "zhai", "谌": "chen", "柏": "bai", "薄": "bo", "晁": "chao",
    "车": "che", "褚": "chu", "都": "du", "干": "gan", "句": "gou", "过": "guo", "哈": "ha",
    "华": "hua", "纪": "ji", "贾": "jia", "那": "na", "能": "nai", "宁": "ning", "繁": "po",
    "强": "qiang", "瞿": "qu", "阙": "que", "撒": "sa", "召": "shao", "舍": "she", "石": "shi",
    "宿": "su", "燕": "yan", "要": "yao", "叶": "ye", "应": "ying", "占": "zhan", "长": "zhang",
    "万": "wan", "沈": "shen", "塔": "ta", "行": "xing", "牟": "mou", "莘": "shen", "佴": "nai",
    "仉": "zhang", "谷": "gu", "令": "ling", "陆": "lu", "粘": "nian", "乜": "nie", "番": "pan",
    "曲": "qu", "少": "shao", "术": "zhu", "訾": "zi", "臧": "zang", "藏": "zang", "角": "jue",
    "吕": "lü", "洪": "hong", "相": "xiang", "亓": "qi", "卜": "bu", "仝": "tong",
    "彭": "peng", "傅": "fu", "尹": "yin", "殷": "yin", "阚": "kan", "郜": "gao", "邸": "di",
}  # fmt: skip
_COMPOUND = {
    "欧阳": "ouyang", "太史": "taishi", "端木": "duanmu", "上官": "shangguan", "司马": "sima",
    "东方": "dongfang", "独孤": "dugu", "南宫": "nangong", "万俟": "moqi", "闻人": "wenren",
    "夏侯": "xiahou", "诸葛": "zhuge", "尉迟": "yuchi", "公羊": "gongyang", "赫连": "helian",
    "澹台": "tantai", "皇甫": "huangfu", "宗政": "zongzheng", "濮阳": "puyang", "公冶": "gongye",
    "太叔": "taishu", "申屠": "shentu", "公孙": "gongsun", "慕容": "murong", "仲孙": "zhongsun",
    "钟离": "zhongli", "长孙": "zhangsun", "宇文": "yuwen", "司徒": "situ", "鲜于": "xianyu",
    "司空": "sikong", "闾丘": "lüqiu", "子车": "ziju", "亓官": "qiguan", "司寇": "sikou",
    "巫马": "wuma", "公西": "gongxi", "颛孙": "zhuansun", "壤驷": "rangsi", "公良": "gongliang",
    "漆雕": "qidiao", "乐正": "yuezheng", "宰父": "zaifu", "谷梁": "guliang", "穀梁": "guliang",
    "拓跋": "tuoba", "夹谷": "jiagu", "轩辕": "xuanyuan", "令狐": "linghu", "段干": "duangan",
    "百里": "baili", "呼延": "huyan", "东郭": "dongguo", "南门": "nanmen", "羊舌": "yangshe",
    "微生": "weisheng", "梁丘": "liangqiu", "左丘": "zuoqiu", "西门": "ximen", "第五": "diwu",
    "南荣": "nanrong", "东里": "dongli", "即墨": "jimo", "达奚": "daxi", "褚师": "chushi",
    "单于": "chanyu", "完颜": "wanyan", "耶律": "yelü", "纳兰": "nalan", "叶赫": "yehe",
    "公仪": "gongyi", "淳于": "chunyu", "屈突": "qutu",
}  # fmt: skip

_HAN = re.compile(r"[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_INTERPUNCT = "·"
_BETWEEN = frozenset("· -'’")
_LETTERS = re.compile(r"[^a-z]")
_LONGEST_SYLLABLE = 6


def propose(name: str) -> str:
    """`SHEN Ruoxi` for 沈若溪, `LYU Bu` for 吕布, `OUYANG Xiu`; parts of a dotted name side by side.

    A character without a known reading is left out as `?`, for the person to fill in.
    """
    name = name.strip()
    if not _HAN.search(name):
        return name
    if _INTERPUNCT in name or " " in name:
        parts = [part for part in re.split(f"[{_INTERPUNCT} ]+", name) if part]
        return " ".join(_word(part) for part in parts)
    surname, given = split_name(name)
    head = _COMPOUND.get(surname) or _SURNAMES.get(surname) or _joined(surname)
    return " ".join(filter(None, (_plain(head).upper(), _word(given))))


def split_name(name: str) -> tuple[str, str]:
    """Family name and given name; a compound surname needs a given name after it."""
    size = 2 if len(name) > 2 and name[:2] in _COMPOUND else 1  # noqa: PLR2004 -- two characters
    return name[:size], name[size:]


def is_reading_of(spelling: str, name: str) -> bool:
    """Whether the letters can be read from the name's characters in their order, whatever the case.

    A character without a known reading may be spelled in any way.
    """
    rest = {_LETTERS.sub("", _folded(spelling))}
    surname, given = split_name(name)
    options = [_surname_readings(surname)] if len(surname) > 1 else []
    singles = given if options else name
    for place, character in enumerate(c for c in singles if c not in _BETWEEN):
        found = set(_readings(character))
        if place == 0 and not options and character in _SURNAMES:
            found |= _spellings(_SURNAMES[character])
        options.append(found)
    for found in options:
        rest = set(_without(rest, found))
    return "" in rest


def _without(texts: set[str], readings: Collection[str]) -> Iterator[str]:
    """What is left of each text after one of the readings, or after up to six letters of none."""
    for text in texts:
        for reading in readings:
            if text.startswith(reading):
                yield text[len(reading) :]
        if not readings:
            yield from (text[size:] for size in range(1, min(len(text), _LONGEST_SYLLABLE) + 1))


def _surname_readings(surname: str) -> set[str]:
    apart = {"".join(parts) for parts in product(*(_readings(c) for c in surname))}
    return _spellings(_COMPOUND[surname]) | apart


@lru_cache(maxsize=4096)
def _readings(character: str) -> frozenset[str]:
    """Every spelling of every reading of one character; empty when none is known."""
    from pypinyin import Style, pinyin  # noqa: PLC0415 -- fifty megabytes that few processes need

    # What pypinyin does not know it gives back as it is.
    found = [
        reading
        for readings in pinyin(character, style=Style.NORMAL, heteronym=True)
        for reading in readings
        if reading != character
    ]
    return frozenset(each for reading in found for each in _spellings(reading))


def _spellings(reading: str) -> set[str]:
    """ü as passports spell it (yu), as older ones did (u, v)."""
    folded = _folded(reading)
    return {_LETTERS.sub("", folded.replace("v", letter)) for letter in ("yu", "u", "v")}


def _word(part: str) -> str:
    """One word with a capital."""
    return _plain(_joined(part)).capitalize()


def _joined(part: str) -> str:
    """The readings of the characters in one word; an apostrophe where two vowels would meet."""
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 -- as above

    syllables = lazy_pinyin(
        part, style=Style.NORMAL, v_to_u=True, errors=lambda text: "?" * len(text)
    )
    word = ""
    for syllable in syllables:
        word += f"'{syllable}" if word and syllable[:1] in "aoe" else syllable
    return word


def _plain(reading: str) -> str:
    """ü as YU, which is how passports write it: LYU, NYU, LYUE."""
    return reading.replace("ü", "yu")


def _folded(text: str) -> str:
    return text.lower().replace("ü", "v")
