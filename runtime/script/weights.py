"""What tells the weights of models apart: a digest of what cached functions of a script keep.

Counted are PyTorch modules and tensors, Keras models, scikit-learn estimators, NumPy arrays, and lists, tuples and
dicts of these; anything else is ignored. No framework is imported: whoever has an object of it has imported it.
Hashing takes as long as reading the weights, so it is for threads that nobody waits for. An object is hashed once.
"""

import hashlib
import threading
import weakref
from collections.abc import Iterable, Iterator
from typing import Any

CODE_LETTERS = 32
"""How much of a version says which code it is; the rest says which weights."""
_TIMES = "time"
"""Fitted attributes with this in their names say how long something took."""

_CHUNK_BYTES = 1 << 20
_PLAIN = (type(None), bool, int, float, complex, str, bytes)

_lock = threading.Lock()
_known: dict[int, tuple["weakref.ref[Any]", str]] = {}
"""Digests of objects that are alive, by identity."""


def version_of(code: str, values: Iterable[tuple[str, Any]]) -> str:
    """Return what tells the code and the weights that a run used from others.

    Args:
        code: Digest of the script and its local modules.
        values: What the run got of cached functions, each with the function's name.
    """
    return code[:CODE_LETTERS] + weights_digest(values)[:CODE_LETTERS]


def is_of_code(version: str, code: str) -> bool:
    """Return True if a version is of this code, whatever its weights."""
    return version[:CODE_LETTERS] == code[:CODE_LETTERS]


def weights_digest(values: Iterable[tuple[str, Any]]) -> str:
    """Return a digest of the weights among values. It is the same in each process, and in whatever order they come.

    Args:
        values: Each with a name, such as that of the function that returned it.
    """
    digests = {(name, digest) for name, value in values if (digest := _digest(value, ())) is not None}
    return hashlib.sha256(repr(sorted(digests)).encode()).hexdigest()


def _digest(value: Any, around: tuple[int, ...], *, within: bool = False) -> str | None:
    """Return a digest of a value, or None if it has no weights.

    Args:
        around: Identities of what the value is in, of which it may be a part again.
        within: True inside an estimator, where plain numbers and texts count too.
    """
    if (not within and type(value) in _PLAIN) or id(value) in around:
        return None
    with _lock:
        known = _known.get(id(value))
    if known is not None and known[0]() is value:
        return known[1]
    try:
        parts = _parts(value, (*around, id(value)), within=within)
        if parts is None:
            return None
        digest = hashlib.sha256()
        for part in parts:
            digest.update(part)
    except Exception:  # an object of somebody else's may do anything when it is looked at
        return None
    text = digest.hexdigest()
    _remember(value, text)
    return text


def _remember(value: Any, text: str) -> None:
    identity = id(value)

    def gone(reference: "weakref.ref[Any]") -> None:
        with _lock:
            if identity in _known and _known[identity][0] is reference:
                del _known[identity]

    try:
        reference = weakref.ref(value, gone)
    except TypeError:  # lists, tuples and dicts, whose parts are remembered
        return
    with _lock:
        _known[identity] = (reference, text)


def _parts(value: Any, around: tuple[int, ...], *, within: bool) -> Iterator[bytes] | None:
    if isinstance(value, list | tuple):
        return _items(type(value).__name__, enumerate(value), around, within=within)
    if isinstance(value, dict):
        counted = ((key, item) for key, item in value.items() if within or type(item) not in _PLAIN)
        named = sorted(((repr(key), item) for key, item in counted), key=lambda pair: pair[0])
        return _items("dict", named, around, within=within)
    if within and isinstance(value, _PLAIN):
        return iter((f"{type(value).__name__} {value!r}".encode("utf-8", "replace"),))
    match _kind(value):
        case "module":
            return _items("module", sorted(value.state_dict().items()), around, within=True)
        case "tensor":
            return _tensor(value)
        case "keras":
            return _items("keras", enumerate(value.get_weights()), around, within=True)
        case "array":
            return _array(value, around)
        case "estimator":
            return _estimator(value, around)
        case "sparse":
            csr = value.tocsr()
            return _items("sparse", enumerate((csr.shape, csr.indptr, csr.indices, csr.data)), around, within=True)
    return None


def _kind(value: Any) -> str | None:
    for base in type(value).__mro__:
        package = base.__module__.partition(".")[0]
        if package == "torch":
            return "module" if hasattr(value, "state_dict") else "tensor" if hasattr(value, "untyped_storage") else None
        if package == "keras" or base.__module__.startswith("tensorflow.python.keras"):
            return "keras" if hasattr(value, "get_weights") else None
        if package == "sklearn":
            return "estimator"
        if package == "scipy" and hasattr(value, "tocsr"):
            return "sparse"
        if package == "numpy" and hasattr(value, "dtype") and hasattr(value, "tobytes"):
            return "array"
    return None


def _items(
    kind: str, items: Iterable[tuple[Any, Any]], around: tuple[int, ...], *, within: bool
) -> Iterator[bytes] | None:
    found = [(name, digest) for name, item in items if (digest := _digest(item, around, within=within)) is not None]
    if not found and not within:
        return None
    return iter((f"{kind} {found!r}".encode("utf-8", "replace"),))


def _estimator(value: Any, around: tuple[int, ...]) -> Iterator[bytes] | None:
    # Classes that are compiled have no attributes to see; they give them where they are to be copied.
    state = vars(value) if hasattr(value, "__dict__") else value.__getstate__()
    if not isinstance(state, dict):
        return _items(type(value).__name__, [("state", state)], around, within=True)
    named = ((name, item) for name, item in sorted(state.items()) if _TIMES not in name)
    kept = ((name, _without_times(item)) for name, item in named)
    return _items(type(value).__name__, kept, around, within=True)


def _without_times(item: Any) -> Any:
    if isinstance(item, dict):
        return {key: inner for key, inner in item.items() if not (isinstance(key, str) and _TIMES in key)}
    return item


def _tensor(value: Any) -> Iterator[bytes]:
    value = value.detach().cpu()
    if value.layout != value.new_empty(0).layout:  # a sparse one
        value = value.to_dense()
    yield f"tensor {value.dtype} {tuple(value.shape)} ".encode()
    if value.numel():
        import torch  # heavy: a tensor is at hand, so it is imported already

        yield from _bytes(value.contiguous().reshape(-1).view(torch.uint8).numpy())


def _array(value: Any, around: tuple[int, ...]) -> Iterator[bytes]:
    yield f"array {value.dtype.name} {value.dtype.byteorder} {value.shape} ".encode()
    if value.dtype.names is not None:
        for name in value.dtype.names:  # between the fields there may be bytes that are nobody's
            yield f"{name} ".encode()
            yield from _array(value[name], around)
    elif value.dtype.hasobject:
        yield repr([_digest(item, around, within=True) for item in value.ravel().tolist()]).encode()
    elif value.nbytes:
        plain = value if value.flags.c_contiguous else value.copy(order="C")
        yield from _bytes(plain.reshape(-1).view("u1"))


def _bytes(array: Any) -> Iterator[bytes]:
    """Yield the bytes of a NumPy array of bytes, without a copy of all of it."""
    for start in range(0, array.size, _CHUNK_BYTES):
        yield array[start : start + _CHUNK_BYTES].tobytes()
