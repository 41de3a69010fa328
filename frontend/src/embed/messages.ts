/** What an app in a frame and the page around it tell each other. */
export type Theme = "light" | "dark";

export interface FromApp {
  modelapp: 1;
  /** Of all that is shown, in CSS pixels. */
  height: number;
  title: string;
}

export interface ToApp {
  modelapp: 1;
  theme: Theme;
}
