from datetime import date

import pytest

from accounts.identity import (
    PLATFORM_CODES,
    DocumentType,
    Sex,
    birth_date_of,
    canonical_number,
    check_digit,
    check_number,
    fold_lookalikes,
    has_lookalike_x,
    is_fifteen_digits,
    name_match_key,
    name_problems,
    parse_document_type,
    sex_of,
)

pytestmark = pytest.mark.unit

# The standard's own example and invented 1880 dates.
VECTORS = [
    "11010519491231002X",
    "440524188001010014",
    "810000188001010015",
    "820000188001010025",
    "830000188001010035",
    "911156188001010017",
]


@pytest.mark.parametrize("number", VECTORS)
def test_check_digit_of_the_standards_vectors(number: str) -> None:
    assert check_digit(number[:17]) == number[17]


@pytest.mark.parametrize("number", VECTORS)
def test_canonical_number_keeps_a_clean_number(number: str) -> None:
    assert canonical_number(number) == number


@pytest.mark.parametrize(
    "raw",
    [
        "11010519491231002x",
        "11010519491231002Ｘ",
        "11010519491231002ｘ",
        "11010519491231002×",
        "11010519491231002Х",
        "11010519491231002х",
        "11010519491231002Χ",
        " 11010519491231002X\u3000",
        "\u200b110105 19491231 002X\ufeff",
        "110105-19491231-002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        "'11010519491231002X",
        "110105491231002",
        "110105 491231 002",
    ],
)
def test_canonical_number_folds_every_spelling_of_one_number(raw: str) -> None:
    assert canonical_number(raw) == "11010519491231002X"


@pytest.mark.parametrize("kind", list(DocumentType))
def test_canonical_number_does_not_depend_on_the_kind(kind: DocumentType) -> None:
    for raw in ["110105491231002", "H1234567801", "A123456(3)", "军字第0012345号", *VECTORS]:
        assert canonical_number(raw, kind) == canonical_number(raw)


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("A123456(3)", "A1234563"),
        ("A123456（3）", "A1234563"),
        ("a 123456 (3)", "A1234563"),
        ("1234567(8)", "12345678"),
        ("H12345678", "H12345678"),
        ("h1234567801", "H12345678"),
        ("M1234567802", "M12345678"),
        ("12345678(01)", "12345678"),
        ("1234567801(A)", "12345678"),
        ("e12345678", "E12345678"),
        ("abc110105012345", "ABC110105012345"),
        ("军字第0012345号", "军字第0012345号"),
        ("", ""),
    ],
)
def test_canonical_number_of_other_documents(raw: str, canonical: str) -> None:
    assert canonical_number(raw) == canonical


def test_canonical_number_drops_the_issue_count_of_a_plain_taiwan_permit_only_by_kind() -> None:
    assert canonical_number("1234567801", DocumentType.TAIWAN_PERMIT) == "12345678"
    assert canonical_number("1234567801") == "1234567801"


def test_canonical_number_keeps_fifteen_digits_without_a_date() -> None:
    assert canonical_number("110105991331002") == "110105991331002"


def test_canonical_number_is_stable_when_applied_twice() -> None:
    for raw in ["110105491231002", "H1234567801", "A123456(3)", "1234567801(A)", "x", "　"]:
        once = canonical_number(raw)
        assert canonical_number(once) == once


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("11010519491231002X", DocumentType.RESIDENT_ID),
        ("440524188001010014", DocumentType.RESIDENT_ID),
        ("810000188001010015", DocumentType.HMT_RESIDENCE),
        ("820000188001010025", DocumentType.HMT_RESIDENCE),
        ("830000188001010035", DocumentType.HMT_RESIDENCE),
        ("810000188001010015", DocumentType.RESIDENT_ID),
        ("911156188001010017", DocumentType.FOREIGN_PERMANENT),
        ("ABC110105012345", DocumentType.FOREIGN_PERMANENT),
        ("H12345678", DocumentType.HK_MACAU_PERMIT),
        ("12345678", DocumentType.TAIWAN_PERMIT),
        ("A1234563", DocumentType.HK_ID),
        ("K12345678", DocumentType.HK_ID),
        ("12345678", DocumentType.MACAU_ID),
        ("E12345678", DocumentType.PASSPORT),
        ("军字第0012345号", DocumentType.OFFICER_CARD),
        ("whatever", DocumentType.OTHER),
    ],
)
def test_check_number_finds_nothing_on_a_good_number(number: str, kind: DocumentType) -> None:
    assert check_number(number, kind) == []


