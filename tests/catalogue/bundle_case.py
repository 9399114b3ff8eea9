"""A small sound bundle. Each test changes one thing about it, so that it fails for no other reason."""

from __future__ import annotations

from annotations.catalogue.bundle import BundleErrors, Declared, check_bundle

SOUND = {
    "items": "item_id,domain,prompt,reference,metric\ni1,sums,1 + 1?,2,1\ni2,sums,2 + 3?,5,2\n",
    "systems": "system,family,parameters,shaping\nalpha,A,6e9,raw\nbeta,B,1.75e11,shaped\n",
    "templates": "template,domain,text,weight\nplain,sums,{prompt},0.5\n",
    "outputs": (
        "output_id,item_id,system,template,text,grade,grader\n"
        "o1,i1,alpha,plain,It is 2.,correct,key\n"
        "o2,i1,beta,plain,It is 3.,incorrect,key\n"
    ),
    "participants": "participant_id,kind,group\np1,human,\np2,ai,experts\n",
    "responses": (
        "participant_id,output_id,batch,verdict,confidence,duration_ms\n"
        "p1,o1,main,correct,90,1200\n"
        "p1,o2,main,correct,40,900\n"
    ),
}
SUPERVISION = Declared(
    protocol="supervision",
    domains=frozenset({"sums"}),
    batches=frozenset({"main"}),
    conditions=frozenset({"plain", "warned"}),
)
DIFFICULTY = Declared(protocol="difficulty", domains=frozenset({"sums"}))


def write(folder, **tables):
    """The sound bundle, with the given tables instead; None leaves one out."""
    for name, content in {**SOUND, **tables}.items():
        if content is not None:
            data = content if isinstance(content, bytes) else content.encode()
            (folder / f"{name}.csv").write_bytes(data)
    return folder


def check(folder, declared=SUPERVISION, **tables):
    existing = tables.pop("existing", None)
    return check_bundle(write(folder, **tables), declared=declared, existing=existing)


def faults(folder, declared=SUPERVISION, **tables):
    """What is wrong with the bundle, as (file, line, column, reason)."""
    try:
        check(folder, declared, **tables)
    except BundleErrors as errors:
        return [(at.file, at.line, at.column, at.reason) for at in errors.problems]
    return []
