"""Writes `src/protocol/`: the TypeScript form of every message and of every widget's properties.

The msgspec records are the only schema. This module turns them into interfaces; their docstrings become comments. Run
`python -m modelapp.frontend.typescript` after changing a record; `--check` fails when a file is out of date instead.
"""

import ast
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, NamedTuple, get_args, get_origin

import modelapp.model.bulk.report
import modelapp.widgets
import msgspec
from modelapp.core import protocol
from msgspec import inspect as types

SOURCE = Path("frontend/src")
"""Where the files are in the repository; the command is run at its root."""
BASES: tuple[type[msgspec.Struct], ...] = (protocol.InputProps, protocol.OutputProps, protocol.LayoutProps)
HEAD = "// Generated from the records of the Python side by `python -m modelapp.frontend.typescript`: do not edit.\n"
JSON = """\
/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
"""
PLAIN: dict[type, str] = {
    types.AnyType: "Json",
    types.NoneType: "null",
    types.BoolType: "boolean",
    types.IntType: "number",
    types.FloatType: "number",
    types.StrType: "string",
    types.DateType: "string",
}


class Declaration(NamedTuple):
    """One exported type.

    Attributes:
        file: Name of the file that it is in, without its ending.
    """

    name: str
    text: str
    file: str


def render() -> dict[Path, str]:
    """Return the text of each file, by where it is below `SOURCE`."""
    for module in pkgutil.iter_modules(modelapp.widgets.__path__, "modelapp.widgets."):
        importlib.import_module(module.name)
    declared = list(declarations())
    names = [one.name for one in declared]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise TypeError(f"Two records share the name {', '.join(twice)}: the page needs one name for each.")
    files = list(dict.fromkeys(one.file for one in declared))
    texts = {Path("protocol", f"{file}.ts"): file_text(file, declared) for file in files}
    index = [f'export type * from "./protocol/{file}";\n' for file in files]
    return {Path("protocol.ts"): f"{HEAD}\n{''.join(index)}", **texts}


def declarations() -> Iterator[Declaration]:
    """Yield all types, those of one file in their order."""
    yield Declaration("Json", JSON, "words")
    aliases = literal_aliases(protocol)
    for literal, name in aliases.items():
        yield Declaration(name, f"export type {name} = {union(get_args(literal))};\n", "words")
    messages = set(get_args(protocol.PageMessage))
    for struct, file in every_struct():
        yield Declaration(struct.__name__, interface(struct, aliases, sent_by_page=struct in messages), file)
    for base, file in zip(BASES, ("inputs", "outputs", "elements"), strict=True):
        yield alias(f"Any{base.__name__}", leaf_names(base), file)
    yield alias("Props", [f"Any{base.__name__}" for base in BASES], "elements")
    for medium in edit_bases():
        yield alias(medium.__name__, leaf_names(medium), "edits")
    for name, file in (("PageMessage", "page"), ("HostMessage", "host")):
        yield alias(name, [member.__name__ for member in get_args(getattr(protocol, name))], file)


def alias(name: str, members: list[str], file: str) -> Declaration:
    """Return a type that is one of others."""
    return Declaration(name, f"export type {name} = {' | '.join(members) or 'never'};\n", file)


def file_text(file: str, declared: list[Declaration]) -> str:
    """Return a file: what it takes from the others, and its own types."""
    own = [one for one in declared if one.file == file]
    mentioned = set(re.findall(r"\w+", "\n".join(code_of(one.text) for one in own)))
    taken: dict[str, list[str]] = {}
    for one in declared:
        if one.file != file and one.name in mentioned:
            taken.setdefault(one.file, []).append(one.name)
    lines = [f'import type {{ {", ".join(sorted(names))} }} from "./{other}";' for other, names in taken.items()]
    return "\n".join([HEAD, *([*lines, ""] if lines else []), *(one.text for one in own)])


def code_of(text: str) -> str:
    """Return a declaration without its comments and texts."""
    return re.sub(r'/\*.*?\*/|"[^"]*"', "", text, flags=re.DOTALL)


def every_struct() -> Iterator[tuple[type[msgspec.Struct], str]]:
    """Yield all records, each after what it is made of, with the file that it goes into."""
    seen: set[type] = {protocol.Record, protocol.Edit, protocol.Stored}
    for root, file in roots():
        for struct in with_parts(root):
            if struct not in seen and struct is not msgspec.Struct:
                seen.add(struct)
                yield struct, file


def roots() -> Iterator[tuple[type[msgspec.Struct], str]]:
    """Yield the records that no other is needed to find."""
    for item in vars(protocol).values():
        if isinstance(item, type) and issubclass(item, msgspec.Struct):
            yield item, item.__module__.rpartition(".")[2]
    found: list[tuple[type[msgspec.Struct], str]] = [
        (protocol.InputProps, "inputs"),
        (protocol.OutputProps, "outputs"),
        (protocol.LayoutProps, "elements"),
        *((medium, "edits") for medium in edit_bases()),
        (protocol.Stored, "stored"),
    ]
    for base, file in found:
        for struct in sorted(subclasses(base), key=lambda one: (one.__module__, one.__name__)):
            yield struct, file


