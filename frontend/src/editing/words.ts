/** What tools and edits are called on the page. */
import type { PictureEdit } from "../protocol";
import type { IconName } from "../parts/Icon.svelte";
import type { Edits, Group, Operation } from "./rules";

export const TOOLS: Record<Operation, { name: string; icon: IconName }> = {
  crop: { name: "Crop", icon: "crop" },
  occlude: { name: "Occlude", icon: "occlude" },
  rotate: { name: "Rotate", icon: "rotate" },
  flip: { name: "Flip", icon: "flip" },
  brightness: { name: "Brightness", icon: "brightness" },
  contrast: { name: "Contrast", icon: "contrast" },
  noise: { name: "Noise", icon: "noise" },
  blur: { name: "Blur", icon: "blur" },
};

export function signed(value: number): string {
  return value === 0 ? "0" : `${value > 0 ? "+" : "−"}${Math.abs(value)}`;
}

export function degrees(value: number): string {
  return `${signed(Math.round(value * 10) / 10)}°`;
}

/** Strength of an edit, as short as a chip. */
export function strength(edit: PictureEdit): string {
  switch (edit.op) {
    case "rotate":
      return degrees(edit.degrees);
    case "brightness":
      return `${signed(Math.round(edit.amount * 100))} %`;
    case "contrast":
      return `× ${edit.factor.toFixed(2)}`;
    case "noise":
      return edit.sigma.toFixed(3).replace(/0$/, "");
    case "blur":
      return `${(edit.sigma * 100).toFixed(1)} %`;
    default:
      return "";
  }
}

export function groupName(edits: Edits, group: Group): string {
  const detail = group.count > 1 ? `× ${group.count}` : strength(edits[group.start]!);
  return [TOOLS[group.op].name, detail].filter(Boolean).join(" ");
}
