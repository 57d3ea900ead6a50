// The board, and under it the plan of the move that was made on it.

import * as board from "./board.js";
import { make, told } from "./dom.js";
import { plans } from "./plan.js";
import { panel } from "./wire.js";

export function render({ model, el }) {
  return panel({ model, el }, "Pipeline board", async (section, wire, words) => {
    const plan = plans();
    const place = make("div");
    const choose = make("select", { "aria-label": "Pipeline", onchange: () => load(choose.value) });
    const bar = make("div", { class: "zc-bar" }, choose);
    section.append(bar, plan.node, place, words);
    let shown = null;
    const move = async (deal, stage) => {
      plan.clear();
      const found = await wire.ask("move", { deal, stage });
      if (!found.card) return found.told;
      plan.show(found.card, {
        write: (plan_id) => wire.ask("apply", { plan_id, deal, stage }),
        drop: (plan_id) => wire.ask("drop", { plan_id }),
        undo: (given) => wire.ask("undo", given),
        after: () => load(choose.value),
      });
      return "Look at the plan above: nothing is written until you approve it.";
    };
    const load = async (pipeline) => {
      try {
        const data = await wire.ask("show", { pipeline });
        choose.replaceChildren(...data.pipelines.map((one) => make("option", { value: one, selected: one === data.pipeline }, one)));
        bar.hidden = data.pipelines.length < 2;
        if (shown) shown.update(data);
        else shown = board.render(place, data, data.write ? { move } : {});
      } catch (error) {
        words.textContent = told(error);
      }
    };
    await load("");
  });
}
