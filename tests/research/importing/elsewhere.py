"""Tables as people have them: other names of columns, other words for grades, other programs' habits."""

from __future__ import annotations

import csv
import io
import json

# As a spreadsheet of a small evaluation looks: one row an output, the prompt repeated.
FLAT = """question,model,response,label,gold,topic
"What is 2 + 2?",gpt-x,"The answer is 4.",1,4,sums
"What is 2 + 2?",llama-y,"It is 5, of course.",0,4,sums
"What is 7 x 6?",gpt-x,"42",1,42,sums
"What is 7 x 6?",llama-y,"I cannot help with
that request.",refused,42,sums
"""
# As pandas writes it: an index without a name, True and False, an empty cell.
PANDAS = """,prompt_id,Prompt,model_name,Completion,is_correct
0,q1,Name the capital of France.,small,Paris,True
1,q2,Name the capital of Peru.,small,Quito,False
2,q3,Name the capital of Chad.,small,,
"""
# As a spreadsheet of a German office writes it.
EXCEL = "Frage;Modell;Antwort;Wertung\nWie groß ist der Bär?;klein;Größer als ein Fuchs;richtig\n".encode(
    "cp1252"
)


def as_csv(rows: list[dict[str, object]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def as_lines(rows: list[dict[str, object]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def many(items: int, systems: int = 2) -> list[dict[str, object]]:
    return [
        {
            "question": f"What is {n} + {n}?", "model": f"system-{s}", "answer": f"It is {2 * n + s}.",
            "label": int(s == 0),
        }
        for n in range(items)
        for s in range(systems)
    ]  # fmt: skip
