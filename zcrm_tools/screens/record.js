// One record: its fields by section, its related lists, and what happened to it. Lists and timeline are asked for when opened.

import { button, make, root, shown, told, unique } from "./dom.js";
import * as grid from "./grid.js";

export function render(node, data, callbacks = {}) {
  const section = root(node, `${data.module} ${data.title ?? ""}`, "record");
  const update = (next) => section.replaceChildren(...content(next, callbacks));
  update(data);
  return { update };
}

function content(data, callbacks) {
  const head = make("header", { class: "zc-head" },
    make("div", {}, make("p", { class: "zc-over" }, data.module), make("h3", {}, make("bdi", {}, data.title || data.id)), data.subtitle && make("p", { class: "zc-quiet" }, data.subtitle)),
    callbacks.edit && button("Edit", () => callbacks.edit(data), { class: "zc-button zc-main" }));
  const pages = [{ label: "Details", fill: (panel) => details(panel, data, callbacks) }];
  if (callbacks.related && data.related?.length) pages.push({ label: `Related lists (${data.related.length})`, fill: (panel) => related(panel, data, callbacks) });
  if (callbacks.timeline) pages.push({ label: "Timeline", fill: (panel) => timeline(panel, callbacks) });
  return [head, ...tabs(pages)];
}

/** Tabs as the ARIA practices describe them: arrows move, the shown one alone is in the tab order. */
function tabs(pages) {
  const name = unique("tab");
  const panels = pages.map((page, at) => make("div", { role: "tabpanel", id: `${name}-p${at}`, "aria-labelledby": `${name}-t${at}`, tabindex: "0", hidden: at > 0 }));
  const filled = new Set();
  const choose = (at, focus = true) => {
    panels.forEach((panel, other) => (panel.hidden = other !== at));
    heads.forEach((head, other) => {
      head.setAttribute("aria-selected", String(other === at));
      head.tabIndex = other === at ? 0 : -1;
    });
    if (!filled.has(at)) pages[at].fill(panels[at]);
    filled.add(at);
    if (focus) heads[at].focus();
  };
  const heads = pages.map((page, at) => make("button", { type: "button", role: "tab", id: `${name}-t${at}`, "aria-controls": `${name}-p${at}`, onclick: () => choose(at) }, page.label));
  const list = make("div", { role: "tablist", class: "zc-tabs", onkeydown: (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    choose((heads.indexOf(document.activeElement ?? heads[0]) + step + heads.length) % heads.length);
  } }, heads);
  choose(0, false);
  return [list, ...panels];
}

function details(panel, data, callbacks) {
  for (const section of data.sections ?? []) {
    const rows = section.fields.map((field) => make("div", { class: `zc-field ${long(field.value) ? "zc-long" : ""}` }, make("dt", { title: field.name }, field.label ?? field.name), make("dd", { tabindex: long(field.value) ? "0" : null }, value(field, callbacks))));
    panel.append(section.label ? make("h4", {}, section.label) : "", make("dl", { class: "zc-fields" }, rows));
  }
}

function value(field, callbacks) {
  const given = field.value;
  if (callbacks.open && given && typeof given === "object" && given.id && given.module) {
    return button(shown(given), () => callbacks.open(given.module, given.id), { class: "zc-link" });
  }
  return make("bdi", { class: shown(given) === "–" ? "zc-none" : null }, shown(given));
}

/** Text that has paragraphs, or would make its neighbour a tower. */
function long(given) {
  return typeof given === "string" && (given.length > 120 || given.includes("\n"));
}

function related(panel, data, callbacks) {
  for (const list of data.related) {
    const place = make("div");
    const fill = async () => {
      if (place.childNodes.length) return;
      place.textContent = "Loading …";
      try {
        const found = await callbacks.related(list.name);
        place.textContent = found.rows.length ? "" : "Nothing here.";
        if (found.rows.length) grid.render(place, { label: list.label, ...found });
      } catch (error) {
        place.textContent = told(error);
      }
    };
    panel.append(make("details", { class: "zc-list", ontoggle: (event) => event.target.open && fill() }, make("summary", {}, list.label), place));
  }
}

async function timeline(panel, callbacks) {
  panel.textContent = "Loading …";
  try {
    const events = await callbacks.timeline();
    const items = events.map((event) => make("li", {},
      make("p", {}, make("strong", {}, event.what), " ", make("span", { class: "zc-quiet" }, [event.who, shown(event.at)].filter(Boolean).join(" · "))),
      (event.fields ?? []).map((field) => make("p", { class: "zc-change" }, `${field.field}: `, make("del", { dir: "auto" }, shown(field.old)), " → ", make("ins", { dir: "auto" }, shown(field.new))))));
    panel.replaceChildren(events.length ? make("ol", { class: "zc-timeline" }, items) : "Nothing has happened yet.");
  } catch (error) {
    panel.textContent = told(error);
  }
}
