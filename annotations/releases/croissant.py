"""croissant.json: the files and columns of a release in the vocabulary of Croissant 1.0 (JSON-LD).

What the platform cannot know, or what would differ from copy to copy, is left to whoever publishes the
data: their address, who made them, and when they were published.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from annotations.catalogue.bundle.images import SUFFIXES
from annotations.releases.contents import Contents, Files
from annotations.releases.datasheet import in_short, licences
from annotations.releases.dictionary import TABLES, entry_of
from annotations.releases.formats import Kind

CONFORMS_TO = "http://mlcommons.org/croissant/1.0"
CROISSANT_TERMS = (
    "citeAs", "column", "extract", "field", "fileObject", "fileProperty", "fileSet", "format", "includes",
    "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex",
    "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
    "equivalentProperty",
)  # fmt: skip
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in CROISSANT_TERMS},
}
MEDIA = {
    ".csv": "text/csv", ".parquet": "application/vnd.apache.parquet", ".json": "application/json",
    ".yaml": "application/yaml", ".md": "text/markdown", ".svg": "image/svg+xml",
    **{suffix: media_type for media_type, suffixes in SUFFIXES.items() for suffix in suffixes},
}  # fmt: skip
TYPES = {Kind.TEXT: "sc:Text", Kind.WHOLE: "sc:Integer", Kind.FLAG: "sc:Integer", Kind.NUMBER: "sc:Float"}
KEYS = {"items": "item_id", "systems": "system", "templates": "template", "outputs": "output_id",
        "participants": "participant_id"}  # fmt: skip


def croissant(contents: Contents, files: Files) -> dict[str, Any]:
    title = contents.definition["title"]
    stated = [licence for _, licence in licences(contents.census)]
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": title,
        "description": in_short(contents),
        "license": stated or ["No licence is stated: see README.md."],
        "citeAs": f"@misc{{release_{contents.fingerprint[:12]}, title = {{{_bibtex(title)}}},"
        f" note = {{Data set, fingerprint {contents.fingerprint}}}}}",
        "inLanguage": contents.definition["locales"],
        "isLiveDataset": False,
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": name,
                "name": name,
                "contentUrl": name,
                "contentSize": f"{files[name].size} B",
                "encodingFormat": MEDIA[Path(name).suffix.lower()],
                "sha256": files[name].sha256,
            }
            for name in sorted(files)
        ],
        "recordSet": [_record_set(table, contents) for table in TABLES if table in contents.census.columns],
    }


def _record_set(table: str, contents: Contents) -> dict[str, Any]:
    content: dict[str, Any] = {
        "@type": "cr:RecordSet",
        "@id": table,
        "name": table,
        "description": TABLES[table].description,
    }
    if table in KEYS:
        content["key"] = {"@id": f"{table}/{KEYS[table]}"}
    content["field"] = [_field(table, column, contents) for column in contents.census.columns[table]]
    return content


def _field(table: str, column: str, contents: Contents) -> dict[str, Any]:
    entry = entry_of(table, column)
    content: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{table}/{column}",
        "name": column,
        "description": ". ".join(part for part in (entry.description, entry.unit, entry.missing) if part),
        "dataType": TYPES[entry.kind],
        "source": {"fileObject": {"@id": f"{table}.csv"}, "extract": {"column": column}},
    }
    for other, key in KEYS.items():
        if column == key and table != other and other in contents.census.columns:
            content["references"] = {"field": {"@id": f"{other}/{key}"}}
    return content


def _bibtex(text: str) -> str:
    return "".join(" " if character in "{}\\" else character for character in text)
