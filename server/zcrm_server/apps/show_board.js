// Stages as columns with their sums, open deals as cards. A card that is moved is planned first; the plan is shown before it is written.

import { open, refused, staged } from "./stage.js";
import { make, shown } from "./dom.js";
import * as board from "./board.js";
import * as written from "./written.js";

const MOST = 200;

export function start() {
  open("board", async (place, summary, _given, host) => {
    const stages = (summary.stages ?? []).filter(([, kind]) => kind === "open" || kind === "won");
    const columns = stages.map(([stage, , deals, amount]) => ({ id: stage, label: stage, note: `${deals} · ${shown(amount)} ${summary.currency ?? ""}` }));
    const node = staged(place, overdue(summary), summary.note);
    if (!columns.length) return;
    const plan = make("div", { "aria-live": "polite" });
    place.append(plan);
    const data = { label: "Pipeline", columns, cards: [] };
    const screen = board.render(node, data, host.canCall ? { move: (id, stage) => move(plan, host, id, stage) } : {});
    if (!host.canCall) return;
    try {
      data.cards = await cards(host, summary.where, stages);
      screen.update(data);
    } catch (error) {
      refused(plan, error);
    }
  });
}

function overdue(summary) {
  const { deals, amount } = summary.overdue ?? {};
  return deals ? `${deals} open deals worth ${shown(amount)} ${summary.currency ?? ""} are past their closing date.` : "";
}

/** The largest open deals of those that were summed up. */
async function cards(host, where, stages) {
  const names = stages.filter(([, kind]) => kind === "open").map(([stage]) => `'${stage.replaceAll("'", "''")}'`);
  if (!names.length) return [];
  const query = `select Deal_Name, Stage, Amount, Closing_Date, Account_Name from Deals where Stage in (${names.join(", ")})${where ? ` and (${where})` : ""} order by Amount desc limit ${MOST}`;
  const found = await host.call("run_coql", { query, max_rows: MOST });
  const at = Object.fromEntries((found.columns ?? []).map((name, place) => [name, place]));
  return (found.rows ?? []).map((row) => ({ id: row[at.id], column: row[at.Stage], title: shown(row[at.Deal_Name]), lines: [`${shown(row[at.Amount])} · ${shown(row[at.Closing_Date])}`] }));
}

async function move(plan, host, deal, stage) {
  const asked = { deal, stage };
  const answer = await host.call("update_deal_stage", { ...asked, dry_run: true });
  written.show(plan, answer, "update_deal_stage", (id) => host.call("update_deal_stage", { ...asked, plan_id: id }));
  return "Planned below; nothing is written yet.";
}
