"""Gaussian noise that a seed gives alike everywhere: in NumPy, in the page's preview, and in every version of either.

Number n of a sequence is the quantile of the standard normal distribution at
((hash(n + hash(seed)) >> 16) + 0.5) / 65536, where additions are modulo 2**32 and `hash` is the hash "lowbias32" of
Chris Wellons (Prospecting for Hash Functions, 2018). A generator of NumPy's would be as good as noise, but no page
could repeat it, and its stream may change.
"""

from functools import cache
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

_LEVELS = 1 << 16


def normal_noise(first: int, count: int, seed: int, step: int = 1) -> "np.ndarray[Any, np.dtype[np.float32]]":
    """Return standard normal numbers.

    Args:
        first: Place of the first in the sequence, 0 or more.
        count: How many.
        seed: Which sequence, 0 to 2**32 - 1.
        step: Distance of two neighbours in the sequence.

    Returns:
        np.ndarray [shape=(count,), float32]: mean 0, standard deviation 1, none beyond 4.4.
    """
    import numpy as np  # heavy: only scripts with edited inputs need it

    places = np.arange(count, dtype=np.uint64)
    places *= np.uint64(step)
    places += np.uint64(first)
    numbers = places.astype(np.uint32)  # modulo 2**32
    numbers += _lowbias32(np.array([seed], dtype=np.uint32))
    return _quantiles()[_lowbias32(numbers) >> np.uint32(16)]  # type: ignore[no-any-return]


def _lowbias32(numbers: Any) -> Any:
    """Hash in place an array of 32-bit numbers."""
    import numpy as np  # heavy: only scripts with edited inputs need it

    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        numbers ^= numbers >> np.uint32(shift)
        numbers *= np.uint32(factor)
    numbers ^= numbers >> np.uint32(16)
    return numbers


@cache
def _quantiles() -> Any:
    """Return the normal quantiles at the middles of 65,536 equal parts of [0, 1] [shape=(65536,), float32]."""
    import numpy as np  # heavy: only scripts with edited inputs need it

    upper = np.array([NormalDist().inv_cdf((level + 0.5) / _LEVELS) for level in range(_LEVELS // 2, _LEVELS)])
    return np.concatenate([-upper[::-1], upper]).astype(np.float32)
