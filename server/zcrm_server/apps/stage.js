// What the pages have in common: where a screen stands, what is said under it, and what a refusal looks like.

import { connect } from "./host.js";
import { live, make, told } from "./dom.js";

/** Start a page: `show(place, answer, given, host)` is called with every answer that is none of a refusal. */
export function open(name, show) {
  const place = document.getElementById("screen");
  const ready = connect(name, async (answer, given) => {
    place.removeAttribute("aria-busy");
    if (answer.error) refused(place, answer);
    else show(place, answer, given, await ready);
  });
  ready.catch((error) => refused(place, { problems: [{ message: told(error) }] }));
}

export function refused(place, answer) {
  place.replaceChildren(make("section", { class: "zcrm" }, live({ class: "zc-note zc-warn" })));
  place.querySelector("[role=status]").textContent = told(answer);
}

/** A screen's own place with lines of text under it; empty ones are left out. */
export function staged(place, ...lines) {
  const node = make("div");
  const said = lines.filter(Boolean).map((line) => make("p", { class: "zc-quiet" }, line));
  place.replaceChildren(node, make("section", { class: "zcrm" }, said));
  return node;
}
