// What would be written, or what was. The click repeats the call with the plan's id: it can do what the model could, no more.

import { open } from "./stage.js";
import * as written from "./written.js";

export function start() {
  open("approval", (place, answer, given, host) => {
    const { dry_run: _, plan_id: __, ...same } = given;
    const again = host.canCall && host.tool ? (plan) => host.call(host.tool, { ...same, plan_id: plan }) : null;
    written.show(place, answer, host.tool, again);
  });
}