def with_parts(struct: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    """Yield the records that a record's fields are made of, then itself."""
    for field in msgspec.structs.fields(struct):
        yield from parts_of(types.type_info(field.type))
    yield struct


def parts_of(info: types.Type) -> Iterator[type[msgspec.Struct]]:
    if isinstance(info, types.StructType):
        yield from with_parts(info.cls)
    elif isinstance(info, types.UnionType):
        for member in info.types:
            yield from parts_of(member)
    elif isinstance(info, types.VarTupleType | types.ListType):
        yield from parts_of(info.item_type)
    elif isinstance(info, types.TupleType):
        for member in info.item_types:
            yield from parts_of(member)
    elif isinstance(info, types.DictType):
        yield from parts_of(info.value_type)


def interface(struct: type[msgspec.Struct], aliases: dict[Any, str], *, sent_by_page: bool) -> str:
    """Return one record as a TypeScript interface with its comments."""
    base = next((item for item in BASES if issubclass(struct, item) and struct is not item), None)
    inherited = {field.name for field in msgspec.structs.fields(base)} if base else set()
    comments = field_comments(struct)
    config = struct.__struct_config__
    lines = [
        *comment(own_docstring(struct), ""),
        f"export interface {struct.__name__}{f' extends {base.__name__}' if base else ''} {{",
    ]
    if config.tag is not None and struct not in BASES:
        lines.append(f'  {config.tag_field}: "{config.tag}";')
    for field in msgspec.structs.fields(struct):
        if field.name in inherited:
            continue
        optional = "?" if not field.required and (sent_by_page or config.omit_defaults) else ""
        if struct is protocol.Element and field.name == "props":
            text = "Props"
        else:
            text = aliases.get(field.type) or type_text(types.type_info(field.type))
        lines += comment(comments.get(field.name), "  ")
        lines.append(f"  {field.encode_name}{optional}: {text};")
    return "\n".join([*lines, "}\n"])


def type_text(info: types.Type) -> str:
    """Return a type in TypeScript."""
    if type(info) in PLAIN:
        return PLAIN[type(info)]
    if isinstance(info, types.StructType):
        return info.cls.__name__
    if isinstance(info, types.LiteralType):
        return union(info.values)
    if isinstance(info, types.UnionType):
        return " | ".join(type_text(member) for member in info.types)
    if isinstance(info, types.VarTupleType | types.ListType):
        item = type_text(info.item_type)
        return f"({item})[]" if "|" in item else f"{item}[]"
    if isinstance(info, types.TupleType):
        return f"[{', '.join(type_text(member) for member in info.item_types)}]"
    if isinstance(info, types.DictType):
        return f"Record<string, {type_text(info.value_type)}>"
    raise TypeError(f"No TypeScript form is known for {info!r}: add it to `type_text` in {__file__}.")


def union(values: tuple[Any, ...]) -> str:
    return " | ".join(msgspec.json.encode(value).decode() for value in values)


def literal_aliases(module: ModuleType) -> dict[Any, str]:
    """Return the module's named Literal types, so that the page can use the names too."""
    return {value: name for name, value in vars(module).items() if get_origin(value) is Literal}


def edit_bases() -> list[type[protocol.Edit]]:
    """Return the base class of each medium's edits, by name."""
    return sorted(protocol.Edit.__subclasses__(), key=lambda struct: struct.__name__)


def subclasses(base: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for child in base.__subclasses__():
        yield child
        yield from subclasses(child)


def leaf_names(base: type[msgspec.Struct]) -> list[str]:
    return sorted(struct.__name__ for struct in subclasses(base))


def own_docstring(struct: type[msgspec.Struct]) -> str | None:
    return inspect.cleandoc(struct.__doc__) if struct.__doc__ else None


def field_comments(struct: type[msgspec.Struct]) -> dict[str, str]:
    """Return the strings that stand below fields in the source, by field name."""
    try:
        tree = ast.parse(inspect.cleandoc("\n" + inspect.getsource(struct)))
    except (OSError, SyntaxError):  # a record made at run time has no source
        return {}
    body = next(node for node in tree.body if isinstance(node, ast.ClassDef)).body
    found: dict[str, str] = {}
    for field, below in pairwise(body):
        match (field, below):
            case (ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text)))):
                found[name] = inspect.cleandoc(text)
    return found


def comment(text: str | None, indent: str) -> list[str]:
    if not text:
        return []
    lines = text.replace("*/", "* /").splitlines()
    if len(lines) == 1:
        return [f"{indent}/** {lines[0]} */"]
    return [f"{indent}/**", *(f"{indent} * {line}".rstrip() for line in lines), f"{indent} */"]


def main(arguments: list[str]) -> int:
    texts = render()
    stale = [path for path in (SOURCE / "protocol").glob("*.ts") if path.relative_to(SOURCE) not in texts]
    if "--check" in arguments:
        current = {name: (SOURCE / name).read_text(encoding="utf-8") for name in texts if (SOURCE / name).exists()}
        if stale or current != texts:
            print(f"{SOURCE}/protocol is out of date: run `python -m modelapp.frontend.typescript`.", file=sys.stderr)
            return 1
        return 0
    (SOURCE / "protocol").mkdir(exist_ok=True)
    for path in stale:
        path.unlink()
    for name, text in texts.items():
        (SOURCE / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
