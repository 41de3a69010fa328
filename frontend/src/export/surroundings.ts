/** What is around a page of recorded answers: nothing. */
import type { Surroundings } from "../surroundings";

export const closed: Surroundings = {
  watches: false,
  visited: null,
  caseAddress: () => "",
  cameBefore: () => false,
  open: () => ({ onopen: null, onmessage: null, onclose: null, send: () => undefined, close: () => undefined }),
  post: () => Promise.reject(new TypeError("There is no host.")),
  refused: () => Promise.resolve(null),
  read: () => null,
  write: () => undefined,
  watch: () => undefined,
};
