// A plan under a form or a board: its card, and once it is written a button that takes it back.

import * as approval from "./approval.js";
import { button, live, make, told } from "./dom.js";

/** `show(card, {write, drop, undo, after})`; `write(plan_id)` and `undo({change, plan_id})` give `{told, done, changes, card}`. */
export function plans() {
  const node = make("div");
  const say = (answer, calls) => {
    node.replaceChildren(said(answer, calls, show));
    node.firstChild.focus(); // what had the focus is gone
  };
  const show = (card, calls) => {
    const approve = async (id) => {
      const answer = await calls.write(id);
      say(answer, calls);
      await calls.after(answer);
      return answer.told;
    };
    const drop = async (id) => {
      const text = await calls.drop(id);
      say({ told: text }, calls);
      return text;
    };
    approval.render(node, card, { approve, drop });
    node.querySelector("button")?.focus();
  };
  return { node, show, say: (text) => say({ told: text }, {}), clear: () => node.replaceChildren() };
}

function said(answer, calls, show) {
  const news = live();
  news.textContent = answer.told;
  const bar = make("div", { class: "zc-bar zc-answer", tabindex: "-1" }, news);
  for (const change of answer.changes ?? []) {
    const back = button("Undo", async () => {
      back.disabled = true;
      try {
        const answered = await calls.undo({ change });
        if (answered.card) return show(answered.card, { ...calls, write: (plan_id) => calls.undo({ change, plan_id }) });
        news.textContent = answered.told;
        if (answered.done) back.remove();
        bar.focus();
        await calls.after(answered);
      } catch (error) {
        news.textContent = told(error);
        back.disabled = false;
      }
      return undefined;
    });
    bar.append(back);
  }
  return bar;
}
