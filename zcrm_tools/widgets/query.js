// The query editor: completion and faults come from the kernel, the result stays there and is paged.

import { reproduction } from "./cells.js";
import * as diagnostics from "./diagnostics.js";
import { button, live, make, menu, told } from "./dom.js";
import * as grid from "./grid.js";
import { panel } from "./wire.js";

const QUIET = 250; // milliseconds without a key until the query is checked

export function render({ model, el }) {
  return panel({ model, el }, "COQL query", async (section, wire, words) => {
    const query = new Query(section, wire, words);
    try {
      await query.begin(el);
    } catch (error) {
      words.textContent = told(error);
    }
  });
}

class Query {
  constructor(section, wire, words) {
    Object.assign(this, { wire, words });
    this.code = reproduction();
    this.place = make("div", { class: "zc-editor" });
    this.said = make("div");
    this.result = make("div");
    this.price = live();
    this.run = button("Run", () => this.start(), { class: "zc-button zc-main", title: "Ctrl+Enter", disabled: true });
    this.stop = button("Cancel", () => this.running?.stop(), { disabled: true });
    this.most = make("select", { "aria-label": "At most" }, [200, 2000, 10000, 100000].map((rows) => make("option", { value: rows }, `at most ${rows.toLocaleString("en-US")} rows`)));
    this.past = menu("History");
    section.append(this.place, make("div", { class: "zc-bar" }, this.run, this.stop, this.most, this.past.node, this.price), this.said, this.result, this.code.node, words);
    wire.hear("progress", ({ rows, credits }) => (this.price.textContent = `${rows.toLocaleString("en-US")} rows, ${plural(credits, "credit")} …`));
  }

  async begin(el) {
    const [first, editor] = await Promise.all([this.wire.ask("show"), this.editor()]);
    while (!el.isConnected) await new Promise((done) => requestAnimationFrame(done)); // drawn before it is in the page
    this.view = editor.mount(this.place, {
      text: first.text,
      label: "COQL query",
      hint: first.hint,
      complete: (text, cursor) => this.wire.ask("complete", { text, cursor }).catch(() => []),
      changed: () => this.checkSoon(),
      run: () => this.start(),
    });
    this.run.disabled = false;
    this.most.value = String(first.max_rows);
    this.history(first.history);
    if (first.text) await this.check();
  }

  /** The editor's code, once for each page however many editors there are. */
  async editor() {
    const key = Symbol.for("zcrm.editor");
    globalThis[key] ??= new Promise((resolve, reject) => {
      this.wire.hear("editor", (_, [bytes]) => {
        const url = URL.createObjectURL(new Blob([bytes, "\nexport default zcrmEditor;"], { type: "text/javascript" }));
        import(/* @vite-ignore */ url).then((module) => resolve(module.default), reject);
      });
      this.wire.ask("editor").catch(reject);
    });
    return globalThis[key];
  }

  checkSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), QUIET);
  }

  async check() {
    const text = this.view.text();
    const found = await this.wire.ask("check", { text }).catch((error) => ({ source: text, items: [], rewrites: [told(error)] }));
    if (text !== this.view.text()) return found;
    this.checked = text;
    this.view.mark(found.items.filter((one) => one.from !== undefined).map((one) => ({ from: one.from, to: one.to, severity: one.severity, message: one.message })));
    diagnostics.render(this.said, found, { fix: (item) => this.mend(item) });
    if (found.rewrites.length) this.said.append(make("div", { class: "zcrm zc-quiet" }, found.rewrites.map((one) => make("p", {}, one))));
    if (!this.running) this.price.textContent = found.price;
    return found;
  }

  /** A repair is made to what stands there now, which may be more than what was checked. */
  async mend(item) {
    const found = this.view.text() === this.checked ? { items: [item] } : await this.check();
    const same = found.items.find((one) => one.fix && one.message === item.message);
    if (same) this.repair(same.fix);
  }

  repair(text) {
    this.view.put(text);
    this.view.focus();
    clearTimeout(this.timer);
    this.check();
  }

  async start() {
    if (this.running) return;
    const text = this.view.text();
    this.words.textContent = "";
    this.price.textContent = "Running …";
    this.running = this.wire.ask("run", { text, max_rows: Number(this.most.value) });
    [this.run.disabled, this.stop.disabled] = [true, false];
    try {
      this.show(await this.running);
    } catch (error) {
      this.price.textContent = "";
      if (error.error === "QueryRefused") await this.check();
      else this.words.textContent = told(error);
      if (error.problems?.[0]?.code === "CANCELLED") this.grid(await this.wire.ask("rows", { start: 0, count: 100, sort: null, descending: false, filter: "" }));
    } finally {
      this.running = null;
      [this.run.disabled, this.stop.disabled] = [false, true];
    }
  }

  show(found) {
    this.price.textContent = [plural(found.total, "row"), plural(found.credits, "credit"), ...found.notes].join(" · ");
    this.grid(found);
    this.code.show({ coql: found.coql, python: found.python });
    this.history(found.history);
  }

  /** What is in the kernel, which after a cancelled run is what came before. */
  grid(found) {
    const rows = (asked) => this.wire.ask("rows", asked);
    const save = (form, order) => this.wire.ask("save", { form, ...order });
    grid.render(this.result, { label: "Result", ...found }, { rows, save });
  }

  history(entries) {
    this.past.node.hidden = !entries.length;
    const take = (entry) => {
      this.past.node.open = false;
      this.repair(entry.text);
    };
    const items = entries.map((entry) => button(`${entry.at}  ${entry.text.replace(/\s+/g, " ").slice(0, 90)}  (${plural(entry.rows, "row")})`, () => take(entry), { class: "zc-entry" }));
    this.past.fill(items);
  }
}

function plural(number, word) {
  return `${number.toLocaleString("en-US")} ${word}${number === 1 ? "" : "s"}`;
}
