"""Names of files by the province's rule."""

import pytest

from common.errors import InvalidInputError
from imaging.documents.case_names import case_file_name, check_file_rule, check_folder_rule

pytestmark = pytest.mark.unit

VALUES = {"学号": "2022040127", "姓名": "沈若溪", "序号": "01", "材料": "身份证"}


@pytest.mark.parametrize(
    "rule",
    ["{学号}_{姓名}_{序号}{材料}", "{证件号码}-{序号}", " {案号}（{序号}） "],
)
def test_good_rule_is_taken(rule: str) -> None:
    assert check_file_rule(rule) == rule.strip()


@pytest.mark.parametrize(
    "rule",
    [
        "{学号}_{材料}",
        "{姓名}_{序号}",
        "{学号}/{序号}",
        "{学号}_{序号",
        "{学号}_{序号}_{班级}",
        ".{学号}{序号}",
        "",
        "{学号}:{序号}",
    ],
)
def test_bad_rule_is_refused(rule: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        check_file_rule(rule)
    assert error.value.field == "file_rule"


@pytest.mark.parametrize("rule", ["{姓名}", "{学号}{序号}", "{学号}\\x", ""])
def test_bad_folder_is_refused(rule: str) -> None:
    with pytest.raises(InvalidInputError):
        check_folder_rule(rule)


def test_name_follows_the_rule() -> None:
    name = case_file_name("{学号}_{姓名}_{序号}{材料}", VALUES, suffix=".jpg")

    assert name == "2022040127_沈若溪_01身份证.jpg"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("../../etc/passwd", ".._.._etc_passwd.jpg"),
        ("a\x00b\u202egpj", "abgpj.jpg"),
        ("CON", "_CON.jpg"),
        ("  ", "材料.jpg"),
        ("买买提·吐尔逊", "买买提·吐尔逊.jpg"),
        ('a<b>"c|d?*', "a_b__c_d__.jpg"),
    ],
)
def test_value_cannot_leave_its_folder(value: str, shown: str) -> None:
    name = case_file_name("{姓名}", {"姓名": value}, suffix=".jpg")

    assert "/" not in name
    assert name.lstrip(".") == shown.lstrip(".")


def test_long_name_is_cut_before_its_suffix() -> None:
    name = case_file_name("{姓名}", {"姓名": "长" * 300}, suffix=".pdf")

    assert len(name.encode()) <= 190
    assert name.endswith("长.pdf")
