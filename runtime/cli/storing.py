"""The option `--store`, which all commands have that read what an app keeps."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

STORE_VARIABLE = "MODELAPP_STORE"
FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])


def store_option(function: FunctionT) -> FunctionT:
    """Give a command the option `--store`."""
    return click.option(
        "--store",
        metavar="postgresql://…",
        envvar=STORE_VARIABLE,
        show_envvar=True,
        help="The PostgreSQL database that keeps sessions, flags and history, instead of files beside the script.",
    )(function)
