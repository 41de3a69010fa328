"""The page that describes a script's API to a person: tables, calls to copy, and the first example to try.

Pure functions of the script's schemas. Everything that comes from the script is escaped.
"""

import json
from html import escape

from modelapp.core.json_schema import Schema
from modelapp.core.protocol import Json
from modelapp.server.openapi import ERRORS, example_of

_MOST_CHOICES = 8


def docs_page(
    title: str, description: str | None, schemas: dict[str, Schema], *, url: str, keys: bool, style: str
) -> str:
    """Return the page as HTML.

    Args:
        title: Of the script.
        description: Of the script, or None.
        schemas: As `Model.schema` returns them.
        url: Address of the host, with a slash at its end.
        keys: True if callers need a key.
        style: Address of the style of the script's own page, relative to the host's.
    """
    inputs, outputs = schemas["inputs"], schemas["outputs"]
    example = example_of(inputs)
    lead = f"<p class=lead>{escape(description)}</p>" if description else ""
    key = "<p>Calls need a key, which the script's author gives out.</p>" if keys else ""
    return f"""<!doctype html>
<html lang=en>
<head>
<meta charset=utf-8>
<meta name=viewport content="width=device-width, initial-scale=1">
<title>{escape(title)}: API</title>
<link rel=icon href="../icon.svg">
<link rel=stylesheet href="../{style}">
<link rel=stylesheet href="docs.css">
<script src="docs.js" defer></script>
</head>
<body>
<header>
<p class=path><a href="../">{escape(title)}</a> / API</p>
<h1>{escape(title)}</h1>
{lead}
</header>
<main>
<section>
<h2>Inputs</h2>
{_input_table(inputs)}
</section>
<section>
<h2>Outputs</h2>
{_output_table(outputs)}
</section>
<section>
<h2>Call it</h2>
<p><code>POST {escape(url)}api/run</code> runs the script once and answers with its outputs.</p>
{key}
{_calls(inputs, example, url, keys=keys)}
</section>
<section>
<h2>Try it</h2>
{_trial(inputs, example, keys=keys)}
</section>
<section>
<h2>Errors</h2>
<p>An error says what is wrong, what to do, and which input is at fault:
<code>{{"error": {{"message", "hint", "input", "request_id"}}}}</code>.</p>
<div class=scroll tabindex=0 role=group aria-label="Errors"><table>
<thead><tr><th scope=col>Status<th scope=col>Meaning</thead>
<tbody>{"".join(f"<tr><th scope=row>{status}<td>{escape(text)}" for status, text in ERRORS.items())}</tbody>
</table></div>
</section>
<section>
<h2>Machine readable</h2>
<p><a href="openapi.json">openapi.json</a> describes the same for generators of clients (OpenAPI 3.1).
With <code>Accept: text/event-stream</code> the answer comes as events while the script runs: place in the queue,
progress, text as it grows, each output.</p>
</section>
</main>
</body>
</html>
"""


def _input_table(inputs: Schema) -> str:
    required = inputs.get("required", ())
    rows = "".join(_input_row(name, schema, name in required) for name, schema in inputs["properties"].items())
    if not rows:
        return "<p>It has none that are known yet.</p>"
    more = ""
    if inputs.get("additionalProperties", True):
        more = "<p class=quiet>There may be more: not all of the script has been run yet.</p>"
    return (
        "<div class=scroll tabindex=0 role=group aria-label=Inputs><table><thead><tr><th scope=col>Name"
        f"<th scope=col>Takes<th scope=col>Default</thead><tbody>{rows}</tbody></table></div>{more}"
    )


def _input_row(name: str, schema: Schema, required: bool) -> str:
    note = schema.get("description", "")
    title = schema.get("title", "")
    about = " ".join(part for part in (title if title.lower().replace(" ", "_") != name else "", note) if part)
    small = f"<small>{escape(about)}</small>" if about else ""
    default = "<em>required</em>" if required else f"<code>{escape(_short(schema.get('default')))}</code>"
    return f"<tr><th scope=row><code>{escape(name)}</code>{small}<td>{_takes(schema)}<td>{default}"


def _takes(schema: Schema) -> str:
    """Return what an input takes, in words, as HTML."""
    if "anyOf" in schema:
        forms = list(dict.fromkeys(_takes(one) for one in schema["anyOf"] if one.get("type") != "null"))
        return " or ".join(forms)
    if "enum" in schema:
        shown = [f"<code>{escape(str(one))}</code>" for one in schema["enum"][:_MOST_CHOICES]]
        left = len(schema["enum"]) - _MOST_CHOICES
        return "one of " + ", ".join(shown) + (f" and {left} more" if left > 0 else "")
    kinds = schema.get("type")
    kind = next((one for one in kinds if one != "null"), "anything") if isinstance(kinds, list) else kinds
    if kind in ("integer", "number"):
        return ("a whole number" if kind == "integer" else "a number") + _bounds(schema)
    if kind == "array":
        count = schema.get("minItems") if schema.get("minItems") == schema.get("maxItems") else None
        return f"{count or 'a list'} of: {_takes(schema.get('items', {}))}"
    if kind == "object":
        fields = schema.get("properties", {})
        if "base64" in fields:
            return 'a file: <code>{"base64", "name"}</code>, or a part of a form'
        if "example" in fields:
            return f'an example, as <code>{{"example": …}}</code>: {_takes(fields["example"])}'
        return f"an object of {', '.join(f'<code>{escape(field)}</code>' for field in fields) or 'anything'}"
    if kind == "string":
        most = f" of at most {schema['maxLength']:,} characters" if "maxLength" in schema else ""
        return "a day, <code>YYYY-MM-DD</code>" if schema.get("format") == "date" else f"text{most}"
    return {"boolean": "<code>true</code> or <code>false</code>"}.get(str(kind), "anything")