@pytest.mark.parametrize(
    ("number", "kind", "codes"),
    [
        ("110105194912310021", DocumentType.RESIDENT_ID, ["wrong_check_digit"]),
        ("110105194913310022", DocumentType.RESIDENT_ID, ["impossible_date", "wrong_check_digit"]),
        ("110105190002290021", DocumentType.RESIDENT_ID, ["impossible_date", "wrong_check_digit"]),
        ("110105991331002", DocumentType.RESIDENT_ID, ["impossible_date"]),
        ("1101051949123100", DocumentType.RESIDENT_ID, ["number_length"]),
        ("1101051949123100XX", DocumentType.RESIDENT_ID, ["number_form"]),
        ("", DocumentType.RESIDENT_ID, ["number_length"]),
        ("11010519491231002X", DocumentType.HMT_RESIDENCE, ["number_region"]),
        ("11010519491231002X", DocumentType.FOREIGN_PERMANENT, ["number_region"]),
        ("911156188001010018", DocumentType.FOREIGN_PERMANENT, ["wrong_check_digit"]),
        ("H1234567", DocumentType.HK_MACAU_PERMIT, ["number_form"]),
        ("1234567", DocumentType.TAIWAN_PERMIT, ["number_form"]),
        ("A1234564", DocumentType.HK_ID, ["wrong_check_digit"]),
        ("A12345", DocumentType.HK_ID, ["number_form"]),
        ("1234", DocumentType.MACAU_ID, ["number_form"]),
        ("12", DocumentType.PASSPORT, ["number_form"]),
        ("", DocumentType.OTHER, ["number_form"]),
    ],
)
def test_check_number_names_the_problem(number: str, kind: DocumentType, codes: list[str]) -> None:
    problems = check_number(number, kind)

    assert [problem.code for problem in problems] == codes
    assert not [problem for problem in problems if number and number in problem.message]


def test_sex_and_birth_date_of_resident_numbers() -> None:
    assert sex_of("11010519491231002X", DocumentType.RESIDENT_ID) == Sex.FEMALE
    assert sex_of("440524188001010014", DocumentType.RESIDENT_ID) == Sex.MALE
    assert birth_date_of("11010519491231002X", DocumentType.RESIDENT_ID) == date(1949, 12, 31)
    assert birth_date_of("810000188001010015", DocumentType.HMT_RESIDENCE) == date(1880, 1, 1)
    assert birth_date_of("110105194913310021", DocumentType.RESIDENT_ID) is None


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("911156188001010017", DocumentType.FOREIGN_PERMANENT),
        ("11010519491231002X", DocumentType.OTHER),
        ("H12345678", DocumentType.HK_MACAU_PERMIT),
        ("110105194912", DocumentType.RESIDENT_ID),
    ],
)
def test_sex_and_birth_date_are_not_read_out_of_other_numbers(
    number: str, kind: DocumentType
) -> None:
    assert sex_of(number, kind) is None
    assert birth_date_of(number, kind) is None


def test_fifteen_digits_and_lookalike_x_are_seen_in_the_delivered_value() -> None:
    assert is_fifteen_digits(" 110105491231002 ")
    assert not is_fifteen_digits("11010519491231002X")
    assert has_lookalike_x("11010519491231002×")
    assert has_lookalike_x("11010519491231002Х")
    assert has_lookalike_x("11010519491231002Ｘ")
    assert not has_lookalike_x("11010519491231002x")
    assert not has_lookalike_x("11010519491231002X")


