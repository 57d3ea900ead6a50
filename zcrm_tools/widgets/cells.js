// What a click stands for, as COQL and Python, and the way of it into the notebook.

import { button, live, make } from "./dom.js";

/** `show({coql, python})` puts the texts up; they stay folded until someone wants them. */
export function reproduction() {
  const place = make("div");
  const node = make("details", { class: "zc-code" }, make("summary", {}, "The code for this"), place);
  const show = (texts) => {
    node.hidden = !texts || !Object.values(texts).some(Boolean);
    place.replaceChildren(...Object.entries(texts ?? {}).filter(([, text]) => text).map(([kind, text]) => block(kind, text)));
  };
  show(null);
  return { node, show };
}

function block(kind, text) {
  const news = live();
  const whole = kind === "coql" ? `%%coql\n${text}` : text;
  const put = button("Put in the next cell", async () => (news.textContent = await intoNextCell(put, whole)));
  const copy = button("Copy", async () => (news.textContent = await copied(text)));
  return make("div", {}, make("pre", { tabindex: "0", "aria-label": kind === "coql" ? "COQL" : "Python" }, text), make("div", { class: "zc-bar" }, put, copy, news));
}

/** Into a new cell where this is JupyterLab or Notebook 7; elsewhere the text is copied. */
export async function intoNextCell(from, text) {
  try {
    if (globalThis.jupyterapp) {
      await globalThis.jupyterapp.commands.execute("notebook:insert-cell-below");
      globalThis.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.setSource(text);
      return "It is in the next cell.";
    }
    const cell = from.closest(".jp-Cell");
    cell?.dispatchEvent(new MouseEvent("mousedown", { bubbles: true })); // makes it the active one, which has the tools
    const insert = await soon(() => cell?.querySelector("[data-command='notebook:insert-cell-below'], [title^='Insert a cell below']"));
    if (insert) {
      const before = cell.nextElementSibling;
      (insert.querySelector("button") ?? insert).click();
      const made = await soon(() => (cell.nextElementSibling !== before ? cell.nextElementSibling : null));
      const editor = await soon(() => made?.querySelector(".cm-content[contenteditable='true']"));
      if (editor) {
        editor.focus();
        document.execCommand("insertText", false, text);
        return "It is in the next cell.";
      }
    }
  } catch {
    // a front end that only looks like the one we know: the text is copied instead
  }
  return copied(text);
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return "Copied.";
  } catch {
    return "This page may not copy; select the text and copy it.";
  }
}

async function soon(find) {
  for (let turn = 0; turn < 20; turn += 1) {
    const found = find();
    if (found) return found;
    await new Promise((done) => setTimeout(done, 50));
  }
  return null;
}
