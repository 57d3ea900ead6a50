// What a writing tool answers, as the approval screen takes it; and a plan that may go through, written at a click.

import * as approval from "./approval.js";
import { make, shown } from "./dom.js";

/** `again(plan_id)` calls the same tool once more and gives its answer. Without it, or where a person must agree, there is no button. */
export function show(node, answer, tool, again) {
  if (answer.status !== "waiting") return receipt(node, answer);
  const write = again && !answer.needs_person && (async (plan) => receipt(node, await again(plan)));
  approval.render(node, card(answer, tool), write ? { approve: write } : {});
  const how = answer.needs_person ? answer.next_step : write ? "" : "Tell the assistant whether this shall be written.";
  const lines = [answer.summary, how].filter(Boolean).map((line) => make("p", {}, line));
  node.append(make("section", { class: "zcrm" }, make("div", { class: "zc-note" }, lines)));
  return undefined;
}

function card(answer, tool) {
  const rows = (answer.records ?? []).flatMap((entry) => (entry.changes?.length ? entry.changes : [{}]).map((change) => ({ kind: entry.kind, module: entry.module, id: entry.id, record: entry.name, ...change })));
  const title = tool.replaceAll("_", " ").replace(/^./, (letter) => letter.toUpperCase());
  return { plan_id: answer.plan_id, action: tool, summary: title, rows, warnings: answer.warnings ?? [], duplicates: answer.likely_duplicates ?? [], credits: answer.credits };
}

function receipt(node, answer) {
  const lines = (answer.records ?? []).map((entry) => make("li", {}, `${entry.outcome ?? ""} ${entry.kind} ${entry.module} `, make("strong", {}, entry.name ?? entry.id), entry.problem ? ` ${entry.problem}` : "", fields(entry)));
  node.replaceChildren(make("section", { class: "zcrm", "aria-label": "What was written" }, make("p", { role: "status" }, make("strong", {}, answer.summary)), make("ul", {}, lines), make("p", { class: "zc-quiet" }, answer.next_step ?? "")));
  return answer.summary;
}

function fields(entry) {
  return (entry.changes ?? []).map((change) => make("p", { class: "zc-change" }, `${change.field}: `, make("del", {}, shown(change.old)), " → ", make("ins", {}, shown(change.new))));
}
