// What waits for a person, and what was written.

import * as approval from "./approval.js";
import { button, make, shown, told } from "./dom.js";
import { panel } from "./wire.js";

export function render({ model, el }) {
  return panel({ model, el }, "Approvals and changes", async (section, wire, words) => {
    const place = make("div");
    const again = button("Look again", () => load());
    section.append(make("header", { class: "zc-head" }, make("h3", {}, "Approvals and changes"), again), place, words);
    const load = async () => {
      try {
        const data = await wire.ask("show");
        place.replaceChildren(...waiting(data.waiting, wire), ...unknown(data.unknown), ...journal(data.changes, wire, words, load, again));
      } catch (error) {
        words.textContent = told(error);
      }
    };
    await load();
  });
}

function waiting(cards, wire) {
  const nodes = cards.map((card) => {
    const node = make("div", { class: "zc-one" });
    approval.render(node, { ...card, approve_label: "Approve" }, {
      approve: (plan_id) => wire.ask("approve", { plan_id }),
      drop: (plan_id) => wire.ask("drop", { plan_id }),
    });
    return node;
  });
  return [make("h4", {}, "Waiting for you"), ...(nodes.length ? nodes : [make("p", { class: "zc-quiet" }, "Nothing waits.")])];
}

function unknown(plans) {
  if (!plans.length) return [];
  const items = plans.map((plan) => make("li", {}, `${plan.action}, ${shown(plan.at)}: look at the record before it is asked for again.`));
  return [make("div", { class: "zc-note zc-warn" }, make("strong", {}, "Nobody knows whether these were written"), make("ul", {}, items))];
}

function journal(changes, wire, words, load, back) {
  const items = changes.map((change) => {
    const plan = make("div");
    const take = (more = {}) => wire.ask("undo", { change: change.change_id, ...more });
    const settle = async (answer) => {
      await load();
      words.textContent = answer.done ? "" : answer.told;
      back.focus(); // the button that had it is gone
      return answer.told;
    };
    /** An undoing that itself deletes or sends is looked at like any other plan. */
    const look = (card) => {
      approval.render(plan, card, {
        approve: async (plan_id) => settle(await take({ plan_id })),
        drop: (plan_id) => {
          undo.disabled = false;
          return wire.ask("drop", { plan_id });
        },
      });
      plan.querySelector("button")?.focus();
    };
    const undo = button("Undo", async () => {
      undo.disabled = true;
      try {
        const answer = await take();
        if (answer.card) look(answer.card);
        else await settle(answer);
      } catch (error) {
        words.textContent = told(error);
        undo.disabled = false;
      }
    }, { "aria-label": `Undo ${change.kind} ${change.name}` });
    const fields = (change.changes ?? []).map((one) => make("p", { class: "zc-change" }, `${one.field}: `, make("del", { dir: "auto" }, shown(one.old)), " → ", make("ins", { dir: "auto" }, shown(one.new))));
    const head = make("p", {}, make("span", { class: `zc-kind zc-${change.kind}` }, change.kind), ` ${change.module} `, make("strong", {}, make("bdi", {}, change.name || change.id)), make("span", { class: "zc-quiet" }, ` ${shown(change.at)}`));
    const end = change.undone ? make("span", { class: "zc-quiet" }, "undone") : undo;
    return make("li", {}, make("div", { class: "zc-head" }, make("div", {}, head, fields), end), plan);
  });
  return [make("h4", {}, "Written, newest first"), items.length ? make("ol", { class: "zc-journal" }, items) : make("p", { class: "zc-quiet" }, "Nothing was written yet.")];
}
