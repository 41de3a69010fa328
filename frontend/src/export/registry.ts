/**
 * Which component draws which kind of element on a page of recorded answers: it stands in for `../registry` there.
 *
 * Everything is in one file, so that nothing is loaded later. Inputs only offer what was recorded.
 */
import type { Component } from "svelte";
import AudioOutput from "../widgets/AudioOutput.svelte";
import FileOutput from "../widgets/FileOutput.svelte";
import HighlightOutput from "../widgets/HighlightOutput.svelte";
import ImageOutput from "../widgets/ImageOutput.svelte";
import JsonOutput from "../widgets/JsonOutput.svelte";
import LabelOutput from "../widgets/LabelOutput.svelte";
import Markdown from "../widgets/Markdown.svelte";
import NumberOutput from "../widgets/NumberOutput.svelte";
import PlotOutput from "../widgets/PlotOutput.svelte";
import SaliencyOutput from "../widgets/SaliencyOutput.svelte";
import TextOutput from "../widgets/TextOutput.svelte";
import VideoOutput from "../widgets/VideoOutput.svelte";
import RecordedInput from "./RecordedInput.svelte";
import RecordedTable from "./RecordedTable.svelte";

type Widget = Component<{ id: string; props: never }>;

const OUTPUTS: Record<string, unknown> = {
  audio_output: AudioOutput,
  file_output: FileOutput,
  highlight_output: HighlightOutput,
  image_output: ImageOutput,
  json_output: JsonOutput,
  label_output: LabelOutput,
  markdown: Markdown,
  number_output: NumberOutput,
  plot_output: PlotOutput,
  saliency_output: SaliencyOutput,
  table_output: RecordedTable,
  text_output: TextOutput,
  video_output: VideoOutput,
};

export function widget(kind: string): Widget | undefined {
  return (OUTPUTS[kind] ?? (kind === "button" || kind.endsWith("_input") ? RecordedInput : undefined)) as Widget | undefined;
}

export function failure(kind: string): string | undefined {
  return widget(kind) === undefined ? `This page does not know how to show “${kind}”.` : undefined;
}

export function load(): void {}
