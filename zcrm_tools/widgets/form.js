// A form of a layout: checked while it is typed, planned before it is written.

import { Combobox } from "./combobox.js";
import { button, make, shown, told, unique } from "./dom.js";
import { plans } from "./plan.js";

const QUIET = 300; // milliseconds without a key until what is typed is checked
const INPUTS = { email: "email", website: "url", integer: "number", bigint: "text", double: "number", currency: "number", percent: "number", date: "date", datetime: "datetime-local" };

/** The form in `place`. `ask(verb, given)` asks the kernel's half; what goes wrong beside the fields is put into `words`. */
export async function form(place, ask, words) {
  const plan = plans();
  const head = make("div");
  place.replaceChildren(head, plan.node);
  /** Drawn anew, for another layout with what was typed so far. */
  const draw = async (given = {}, before = null) => {
    try {
      const shown = new Form(await ask("show", given), { ask, words, plan, draw });
      if (before) shown.take(before);
      head.replaceChildren(shown.node);
      if (before) head.querySelector("[data-layout]").focus(); // where it was chosen
    } catch (error) {
      words.textContent = told(error);
    }
  };
  await draw();
}

class Form {
  constructor(data, { ask, words, plan, draw }) {
    Object.assign(this, { data, ask, words, plan, draw });
    this.fields = data.sections.flatMap((section) => section.fields).map((info) => field(info, ask, () => this.checkSoon()));
    const of = new Map(this.fields.map((one) => [one.info.name, one.node]));
    const parts = data.sections.map((section) => make("fieldset", { class: "zc-section" }, make("legend", {}, section.label || data.module), section.fields.map((info) => of.get(info.name))));
    const see = button("See what would change", () => {}, { class: "zc-button zc-main", type: "submit", disabled: !data.write });
    const again = button("Start over", () => { plan.clear(); draw({ chosen: data.layout }); });
    const closed = !data.write && make("p", { class: "zc-quiet" }, "This connection is read-only: connect(write=True) allows it to write.");
    const form = make("form", { class: "zc-edit", novalidate: true, onsubmit: (event) => { event.preventDefault(); this.propose(); } }, parts, make("div", { class: "zc-bar" }, see, again, closed));
    const head = make("header", { class: "zc-head" }, make("div", {}, make("p", { class: "zc-over" }, data.module), make("h3", {}, make("bdi", {}, data.title))), data.layouts.length > 0 && this.choice());
    this.node = make("div", {}, head, form);
  }

  /** Which layout a new record shall have. */
  choice() {
    const select = make("select", { "data-layout": true, onchange: () => this.draw({ chosen: select.value }, this) }, this.data.layouts.map(([id, name]) => make("option", { value: id, selected: id === this.data.layout }, name)));
    return make("label", { class: "zc-bar" }, make("span", { class: "zc-quiet" }, "Layout"), select);
  }

  /** What was typed into a form of another layout, where this one has the field too. */
  take(other) {
    clearTimeout(other.timer);
    this.plan.clear();
    for (const one of other.fields.filter((field) => field.changed())) this.fields.find((mine) => mine.info.name === one.info.name)?.put(one.kept());
  }

  /** What differs from what was there. */
  values() {
    const changed = this.fields.filter((one) => one.changed()).map((one) => [one.info.name, one.value()]);
    return Object.fromEntries(this.data.layouts.length ? [["Layout", { id: this.data.layout }], ...changed] : changed);
  }

  checkSoon() {
    clearTimeout(this.timer);
    this.plan.clear();
    this.timer = setTimeout(() => this.check(), QUIET);
  }

  async check(all = false) {
    const values = this.values();
    const version = (this.version = (this.version ?? 0) + 1);
    const problems = await this.ask("check", { values }).catch((error) => [{ message: told(error) }]);
    if (version !== this.version) return problems; // of what is typed no more
    for (const one of this.fields) one.fault(problems.find((problem) => problem.field === one.info.name && (all || one.info.name in values)));
    const other = problems.filter((problem) => !this.fields.some((one) => one.info.name === problem.field));
    this.words.textContent = other.map((problem) => problem.message).join("\n");
    return problems;
  }

