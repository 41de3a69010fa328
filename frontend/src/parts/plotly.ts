/** Draws a Plotly figure with the script of the host's own plotly package. */
import { address } from "../surroundings";
import type { Json } from "../protocol";
import { tokens } from "./tokens";

type Fields = Record<string, Json>;

interface Plotly {
  react(host: HTMLElement, data: Json, layout: Json, config: Json): Promise<unknown>;
  purge(host: HTMLElement): void;
}

let library: Promise<Plotly> | undefined;

/** Draw into `host`, or change what is drawn there. */
export async function draw(host: HTMLElement, spec: Json): Promise<() => void> {
  const plotly = await (library ??= load());
  const figure = spec as Fields;
  const layout = (figure.layout ?? {}) as Fields;
  await plotly.react(host, figure.data ?? [], themed(layout), { responsive: true, displayModeBar: false });
  // The next drawing changes this one in place, so nothing is to be freed while the host element lives.
  return () => {
    if (!host.isConnected) plotly.purge(host);
  };
}

/** The page's colours as the template's, so that what the figure itself says still holds. */
function themed(layout: Fields): Fields {
  const { ink, line, font } = tokens();
  const template = (layout.template ?? {}) as Fields;
  const base = (template.layout ?? {}) as Fields;
  const axis = { gridcolor: line, linecolor: line, zerolinecolor: line };
  return {
    height: 420,
    margin: { t: layout.title ? 56 : 24, r: 16, b: 48, l: 56 },
    ...layout,
    template: {
      ...template,
      layout: {
        ...base,
        paper_bgcolor: "rgba(0,0,0,0)",
        plot_bgcolor: "rgba(0,0,0,0)",
        font: { ...((base.font ?? {}) as Fields), color: ink, family: font },
        xaxis: { ...((base.xaxis ?? {}) as Fields), ...axis },
        yaxis: { ...((base.yaxis ?? {}) as Fields), ...axis },
      },
    },
  };
}

function load(): Promise<Plotly> {
  // A page of recorded answers holds the script itself.
  if ("Plotly" in window) return Promise.resolve(window.Plotly as Plotly);
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address("library/plotly.js").href;
    script.onload = () => resolve((window as unknown as { Plotly: Plotly }).Plotly);
    script.onerror = () => {
      library = undefined;
      script.remove();
      reject(new Error("the host could not give the page its plotly script."));
    };
    document.head.append(script);
  });
}
