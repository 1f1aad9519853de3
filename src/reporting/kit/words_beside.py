"""Words that a sheet holds beside its checks: which of them go with what the rules find, and which are nobody's. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from reporting.application.desk_commands import Submit
from reporting.kit.messages import message
from reporting.kit.reading import ReadSheet, SaidInSheet
from reporting.rules.model import Finding
from reporting.words import Words

MOST_REASON = 1_800
"""Characters of a reason that leave room for the file's name and hash."""


def unused(sheet: ReadSheet, findings: Sequence[Finding]) -> tuple[Words, ...]:
    """Words beside a check that are nobody's: it finds something else by now, or nothing."""
    told = {(finding.rule, finding.contest, finding.message_ja) for finding in findings}
    return tuple(
        message.words("words_beside_another", sheet=sheet.made.name, row=said.row, rule=said.rule)
        for said in sheet.said
        if (said.rule, said.contest, said.sentence) not in told
    )


def with_words(request: Submit, said: Sequence[SaidInSheet], findings: Sequence[Finding]) -> Submit:
    """What a sheet says goes with the very finding that stood beside it: of the same rule and contest, in the same sentence, so that
    words for one difference never pass for another's. What whoever hands in says of a finding comes first."""
    explanations, declarations, reasons = dict(request.explanations), dict(request.declarations), list[str]()
    for finding in findings:
        for told in said:
            same = (told.rule, told.contest, told.sentence) == (
                finding.rule,
                finding.contest,
                finding.message_ja,
            )
            if not same or finding.key in explanations or finding.key in declarations:
                continue
            if told.reason_class is not None and finding.waivable:
                declarations[finding.key] = told.reason_class
                reasons += [told.words] if told.words else []
            elif told.reason_class is None and finding.severity == "warning":
                explanations[finding.key] = told.words
    words = "; ".join(dict.fromkeys(filter(None, [request.reason, *reasons])))[:MOST_REASON]
    return request.model_copy(
        update={"explanations": explanations, "declarations": declarations, "reason": words or None}
    )
