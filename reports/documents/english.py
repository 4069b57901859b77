"""Labels and code values of a record in English.

Only what is a code is translated; names of schools, colleges and majors come from the school's own
table or stay in Chinese. Nothing is translated freely: a report must not say more than the record.
"""

import re
from collections.abc import Mapping

from enrollment.states import EnrollmentStatus

__all__ = ["LABELS", "NAMES", "PURPOSES", "value_in_english"]

LABELS = {
    "name": "Name",
    "name_latin": "Name in Latin letters",
    "sex": "Sex",
    "birth_date": "Date of birth",
    "ethnicity": "Ethnic group",
    "political_status": "Political status",
    "id_type": "Type of identity document",
    "id_number": "Identity document number",
    "school": "University",
    "level": "Level",
    "major_name": "Major",
    "major_code": "Major code",
    "duration_years": "Length of programme",
    "education_category": "Category of education",
    "study_mode": "Mode of study",
    "student_no": "Student number",
    "candidate_no": "Admission number",
    "entry_date": "Date of enrolment",
    "enrollment_status": "Enrolment status",
    "expected_graduation_date": "Expected date of graduation",
    "college_name": "School or department",
    "department": "Division",
    "class_name": "Class",
    "entry_grade": "Year of entry",
    "graduating_class": "Graduating class",
}
PURPOSES = {
    "JOB": "Employment",
    "STUDY": "Further study",
    "VISA": "Visa and travel",
    "BENEFIT": "Benefits and residence",
    "EXAM": "Examination",
    "OTHER": "Other",
}
NAMES = frozenset({"school", "college_name", "major_name", "department", "class_name"})

