// Rows of a table of any length. Only the blocks that are scrolled to are asked for, and only visible rows are in the page.

import { button, guarded, live, make, menu, root, shown, told, unique } from "./dom.js";

const ROW = 28; // height in pixels; the style sheet has the same
const BLOCK = 100;
const OVER = 8; // rows drawn beyond each edge
const SCREEN = 30; // rows that widths are measured by: an empty table has no height yet to tell by

export function render(node, data, callbacks = {}) {
  const grid = new Grid(root(node, data.label ?? "Rows", "grid"), data, callbacks);
  return { update: (next) => grid.take(next), refresh: () => grid.again() };
}

class Grid {
  constructor(section, data, callbacks) {
    this.callbacks = callbacks;
    this.order = { sort: data.sort ?? null, descending: Boolean(data.descending), filter: "" };
    this.hidden = new Set();
    this.numeric = new Set();
    this.known = {};
    this.name = unique("grid");
    this.build(section, data.label ?? "Rows");
    this.take(data);
  }

  build(section, label) {
    this.filter = make("input", { type: "search", class: "zc-input", placeholder: "Filter", "aria-label": `Filter ${label}`, oninput: () => this.filterSoon() });
    this.chooser = menu("Columns");
    this.news = live();
    const saves = this.callbacks.save
      ? ["csv", "json"].map((form) => button(`Save ${form.toUpperCase()}`, () => this.save(form)))
      : [];
    this.table = make("table", { role: "grid", tabindex: "0", "aria-label": label, onkeydown: (event) => this.key(event), onfocus: () => this.mark() });
    this.box = make("div", { class: "zc-scroll", onscroll: () => this.draw() }, this.table);
    section.append(make("div", { class: "zc-bar" }, this.filter, this.chooser.node, saves, this.news), this.box);
    this.columnsNode = make("colgroup");
    this.head = make("thead");
    this.body = make("tbody");
    this.table.append(this.columnsNode, this.head, this.body);
    this.table.addEventListener("click", (event) => this.click(event));
    this.table.addEventListener("dblclick", (event) => this.click(event, true));
    this.watcher = new ResizeObserver(() => this.draw());
    this.watcher.observe(this.box);
  }

  take(data) {
    this.columns = (data.columns ?? []).map((column) => (typeof column === "string" ? { name: column, label: column } : column));
    this.local = this.callbacks.rows ? null : (data.rows ?? []);
    this.row = 0;
    this.column = 0;
    this.again(data.rows && this.callbacks.rows ? { rows: data.rows, total: data.total ?? data.rows.length } : null);
  }

  /** Start over in the present order; `first` is a block that is known already. */
  again(first = null) {
    this.version = (this.version ?? 0) + 1;
    this.blocks = new Map();
    this.asked = new Set();
    this.total = null;
    this.fault = "";
    this.box.scrollTop = 0;
    if (this.local) this.sorted = arranged(this.local, this.columns, this.order);
    if (first) this.keep(0, first);
    this.drawHead();
    this.drawChooser();
    if (first || this.local) this.draw(true);
    else this.ask(0);
  }

  get shownColumns() {
    return this.columns.map((column, at) => ({ ...column, at })).filter((column) => !this.hidden.has(column.name));
  }

  rowAt(at) {
    if (this.local) return this.sorted[at];
    return this.blocks.get(Math.floor(at / BLOCK))?.[at % BLOCK];
  }

  count() {
    return this.local ? this.sorted.length : (this.total ?? 0);
  }

  keep(block, answer) {
    this.blocks.set(block, answer.rows);
    this.total = answer.total;
    if (answer.columns && block === 0) this.columns = answer.columns;
  }

  async ask(block) {
    if (this.asked.has(block)) return;
    this.asked.add(block);
    const version = this.version;
    this.table.setAttribute("aria-busy", "true");
    try {
      const answer = await this.callbacks.rows({ start: block * BLOCK, count: BLOCK, ...this.order });
      if (version !== this.version) return;
      this.keep(block, answer);
      this.draw(true);
    } catch (error) {
      if (version !== this.version) return;
      this.fault = told(error);
      this.draw();
    } finally {
      if (version === this.version) this.table.removeAttribute("aria-busy");
    }
  }

