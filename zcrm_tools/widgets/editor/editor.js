// The COQL editor: CodeMirror 6 with our keywords, our completions and our faults. Colours are the screens' own variables.

import { autocompletion, completionKeymap, startCompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { lintKeymap, setDiagnostics } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, drawSelection, keymap, placeholder, tooltips } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const WORDS = /^(select|from|where|and|or|not|in|is|null|like|between|group|order|by|asc|desc|limit|offset|as)\b/i;
const FUNCTIONS = /^(count|sum|avg|min|max)(?=\s*\()/i;

const coql = StreamLanguage.define({
  token(stream) {
    if (stream.eatSpace()) return null;
    if (stream.match(/^'(?:[^'\\]|\\.)*'?/) || stream.match(/^"(?:[^"\\]|\\.)*"?/)) return "string";
    if (stream.match(WORDS)) return "keyword";
    if (stream.match(FUNCTIONS)) return "name.function";
    if (stream.match(/^-?\d+(\.\d+)?/)) return "number";
    if (stream.match(/^[\p{L}\p{N}_.$>-]+/u)) return "name";
    stream.next();
    return "operator";
  },
});

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--zc-accent)", fontWeight: "600" },
  { tag: tags.string, color: "var(--zc-good)" },
  { tag: tags.number, color: "var(--zc-warn)" },
  { tag: tags.function(tags.name), color: "var(--zc-accent)" },
]);

const theme = EditorView.theme({
  "&": { backgroundColor: "var(--zc-bg)", color: "var(--zc-fg)" },
  "&.cm-focused": { outline: "none" }, // the frame around it shows the focus
  ".cm-scroller": { fontFamily: "var(--zc-mono)", fontSize: "13px", lineHeight: "1.5", maxHeight: "260px", overflow: "auto" },
  ".cm-content": { minHeight: "66px", caretColor: "var(--zc-fg)", padding: "6px 2px" },
  ".cm-cursor": { borderLeftColor: "var(--zc-fg)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--zc-accent) 28%, transparent) !important" },
  ".cm-placeholder": { color: "var(--zc-quiet)" },
  ".cm-tooltip": { border: "1px solid var(--zc-edge)", borderRadius: "6px", backgroundColor: "var(--zc-bg)", color: "var(--zc-fg)", overflow: "hidden" },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "var(--zc-mono)", maxHeight: "220px" },
  ".cm-tooltip-autocomplete > ul > li": { padding: "2px 8px" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--zc-accent)", color: "var(--zc-on-accent)" },
  ".cm-completionDetail": { color: "var(--zc-quiet)", fontStyle: "normal" },
  "li[aria-selected] .cm-completionDetail": { color: "var(--zc-on-accent)" },
  ".cm-diagnostic": { fontFamily: "var(--zc-font)", padding: "4px 10px" },
});

const KINDS = { keyword: "keyword", module: "class", field: "property", function: "function", operator: "keyword", value: "constant" };

/** `complete(text, cursor)` gives `[{text, start, sort, detail}]`; `changed(text)` and `run()` are told. */
export function mount(parent, { text, label, hint, complete, changed, run }) {
  const float = document.createElement("div"); // popups stand in the page: an output area would cut them off
  float.className = "zcrm zcrm-float";
  document.body.append(float);
  const view = new EditorView({
    parent,
    root: parent.getRootNode() instanceof ShadowRoot ? parent.getRootNode() : document,
    state: EditorState.create({
      doc: text,
      extensions: [
        Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => (run(), true) }, { key: "Shift-Enter", run: () => (run(), true) }])),
        keymap.of([...completionKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap]),
        history(),
        drawSelection(),
        coql,
        syntaxHighlighting(colours),
        theme,
        placeholder(hint),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false" }),
        tooltips({ parent: float, position: "fixed" }),
        autocompletion({ override: [(context) => completions(context, complete)], icons: false, activateOnTyping: true }),
        EditorView.updateListener.of((update) => update.docChanged && changed(view.state.doc.toString())),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    put: (next) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } }),
    focus: () => view.focus(),
    complete: () => startCompletion(view),
    mark: (faults) => view.dispatch(setDiagnostics(view.state, faults.map((fault) => within(fault, view.state.doc.length)))),
    destroy: () => {
      view.destroy();
      float.remove();
    },
  };
}

async function completions(context, complete) {
  const word = context.matchBefore(/[\p{L}\p{N}_.'"$>-]+/u);
  if (!word && !context.explicit && !/[\s(,=<>]$/.test(context.state.sliceDoc(Math.max(0, context.pos - 1), context.pos))) return null;
  const found = await complete(context.state.doc.toString(), context.pos);
  if (!found.length || context.aborted) return null;
  const options = found.map((one, at) => ({ label: one.text, detail: one.detail, type: KINDS[one.sort], boost: 50 - at }));
  return { from: found[0].start, options, filter: false };
}

function within(fault, length) {
  const from = Math.min(fault.from, length);
  return { ...fault, from, to: Math.max(from, Math.min(fault.to, length)) };
}
