"""`--metrics`: figures for Prometheus, on a port of their own, which no tunnel and no share link leads to.

They count, and name nobody: no visitor, no value, no address. Only a host that was asked for them imports this module.
"""

from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from threading import Thread
from typing import TYPE_CHECKING

from modelapp.core.context import RunContext
from modelapp.core.errors import EnvironmentFault
from modelapp.script import results
from modelapp.script.run import Outcome, observers
from modelapp.session.app import App
from modelapp.session.queue import ThreadQueue
from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from modelapp.server.elsewhere import OnCluster

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """Figures of a host, served from now on.

    Args:
        address: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        apps: Returns the apps that are loaded, by name.
        queue: Does their runs.
        cluster: Does some of them elsewhere, or None.

    Raises:
        EnvironmentFault: If the port cannot be used.
    """

    def __init__(
        self,
        address: str,
        port: int,
        apps: Callable[[], dict[str, App]],
        queue: ThreadQueue,
        cluster: "OnCluster | None" = None,
    ) -> None:
        registry = CollectorRegistry()
        self._runs = Counter("modelapp_runs", "Runs of scripts.", ("app", "mode", "result"), registry=registry)
        self._seconds = Histogram(
            "modelapp_run_seconds", "How long runs took.", ("app", "mode"), registry=registry, buckets=_SECONDS
        )
        registry.register(_Now(apps, queue, cluster))
        try:
            self._server, self._thread = start_http_server(port, address, registry)
        except OSError as problem:
            raise EnvironmentFault(
                f"Port {port} of {address!r} cannot be used for --metrics: {problem.strerror}.",
                hint="Pass another one, as --metrics 9101.",
            ) from None
        self.url = f"http://{address}:{self._server.server_port}/metrics"
        observers.append(self._ran)
        if cluster is not None:
            cluster.counted = self._count

    def close(self) -> None:
        """Serve them no more."""
        observers.remove(self._ran)
        self._server.shutdown()
        self._server.server_close()
        thread: Thread = self._thread
        thread.join()

    def _ran(self, name: str, run: RunContext, outcome: Outcome) -> None:
        """Count a run. Called in its thread."""
        self._count(name, run.mode, outcome.phase, outcome.seconds)

    def _count(self, name: str, mode: str, result: str, seconds: float) -> None:
        """Count a run. Called in any thread."""
        self._runs.labels(name, mode, result).inc()
        self._seconds.labels(name, mode).observe(seconds)


class _Now(Collector):
    """What is looked up when somebody asks."""

    def __init__(self, apps: Callable[[], dict[str, App]], queue: ThreadQueue, cluster: "OnCluster | None") -> None:
        self._apps = apps
        self._cluster = cluster
        self._queue = queue

    def collect(self) -> Iterable[Metric]:
        """Yield the figures. Called in a thread of the metrics' server."""
        yield GaugeMetricFamily("modelapp_queue_length", "Runs that wait.", value=self._queue.length)
        yield GaugeMetricFamily("modelapp_runs_going_on", "Runs that go on.", value=self._queue.running)
        yield from self._of_apps()
        yield from self._of_cluster()
        calls = CounterMetricFamily(
            "modelapp_cache_calls", "Calls of cached functions: a hit found what was kept.", labels=("result",)
        )
        calls.add_metric(("hit",), results.calls.hits)
        calls.add_metric(("miss",), results.calls.misses)
        yield calls
        yield InfoMetricFamily("modelapp", "The version of modelapp.", value={"version": _version()})

    def _of_cluster(self) -> Iterator[Metric]:
        if self._cluster is None:
            return
        figures = self._cluster.figures()
        for name, text in (
            ("wanted", "Replicas that are there or begin."),
            ("alive", "Replicas that take runs."),
            ("busy", "Replicas that do a run."),
        ):
            yield GaugeMetricFamily(f"modelapp_replicas_{name}", text, value=getattr(figures, name))
        yield GaugeMetricFamily("modelapp_replica_queue_length", "Runs without a replica yet.", value=figures.waiting)

    def _of_apps(self) -> Iterator[Metric]:
        pages = GaugeMetricFamily("modelapp_open_pages", "Pages that are open.", labels=("app",))
        sessions = GaugeMetricFamily("modelapp_sessions", "Sessions in memory.", labels=("app",))
        for name, app in self._apps().items():
            known = app.sessions()
            pages.add_metric((name,), sum(len(session.audience.clients) for session in known))
            sessions.add_metric((name,), len(known))
        yield pages
        yield sessions


def _version() -> str:
    try:
        return version("modelapp")
    except PackageNotFoundError:  # run from a folder that is not installed
        return "unknown"