STATUSES: Mapping[str, str] = {
    EnrollmentStatus.REGISTERED: "Enrolled (registered)",
    EnrollmentStatus.UNREGISTERED: "Enrolled (not registered this year)",
    EnrollmentStatus.SUSPENDED: "Enrolled (studies suspended)",
    EnrollmentStatus.RETAINED: "Enrolled (status retained)",
    EnrollmentStatus.ADMISSION_RETAINED: "Admission retained",
    EnrollmentStatus.GRADUATED: "Not enrolled (graduated)",
    EnrollmentStatus.COMPLETED: "Not enrolled (completed without graduation)",
    EnrollmentStatus.INCOMPLETE: "Not enrolled (left before completion)",
    EnrollmentStatus.WITHDRAWN: "Not enrolled (withdrawn)",
    EnrollmentStatus.TRANSFERRED_OUT: "Not enrolled (transferred)",
    EnrollmentStatus.EXPELLED: "Not enrolled (expelled)",
    EnrollmentStatus.DECEASED: "Not enrolled",
    EnrollmentStatus.CANCELLED: "Not enrolled (cancelled)",
    EnrollmentStatus.OTHER: "Other",
}
_VALUES: dict[str, dict[str, str]] = {
    "sex": {"男": "Male", "女": "Female"},
    "level": {
        "博士": "Doctoral",
        "博士研究生": "Doctoral",
        "硕士": "Master's",
        "硕士研究生": "Master's",
        "本科": "Undergraduate (bachelor's level)",
        "专升本": "Undergraduate (top-up from junior college)",
        "第二学士学位": "Second bachelor's degree",
        "专科": "Junior college",
        "高职": "Higher vocational college",
        "专科（高职）": "Junior college (higher vocational)",
        "高职（专科）": "Junior college (higher vocational)",
        "预科": "Preparatory",
    },
    "education_category": {
        "普通": "Regular higher education",
        "普通高等教育": "Regular higher education",
        "研究生": "Postgraduate education",
        "研究生教育": "Postgraduate education",
        "成人": "Adult higher education",
        "成人高等教育": "Adult higher education",
        "网络": "Online higher education",
        "网络教育": "Online higher education",
        "自学考试": "Self-study examination",
        "开放教育": "Open education",
    },
    "study_mode": {
        "普通全日制": "Full-time",
        "全日制": "Full-time",
        "非全日制": "Part-time",
        "脱产": "Full-time (adult education)",
        "业余": "Part-time (evenings and weekends)",
        "夜大": "Evening university",
        "夜大学": "Evening university",
        "函授": "Correspondence",
        "网络教育": "Online",
        "网络": "Online",
    },
    "political_status": {
        "群众": "Unaffiliated",
        "共青团员": "Member of the Communist Youth League of China",
        "中共党员": "Member of the Communist Party of China",
        "中共预备党员": "Probationary member of the Communist Party of China",
        "无党派人士": "Nonpartisan",
    },
    "id_type": {
        "居民身份证": "Resident Identity Card",
        "护照": "Passport",
        "香港特区护照/身份证明": "Hong Kong SAR passport or identity card",
        "澳门特区护照/身份证明": "Macao SAR passport or identity card",
        "港澳居民来往内地通行证": "Mainland Travel Permit for Hong Kong and Macao Residents",
        "台湾居民来往大陆通行证": "Mainland Travel Permit for Taiwan Residents",
        "港澳台居民居住证": "Residence Permit for Hong Kong, Macao and Taiwan Residents",
        "外国人永久居留身份证": "Foreign Permanent Resident ID Card",
    },
    # GB/T 3304, names in Latin letters.
    "ethnicity": dict(
        pair.split(":")
        for pair in [
            "汉:Han",
            "蒙古:Mongol",
            "回:Hui",
            "藏:Zang",
            "维吾尔:Uygur",
            "苗:Miao",
            "彝:Yi",
            "壮:Zhuang",
            "布依:Buyei",
            "朝鲜:Chosen",
            "满:Man",
            "侗:Dong",
            "瑶:Yao",
            "白:Bai",
            "土家:Tujia",
            "哈尼:Hani",
            "哈萨克:Kazak",
            "傣:Dai",
            "黎:Li",
            "傈僳:Lisu",
            "佤:Va",
            "畲:She",
            "高山:Gaoshan",
            "拉祜:Lahu",
            "水:Sui",
            "东乡:Dongxiang",
            "纳西:Naxi",
            "景颇:Jingpo",
            "柯尔克孜:Kirgiz",
            "土:Tu",
            "达斡尔:Daur",
            "仫佬:Mulao",
            "羌:Qiang",
            "布朗:Blang",
            "撒拉:Salar",
            "毛南:Maonan",
            "仡佬:Gelao",
            "锡伯:Xibe",
            "阿昌:Achang",
            "普米:Pumi",
            "塔吉克:Tajik",
            "怒:Nu",
            "乌孜别克:Uzbek",
            "俄罗斯:Russ",
            "鄂温克:Ewenki",
            "德昂:Deang",
            "保安:Bonan",
            "裕固:Yugur",
            "京:Gin",
            "塔塔尔:Tatar",
            "独龙:Derung",
            "鄂伦春:Oroqen",
            "赫哲:Hezhen",
            "门巴:Monba",
            "珞巴:Lhoba",
            "基诺:Jino",
        ]
    ),
}
_DATE = re.compile(r"(\d{4})年(\d\d)月(\d\d)日")
_YEARS = re.compile(r"([0-9.]+) 年")
_SUFFIXED = re.compile(r"(\d{4}) [级届]")


def value_in_english(name: str, value: str, *, status: str, terms: Mapping[str, str]) -> str | None:
    """The value of the field as an English report writes it; None where it must stay in Chinese.

    `status` is the code of the enrolment status, `terms` the school's own names.
    """
    if name == "enrollment_status":
        return STATUSES[status]
    if name in NAMES:
        return terms.get(value)
    if name in _VALUES:
        return _VALUES[name].get(value) or _VALUES[name].get(value.removesuffix("族"))
    return _figures(value)


def _figures(value: str) -> str | None:
    """Dates, lengths and years; what is plain Latin already stays as it is."""
    if found := _DATE.fullmatch(value):
        return "-".join(found.groups())
    if found := _YEARS.fullmatch(value):
        return f"{found[1]} year{'' if found[1] == '1' else 's'}"
    if found := _SUFFIXED.fullmatch(value):
        return found[1]
    return value if value.isascii() else None
