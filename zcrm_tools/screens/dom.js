// What every screen is built of: elements, values as people read them, and news for screen readers.

/** An element. `on…` are listeners, everything else attributes; false, null and undefined are left out. */
export function make(tag, given = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** The screen's own section in `node`, empty. Its own words run from left to right, whatever the page's do.
 *
 * JupyterLab takes `d d` for "delete this cell" and looks for its mark only from the focused element up to the first one
 * that a shortcut's selector fits, which is mostly the focused element itself: so that is what gets the mark. */
export function root(node, label, kind) {
  const section = make("section", { class: `zcrm zcrm-${kind}`, "aria-label": label, dir: "ltr" });
  section.addEventListener("focusin", (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true"));
  node.replaceChildren(section);
  return section;
}

/** A line that screen readers speak when it changes. */
export function live(given = {}) {
  return make("p", { role: "status", class: "zc-live", ...given });
}

export function button(label, press, given = {}) {
  return make("button", { type: "button", class: "zc-button", onclick: press, ...given }, label);
}

/** A button whose menu unfolds below it; Escape and leaving it fold it again. `fill(nodes)` puts the menu's content in. */
export function menu(label) {
  const place = make("div", { class: "zc-menu" });
  const summary = make("summary", {}, label);
  const node = make("details", { class: "zc-chooser" }, summary, place);
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !node.open) return;
    event.stopPropagation(); // and leaves nothing else
    node.open = false;
    summary.focus();
  });
  node.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !node.contains(event.relatedTarget)) node.open = false;
  });
  return { node, fill: (nodes) => place.replaceChildren(...nodes) };
}

const number = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });

/** A JSON value as one line. A lookup is its name; an id stays the string it is. */
export function shown(value) {
  if (value === null || value === undefined || value === "") return "–";
  if (value === true) return "yes";
  if (value === false) return "no";
  if (typeof value === "number") return number.format(value);
  if (Array.isArray(value)) return value.map(shown).join(", ") || "–";
  if (typeof value === "object") return String(value.name ?? value.full_name ?? value.id ?? JSON.stringify(value));
  return String(value).replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d)?(\.\d+)?([+-]\d\d:\d\d|Z)?$/, "$1 $2");
}

/** For the clipboard: text that a spreadsheet would run as a formula gets an apostrophe, as in our CSV files; and as what is
 * pasted is cut into cells at tabs and ends of lines, each of them does. */
export function guarded(text) {
  return text.split(/(\r\n|[\t\r\n])/).map((part, at) => (at % 2 ? part : held(part))).join("");
}

function held(cell) {
  if (!/^'*[=+\-@\0＝＋－＠]/.test(cell)) return cell;
  return /^(?:[+-][ (]*\d[\d ().,/+-]*(?:[eE][+-]?\d+|%| ?(?:ext\.?|x) ?\d+)?|-+)$/.test(cell) ? cell : `'${cell}`;
}

/** Text of an error: what our kernel side sent as problems, or whatever was thrown. */
export function told(error) {
  const problems = error?.problems ?? [];
  if (!problems.length) return String(error?.message ?? error);
  return problems.map((one) => [one.message, one.closest && `Did you mean ${one.closest}?`, one.not_done, one.next_step].filter(Boolean).join(" ")).join("\n");
}

let last = 0;
/** An id that is nobody else's on the page. */
export function unique(stem) {
  last += 1;
  return `${stem}-${last}-${Math.random().toString(36).slice(2, 8)}`;
}
