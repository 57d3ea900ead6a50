// Modules on the left; fields, records or one record on the right; below, the code for what is shown.

import { reproduction } from "./cells.js";
import { button, make, told } from "./dom.js";
import { form } from "./form.js";
import * as grid from "./grid.js";
import * as record from "./record.js";
import { panel } from "./wire.js";

const AT_ONCE = 4; // modules that are counted at the same time

export function render({ model, el }) {
  return panel({ model, el }, "Explorer", async (section, wire, words) => {
    const code = reproduction();
    const list = make("ul", { class: "zc-modules", "aria-label": "Modules" });
    const place = make("div", { class: "zc-main-part" });
    section.append(make("div", { class: "zc-sides" }, make("nav", { "aria-label": "Modules" }, list), place), code.node, words);
    const explorer = new Explorer(wire, place, code, words);
    try {
      const { modules, counts, ...texts } = await wire.ask("modules");
      explorer.reproduce(texts);
      list.append(...modules.map((module) => explorer.entry(module)));
      place.append(make("p", { class: "zc-quiet" }, "Choose a module."));
      if (counts) await explorer.count(modules);
    } catch (error) {
      words.textContent = told(error);
    }
  });
}

class Explorer {
  constructor(wire, place, code, words) {
    Object.assign(this, { wire, place, code, words, entries: new Map() });
  }

  entry(module) {
    const count = make("span", { class: "zc-quiet" });
    const press = make("button", { type: "button", class: "zc-entry", onclick: () => this.module(module) }, make("span", {}, module.label), count);
    this.entries.set(module.name, { press, count });
    return make("li", {}, press);
  }

  async count(modules) {
    const left = [...modules];
    const one = async () => {
      for (let module = left.shift(); module; module = left.shift()) {
        const total = await this.wire.ask("count", { module: module.name }).catch(() => null);
        this.entries.get(module.name).count.textContent = total === null ? "" : total.toLocaleString("en-US");
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
  }

  /** What an answer holds beside its data is the code for it. */
  async ask(verb, given) {
    this.words.textContent = "";
    const answer = await this.wire.ask(verb, given);
    if (answer?.python) this.reproduce({ coql: answer.coql, python: answer.python });
    return answer;
  }

  reproduce(texts) {
    this.texts = texts;
    this.code.show(texts);
  }

  module(module, show = "records") {
    for (const [name, { press }] of this.entries) press.setAttribute("aria-current", String(name === module.name));
    const heads = ["records", "fields"].map((one) => button(one === "records" ? "Records" : "Fields", () => this.module(module, one), { class: "zc-button zc-tab", "aria-pressed": String(one === show) }));
    const inside = make("div");
    this.place.replaceChildren(make("div", { class: "zc-bar" }, make("h3", {}, module.label), heads), inside);
    if (show === "records") this.records(module, inside);
    else this.fields(module, inside);
  }

  records(module, inside) {
    const rows = (asked) => this.ask("rows", { module: module.name, ...asked });
    const open = (row, at, columns) => this.record(module.name, row[columns.findIndex((column) => column.name === "id")]);
    grid.render(inside, { label: module.label, columns: [] }, { rows, open });
    const filter = inside.querySelector("input[type=search]");
    filter.placeholder = "Part of the name, or Amount > 10000";
    filter.classList.add("zc-wide");
  }

  async fields(module, inside) {
    try {
      grid.render(inside, { label: `Fields of ${module.label}`, ...(await this.ask("fields", { module: module.name })) });
    } catch (error) {
      inside.textContent = told(error);
    }
  }

  edit(module, id, inside) {
    this.reproduce({ python: `crm.module("${module}").update("${id}", field="value")` });
    return form(inside, (verb, given) => this.wire.ask("form", { module, id, verb, given }), this.words);
  }

  async record(module, id) {
    const back = [...this.place.childNodes];
    const { texts, place: { onkeydown } } = this;
    const from = this.place.getRootNode().activeElement;
    const inside = make("div");
    const leave = () => {
      this.place.onkeydown = onkeydown; // of the record that this one was opened from
      this.place.replaceChildren(...back);
      this.reproduce(texts);
      (this.place.contains(from) ? from : this.place.querySelector("table, button"))?.focus();
    };
    const away = button("← Back", leave);
    this.place.replaceChildren(make("div", { class: "zc-bar" }, away), inside);
    this.place.onkeydown = (event) => {
      if (event.key === "Escape") leave();
    };
    away.focus();
    try {
      const data = await this.ask("record", { module, id });
      record.render(inside, data, {
        related: (name) => this.ask("related", { module, id, name }),
        timeline: () => this.wire.ask("timeline", { module, id }),
        open: (other, one) => this.record(other, one),
        edit: data.write && (() => this.edit(module, id, inside)),
      });
    } catch (error) {
      inside.textContent = told(error);
    }
  }
}
