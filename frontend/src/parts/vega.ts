/** Draws a Vega or Vega-Lite specification in the page's colours. */
import embed, { type VisualizationSpec } from "vega-embed";
import { expressionInterpreter } from "vega-interpreter";
import type { Json } from "../protocol";
import { tokens } from "./tokens";

const COMPOSED = ["hconcat", "vconcat", "concat", "facet", "repeat", "width"];

/** Draw into `host`; what stood there stays until the new drawing is whole. Returns how to free it. */
export async function draw(host: HTMLElement, spec: Json): Promise<() => void> {
  const stage = document.createElement("div");
  stage.style.cssText = "position:absolute;inset:12px;visibility:hidden";
  host.append(stage);
  try {
    const result = await embed(stage, fitted(spec as Record<string, Json>) as VisualizationSpec, {
      actions: false,
      renderer: "svg",
      // The content security policy forbids making functions from text: expressions are interpreted.
      ast: true,
      expr: expressionInterpreter,
      config: config(),
    });
    stage.style.cssText = "width:100%";
    host.replaceChildren(stage);
    return () => result.finalize();
  } catch (error) {
    stage.remove();
    throw error;
  }
}

/** A plain chart without a width of its own takes the card's. */
function fitted(spec: Record<string, Json>): Record<string, Json> {
  if (COMPOSED.some((name) => name in spec)) return spec;
  return { ...spec, width: "container", autosize: spec.autosize ?? { type: "fit", contains: "padding" } };
}

function config(): Record<string, unknown> {
  const { ink, muted, line, accent, font } = tokens();
  const axis = { domainColor: line, gridColor: line, tickColor: line, labelColor: muted, titleColor: muted, titleFontWeight: 500, labelFontSize: 12, titleFontSize: 12 };
  return {
    background: "transparent",
    font,
    axis,
    legend: { labelColor: muted, titleColor: muted, labelFontSize: 12, titleFontSize: 12 },
    title: { color: ink, fontWeight: 560 },
    header: { labelColor: muted, titleColor: muted },
    view: { stroke: null },
    mark: { color: accent },
    text: { color: ink },
  };
}
