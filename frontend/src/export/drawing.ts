/** A script of its own, which only a file with such plots holds. */
import { draw } from "../parts/vega";

window.modelappVega = draw;
