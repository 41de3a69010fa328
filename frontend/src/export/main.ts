/** A page of recorded answers: all of it is in the file that it came with. */
import { mount } from "svelte";
import type { RecordedPage } from "../protocol";
import "../theme.css";
import App from "./App.svelte";

const record = JSON.parse(document.getElementById("record")!.textContent!) as RecordedPage;
mount(App, { target: document.getElementById("page")!, props: { record } });
