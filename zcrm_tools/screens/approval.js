// A plan that waits for a person: every field of every record, old and new, and two buttons. What is shown is what is sent.

import { button, live, make, root, shown, told } from "./dom.js";

export function render(node, data, callbacks = {}) {
  const section = root(node, `Approve: ${data.summary ?? data.action}`, "approval");
  const update = (card) => {
    const news = live();
    const acts = actions(card, callbacks, news);
    section.replaceChildren(...head(card), records(card.rows ?? []), ...notes(card), make("div", { class: "zc-bar" }, acts, news));
    count(card, news, acts);
  };
  update(data);
  return { update };
}

function head(card) {
  return [make("header", { class: "zc-head" }, make("div", {}, make("p", { class: "zc-over" }, `${card.action} · nothing is written yet`), make("h3", {}, card.summary ?? card.action)))];
}

/** The rows of one record together, with the record's name once. */
function records(rows) {
  const bodies = [];
  for (const row of rows) {
    const id = `${row.kind} ${row.module} ${row.record} ${row.id ?? ""}`;
    if (bodies.at(-1)?.id !== id) {
      const title = make("th", { colspan: "3", scope: "rowgroup" }, make("span", { class: `zc-kind zc-${row.kind}` }, row.kind), ` ${row.module ?? ""} `, make("strong", {}, make("bdi", {}, shown(row.record))), row.id && make("span", { class: "zc-quiet" }, ` ${row.id}`));
      bodies.push({ id, node: make("tbody", {}, make("tr", {}, title)) });
    }
    if (row.field) bodies.at(-1).node.append(make("tr", {}, make("th", { scope: "row" }, row.field), make("td", {}, row.kind === "create" ? make("span", { class: "zc-none" }, "–") : make("del", { dir: "auto" }, shown(row.old))), make("td", {}, make("ins", { dir: "auto" }, whole(row.new)))));
  }
  const columns = make("thead", {}, make("tr", {}, ["Field", "Now", "Afterwards"].map((label) => make("th", { scope: "col" }, label))));
  return make("div", { class: "zc-scroll zc-plan", tabindex: "0", role: "group", "aria-label": "What would change" }, make("table", {}, columns, bodies.map((body) => body.node)));
}

/** All of what would be sent: nothing stands behind a name, and no figure is rounded away. */
function whole(value) {
  if (typeof value === "number") return String(value);
  const parts = Array.isArray(value) ? value : [value];
  return parts.some((one) => one !== null && typeof one === "object") ? JSON.stringify(value) : shown(value);
}

function notes(card) {
  const warnings = (card.warnings ?? []).map((warning) => make("li", {}, text(warning)));
  const twins = (card.duplicates ?? []).map((twin) => make("li", {}, text(twin)));
  return [
    card.workflows ? make("p", { class: "zc-quiet zc-after" }, `Workflow rules that may fire: ${card.workflows}`) : "",
    warnings.length ? make("div", { class: "zc-note zc-warn" }, make("strong", {}, "Warnings"), make("ul", {}, warnings)) : "",
    twins.length ? make("div", { class: "zc-note zc-warn" }, make("strong", {}, "May be there already"), make("ul", {}, twins)) : "",
  ];
}

function text(note) {
  if (typeof note === "string") return note;
  if (note?.message) return [note.message, note.next_step].filter(Boolean).join(" ");
  return Object.entries(note ?? {}).map(([name, value]) => `${name} ${shown(value)}`).join(", ");
}

function actions(card, callbacks, news) {
  const act = (label, doing, call, given) => {
    const press = button(label, async () => {
      for (const one of all) one.disabled = true;
      news.textContent = doing;
      try {
        news.textContent = (await call(card.plan_id)) ?? "";
      } catch (error) {
        news.textContent = told(error);
        for (const one of all) one.disabled = false;
      }
    }, given);
    return press;
  };
  const all = [
    callbacks.approve && act(card.approve_label ?? "Approve and write", "One moment …", callbacks.approve, { class: "zc-button zc-main" }),
    callbacks.drop && act("Do not write", "Dropping …", callbacks.drop),
  ].filter(Boolean);
  return all;
}

/** How long the plan still waits. It ends when the card leaves the page. */
function count(card, news, acts) {
  const price = card.credits === undefined ? "" : `${card.credits} credit${card.credits === 1 ? "" : "s"}`;
  const until = card.expires_at ? Date.parse(card.expires_at) : 0;
  const say = () => {
    if (acts.some((one) => one.disabled)) return clearInterval(timer);
    const left = Math.ceil((until - Date.now()) / 60_000);
    const waits = until ? (left > 0 ? `waits ${left} more minute${left === 1 ? "" : "s"}` : "has expired") : "";
    news.textContent = [price, waits].filter(Boolean).join(" · ");
    if (until && left <= 0) for (const one of acts) one.disabled = true;
    return news.isConnected || clearInterval(timer);
  };
  const timer = setInterval(say, 15_000);
  say();
}
