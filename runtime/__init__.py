"""Turn a plain Python script around a machine-learning model into a page that others can use.

The front door: every public name, imported when it is first used, so that `import modelapp` costs next to nothing.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_MODULE_OF = {
    # inputs
    "audio_input": "modelapp.widgets.audio_input",
    "button": "modelapp.widgets.button",
    "checkbox_input": "modelapp.widgets.checkbox_input",
    "choice_input": "modelapp.widgets.choice_input",
    "date_input": "modelapp.widgets.date_input",
    "file_input": "modelapp.widgets.file_input",
    "image_input": "modelapp.widgets.image_input",
    "number_input": "modelapp.widgets.number_input",
    "row_input": "modelapp.widgets.row_input",
    "slider_input": "modelapp.widgets.slider_input",
    "table_input": "modelapp.widgets.table_input",
    "text_input": "modelapp.widgets.text_input",
    "video_input": "modelapp.widgets.video_input",
    # outputs
    "audio_output": "modelapp.widgets.audio_output",
    "file_output": "modelapp.widgets.file_output",
    "highlight_output": "modelapp.widgets.highlight_output",
    "image_output": "modelapp.widgets.image_output",
    "json_output": "modelapp.widgets.json_output",
    "label_output": "modelapp.widgets.label_output",
    "markdown": "modelapp.widgets.markdown",
    "number_output": "modelapp.widgets.number_output",
    "output": "modelapp.widgets.output",
    "plot_output": "modelapp.widgets.plot_output",
    "saliency_output": "modelapp.widgets.saliency_output",
    "table_output": "modelapp.widgets.table_output",
    "text_output": "modelapp.widgets.text_output",
    "video_output": "modelapp.widgets.video_output",
    # the page
    "app": "modelapp.widgets.layout",
    "columns": "modelapp.widgets.layout",
    "error": "modelapp.widgets.progress",
    "inputs": "modelapp.widgets.layout",
    "progress": "modelapp.widgets.progress",
    "section": "modelapp.widgets.layout",
    "status": "modelapp.widgets.progress",
    "tabs": "modelapp.widgets.layout",
    # the run
    "bulk": "modelapp.model.bulk.runs",
    "cache": "modelapp.script.cache",
    "connect": "modelapp.model.remote",
    "context": "modelapp.core.script_api",
    "once": "modelapp.core.script_api",
    "load": "modelapp.model.headless",
    "predict": "modelapp.model.predict",
    "rerun": "modelapp.core.script_api",
    "run": "modelapp.interface.running",
    "state": "modelapp.core.script_api",
    "stop": "modelapp.core.script_api",
    # what a user's own widget extends, values, and errors
    "Audio": "modelapp.widgets._sound",
    "Frames": "modelapp.widgets._video",
    "Input": "modelapp.core.input",
    "Interface": "modelapp.interface.interface",
    "Model": "modelapp.model.headless",
    "RemoteModel": "modelapp.model.remote",
    "RemoteResult": "modelapp.model.remote",
    "Result": "modelapp.model.result",
    "RunFailed": "modelapp.core.errors",
    "InvalidValue": "modelapp.core.errors",
    "ModelAppError": "modelapp.core.errors",
    "Output": "modelapp.core.output",
    "ScriptError": "modelapp.core.errors",
}

if TYPE_CHECKING:
    from modelapp.core.errors import InvalidValue, ModelAppError, RunFailed, ScriptError
    from modelapp.core.input import Input
    from modelapp.core.output import Output
    from modelapp.core.script_api import context, once, rerun, state, stop
    from modelapp.interface.interface import Interface
    from modelapp.interface.running import run
    from modelapp.model.bulk.runs import bulk
    from modelapp.model.headless import Model, load
    from modelapp.model.predict import predict
    from modelapp.model.remote import RemoteModel, RemoteResult, connect
    from modelapp.model.result import Result
    from modelapp.script.cache import cache
    from modelapp.widgets._sound import Audio
    from modelapp.widgets._video import Frames
    from modelapp.widgets.audio_input import audio_input
    from modelapp.widgets.audio_output import audio_output
    from modelapp.widgets.button import button
    from modelapp.widgets.checkbox_input import checkbox_input
    from modelapp.widgets.choice_input import choice_input
    from modelapp.widgets.date_input import date_input
    from modelapp.widgets.file_input import file_input
    from modelapp.widgets.file_output import file_output
    from modelapp.widgets.highlight_output import highlight_output
    from modelapp.widgets.image_input import image_input
    from modelapp.widgets.image_output import image_output
    from modelapp.widgets.json_output import json_output
    from modelapp.widgets.label_output import label_output
    from modelapp.widgets.layout import app, columns, inputs, section, tabs
    from modelapp.widgets.markdown import markdown
    from modelapp.widgets.number_input import number_input
    from modelapp.widgets.number_output import number_output
    from modelapp.widgets.output import output
    from modelapp.widgets.plot_output import plot_output
    from modelapp.widgets.progress import error, progress, status
    from modelapp.widgets.row_input import row_input
    from modelapp.widgets.saliency_output import saliency_output
    from modelapp.widgets.slider_input import slider_input
    from modelapp.widgets.table_input import table_input
    from modelapp.widgets.table_output import table_output
    from modelapp.widgets.text_input import text_input
    from modelapp.widgets.text_output import text_output
    from modelapp.widgets.video_input import video_input
    from modelapp.widgets.video_output import video_output

__all__ = [
    "Audio",
    "Frames",
    "Input",
    "Interface",
    "InvalidValue",
    "Model",
    "ModelAppError",
    "Output",
    "RemoteModel",
    "RemoteResult",
    "Result",
    "RunFailed",
    "ScriptError",
    "app",
    "audio_input",
    "audio_output",
    "bulk",
    "button",
    "cache",
    "checkbox_input",
    "choice_input",
    "columns",
    "connect",
    "context",
    "date_input",
    "error",
    "file_input",
    "file_output",
    "highlight_output",
    "image_input",
    "image_output",
    "inputs",
    "json_output",
    "label_output",
    "load",
    "markdown",
    "number_input",
    "number_output",
    "once",
    "output",
    "plot_output",
    "predict",
    "progress",
    "rerun",
    "row_input",
    "run",
    "saliency_output",
    "section",
    "slider_input",
    "state",
    "status",
    "stop",
    "table_input",
    "table_output",
    "tabs",
    "text_input",
    "text_output",
    "video_input",
    "video_output",
]


def __getattr__(name: str) -> Any:
    module = _MODULE_OF.get(name)
    if module is None:
        from modelapp.core.errors import did_you_mean  # not at the top: an import must cost nothing until it is used

        nearest = did_you_mean(name, _MODULE_OF)
        raise AttributeError(f"modelapp has no {name!r}." + (f" {nearest}" if nearest else ""))
    value = getattr(import_module(module), name)
    globals()[name] = value  # found directly from now on
    return value


def load_ipython_extension(shell: Any) -> None:
    """Make `%%modelapp` known to IPython; `import modelapp` in a notebook does so too."""

    def modelapp(line: str, cell: str) -> Any:
        from modelapp.interface.notebook.magic import cell_magic  # not at the top: it costs nothing until it is used

        return cell_magic(line, cell)

    shell.register_magic_function(modelapp, "cell")


_shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
if _shell is not None:
    load_ipython_extension(_shell)


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULE_OF])
