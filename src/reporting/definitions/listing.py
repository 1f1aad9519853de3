"""The catalogue as a document for people, and the record of what each version of an item meant."""

from __future__ import annotations

from reporting.definitions.catalogue import Catalogue
from reporting.definitions.checks import meaning
from reporting.domain.workflow import Workflow

HEAD = """# Item catalogue

Generated from `src/reporting/definitions/data/catalogue` by `reporting definitions catalogue > docs/catalogue.md`;
do not edit. How it is made: [definitions.md](definitions.md#catalogue).
"""


def catalogue_listing(catalogue: Catalogue) -> str:
    """Markdown: dimensions, every item by group with purpose and basis, forms, templates, slot plans."""
    asked: dict[str, list[str]] = {}
    for form in catalogue.forms.values():
        for code in form.items:
            asked.setdefault(code, []).append(form.code)
    lines = [HEAD]
    for file in catalogue.item_files:
        lines += [
            f"## {file.group.ja} / {file.group.en}",
            "| code | ja | en | unit | breakdowns | purpose | basis | version | forms |",
            "|---|---|---|---|---|---|---|---|---|",
        ]
        for item in file.items:
            unit = item.unit
            if item.numerator:
                unit += f" = 100·{item.numerator}/{item.denominator}"
            unit += ", signed" * item.signed + ", by choice" * item.by_choice
            purpose = item.purpose
            lines.append(
                _row(
                    f"`{item.code}`",
                    item.label.ja,
                    item.label.en or "",
                    unit,
                    " · ".join("×".join(breakdown) for breakdown in item.breakdowns),
                    f"{purpose.ja}<br>{purpose.en or ''}" if purpose else "",
                    item.basis or "",
                    str(item.version),
                    " ".join(asked.get(item.code, [])),
                )
            )
        lines.append("")
    lines += ["## Dimensions", "| code | ja | en | values |", "|---|---|---|---|"]
    for dimension in catalogue.dimensions.values():
        values = " · ".join(
            f"`{value.code}` {value.label.ja} / {value.label.en}" for value in dimension.values
        )
        lines.append(_row(f"`{dimension.code}`", dimension.label.ja, dimension.label.en or "", values))
    lines += [
        "",
        "## Forms",
        "| code | ja | en | ballots | slots | filled from |",
        "|---|---|---|---|---|---|",
    ]
    for form in catalogue.forms.values():
        lines.append(
            _row(
                f"`{form.code}`",
                form.label.ja,
                form.label.en or "",
                " ".join(form.ballots),
                ("cumulative: " if form.cumulative else "") + " ".join(slot.code for slot in form.slots),
                " ".join(form.prefill),
            )
        )
    lines += [
        "",
        "## Elections",
        "| template | ja | en | basis | workflow | slot plans |",
        "|---|---|---|---|---|---|",
    ]
    for template in catalogue.templates.values():
        flow = template.workflow
        plans = [plan.code for plan in catalogue.plans.values() if template.code in plan.templates]
        lines.append(
            _row(
                f"`{template.code}`",
                template.label.ja,
                template.label.en or "",
                template.basis,
                _flow(flow) if flow else "",
                " ".join(plans),
            )
        )
    return "\n".join(lines) + "\n"


def _flow(flow: Workflow) -> str:
    told = f"{' → '.join(flow.levels)}; published at {flow.publish_at_level}, certified at {flow.certify_at_level}"
    own = "".join(f"; a {level} that reports certifies its own" for level in flow.self_managed)
    return told + own


def versions_record(catalogue: Catalogue) -> str:
    """versions.toml with the present version of every item added; what is recorded stays as it is."""
    versions = {code: dict(meanings) for code, meanings in catalogue.versions.versions.items()}
    for item in catalogue.items.values():
        versions.setdefault(item.code, {}).setdefault(str(item.version), meaning(item))
    lines = ["# What each version of an item means; written by `reporting definitions lint --record`."]
    for code, meanings in sorted(versions.items()):
        lines += ["", f"[versions.{code}]" if "." not in code else f'[versions."{code}"]']
        lines += [
            f'{version} = "{_escaped(text)}"'
            for version, text in sorted(meanings.items(), key=lambda entry: int(entry[0]))
        ]
    return "\n".join(lines) + "\n"


def _row(*fields: str) -> str:
    return "| " + " | ".join(field.replace("|", "\\|") for field in fields) + " |"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
