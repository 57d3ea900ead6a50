// The form of one record, as a widget of its own.

import { make } from "./dom.js";
import { form } from "./form.js";
import { panel } from "./wire.js";

export function render({ model, el }) {
  return panel({ model, el }, "Edit a record", (section, wire, words) => {
    const place = make("div");
    section.append(place, words);
    form(place, (verb, given) => wire.ask("form", { verb, given }), words);
  });
}
