"""The rules as a page of the docs shows them."""

from __future__ import annotations

from annotations.responses.exclusions.registry import RULES


def rules_in_markdown() -> str:
    lines = []
    for name in sorted(RULES):
        rule = RULES[name]
        lines += [f"### `{name}`", "", rule.says, ""]
        if rule.parameters:
            lines += ["| parameter | default | what it sets |", "|---|---|---|"]
        for parameter, one in rule.parameters.items():
            choices = f" One of {', '.join(f'`{choice}`' for choice in one.choices)}." if one.choices else ""
            lines.append(f"| `{parameter}` | {one.default} | {one.says}{choices} |")
        lines += [""] * bool(rule.parameters)
    return "\n".join(lines)
