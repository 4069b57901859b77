import pytest

from reports.documents.pinyin import is_reading_of, propose

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("name", "latin"),
    [
        ("沈若溪", "SHEN Ruoxi"),
        ("吕布", "LYU Bu"),
        ("绿萝", "LYU Luo"),
        ("女娲", "NYU Wa"),
        ("欧阳修", "OUYANG Xiu"),
        ("万俟卨", "MOQI Xie"),
        ("尉迟恭", "YUCHI Gong"),
        ("长孙无忌", "ZHANGSUN Wuji"),
        ("单雄信", "SHAN Xiongxin"),
        ("曾国藩", "ZENG Guofan"),
        ("区志航", "OU Zhihang"),
        ("仇英", "QIU Ying"),
        ("解缙", "XIE Jin"),
        ("乐毅", "YUE Yi"),
        ("查良镛", "ZHA Liangyong"),
        ("李安安", "LI An'an"),
        ("张", "ZHANG"),
        ("古丽米热·艾比布力", "Gulimire Aibibuli"),
        ("John Smith", "John Smith"),
    ],
)
def test_name_is_proposed_by_the_rules(name: str, latin: str) -> None:
    assert propose(name) == latin


def test_two_characters_that_are_a_compound_surname_are_surname_and_name() -> None:
    assert propose("司马") == "SI Ma"


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("LYU Bu", "吕布"),
        ("LU Bu", "吕布"),
        ("Lü Bu", "吕布"),
        ("ZHANG Le", "张乐"),
        ("Zhang Yue", "张乐"),
        ("SHAN Xiong-xin", "单雄信"),
        ("ouyang xiu", "欧阳修"),
        ("LYUQIU Ming", "闾丘明"),
        ("LI An'an", "李安安"),
        ("NYU Wa", "女娲"),
    ],
)
def test_reading_is_accepted(spelling: str, name: str) -> None:
    assert is_reading_of(spelling, name)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("JOHN Smith", "沈若溪"),
        ("Ruoxi SHEN", "沈若溪"),
        ("SHEN", "沈若溪"),
        ("SHEN Ruoxin", "沈若溪"),
        ("", "沈若溪"),
        ("ZHANG Xue", "张乐"),
    ],
)
def test_another_name_is_refused(spelling: str, name: str) -> None:
    assert not is_reading_of(spelling, name)


def test_character_without_a_reading_is_left_to_the_person() -> None:
    name = "李\ue000"

    assert propose(name) == "LI ?"
    assert is_reading_of("LI Ming", name)
    assert not is_reading_of("WANG Ming", name)
