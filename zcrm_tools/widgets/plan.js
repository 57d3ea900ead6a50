// A plan under a form or a board: its card, and once it is written a button that takes it back.

import * as approval from "./approval.js";
import { button, live, make, told } from "./dom.js";

/** `show(card, {write, drop, undo, after})`; `write(plan_id)` gives `{told, done, changes}`. */
export function plans() {
  const node = make("div");
  const show = (card, calls) => {
    const approve = async (id) => {
      const answer = await calls.write(id);
      node.replaceChildren(said(answer, calls));
      await calls.after(answer);
      return answer.told;
    };
    const drop = async (id) => {
      const text = await calls.drop(id);
      node.replaceChildren(said({ told: text }, calls));
      return text;
    };
    approval.render(node, card, { approve, drop });
    node.querySelector("button")?.focus();
  };
  return { node, show, say: (text) => node.replaceChildren(said({ told: text }, {})), clear: () => node.replaceChildren() };
}

function said(answer, calls) {
  const news = live();
  news.textContent = answer.told;
  const bar = make("div", { class: "zc-bar zc-answer" }, news);
  for (const change of answer.changes ?? []) {
    const back = button("Undo", async () => {
      back.disabled = true;
      try {
        const answered = await calls.undo(change);
        news.textContent = answered.told;
        await calls.after(answered);
      } catch (error) {
        news.textContent = told(error);
        back.disabled = false;
      }
    });
    bar.append(back);
  }
  return bar;
}
