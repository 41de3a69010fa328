import { mount } from "svelte";
import App from "./App.svelte";
import { beFramed } from "./embed/framed";
import { plainSurroundings, type Surroundings } from "./surroundings";
import "./theme.css";

const target = document.getElementById("page")!;
beFramed(target);

function show(surroundings: Surroundings): void {
  mount(App, { target, props: { surroundings } });
}

// The host marks a page of which all that passes is encrypted.
if (document.documentElement.hasAttribute("data-sealed")) void import("./sealed/arrive").then(({ arrive }) => arrive(target, show));
else show(plainSurroundings());
