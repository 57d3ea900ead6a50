// A table in the kernel, as a grid.

import { make, told } from "./dom.js";
import * as grid from "./grid.js";
import { panel } from "./wire.js";

export function render({ model, el }) {
  return panel({ model, el }, "Rows", async (section, wire, words) => {
    const place = make("div");
    section.append(place, words);
    try {
      const data = await wire.ask("show");
      const rows = (asked) => wire.ask("rows", asked);
      const save = (form, order) => wire.ask("save", { form, ...order });
      grid.render(place, data, { rows, save });
    } catch (error) {
      words.textContent = told(error);
    }
  });
}
