/**
 * `<model-app src="…">`: an app in another site's page, by one line of script and with nothing else on it.
 *
 * It is a frame that may use the camera and the microphone, is as high as what it shows, and is light or dark as the page around it
 * is. The app in it is asked for nothing but its height and title, and told nothing but the theme.
 */
import type { FromApp, Theme, ToApp } from "./messages";

(() => {
  const NAME = "model-app";
  const FIRST_HEIGHT = 480;
  const SILENT_MILLISECONDS = 3000;
  const STYLE = `
    :host { display: block; position: relative; min-height: 120px; border: 1px solid rgb(128 128 128 / .28); border-radius: 10px; overflow: hidden; }
    :host([hidden]) { display: none; }
    iframe { display: block; width: 100%; border: 0; }
    p { position: absolute; inset: 0; display: grid; place-items: center; margin: 0; padding: 24px; text-align: center;
      font: 14px/1.5 system-ui, sans-serif; color: inherit; opacity: .75; }
    p[hidden] { display: none; }
    a { color: inherit; }`;

  class ModelApp extends HTMLElement {
    static observedAttributes = ["src", "theme", "height", "label"];
    readonly #frame = document.createElement("iframe");
    readonly #sentence = document.createElement("p");
    readonly #surroundings = new MutationObserver(() => this.#tellTheme());
    readonly #system = matchMedia("(prefers-color-scheme: dark)");
    #theme: Theme | null = null;
    #said = false;
    #silent: ReturnType<typeof setTimeout> | undefined;

    constructor() {
      super();
      // Not a <style>: the policy of the page around may forbid one.
      const style = new CSSStyleSheet();
      style.replaceSync(STYLE);
      this.#frame.allow = "camera; microphone; clipboard-write; fullscreen";
      this.#frame.style.height = `${FIRST_HEIGHT}px`;
      this.#frame.addEventListener("load", () => {
        clearTimeout(this.#silent);
        this.#silent = setTimeout(() => this.#complain(), SILENT_MILLISECONDS);
      });
      this.#sentence.setAttribute("role", "status");
      const shadow = this.attachShadow({ mode: "open" });
      shadow.adoptedStyleSheets = [style];
      shadow.append(this.#frame, this.#sentence);
    }

    connectedCallback(): void {
      addEventListener("message", this.#receive);
      this.#system.addEventListener("change", this.#tellTheme);
      for (const around of [document.documentElement, document.body]) this.#surroundings.observe(around, { attributes: true });
      this.#load();
    }

    disconnectedCallback(): void {
      removeEventListener("message", this.#receive);
      this.#system.removeEventListener("change", this.#tellTheme);
      this.#surroundings.disconnect();
      clearTimeout(this.#silent);
    }

    attributeChangedCallback(name: string): void {
      if (!this.isConnected) return;
      if (name === "src") this.#load();
      else if (name === "theme") this.#tellTheme();
      else this.#size(null);
    }

    #load(): void {
      clearTimeout(this.#silent);
      this.#said = false;
      const url = this.#url();
      if (url === null) return this.#tell("This frame has no address: <model-app> needs a src that begins with http.");
      this.#theme = this.#themeAround();
      url.searchParams.set("theme", this.#theme);
      this.#frame.style.colorScheme = this.#theme;
      this.#frame.title = this.getAttribute("label") ?? "App";
      this.#size(null);
      this.#tell("Loading …");
      this.#frame.src = url.href;
    }

    #url(): URL | null {
      const given = this.getAttribute("src")?.trim();
      if (!given) return null;
      try {
        const url = new URL(given, document.baseURI);
        return url.protocol === "http:" || url.protocol === "https:" ? url : null;
      } catch {
        return null;
      }
    }

    readonly #receive = (event: MessageEvent): void => {
      if (event.source !== this.#frame.contentWindow || event.origin !== this.#url()?.origin) return;
      const message = event.data as FromApp | null;
      if (message?.modelapp !== 1) return;
      this.#said = true;
      this.#tell("");
      this.#size(message.height);
      if (!this.hasAttribute("label")) this.#frame.title = message.title;
      // What changed while it was loading.
      this.#theme = null;
      this.#tellTheme();
    };

    /** Set the height: the one that is asked for, else that of what is shown. */
    #size(content: number | null): void {
      const asked = Number.parseFloat(this.getAttribute("height") ?? "");
      if (asked > 0) this.#frame.style.height = `${asked}px`;
      else if (content !== null) this.#frame.style.height = `${Math.ceil(content)}px`;
    }

    readonly #tellTheme = (): void => {
      const theme = this.#themeAround();
      if (theme === this.#theme) return;
      this.#theme = theme;
      this.#frame.style.colorScheme = theme;
      const message: ToApp = { modelapp: 1, theme };
      const url = this.#url();
      if (url !== null && this.#said) this.#frame.contentWindow?.postMessage(message, url.origin);
    };

    /** The theme that is asked for, else that of the ground on which this stands. */
    #themeAround(): Theme {
      const asked = this.getAttribute("theme");
      if (asked === "light" || asked === "dark") return asked;
      for (let element: Element | null = this.parentElement; element !== null; element = element.parentElement) {
        const light = lightness(getComputedStyle(element).backgroundColor);
        if (light !== null) return light < 0.5 ? "dark" : "light";
      }
      const scheme = getComputedStyle(document.documentElement).colorScheme;
      return scheme.includes("dark") && (this.#system.matches || !scheme.includes("light")) ? "dark" : "light";
    }

    #complain(): void {
      const url = this.#url();
      if (this.#said || url === null) return;
      const link = document.createElement("a");
      link.href = url.href;
      link.target = "_blank";
      link.rel = "noopener";
      link.textContent = "Open it in a window of its own.";
      this.#tell("The app does not answer here: it is offline, needs a password, or does not let this site show it. ");
      this.#sentence.append(link);
    }

    #tell(sentence: string): void {
      this.#sentence.textContent = sentence;
      this.#sentence.hidden = sentence === "";
      this.#frame.style.visibility = sentence === "" ? "visible" : "hidden";
    }
  }

  /** Lightness of a computed colour, 0 to 1; null if one sees through it. */
  function lightness(colour: string): number | null {
    const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    if (context === null) return null;
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0, alpha = 0] = context.getImageData(0, 0, 1, 1).data;
    return alpha < 128 ? null : (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
  }

  if (customElements.get(NAME) === undefined) customElements.define(NAME, ModelApp);
})();
