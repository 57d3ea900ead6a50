// Rows of a search or a query. A row that has an id opens as a record, where the host passes calls on.

import { open, refused, staged } from "./stage.js";
import { make } from "./dom.js";
import * as grid from "./grid.js";
import * as whole from "./whole.js";

export function start() {
  open("grid", (place, table, given, host) => {
    const rows = table.rows ?? [];
    const at = (table.columns ?? []).indexOf("id");
    const price = table.credits ? `${table.credits} credit${table.credits === 1 ? "" : "s"}` : "";
    const node = staged(place, table.note, ...(table.rewrites ?? []), ...(table.warnings ?? []), price);
    if (!rows.length) return;
    const below = make("div");
    place.append(below);
    const look = async (row) => {
      below.setAttribute("aria-busy", "true");
      try {
        whole.show(below, await host.call("get_record", { module: table.module, id: row[at] }));
      } catch (error) {
        refused(below, error);
      }
      below.removeAttribute("aria-busy");
    };
    const data = { label: table.module || "Rows", columns: table.columns, rows, total: rows.length };
    grid.render(node, data, at >= 0 && table.module && host.canCall ? { open: look } : {});
  });
}
