"""The options `--store` and `--blobs`, which all commands have that read what an app keeps."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

STORE_VARIABLE = "MODELAPP_STORE"
BLOBS_VARIABLE = "MODELAPP_BLOBS"
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


def blobs_option(function: FunctionT) -> FunctionT:
    """Give a command the option `--blobs`."""
    return click.option(
        "--blobs",
        metavar="s3://…",
        envvar=BLOBS_VARIABLE,
        show_envvar=True,
        help="The object storage that keeps files, instead of a folder beside the script; any address of fsspec.",
    )(function)
