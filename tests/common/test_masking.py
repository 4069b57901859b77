import pytest

from common.masking import MaskKind, mask

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("value", "kind", "masked"),
    [
        ("991231188603120023", MaskKind.DOCUMENT_NO, "99**************23"),
        ("99123118860312002X", MaskKind.DOCUMENT_NO, "99**************2X"),
        ("H12345678", MaskKind.DOCUMENT_NO, "H1*****78"),
        ("12345", MaskKind.DOCUMENT_NO, "1***5"),
        ("12", MaskKind.DOCUMENT_NO, "1*"),
        ("1", MaskKind.DOCUMENT_NO, "*"),
        ("13800138000", MaskKind.PHONE, "138****8000"),
        ("85291234", MaskKind.PHONE, "85****34"),
        ("12345", MaskKind.PHONE, "1***5"),
        ("alice@example.edu.cn", MaskKind.EMAIL, "a****@example.edu.cn"),
        ("a@example.edu.cn", MaskKind.EMAIL, "*@example.edu.cn"),
        ("alice", MaskKind.EMAIL, "a****"),
        ("王", MaskKind.NAME, "*"),
        ("江河", MaskKind.NAME, "江*"),
        ("方以白", MaskKind.NAME, "方*白"),
        ("古丽·艾比布", MaskKind.NAME, "古丽·***"),
        ("阿布·都拉·买", MaskKind.NAME, "阿布·**·*"),
        ("2022040127", MaskKind.STUDENT_NO, "2022****27"),
        ("202204", MaskKind.STUDENT_NO, "2****4"),
    ],
)
def test_mask_of_each_kind(value: str, kind: MaskKind, masked: str) -> None:
    assert mask(value, kind) == masked


@pytest.mark.parametrize("kind", list(MaskKind))
def test_mask_of_nothing_is_nothing(kind: MaskKind) -> None:
    assert mask("", kind) == ""


@pytest.mark.parametrize("kind", list(MaskKind))
@pytest.mark.parametrize("length", range(1, 24))
def test_mask_keeps_the_length_and_hides_something(kind: MaskKind, length: int) -> None:
    value = "123456789012345678901234"[:length]

    masked = mask(value, kind)

    assert len(masked) == length
    assert "*" in masked