  async propose() {
    clearTimeout(this.timer);
    const values = this.values();
    if ((await this.check(true)).length) return this.fields.find((one) => one.wrong())?.input.focus();
    try {
      const found = await this.ask("plan", { values });
      if (!found.card) return this.plan.say(found.told);
      this.plan.show(found.card, {
        write: (plan_id) => this.ask("write", { plan_id, values }),
        drop: (plan_id) => this.ask("drop", { plan_id }),
        undo: (given) => this.ask("undo", given),
        after: (answer) => answer.done && this.draw(),
      });
    } catch (error) {
      this.words.textContent = told(error);
    }
    return undefined;
  }
}

function field(info, ask, typed) {
  const id = unique("field");
  const made = { picklist: choice, multiselectpicklist: choices, boolean: tick, lookup, ownerlookup: lookup, userlookup: lookup, textarea: lines }[info.type] ?? plain;
  const { input, value, put, beside, kept } = made(info, ask, typed);
  input.id = id;
  input.setAttribute("aria-describedby", `${id}-fault`);
  if (info.required) input.setAttribute("aria-required", "true");
  input.addEventListener("input", typed);
  const fault = make("p", { class: "zc-fault", id: `${id}-fault` });
  const label = make("label", { for: id, title: info.name }, info.label, info.required && make("span", { "aria-hidden": "true", class: "zc-star" }, " *"));
  put(info.value);
  const before = JSON.stringify(value());
  return {
    info,
    input,
    value,
    put,
    kept: kept ?? value,
    node: make("div", { class: "zc-input-row" }, label, make("div", {}, input, beside, fault)),
    changed: () => JSON.stringify(value()) !== before,
    wrong: () => input.getAttribute("aria-invalid") === "true",
    fault: (problem) => {
      input.setAttribute("aria-invalid", String(Boolean(problem)));
      fault.textContent = problem ? told({ problems: [{ ...problem, not_done: "" }] }) : "";
    },
  };
}

function plain(info) {
  const type = INPUTS[info.type] ?? "text";
  const input = make("input", { type, step: type === "number" ? "any" : null, maxlength: type === "text" ? info.length : null });
  const zone = { value: "" }; // a moment keeps its offset: the field itself has none
  const value = () => {
    if (input.value === "") return null;
    if (type === "number") return Number(input.value);
    return type === "datetime-local" ? `${input.value.length === 16 ? `${input.value}:00` : input.value}${zone.value || offset()}` : input.value;
  };
  const put = (given) => {
    const text = String(given ?? "");
    const moment = type === "datetime-local" && text.match(/^(.{19})(.*)$/);
    if (moment) zone.value = moment[2];
    input.value = moment ? moment[1] : text;
  };
  return { input, value, put };
}

function offset() {
  const minutes = -new Date().getTimezoneOffset();
  const two = (n) => String(Math.floor(Math.abs(n))).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}

function lines() {
  const input = make("textarea", { rows: "3" });
  return { input, value: () => input.value || null, put: (given) => (input.value = given ?? "") };
}

function tick() {
  const input = make("input", { type: "checkbox" });
  return { input, value: () => input.checked, put: (given) => (input.checked = Boolean(given)) };
}

function choice(info) {
  const input = make("select", {}, make("option", { value: "" }, "–"), info.choices.map(([actual, display]) => make("option", { value: actual }, display)));
  const put = (given) => {
    const text = given ?? "";
    if (text && ![...input.options].some((one) => one.value === text)) input.append(make("option", { value: text }, text));
    input.value = text;
  };
  return { input, value: () => input.value || null, put };
}

function choices(info) {
  const input = make("select", { multiple: true, size: String(Math.min(4, info.choices.length || 1)) }, info.choices.map(([actual, display]) => make("option", { value: actual }, display)));
  const put = (given) => { for (const one of input.options) one.selected = (given ?? []).includes(one.value); };
  return { input, value: () => [...input.selectedOptions].map((one) => one.value), put };
}

/** A record by its name. */
function lookup(info, ask, typed) {
  const box = new Combobox((text) => ask("suggest", { module: info.module, text }), typed);
  const { input } = box;
  const put = (given) => box.put(given ? shown(given) : "", given?.id);
  const value = () => (input.value ? (box.id ? { id: box.id } : input.value) : null);
  const kept = () => (box.id ? { id: box.id, name: input.value } : input.value);
  return { input, value, put, beside: box.list, kept };
}
