// What is said about a query: each fault under the line it is in, a caret below the very place, and its repair as a button.

import { button, make, root } from "./dom.js";

const MOST = 12; // allowed values that are named

export function render(node, data, callbacks = {}) {
  const section = root(node, "What is said about the query", "diagnostics");
  const update = ({ source, items }) => {
    const lines = (source ?? "").split("\n");
    section.replaceChildren(make("ol", {}, (items ?? []).map((item) => one(item, lines, callbacks))));
    for (const caret of section.querySelectorAll(".zc-caret")) caret.parentElement.scrollLeft = caret.offsetWidth - caret.parentElement.clientWidth + 24; // into sight
  };
  update(data);
  return { update };
}

function one(item, lines, callbacks) {
  const line = lines[item.line - 1] ?? "";
  const lead = line.slice(0, item.column - 1).replace(/[^\t]/g, " ");
  const carets = "^".repeat(Math.max(1, Math.min(item.width ?? 1, line.length - item.column + 1)));
  const source = item.line ? make("pre", { tabindex: "0", "aria-label": `Line ${item.line}` }, `${line}\n`, make("span", { class: "zc-caret", "aria-hidden": "true" }, lead + carets)) : "";
  const rest = (item.allowed?.length ?? 0) - MOST;
  const allowed = item.allowed?.length && !item.fix ? make("p", { class: "zc-quiet" }, `Allowed: ${item.allowed.slice(0, MOST).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`) : "";
  const repair = item.fix && callbacks.fix ? button(item.fix_label ?? "Repair it", () => callbacks.fix(item), { class: "zc-button zc-main" }) : "";
  const place = item.line ? `, line ${item.line}, column ${item.column}` : "";
  return make("li", { class: `zc-${item.severity ?? "error"}` }, make("p", {}, make("strong", {}, item.severity === "warning" ? "Warning" : "Error"), `${place}: ${item.message}`), source, item.help && make("p", {}, item.help), allowed, repair);
}
