"""The English texts: those of every locale whose language has no file here."""

from __future__ import annotations

CONSENT = """\
You are invited to take part in a research study about how people judge tasks and the answers that \
artificial intelligence systems give to them.

Taking part is voluntary. You may stop at any time, without giving a reason and without any disadvantage; \
close the page or use the button for leaving.

Your answers and the time they take are recorded and kept under a pseudonym. Anything that could identify \
you, such as the code by which a panel sent you here, is kept apart from your answers, is used only to \
admit and to pay you, and is never published.

You will be shown a withdrawal code. With it you can have your answers deleted until the data set of this \
study is published. From then on they are part of a public data set under your pseudonym, and published \
copies that others have made cannot be recalled.

By going on you confirm that you are of full age, that you have read this page and that you agree to take \
part.
"""

INSTRUCTIONS = {
    "difficulty": """\
You will see tasks, one on a page. Please solve each one yourself, without help from other people, search \
engines or AI systems. If you cannot, say "I don't know": that is an answer too, and better than a guess.

Then tell us how hard you find the task: of 100 people like you, how many would fail to solve it? And tell \
us how confident you are that your own answer is right.

There is no time limit. Each answer is saved when you go on, so you can take a break and come back to the \
same page.
""",
    "supervision": """\
You will see tasks, one on a page, each with the answer that an AI system gave to it. Please judge each \
answer:

- correct: the task is solved and the result is right;
- avoidant: the answer evades the task, for instance by refusing, by not knowing, or by talking of \
something else;
- incorrect: an answer is given and it is wrong;
- unsure: you cannot tell.

Please judge the result, not the style. Work it out yourself, without help from other people, search \
engines or AI systems. Then tell us how confident you are in your judgement.

There is no time limit. Each answer is saved when you go on, so you can take a break and come back to the \
same page.
""",
    "both": """\
You will see tasks, one on a page. Some stand alone: please solve them yourself, or say that you don't \
know, and tell us how many of 100 people like you would fail. Others come with the answer that an AI \
system gave: please judge whether that answer is correct, avoidant (it evades the task) or incorrect, or \
say that you are unsure. Then tell us how confident you are.

Please work without help from other people, search engines or AI systems. There is no time limit. Each \
answer is saved when you go on, so you can take a break and come back to the same page.
""",
}

DEBRIEF = """\
Thank you. You have answered everything.

With your answers and those of other people we study how hard tasks are for people, and how often a wrong \
answer of an AI system passes unnoticed. Many of the answers that such systems give are wrong although \
they read well: please do not take any text that you saw here for a fact.

Keep your withdrawal code. With it you can have your answers deleted until the data set is published.
"""
