// A field that finds records by their name: the ARIA practices' combobox with a list. The focus stays in the field.

import { make, unique } from "./dom.js";

const QUIET = 300; // milliseconds without a key until names are looked for
const LEAST = 2; // letters that are looked for

/** `find(text)` gives `[{id, name}]`; `changed()` is told when what stands in the field came to mean a record. */
export class Combobox {
  constructor(find, changed) {
    Object.assign(this, { find, changed, known: new Map(), at: -1, open: false });
    this.list = make("ul", { id: unique("names"), role: "listbox", class: "zc-options", popover: "manual", onmousedown: (event) => this.pick(event) });
    this.input = make("input", { type: "text", role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id, oninput: () => this.lookSoon(), onkeydown: (event) => this.key(event), onblur: () => this.close() });
  }

  /** The record that is meant by what stands there, or null. */
  get id() {
    return this.known.get(this.input.value) ?? null;
  }

  put(name, id) {
    this.input.value = name;
    if (id) this.known.set(name, id);
  }

  lookSoon() {
    clearTimeout(this.timer);
    this.close();
    if (this.input.value.length >= LEAST) this.timer = setTimeout(() => this.look(), QUIET);
  }

  async look() {
    const text = this.input.value;
    const found = await this.find(text).catch(() => []);
    if (text !== this.input.value || this.input.getRootNode().activeElement !== this.input) return;
    const twice = (name) => found.filter((one) => one.name === name).length > 1;
    const options = found.map((one) => [twice(one.name) ? `${one.name} (${one.id})` : one.name, one.id]);
    for (const [name, id] of options) this.known.set(name, id);
    this.show(options.map(([name]) => name));
    this.changed();
  }

  show(names) {
    this.list.replaceChildren(...names.map((name, at) => make("li", { role: "option", id: `${this.list.id}-${at}`, "aria-selected": "false", "data-name": name }, make("bdi", {}, name))));
    if (!names.length) return this.close();
    const field = this.input.getBoundingClientRect();
    const below = innerHeight - field.bottom > 160 || field.top < 160;
    this.list.style.cssText = `left:${field.left}px;width:${field.width}px;${below ? `top:${field.bottom + 2}px` : `bottom:${innerHeight - field.top + 2}px`}`;
    this.list.showPopover?.(); // above everything, and cut off by nothing
    this.open = true;
    this.at = -1;
    this.input.setAttribute("aria-expanded", "true");
    this.leave ??= () => this.close();
    return addEventListener("scroll", this.leave, { capture: true, once: true }); // it would stay behind
  }

  close() {
    clearTimeout(this.timer);
    if (!this.open) return;
    this.open = false;
    removeEventListener("scroll", this.leave, { capture: true });
    this.list.hidePopover?.();
    this.list.replaceChildren();
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  key(event) {
    const options = [...this.list.children];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && !this.open) this.look();
    else if (step) this.mark(options, this.at < 0 && step < 0 ? options.length - 1 : (this.at + step + options.length) % options.length);
    else if (event.key === "Enter" && this.open && this.at >= 0) this.take(options[this.at].dataset.name);
    else if (event.key === "Escape" && this.open) this.close();
    else return;
    event.preventDefault();
    event.stopPropagation(); // Escape here leaves nothing else
  }

  mark(options, at) {
    this.at = at;
    options.forEach((one, other) => one.setAttribute("aria-selected", String(other === at)));
    this.input.setAttribute("aria-activedescendant", options[at].id);
    const [top, bottom] = [options[at].offsetTop, options[at].offsetTop + options[at].offsetHeight];
    if (top < this.list.scrollTop || bottom > this.list.scrollTop + this.list.clientHeight) this.list.scrollTop = top;
  }

  pick(event) {
    event.preventDefault(); // the field keeps the focus
    const option = event.target.closest("[role=option]");
    if (option) this.take(option.dataset.name);
  }

  take(name) {
    this.input.value = name;
    this.close();
    this.changed();
  }
}