  drawHead() {
    const columns = this.shownColumns;
    this.box.hidden = this.chooser.node.hidden = !this.columns.length;
    this.table.setAttribute("aria-colcount", String(columns.length));
    const cells = columns.map((column, at) => {
      const sorted = this.order.sort === column.name;
      const arrow = sorted ? (this.order.descending ? " ▾" : " ▴") : "";
      const given = { role: "columnheader", scope: "col", class: this.numeric.has(column.name) ? "zc-number" : null, id: `${this.name}-h-${at}`, "aria-colindex": String(at + 1), "aria-sort": sorted ? (this.order.descending ? "descending" : "ascending") : "none", "data-at": String(at), title: column.name };
      return make("th", given, make("span", {}, column.label ?? column.name), make("span", { "aria-hidden": "true" }, arrow));
    });
    this.head.replaceChildren(make("tr", { role: "row", "aria-rowindex": "1" }, cells));
  }

  drawChooser() {
    if (this.chooser.node.open) return;
    const boxes = this.columns.map((column) => {
      const box = make("input", { type: "checkbox", checked: !this.hidden.has(column.name), onchange: () => this.toggle(column.name, box.checked) });
      return make("label", {}, box, column.label ?? column.name);
    });
    this.chooser.fill(boxes);
  }

  toggle(name, visible) {
    if (visible) this.hidden.delete(name);
    else this.hidden.add(name);
    this.column = 0;
    this.drawHead();
    this.draw(true);
  }

  /** The rows in sight. Nothing is done while the ones in the page still cover the window, unless `anew`. */
  draw(anew = false) {
    const seen = Math.ceil((this.box.clientHeight || 400) / ROW);
    const top = Math.floor(this.box.scrollTop / ROW);
    const total = this.count();
    const from = Math.max(0, top - OVER);
    const to = Math.min(total, top + seen + OVER);
    const covered = this.drawn && this.drawn.from <= Math.max(0, top - 1) && this.drawn.to >= Math.min(total, top + seen + 1);
    if (!this.local) for (let block = Math.floor(from / BLOCK); block * BLOCK < to; block += 1) if (!this.blocks.has(block)) this.askSoon();
    if (covered && !anew) return this.say(top, seen, total);
    if (anew) this.measure(from, Math.max(to, Math.min(total, from + SCREEN)));
    this.drawn = { from, to };
    this.table.setAttribute("aria-rowcount", String(total + 1));
    const rows = [spacer(from)];
    for (let at = from; at < to; at += 1) rows.push(this.drawRow(at));
    rows.push(spacer(total - to));
    this.body.replaceChildren(...rows);
    this.say(top, seen, total);
    this.mark();
  }

  drawRow(at) {
    const row = this.rowAt(at);
    const cells = this.shownColumns.map((column, place) => {
      const value = row ? row[column.at] : "…";
      const text = row ? shown(value) : "…";
      const kind = typeof value === "number" ? "zc-number" : row && text === "–" ? "zc-none" : null;
      return make("td", { role: "gridcell", id: `${this.name}-${at}-${place}`, "aria-colindex": String(place + 1), class: kind, title: text.length > 24 ? text : null }, make("bdi", {}, text));
    });
    return make("tr", { role: "row", "aria-rowindex": String(at + 2), "data-row": String(at), class: this.callbacks.open ? "zc-opens" : null }, cells);
  }

  /** Widths by what the rows so far held, never narrower again, so that little moves while scrolling. */
  measure(from, to) {
    const numbers = this.numeric.size;
    const widths = this.shownColumns.map((column) => {
      let most = Math.max(6, (column.label ?? column.name).length + 2, this.known[column.name] ?? 0);
      for (let at = from; at < to; at += 1) {
        const value = this.rowAt(at)?.[column.at];
        if (typeof value === "number") this.numeric.add(column.name);
        most = Math.max(most, shown(value).length);
      }
      this.known[column.name] = Math.min(40, most);
      return make("col", { style: `width:calc(min(${this.known[column.name]}ch, 55cqi) + 20px)` });
    });
    this.columnsNode.replaceChildren(...widths);
    if (this.numeric.size !== numbers) this.drawHead();
  }

  say(top, seen, total) {
    if (this.fault) this.news.textContent = this.fault;
    else if (!total) this.news.textContent = this.total === null && !this.local ? "Loading …" : "No rows";
    else this.news.textContent = `${(top + 1).toLocaleString("en-US")}–${Math.min(total, top + seen - 1).toLocaleString("en-US")} of ${total.toLocaleString("en-US")}`;
  }

  askSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const seen = Math.ceil((this.box.clientHeight || 400) / ROW);
      const top = Math.floor(this.box.scrollTop / ROW);
      const last = Math.min(this.count(), top + seen + OVER) - 1;
      for (let block = Math.floor(Math.max(0, top - OVER) / BLOCK); block * BLOCK <= last; block += 1) if (!this.blocks.has(block)) this.ask(block);
    }, 40);
  }

  filterSoon() {
    clearTimeout(this.filterTimer);
    this.filterTimer = setTimeout(() => {
      this.order.filter = this.filter.value.trim();
      this.row = 0;
      this.again();
    }, this.local ? 0 : 250);
  }

  sortBy(name) {
    const descending = this.order.sort === name && !this.order.descending;
    this.order = { ...this.order, sort: name, descending };
    this.again();
    this.mark();
  }

  async save(form) {
    this.news.textContent = "Saving …";
    try {
      this.news.textContent = await this.callbacks.save(form, { ...this.order });
    } catch (error) {
      this.news.textContent = told(error);
    }
  }

  click(event, twice = false) {
    const head = event.target.closest("th");
    if (head) return twice ? undefined : this.sortBy(this.shownColumns[Number(head.dataset.at)].name);
    const cell = event.target.closest("td[role=gridcell]");
    if (!cell || window.getSelection()?.toString()) return undefined;
    this.row = Number(cell.parentElement.dataset.row);
    this.column = Number(cell.getAttribute("aria-colindex")) - 1;
    this.mark();
    return twice ? undefined : this.open();
  }

  open() {
    const row = this.rowAt(this.row);
    if (row && this.callbacks.open) this.callbacks.open(row, this.row, this.columns);
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.box.clientHeight / ROW) - 2);
    const last = this.count() - 1;
    const far = event.ctrlKey || event.metaKey;
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-page, 0], PageDown: [page, 0], Home: far ? [-this.row, 0] : [0, -this.column], End: far ? [last - this.row, 0] : [0, this.columns.length] };
    if (steps[event.key]) {
      const [down, right] = steps[event.key];
      const lowest = event.key === "ArrowUp" && this.row <= 0 ? -1 : this.row < 0 && down <= 0 ? -1 : 0;
      this.row = Math.min(last, Math.max(lowest, this.row + down));
      this.column = Math.min(this.shownColumns.length - 1, Math.max(0, this.column + right));
      this.show();
    } else if (event.key === "Enter" || event.key === " ") {
      if (this.row < 0) this.sortBy(this.shownColumns[this.column].name);
      else this.open();
    } else if (far && event.key === "c" && this.row >= 0) {
      navigator.clipboard?.writeText(guarded(shown(this.rowAt(this.row)?.[this.shownColumns[this.column].at])));
    } else return;
    event.preventDefault();
  }

  /** Scroll the active cell into sight. */
  show() {
    if (this.row >= 0) {
      const top = this.row * ROW;
      const room = this.box.clientHeight - 2 * ROW;
      if (top < this.box.scrollTop) this.box.scrollTop = top;
      else if (top > this.box.scrollTop + room) this.box.scrollTop = top - room;
    }
    this.draw();
    this.mark();
    this.table.querySelector(".zc-active")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  mark() {
    for (const old of this.table.querySelectorAll(".zc-active")) old.classList.remove("zc-active");
    const id = this.row < 0 ? `${this.name}-h-${this.column}` : `${this.name}-${this.row}-${this.column}`;
    const cell = this.table.querySelector(`#${id}`);
    if (cell) {
      cell.classList.add("zc-active");
      this.table.setAttribute("aria-activedescendant", id);
    } else this.table.removeAttribute("aria-activedescendant");
  }
}

function spacer(rows) {
  return make("tr", { "aria-hidden": "true", style: `height:${Math.max(0, rows) * ROW}px` });
}

/** Rows that are all here, filtered and sorted. Ids are texts of digits and compare by length first. */
function arranged(rows, columns, { sort, descending, filter }) {
  const wanted = filter.toLowerCase();
  const kept = wanted ? rows.filter((row) => row.some((value) => shown(value).toLowerCase().includes(wanted))) : [...rows];
  const at = columns.findIndex((column) => column.name === sort);
  if (at < 0) return kept;
  const way = descending ? -1 : 1;
  return kept.sort((a, b) => compared(a[at], b[at], way));
}

/** Empty values come last either way. */
function compared(a, b, way) {
  const none = (value) => value === null || value === undefined || value === "";
  if (none(a) || none(b)) return Number(none(a)) - Number(none(b));
  if (typeof a === "number" && typeof b === "number") return way * (a - b);
  const [left, right] = [shown(a), shown(b)];
  if (/^\d+$/.test(left) && /^\d+$/.test(right) && left.length !== right.length) return way * (left.length - right.length);
  return way * left.localeCompare(right);
}