def _bounds(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    low = None if low is not None and low <= -(2**53) + 1 else low
    high = None if high is not None and high >= 2**53 - 1 else high
    if low is not None and high is not None:
        return f" from {low:g} to {high:g}"
    if low is not None:
        return f" of at least {low:g}"
    return f" of at most {high:g}" if high is not None else ""


_GIVES = {
    "label_output": 'the winner and all confidences, <code>{"label", "confidences"}</code>',
    "text_output": "text",
    "markdown": "text, in Markdown",
    "number_output": "a number",
    "image_output": "a picture, as a file",
    "audio_output": "a sound, as a file",
    "video_output": "a video, as a file",
    "file_output": "a file",
    "table_output": "the rows, a list of objects",
    "highlight_output": 'the marked stretches, each <code>{"start", "end", "text", "category", "score"}</code>',
    "saliency_output": "the weights",
    "plot_output": "a picture as a file, or the figure's JSON",
}


def _output_table(outputs: Schema) -> str:
    rows = "".join(
        f"<tr><th scope=row><code>{escape(name)}</code><td>{_GIVES.get(schema.get('x-modelapp-kind', ''), 'JSON')}"
        for name, schema in outputs["properties"].items()
    )
    if not rows:
        return "<p>None are known yet.</p>"
    return (
        "<div class=scroll tabindex=0 role=group aria-label=Outputs><table><thead><tr><th scope=col>Name"
        f"<th scope=col>Gives</thead><tbody>{rows}</tbody></table></div>"
    )


def _calls(inputs: Schema, example: dict[str, Json], url: str, *, keys: bool) -> str:
    body = json.dumps({"inputs": example}, ensure_ascii=False)
    quoted = body.replace("'", "'\\''")
    authorization = " \\\n  -H 'Authorization: Bearer KEY'" if keys else ""
    curl = f"curl {url}api/run{authorization} \\\n  -H 'Content-Type: application/json' \\\n  -d '{quoted}'"
    files = [name for name, schema in inputs["properties"].items() if _is_file(schema)]
    if files:
        form = f"curl {url}api/run{authorization} \\\n  -F {files[0]}=@FILE"
        curl = f"{curl}\n\n# or with a file of yours\n{form}"
    headers = ',\n    headers={"Authorization": "Bearer KEY"}' if keys else ""
    lines = (
        "import requests\n",
        "answer = requests.post(",
        f"    {url + 'api/run'!r},",
        f"    json={ {'inputs': example}!r}{headers},",
        ")",
        "print(answer.json()['outputs'])",
    )
    python = "\n".join(lines)
    key = ', key="KEY"' if keys else ""
    given = ", ".join(f"{name}={value!r}" for name, value in example.items() if name.isidentifier())
    own = f'import modelapp as ma\n\nmodel = ma.connect("{url}"{key})\nprint(model({given}))'
    return _call("curl", curl) + _call("Python", python) + _call("modelapp.connect", own)


def _call(name: str, code: str) -> str:
    return (
        f'<figure><figcaption>{escape(name)}<button type=button class="button copy">Copy</button></figcaption>'
        f"<pre tabindex=0><code>{escape(code)}</code></pre></figure>"
    )


def _trial(inputs: Schema, example: dict[str, Json], *, keys: bool) -> str:
    missing = [name for name in inputs.get("required", ()) if name not in example]
    if keys:
        return "<p>A key is needed, so this page cannot do it: use one of the calls above.</p>"
    if missing:
        names = ", ".join(f"<code>{escape(name)}</code>" for name in missing)
        return f"<p>There is no example of {names}: use one of the calls above.</p>"
    body = escape(json.dumps({"inputs": example}, ensure_ascii=False), quote=True)
    return (
        "<p>Run the script here with the values of the calls above.</p>"
        f'<button type=button class="button primary" id=try data-body="{body}">Run it</button>'
        "<figure id=answer hidden><figcaption>Answer<span id=status></span></figcaption>"
        "<pre tabindex=0 aria-live=polite><code></code></pre></figure>"
    )


def _is_file(schema: Schema) -> bool:
    forms = [schema, *schema.get("anyOf", ())]
    return any("base64" in one.get("properties", {}) for one in forms)


def _short(value: Json) -> str:
    text = "null" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:79] + "…"
