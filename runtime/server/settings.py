"""How scripts are served: what `modelapp run` was told."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from modelapp.server.mount import BaseUrl

if TYPE_CHECKING:
    from modelapp.model.engines.choice import EngineChoice


@dataclass(frozen=True)
class Other:
    """Another script to compare with.

    Attributes:
        path: The script.
        name: What it is called on the page.
    """

    path: Path
    name: str


@dataclass(frozen=True)
class Settings:
    """How an app is served.

    Attributes:
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        concurrency: How many runs go on at the same time.
        hosts: Further names under which the server is reached.
        upload_bytes: Size limit of one upload.
        pixels: Pixel limit of one picture.
        api_keys: What callers of the script over HTTP must have; none lets everybody call.
        port_is_default: If True and the port is in use, the next free one is taken.
        check: If True the script is checked after the start, as `modelapp check` does.
        watch: If True the presenter can be watched by who holds the watch link.
        password: What visitors without a link must type, or None.
        open_seconds: For how long from the start visitors without a link may come in, or None.
        against: Another script, whose answers stand beside, or None.
        base: The address below which it is reached.
        behind_proxy: If True, what a web server in front says of who asked for what is believed.
        memory_megabytes: From how much memory on a gallery releases models; None is half of the machine's.
        embed_origins: Other sites that may show the page in a frame, as `embedding.origins` returns them.
        metrics: Address and port of the figures for Prometheus, or None.
        store: Address of the PostgreSQL database that keeps what lasts, or None.
        blobs: Address of the object storage that keeps large values, or None.
        engine: Which cluster does calls and bulk runs, or None: they are done in this process.
        live_on_engine: If True the cluster does the runs of pages too.
        behind_jupyter: If True, the path that Jupyter's proxy says it took off a request is believed.
    """

    host: str = "127.0.0.1"
    port: int = 8501
    concurrency: int = 4
    hosts: tuple[str, ...] = ()
    upload_bytes: int = 200 << 20
    pixels: int = 100_000_000
    port_is_default: bool = False
    check: bool = True
    watch: bool = False
    api_keys: tuple[str, ...] = ()
    password: str | None = None
    open_seconds: float | None = None
    against: Other | None = None
    base: BaseUrl = field(default_factory=BaseUrl)
    behind_proxy: bool = False
    memory_megabytes: int | None = None
    embed_origins: tuple[str, ...] = ()
    metrics: tuple[str, int] | None = None
    store: str | None = field(default=None, repr=False)
    blobs: str | None = field(default=None, repr=False)
    behind_jupyter: bool = False
    engine: "EngineChoice | None" = None
    live_on_engine: bool = False
