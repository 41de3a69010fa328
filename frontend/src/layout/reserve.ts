import type { Props } from "../protocol";

/** Height in pixels to keep free for an element whose component is still being loaded. */
export function reservedHeight(props: Props): number {
  switch (props.type) {
    case "table_output":
      return Math.min(props.rows, 50) * 35 + 90;
    case "plot_output":
      return 320;
    case "json_output":
      return Math.min(props.text.split("\n").length * 20 + 30, 420);
    case "audio_input":
      return 305;
    case "audio_output":
      return props.label === null ? 206 : 236;
    case "file_output":
      return 60;
    case "markdown":
      return Math.ceil(props.text.length / 70) * 24;
    default:
      return 66;
  }
}
