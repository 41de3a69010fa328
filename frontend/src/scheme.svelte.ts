/** Whether the page is dark: as the system says, or as the page around it asks. */
import { MediaQuery } from "svelte/reactivity";

class Scheme {
  private readonly system = new MediaQuery("prefers-color-scheme: dark");
  private asked = $state<"light" | "dark" | null>(null);

  get dark(): boolean {
    return this.asked === null ? this.system.current : this.asked === "dark";
  }

  /** Be light or dark whatever the system says; anything else follows it again. */
  force(theme: unknown): void {
    this.asked = theme === "light" || theme === "dark" ? theme : null;
    const root = document.documentElement;
    if (this.asked === null) delete root.dataset.theme;
    else root.dataset.theme = this.asked;
  }
}

export const scheme = new Scheme();
