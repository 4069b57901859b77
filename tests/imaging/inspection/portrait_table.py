"""What each rule caught and missed on two real portraits; writes the table of docs/inspection.md.

python -m tests.imaging.inspection.portrait_table
"""

from dataclasses import replace
from pathlib import Path

from imaging.inspection import (
    GRADUATION_RULES,
    RULE_NAMES,
    CompositionRules,
    RuleCode,
    Verdict,
    check_picture,
)
from tests.imaging.portraits import SITTERS, SPOILS, spoiled

__all__ = ["BEGIN", "DOCUMENT", "END", "in_document", "said", "table"]

DOCUMENT = Path(__file__).parents[3] / "docs" / "inspection.md"
BEGIN, END = "<!-- portraits: begin -->\n", "<!-- portraits: end -->\n"
RULES = replace(GRADUATION_RULES, composition=CompositionRules())


def said(number: int, name: str) -> dict[RuleCode, Verdict]:
    """What every rule said of a spoiled portrait."""
    check = check_picture(spoiled(number, name), RULES)
    assert check.refusal == ""
    return {result.code: result.verdict for result in check.results}


def _cell(number: int, name: str) -> str:
    verdicts = said(number, name)
    wanted = SPOILS[number].wanted
    remarks = [
        code for code, verdict in verdicts.items() if verdict in {Verdict.WARN, Verdict.FAIL}
    ]
    unknown = [code for code, verdict in verdicts.items() if verdict is Verdict.UNKNOWN]
    words = []
    if wanted:
        words.append("caught" if set(wanted) & set(remarks) else "**missed**")
    elif not remarks:
        words.append("no remark")
    also = [code for code in remarks if code not in wanted]
    if also:
        words.append(
            ("also " if wanted else "**remark** ") + "、".join(RULE_NAMES[c] for c in also)
        )
    if unknown:
        words.append("not measured: " + "、".join(RULE_NAMES[code] for code in unknown))
    return "; ".join(words)


def table() -> str:
    """The table as Markdown."""
    head = ["Spoiled how", "Should say", *SITTERS]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for number, spoil in enumerate(SPOILS):
        wanted = " or ".join(RULE_NAMES[code] for code in spoil.wanted) or "–"
        cells = [spoil.name, wanted, *(_cell(number, name) for name in SITTERS)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def in_document() -> str:
    """The table that the document holds."""
    text = DOCUMENT.read_text(encoding="utf-8")
    return text.split(BEGIN)[1].split(END)[0]


if __name__ == "__main__":
    whole = DOCUMENT.read_text(encoding="utf-8")
    before, after = whole.split(BEGIN)[0], whole.split(END)[1]
    DOCUMENT.write_text(before + BEGIN + table() + END + after, encoding="utf-8")
