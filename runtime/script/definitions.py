"""Which classes and functions of a script keep their identity from run to run.

A script is run again on every interaction. Were `class Patient: ...` executed each time, an object that `cache` kept
from an earlier run would be no instance of today's `Patient`. So a definition at module level that depends on nothing
a run computes is executed once per version of its code, in a namespace that all runs share, and each run is given the
result.

"Depends on nothing a run computes" is decided from the source: every module-level name that the definition uses,
itself or through other definitions, must be bound by imports, by such definitions, or once by a literal. And it must
have no place where values of runs could pile up, such as a list as a default value or an attribute that is set later.
All other definitions are executed in each run, as in plain Python.
"""

import ast
import builtins
import hashlib
import symtable
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Lasting:
    """A definition that is executed once.

    Attributes:
        key: Digest of its code and of all that it depends on; equal keys mean that the old object still serves.
        needs: Names of the module that it or what it uses may look up.
    """

    name: str
    key: str
    needs: frozenset[str]


@dataclass(slots=True)
class _Binding:
    definitions: list[Definition] = field(default_factory=list)
    imports: list[ast.stmt] = field(default_factory=list)
    literals: list[ast.stmt] = field(default_factory=list)
    computed: bool = False

    @property
    def lasting(self) -> bool:
        kinds = bool(self.definitions) + bool(self.imports) + bool(self.literals)
        return not self.computed and kinds == 1 and len(self.definitions) <= 1 and len(self.literals) <= 1


def lasting_definitions(
    tree: ast.Module, source: str, filename: str, import_version: Callable[[ast.stmt], str]
) -> dict[int, Lasting]:
    """Return the definitions that are executed once, by their index in the module's body.

    Args:
        tree: The parsed script.
        source: Its text.
        filename: Its path, for the symbol table.
        import_version: Text that changes when a module that an import statement names was changed.
    """
    bindings = _bindings(tree)
    uses = _global_names(source, filename)
    found: dict[int, Lasting] = {}
    for index, statement in enumerate(tree.body):
        if not isinstance(statement, Definition):
            continue
        needs = _closure(statement.name, bindings, uses)
        if needs is None:
            continue
        digest = hashlib.sha256()
        for name in sorted(needs | {statement.name}):
            binding = bindings[name]
            for node in (*binding.definitions, *binding.imports, *binding.literals):
                digest.update(ast.dump(node).encode())
            for node in binding.imports:
                digest.update(import_version(node).encode())
        found[index] = Lasting(statement.name, digest.hexdigest(), frozenset(needs))
    return found


def _closure(name: str, bindings: dict[str, _Binding], uses: dict[int, tuple[set[str], set[str]]]) -> set[str] | None:
    """Return the module's names that a definition uses, directly or not; None if one of them is computed by a run."""
    seen: set[str] = set()
    pending = [name]
    while pending:
        current = pending.pop()
        if current in seen:
            continue
        if current not in bindings:
            if current in _EVERYWHERE or hasattr(builtins, current):
                continue
            return None  # from a star import, or made in a way that the source does not show
        if not bindings[current].lasting:
            return None
        seen.add(current)
        for definition in bindings[current].definitions:
            if _holds_data(definition):
                return None
            surely, perhaps = uses.get(definition.lineno, (set(), set()))
            pending.extend(surely | (perhaps & bindings.keys()))
            pending.extend(_names_evaluated_now(definition))
    return seen - {name}


def _names_evaluated_now(definition: Definition) -> Iterator[str]:
    """Yield the names in decorators, bases, defaults and annotations, which run with the statement itself."""
    parts: list[ast.AST] = list(definition.decorator_list)
    if isinstance(definition, ast.ClassDef):
        parts += [*definition.bases, *definition.keywords]
    else:
        parts += [definition.args]
        if definition.returns:
            parts.append(definition.returns)
    for part in parts:
        for node in ast.walk(part):
            if isinstance(node, ast.Name):
                yield node.id


def _global_names(source: str, filename: str) -> dict[int, tuple[set[str], set[str]]]:
    """Return, by the line of each definition at module level, the global names that its body looks up.

    First those that are global for sure, then those that a class body also binds itself: it looks in the module for a
    name that it has not bound yet.
    """
    found: dict[int, tuple[set[str], set[str]]] = {}
    for table in symtable.symtable(source, filename, "exec").get_children():
        names: set[str] = set()
        perhaps: set[str] = set()
        tables = [table]
        while tables:
            current = tables.pop()
            tables.extend(current.get_children())
            names.update(symbol.get_name() for symbol in current.get_symbols() if symbol.is_global())
            if isinstance(current, symtable.Class):
                perhaps.update(symbol.get_name() for symbol in current.get_symbols() if symbol.is_referenced())
        before = found.get(table.get_lineno(), (set(), set()))
        found[table.get_lineno()] = (before[0] | names, before[1] | perhaps)
    return found


