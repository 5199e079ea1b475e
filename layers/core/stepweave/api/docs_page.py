"""`/docs`: the OpenAPI document as one page of plain HTML.

Written here rather than served with Swagger UI: that loads a megabyte of script from a CDN, which a laptop without a
network does not have and a strict content security policy forbids, and packaged copies of it are years old. This page
runs no script at all; each operation has a curl line to paste instead of a form to fill in.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

Json = Mapping[str, Any]

_STYLE = """
:root{color-scheme:light dark;--line:#8884;--soft:#8881;--accent:#0a7}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}
h1 small{font-weight:normal;font-size:.9rem;opacity:.7}
code,pre{font:13px/1.45 ui-monospace,monospace}
pre{background:var(--soft);padding:.7rem;overflow:auto;border-radius:.3rem}
details{border:1px solid var(--line);border-radius:.3rem;margin:.5rem 0;padding:.5rem .8rem}
summary{cursor:pointer}
.method{display:inline-block;min-width:4rem;font-weight:700;color:var(--accent)}
table{border-collapse:collapse;width:100%}
td,th{text-align:left;vertical-align:top;padding:.25rem .6rem .25rem 0;border-bottom:1px solid var(--line)}
.role{float:right;opacity:.7}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
CONTENT_SECURITY_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'"


def docs_page(document: Json) -> str:
    """An OpenAPI document -> HTML."""
    info = document["info"]
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width"><title>' + escape(info["title"]) + " API</title>",
            f"<style>{_STYLE}</style></head><body>",
            f"<h1>{escape(info['title'])} <small>{escape(info['version'])} · "
            '<a href="/openapi.json">openapi.json</a></small></h1>',
            _prose(info["description"]),
            *(part for tag in document["tags"] for part in _tag(document, tag)),
            "<h2>Problem codes</h2>",
            _codes(document.get("x-problem-codes", {})),
            "<h2>Schemas</h2>",
            *(_schema(name, schema) for name, schema in document["components"]["schemas"].items()),
            "</body></html>",
        ]
    )


def _tag(document: Json, tag: Json) -> Iterator[str]:
    yield f"<h2>{escape(tag['name'])}</h2>{_prose(tag['description'])}"
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if tag["name"] in operation["tags"]:
                yield _operation(method.upper(), path, operation)


def _operation(method: str, path: str, operation: Json) -> str:
    body = _example(operation.get("requestBody"))
    return "".join(
        [
            f'<details id="{escape(operation["operationId"])}"><summary><span class="method">{method}</span>',
            f"<code>{escape(path)}</code> {escape(operation['summary'])}{_role(operation)}</summary>",
            _prose(operation.get("description", "")),
            _parameters(operation.get("parameters", [])),
            f"<pre>{escape(_curl(method, path, operation, body))}</pre>",
            _responses(operation["responses"]),
            "</details>",
        ]
    )


def _role(operation: Json) -> str:
    roles = [role for requirement in operation.get("security", []) for names in requirement.values() for role in names]
    return f'<span class="role">{escape(", ".join(roles) or "no key")}</span>'


def _parameters(parameters: list[Json]) -> str:
    rows = [
        f"<tr><td><code>{escape(each['name'])}</code></td><td>{escape(each['in'])}</td>"
        f"<td><code>{escape(_type(each['schema']))}</code></td><td>{_inline(_about(each))}</td></tr>"
        for each in parameters
    ]
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _about(member: Json) -> str:
    return str(member.get("description") or member.get("schema", {}).get("description") or "")


def _curl(method: str, path: str, operation: Json, body: object) -> str:
    parts = ["curl", "-sS"] + ([f"-X {method}"] if method != "GET" else [])
    if operation.get("security"):
        parts.append('-H "Authorization: Bearer $STEPWEAVE_API_KEY"')
    if body is not None:
        parts.append("-d " + _quoted(json.dumps(body)))
    examples = {each["name"]: _first(each) for each in operation.get("parameters", []) if each["in"] == "path"}
    return " ".join([*parts, '"$STEPWEAVE_URL' + re.sub(r"{(\w+)}", lambda m: examples[m[1]], path) + '"'])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _first(parameter: Json) -> str:
    examples = parameter["schema"].get("examples") or [parameter["name"].upper()]
    return str(examples[0])


def _responses(responses: Json) -> str:
    rows = []
    for status, response in responses.items():
        example = _example(response)
        shown = f"<pre>{escape(json.dumps(example, indent=2))}</pre>" if example is not None and status < "3" else ""
        rows.append(f"<tr><td>{escape(status)}</td><td>{_inline(response['description'])}{shown}</td></tr>")
    return f"<table>{''.join(rows)}</table>"


def _example(holder: Json | None) -> Any:
    contents = (holder or {}).get("content", {}).values()
    return next((content.get("example") for content in contents), None)


def _codes(codes: Mapping[str, str]) -> str:
    rows = [
        f'<tr id="{escape(code)}"><td><code>{escape(code)}</code></td><td>{_inline(meaning)}</td></tr>'
        for code, meaning in codes.items()
    ]
    return f"<table>{''.join(rows)}</table>"


def _schema(name: str, schema: Json) -> str:
    members = schema.get("properties", {})
    needed = schema.get("required", [])
    rows = [
        f"<tr><td><code>{escape(member)}</code>{' *' if member in needed else ''}</td>"
        f"<td><code>{escape(_type(of))}</code></td><td>{_inline(of.get('description', ''))}</td></tr>"
        for member, of in members.items()
    ]
    head = f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>'
    return f"{head}{_prose(schema.get('description', ''))}<table>{''.join(rows)}</table></details>"


def _type(schema: Json) -> str:
    """A schema in a few words. -> `Workflow`, `string | null`, `array of string`, `"a" | "b"`"""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " | ".join(_type(each) for each in schema[union])
    if "const" in schema or "enum" in schema:
        return " | ".join(json.dumps(each) for each in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"array of {_type(schema.get('items', {}))}"
    kind = schema.get("type", "any")
    return " | ".join(kind) if isinstance(kind, list) else str(kind)


def _prose(text: str) -> str:
    """Paragraphs and lists of the little Markdown that the document uses."""
    html = []
    for block in filter(None, (block.strip() for block in text.split("\n\n"))):
        items = re.split(r"^- ", block, flags=re.MULTILINE)
        if len(items) > 1:
            html.append("<ul>" + "".join(f"<li>{_inline(item)}</li>" for item in items[1:]) + "</ul>")
        else:
            html.append(f"<p>{_inline(block)}</p>")
    return "".join(html)


def _inline(text: str) -> str:
    escaped = escape(text, quote=False)
    escaped = re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped)
    return re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", escaped)