@pytest.mark.parametrize(("code", "kind"), list(PLATFORM_CODES.items()))
def test_parse_document_type_knows_the_platform_codes(code: str, kind: DocumentType) -> None:
    assert parse_document_type(f" {code} ") == kind
    assert parse_document_type(code.lower()) == kind


@pytest.mark.parametrize("kind", list(DocumentType))
def test_parse_document_type_knows_its_own_labels_and_values(kind: DocumentType) -> None:
    assert parse_document_type(str(kind.label)) == kind
    assert parse_document_type(kind.value) == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("身份证", DocumentType.RESIDENT_ID),
        ("居民 身份证", DocumentType.RESIDENT_ID),
        ("台胞证", DocumentType.TAIWAN_PERMIT),
        ("回乡证", DocumentType.HK_MACAU_PERMIT),
        ("港澳居民来往内地通行证（非中国籍）", DocumentType.HK_MACAU_PERMIT),
        ("Ａ", DocumentType.PASSPORT),
        ("其它", DocumentType.OTHER),
        ("图书证", None),
        ("", None),
    ],
)
def test_parse_document_type_of_common_words(text: str, kind: DocumentType | None) -> None:
    assert parse_document_type(text) == kind


@pytest.mark.parametrize(
    "variant", ["·", "•", "・", "‧", "∙", "⋅", "●", "．", "･", ".", " · ", "··", "﹒"]
)
def test_name_match_key_folds_every_interpunct(variant: str) -> None:
    assert name_match_key(f"古丽米热{variant}艾比布力") == "古丽米热·艾比布力"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("沈　若溪", "沈若溪"),
        ("沈\u200b若溪", "沈若溪"),
        ("John  O’Neil", "JOHN O'NEIL"),
        ("ＪＯＨＮ", "john"),
        ("Anne–Marie", "anne-marie"),
        ("\uf900三", "\u8c48三"),
        ("阿·布·都", "阿•布・都"),
    ],
)
def test_name_match_key_meets_for_two_spellings(one: str, other: str) -> None:
    assert name_match_key(one) == name_match_key(other)


@pytest.mark.parametrize(("one", "other"), [("𬱖三", "頔三"), ("王乐", "王樂"), ("王", "王王")])
def test_name_match_key_keeps_different_characters_apart(one: str, other: str) -> None:
    assert name_match_key(one) != name_match_key(other)


@pytest.mark.parametrize(
    "name",
    [
        "王",
        "沈若溪",
        "葛曾䮌",
        "𬱖三",
        "䶮三",
        "古丽米热·艾比布力",
        "Mary-Jane O'Neil",
        "J. Smith",
        "阿" * 30,
    ],
)
def test_name_problems_of_real_names_is_empty(name: str) -> None:
    assert name_problems(name) == []


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("王??", ["name_unknown_character"]),
        ("王？", ["name_unknown_character"]),
        ("王\ufffd", ["name_unknown_character"]),
        ("王\ue000", ["name_private_use"]),
        ("张(王乐)", ["name_components"]),
        ("张（王乐）", ["name_components"]),
        ("张王+乐", ["name_components"]),
        ("王\u200b三", ["name_control_character"]),
        ("王3", ["name_digits"]),
        ("古丽•艾比", ["name_lookalike_dot"]),
        ("古丽.艾比", ["name_lookalike_dot"]),
        ("古丽．艾??", ["name_unknown_character", "name_lookalike_dot"]),
    ],
)
def test_name_problems_names_the_problem(name: str, codes: list[str]) -> None:
    assert [problem.code for problem in name_problems(name)] == codes


def test_fold_lookalikes_changes_only_the_dots() -> None:
    assert fold_lookalikes("\uf900丽•艾 比") == "\uf900丽·艾 比"


def test_kinds_may_be_given_as_stored_text() -> None:
    kind = DocumentType("RESIDENT_ID").value

    assert check_number("11010519491231002X", kind) == []
    assert [p.code for p in check_number("1", kind)] == ["number_length"]
    assert [p.code for p in check_number("1", DocumentType.PASSPORT.value)] == ["number_form"]
    assert sex_of("11010519491231002X", kind) == Sex.FEMALE
