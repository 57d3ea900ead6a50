// One record.

import { open, staged } from "./stage.js";
import * as whole from "./whole.js";

export function start() {
  open("record", (place, answer) => {
    whole.show(staged(place, ...(answer.more ?? [])), answer);
  });
}
