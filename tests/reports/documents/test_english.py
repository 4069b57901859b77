import pytest

from accounts.identity import DocumentType
from enrollment.selectors import FIELD_LABELS
from enrollment.states import EnrollmentStatus
from reports.documents.english import LABELS, PURPOSES, STATUSES, value_in_english
from reports.states import NEVER_SHOWN, ReportPurpose

pytestmark = pytest.mark.unit


def test_every_field_purpose_and_status_has_an_english_word() -> None:
    assert set(FIELD_LABELS) - NEVER_SHOWN <= set(LABELS)
    assert set(PURPOSES) == set(ReportPurpose.values)
    assert set(STATUSES) == set(EnrollmentStatus.values)


@pytest.mark.parametrize(
    ("name", "value", "english"),
    [
        ("level", "本科", "Undergraduate (bachelor's level)"),
        ("level", "中专", None),
        ("sex", "女", "Female"),
        ("ethnicity", "维吾尔族", "Uygur"),
        ("ethnicity", "汉族", "Han"),
        ("ethnicity", "其他", None),
        ("study_mode", "普通全日制", "Full-time"),
        ("enrollment_status", "在籍（注册学籍）", "Enrolled (registered)"),
        ("entry_date", "2022年09月01日", "2022-09-01"),
        ("duration_years", "4 年", "4 years"),
        ("duration_years", "2.5 年", "2.5 years"),
        ("duration_years", "1 年", "1 year"),
        ("entry_grade", "2022 级", "2022"),
        ("graduating_class", "2026 届", "2026"),
        ("student_no", "2022040127", "2022040127"),
        ("major_name", "汉语言文学", "Chinese Language and Literature"),
        ("college_name", "人文学院", None),
        ("id_type", str(DocumentType.RESIDENT_ID.label), "Resident Identity Card"),
    ],
)
def test_only_codes_and_official_names_are_translated(
    name: str, value: str, english: str | None
) -> None:
    terms = {"汉语言文学": "Chinese Language and Literature"}

    assert value_in_english(name, value, status="REGISTERED", terms=terms) == english


def test_all_56_ethnic_groups_are_there() -> None:
    groups = [
        "汉",
        "蒙古",
        "回",
        "藏",
        "维吾尔",
        "苗",
        "彝",
        "壮",
        "布依",
        "朝鲜",
        "满",
        "侗",
        "瑶",
        "白",
        "土家",
        "哈尼",
        "哈萨克",
        "傣",
        "黎",
        "傈僳",
        "佤",
        "畲",
        "高山",
        "拉祜",
        "水",
        "东乡",
        "纳西",
        "景颇",
        "柯尔克孜",
        "土",
        "达斡尔",
        "仫佬",
        "羌",
        "布朗",
        "撒拉",
        "毛南",
        "仡佬",
        "锡伯",
        "阿昌",
        "普米",
        "塔吉克",
        "怒",
        "乌孜别克",
        "俄罗斯",
        "鄂温克",
        "德昂",
        "保安",
        "裕固",
        "京",
        "塔塔尔",
        "独龙",
        "鄂伦春",
        "赫哲",
        "门巴",
        "珞巴",
        "基诺",
    ]

    found = [
        value_in_english("ethnicity", f"{group}族", status="REGISTERED", terms={})
        for group in groups
    ]

    assert len(groups) == 56
    assert None not in found
    assert len(set(found)) == 56
