"""The page's types are made from the records, so they cannot drift from them unseen."""

from pathlib import Path
from typing import Literal

import msgspec
import pytest
from modelapp.core.protocol import InputProps, Record
from modelapp.frontend import typescript


class Part(msgspec.Struct, frozen=True):
    """One part."""

    name: str


class Whole(Record, frozen=True, tag="whole"):
    """Made of parts.

    In two paragraphs.
    """

    parts: tuple[Part, ...]
    """From left to right."""
    place: tuple[float, float]
    size: int | None = None
    mood: Literal["good", "bad"] = "good"
    notes: dict[str, str | None] = msgspec.field(default_factory=dict)


def test_protocol_files_are_what_the_records_say() -> None:
    source = Path(__file__).parents[2] / "frontend/src"
    files = [source / "protocol.ts", *(source / "protocol").glob("*.ts")]
    assert {file.relative_to(source): file.read_text(encoding="utf-8") for file in files} == typescript.render(), (
        "Run `python -m modelapp.frontend.typescript`."
    )


def test_interface_carries_types_tag_and_docstrings() -> None:
    assert typescript.interface(Whole, {}, sent_by_page=False) == (
        "/**\n * Made of parts.\n *\n * In two paragraphs.\n */\n"
        "export interface Whole {\n"
        '  type: "whole";\n'
        "  /** From left to right. */\n"
        "  parts: Part[];\n"
        "  place: [number, number];\n"
        "  size: number | null;\n"
        '  mood: "bad" | "good";\n'
        "  notes: Record<string, string | null>;\n"
        "}\n"
    )


def test_page_may_leave_out_what_has_a_default() -> None:
    text = typescript.interface(Whole, {}, sent_by_page=True)
    assert "  size?: number | null;" in text
    assert "  parts: Part[];" in text


def test_parts_come_before_what_they_are_made_into() -> None:
    assert list(typescript.with_parts(Whole)) == [Part, Whole]


def test_widget_properties_extend_what_all_inputs_have() -> None:
    slider = next(struct for struct in typescript.subclasses(InputProps) if struct.__name__ == "SliderInputProps")
    text = typescript.interface(slider, {}, sent_by_page=False)
    assert "export interface SliderInputProps extends InputProps {" in text
    assert "label" not in text


def test_unknown_type_is_an_error_that_says_where_to_add_it() -> None:
    with pytest.raises(TypeError, match="type_text"):
        typescript.type_text(msgspec.inspect.type_info(complex))
