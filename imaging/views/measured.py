"""What was measured on a picture, as a page shows it: the badges, the remarks, the drawing."""

from collections.abc import Sequence
from typing import Any, Final

from imaging.inspection import Look, PhotoRules, RuleResult, Verdict, overlay_of

__all__ = ["measured_context"]

_BADGES: Final = {
    Verdict.PASS: ("done", "符合", "check"),
    Verdict.WARN: ("due", "要看", "warn"),
    Verdict.FAIL: ("blocked", "不符合", "cross"),
    Verdict.UNKNOWN: ("todo", "没量到", ""),
}


def measured_context(
    results: Sequence[RuleResult], look: Look | None, rules: PhotoRules, *, href: str
) -> dict[str, Any]:
    """The context of `imaging/_self_check_result.html`; `href` is where the picture comes from."""

    def count(verdict: Verdict) -> int:
        return sum(result.verdict is verdict for result in results)

    return {
        "rules": rules,
        "aside": f"{len(results)} 项",
        "passed": count(Verdict.PASS),
        "rows": [(result, *_BADGES[result.verdict]) for result in results],
        "remarks": [result for result in results if result.is_remark],
        "failed": count(Verdict.FAIL),
        "warned": count(Verdict.WARN),
        "unknown": count(Verdict.UNKNOWN),
        "overlay": overlay_of(look, rules),
        "href": href,
    }
