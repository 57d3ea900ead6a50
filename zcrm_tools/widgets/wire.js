// The browser's half of a panel's messages: questions with answers, and news.

import { live, root, unique } from "./dom.js";

const PATIENCE = 8000; // milliseconds until a kernel that does not hear is spoken of

/** `silent(true)` when a question is not heard by the kernel for long, `silent(false)` when it is after all. */
export function wire(model, silent = () => {}) {
  const view = unique("view");
  const waiting = new Map();
  const unheard = new Map();
  const heard = new Map();
  let last = 0;
  const take = (message, buffers) => {
    if (message.heard !== undefined) {
      if (!unheard.has(message.heard)) return;
      clearTimeout(unheard.get(message.heard));
      unheard.delete(message.heard);
      silent(false);
    } else if (message.answer !== undefined) {
      const { resolve, reject } = waiting.get(message.answer) ?? {};
      waiting.delete(message.answer);
      if (!resolve) return;
      if (message.error) reject(Object.assign(new Error(message.error.problems?.[0]?.message ?? "refused"), message.error));
      else resolve(message.value);
    } else if (message.news) for (const tell of heard.get(message.news) ?? []) tell(message.value, buffers);
  };
  model.on("msg:custom", take);
  return {
    /** A promise of the answer; `stop()` on it cancels the work. */
    ask(verb, given = {}) {
      last += 1;
      const id = `${view}-${last}`;
      const promise = new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
      promise.stop = () => model.send({ stop: id });
      unheard.set(id, setTimeout(() => silent(true), PATIENCE));
      model.send({ ask: verb, id, with: given });
      return promise;
    },
    hear(news, tell) {
      heard.set(news, [...(heard.get(news) ?? []), tell]);
    },
    close() {
      model.off("msg:custom", take);
      waiting.clear();
      for (const timer of unheard.values()) clearTimeout(timer);
    },
  };
}

/** A panel: its section in `el`, its wire, and a line for what goes wrong; `build(section, wire, words)` fills it. */
export function panel({ model, el }, label, build) {
  const section = root(el, label, "panel");
  const words = live({ class: "zc-live zc-words" });
  const gone = "The kernel does not answer: it is busy, or gone and the cell must be run again.";
  const wired = wire(model, (silent) => {
    if (silent) words.textContent = gone;
    else if (words.textContent === gone) words.textContent = "";
  });
  build(section, wired, words);
  return () => wired.close();
}
