// Cards in columns. A card is moved by dragging, by the keys (space, arrows, space), or by its list of columns.

import { live, make, root, told, unique } from "./dom.js";

export function render(node, data, callbacks = {}) {
  const board = new Board(root(node, data.label ?? "Board", "board"), callbacks);
  board.take(data);
  return {
    update: (next) => {
      board.say("");
      board.take(next);
    },
  };
}

class Board {
  constructor(section, callbacks) {
    this.callbacks = callbacks;
    this.name = unique("board");
    this.news = live();
    this.place = make("div", { class: "zc-columns", onkeydown: (event) => this.key(event) });
    const how = make("p", { class: "zc-quiet", id: `${this.name}-how` }, callbacks.move ? "Drag a card, or choose it with the arrow keys and press space, then an arrow key, then space again." : "");
    section.append(this.place, how, this.news);
  }

  take(data) {
    this.data = data;
    this.held = null;
    const focused = this.focused ?? data.cards?.[0]?.id;
    this.place.replaceChildren(...data.columns.map((column) => this.column(column)));
    this.focus(data.cards.some((card) => card.id === focused) ? focused : data.cards[0]?.id, false);
  }

  column(column) {
    const cards = this.data.cards.filter((card) => card.column === column.id);
    const list = make("ul", { "aria-label": column.label }, cards.map((card) => this.card(card)));
    const title = make("h4", {}, column.label, " ", make("span", { class: "zc-quiet" }, column.note ?? String(cards.length)));
    const node = make("div", { class: "zc-column", "data-column": column.id, ondragover: (event) => this.over(event, node), ondragleave: () => node.classList.remove("zc-over-here"), ondrop: (event) => this.dropped(event, node) }, title, list);
    return node;
  }

  card(card) {
    const given = { class: "zc-card", tabindex: "-1", "data-card": card.id, "aria-describedby": `${this.name}-how`, draggable: this.callbacks.move ? "true" : null, ondragstart: (event) => this.picked(event, card), ondragend: () => this.letGo(), ondblclick: () => this.callbacks.open?.(card.id), onfocus: (event) => event.target === event.currentTarget && this.focus(card.id, false) };
    return make("li", given, make("strong", {}, make("bdi", {}, card.title)), (card.lines ?? []).map((line) => make("span", { class: "zc-quiet" }, line)), this.callbacks.move && this.menu(card));
  }

  /** For touch and for screen readers, which keep the arrow keys for themselves. */
  menu(card) {
    const others = this.data.columns.filter((column) => column.id !== card.column);
    const options = others.map((column) => make("option", { value: column.id }, column.label));
    const given = { "aria-label": `Move ${card.title}`, tabindex: "-1", onchange: () => this.move(card.id, select.value) };
    const select = make("select", given, make("option", { value: card.column, hidden: true }, "Move to …"), options);
    return select;
  }

  picked(event, card) {
    this.dragging = card.id;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.id);
  }

  over(event, node) {
    if (!this.dragging) return;
    event.preventDefault();
    event.stopPropagation();
    node.classList.add("zc-over-here");
  }

  dropped(event, node) {
    if (!this.dragging) return;
    event.preventDefault();
    event.stopPropagation();
    const id = this.dragging;
    this.letGo();
    this.move(id, node.dataset.column);
  }

  letGo() {
    this.dragging = null;
    for (const node of this.place.children) node.classList.remove("zc-over-here");
  }

  async move(id, column) {
    const card = this.data.cards.find((one) => one.id === id);
    const to = this.data.columns.find((one) => one.id === column);
    if (!card || card.column === column) return this.say("Nothing was moved.");
    this.say(`Moving ${card.title} to ${to.label} …`);
    this.focused = id;
    try {
      this.say((await this.callbacks.move(id, column)) ?? "");
    } catch (error) {
      this.say(told(error));
    }
    const here = this.place.contains(this.place.getRootNode().activeElement);
    this.take(this.data);
    return here && this.focus(id); // unless the move has led elsewhere, as to a plan to look at
  }

  say(text) {
    this.news.textContent = text;
  }

  focus(id, really = true) {
    this.focused = id;
    for (const node of this.place.querySelectorAll(".zc-card")) {
      node.tabIndex = node.dataset.card === id ? 0 : -1;
      node.classList.toggle("zc-held", node.dataset.card === this.held?.id);
      if (node.dataset.card === id && really) node.focus();
    }
  }

  key(event) {
    if (!event.target.classList.contains("zc-card")) return;
    const card = this.data.cards.find((one) => one.id === event.target.dataset.card);
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (this.held) this.carry(event, card, step);
    else if (step) this.aside(card, step);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") this.along(card, event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Enter") this.callbacks.open?.(card.id);
    else if (event.key === " " && this.callbacks.move) this.hold(card);
    else return;
    event.preventDefault();
  }

  hold(card) {
    this.held = { id: card.id, column: card.column };
    this.focus(card.id, false);
    this.say(`Holding ${card.title}, in ${this.label(card.column)}. Left and right choose the column, space puts it down, escape leaves it.`);
  }

  carry(event, card, step) {
    const ids = this.data.columns.map((one) => one.id);
    if (step) {
      const at = Math.min(ids.length - 1, Math.max(0, ids.indexOf(this.held.column) + step));
      this.held.column = ids[at];
      for (const node of this.place.children) node.classList.toggle("zc-over-here", node.dataset.column === ids[at]);
      this.say(`${card.title}: ${this.label(ids[at])}`);
    } else if (event.key === " " || event.key === "Enter") {
      const { id, column } = this.held;
      this.held = null;
      this.letGo();
      this.move(id, column);
    } else if (event.key === "Escape" || event.key === "Tab") {
      this.held = null;
      this.letGo();
      this.focus(card.id, event.key === "Escape");
      this.say("Left where it was.");
    }
  }

  label(column) {
    return this.data.columns.find((one) => one.id === column)?.label ?? column;
  }

  along(card, step) {
    const beside = this.data.cards.filter((one) => one.column === card.column);
    const next = beside[beside.indexOf(card) + step];
    if (next) this.focus(next.id);
  }

  aside(card, step) {
    const ids = this.data.columns.map((one) => one.id);
    const place = this.data.cards.filter((one) => one.column === card.column).indexOf(card);
    for (let at = ids.indexOf(card.column) + step; at >= 0 && at < ids.length; at += step) {
      const there = this.data.cards.filter((one) => one.column === ids[at]);
      if (there.length) return this.focus(there[Math.min(place, there.length - 1)].id);
    }
    return undefined;
  }
}