def _bindings(tree: ast.Module) -> dict[str, _Binding]:
    bindings: dict[str, _Binding] = {}

    def binding(name: str) -> _Binding:
        return bindings.setdefault(name, _Binding())

    for statement in tree.body:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                binding(statement.name).definitions.append(statement)
            case ast.Import() | ast.ImportFrom():
                for alias in statement.names:
                    binding((alias.asname or alias.name).partition(".")[0]).imports.append(statement)
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_literal(value):
                binding(name).literals.append(statement)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if _is_literal(value):
                binding(name).literals.append(statement)
            case ast.Try() if _only_imports(statement):
                for name in bound_names(statement):
                    binding(name).imports.append(statement)
            case _:
                for name in bound_names(statement):
                    binding(name).computed = True
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            for name in node.names:
                binding(name).computed = True
        elif isinstance(node, ast.NamedExpr):
            binding(node.target.id).computed = True
    changed = _perhaps_changed_in_place(tree)
    for name, one in bindings.items():
        mutables = sum(isinstance(node, _MUTABLE) for literal in one.literals for node in ast.walk(literal))
        # A list in a list can be changed through an item of the outer one.
        if mutables > 1 or (mutables and name in changed):
            one.computed = True
    for name in _with_changed_attributes(tree):
        binding(name).computed = True
    return bindings


_MUTABLE = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
_EVERYWHERE = {"__name__", "__file__", "__builtins__"}


def _holds_data(definition: Definition) -> bool:
    """Return True if a definition has a place where values of runs could pile up or be seen by other sessions.

    These are a default value that can be changed in place, and such an attribute of a class. Of a call in a class body
    (`field(default_factory=list)`) the arguments are looked at; its result is taken to be a description.
    """
    if not isinstance(definition, ast.ClassDef):
        defaults = [*definition.args.defaults, *filter(None, definition.args.kw_defaults)]
        return any(isinstance(node, (*_MUTABLE, ast.Call)) for default in defaults for node in ast.walk(default))
    for node in ast.walk(definition):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _holds_data(node):
            return True
    values = [node.value for node in definition.body if isinstance(node, ast.Assign | ast.AnnAssign) and node.value]
    return any(isinstance(node, _MUTABLE) for value in values for node in ast.walk(value))


def _with_changed_attributes(tree: ast.Module) -> set[str]:
    """Return the names whose attributes are set somewhere, and the classes that set their own."""
    found: set[str] = set()
    for statement in tree.body:
        for node in ast.walk(statement):
            match node:
                case ast.Attribute(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                    found.add(name)
                case ast.Attribute(value=ast.Call(func=ast.Name(id="type")), ctx=ast.Store() | ast.Del()):
                    name = "cls"
                case ast.Attribute(value=ast.Attribute(attr="__class__"), ctx=ast.Store() | ast.Del()):
                    name = "cls"
                case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[ast.Name(id=name), *_]):
                    found.add(name)
                case _:
                    continue
            if name == "cls" and isinstance(statement, ast.ClassDef):
                found.add(statement.name)
    return found


_READERS = {
    "all",
    "any",
    "dict",
    "enumerate",
    "len",
    "list",
    "max",
    "min",
    "range",
    "set",
    "sorted",
    "sum",
    "tuple",
    "zip",
}


def _perhaps_changed_in_place(tree: ast.Module) -> set[str]:
    """Return the names that are used otherwise than by reading an item, testing, iterating, or calling `len` and its
    like.

    A list that nobody can append to is as good as a constant.
    """
    reads: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=ast.Name() as name, ctx=ast.Load()):
                reads.add(id(name))
            case ast.For(iter=ast.Name() as name) | ast.comprehension(iter=ast.Name() as name):
                reads.add(id(name))
            case ast.Compare(comparators=others):
                reads.update(id(other) for other in others)
            case ast.Call(func=ast.Name(id=function), args=arguments) if function in _READERS:
                reads.update(id(argument) for argument in arguments)
    return {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in reads
    }


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _only_imports(statement: ast.Try) -> bool:
    """True for the usual `try: import x / except ImportError: x = None`."""
    bodies = [statement.body, statement.orelse, statement.finalbody, *(handler.body for handler in statement.handlers)]
    return all(
        isinstance(child, ast.Import | ast.ImportFrom | ast.Pass)
        or (isinstance(child, ast.Assign) and _is_literal(child.value))
        for body in bodies
        for child in body
    )


def bound_names(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement may bind in the module, inner scopes left out."""
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
                continue
            case ast.Lambda():
                continue
            case ast.Name(ctx=ast.Store() | ast.Del()):
                yield node.id
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    yield (alias.asname or alias.name).partition(".")[0]
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name
            case ast.MatchMapping(rest=str(name)):
                yield name
        pending.extend(ast.iter_child_nodes(node))
