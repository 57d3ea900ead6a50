// Signing in. Every answer is taken out of its field before it is sent, and is in no trait of the widget.

import { button, make, told } from "./dom.js";
import { panel } from "./wire.js";

const LIFE = 60_000; // milliseconds that a code is surely good for: Zoho says one to three minutes

export function render({ model, el }) {
  return panel({ model, el }, "Zoho CRM connection", async (section, wire, words) => {
    const status = make("p", { class: "zc-status", role: "status" });
    const place = make("div");
    section.append(make("header", { class: "zc-head" }, make("h3", {}, "Zoho CRM"), status), place, words);
    const act = (verb, given) => wire.ask(verb, given).catch((error) => (words.textContent = told(error)));
    let form = null;
    let seen = "";
    const draw = (state) => {
      status.textContent = { idle: "Not connected", working: "Working …", "signing in": "Signing in …", connected: "Connected" }[state.phase];
      status.dataset.phase = state.phase;
      const key = JSON.stringify(state);
      if (key === seen) return;
      seen = key;
      place.replaceChildren(...{ idle: idle, working: working, "signing in": signing, connected: connected }[state.phase](state, form, act));
      if (state.question) place.querySelector("[data-answer]")?.focus();
    };
    wire.hear("state", draw);
    try {
      const first = await wire.ask("show");
      form = first.form;
      draw(first);
    } catch (error) {
      words.textContent = told(error);
    }
  });
}

function idle(state, form, act) {
  if (!form) return [];
  const center = choose("Data centre", form.data_centers, form.data_center);
  const environment = choose("Environment", form.environments.map((value) => ({ value, label: value })), form.environment);
  const flow = choose("How", form.flows, form.flow);
  const presets = form.presets.map((preset) => access(preset, form.write));
  const writes = () => presets.find((one) => one.box.checked)?.write ?? false;
  const begin = () => act("sign_in", { data_center: center.select.value, environment: environment.select.value, write: writes(), flow: flow.select.value });
  return [
    notes(state),
    make("form", { class: "zc-form", onsubmit: (event) => { event.preventDefault(); begin(); } },
      center.node, environment.node,
      make("fieldset", {}, make("legend", {}, "Access"), presets.map((one) => one.node)),
      flow.node,
      make("p", { class: "zc-quiet" }, `Chosen because ${form.why}.`),
      make("div", { class: "zc-bar" }, button("Sign in", () => {}, { class: "zc-button zc-main", type: "submit" }), button("Use the demo org", () => act("demo", { write: writes() })))),
  ];
}

function choose(label, options, chosen) {
  const select = make("select", { required: options[0].value === "" }, options.map((one) => make("option", { value: one.value, selected: one.value === chosen }, one.label)));
  return { select, node: make("label", { class: "zc-row" }, make("span", {}, label), select) };
}

function access(preset, chosen) {
  const box = make("input", { type: "radio", name: `access-${Math.random()}`, checked: preset.write === chosen });
  box.addEventListener("change", () => { for (const other of box.closest("fieldset").querySelectorAll("input[type=radio]")) other.checked = other === box; });
  const list = make("details", {}, make("summary", {}, `${preset.scopes.length} scopes`), scopes(preset.scopes));
  return { write: preset.write, box, node: make("div", { class: "zc-choice" }, make("label", {}, box, preset.label), list) };
}

function scopes(list) {
  return make("ul", { class: "zc-scopes", tabindex: "0", "aria-label": "Scopes" }, list.map(([name, words]) => make("li", {}, make("code", {}, name), make("span", { class: "zc-quiet" }, ` ${words}`))));
}

function notes(state) {
  return state.said.length ? make("div", { class: "zc-note zc-said" }, state.said.map((text) => make("p", {}, text))) : "";
}

function working(state, form, act) {
  return [notes(state), make("div", { class: "zc-bar" }, button("Cancel", () => act("cancel")))];
}

function signing(state, form, act) {
  const link = state.link && make("a", { class: "zc-button zc-main", href: state.link, target: "_blank", rel: "noreferrer noopener" }, "Open Zoho's page");
  const left = link && state.question?.hidden ? countdown(link) : ""; // the address that is asked for has a code in it
  return [notes(state), link ? make("p", { class: "zc-bar" }, link) : "", state.question ? question(state.question, act) : "", left, make("div", { class: "zc-bar" }, button("Cancel", () => act("cancel")))];
}

/** How long the code is still good, from when the person is back from Zoho's page: as near to their yes as can be seen here. */
function countdown(link) {
  const news = make("p", { role: "timer", class: "zc-quiet" });
  let timer = 0;
  const count = () => {
    clearInterval(timer);
    const end = Date.now() + LIFE;
    const say = () => {
      const left = Math.ceil((end - Date.now()) / 1000);
      news.textContent = left > 0 ? `Paste it now: the code in the address is good for about ${left} second${left === 1 ? "" : "s"} more.` : "A minute is over. If the address is refused, open the page and agree once more.";
      if (left <= 0 || !news.isConnected) clearInterval(timer);
    };
    timer = setInterval(say, 1000);
    say();
  };
  link.addEventListener("click", () => addEventListener("focus", count, { once: true }));
  return news;
}

function question(asked, act) {
  const answer = (text) => act("answer", { question: asked.id, text });
  if (asked.choices.length) return make("div", { class: "zc-bar", role: "group", "aria-label": asked.text }, make("span", {}, asked.text), asked.choices.map((one) => button(one, () => answer(one))));
  if (asked.text.startsWith("Press Enter")) return make("div", { class: "zc-bar" }, button("I have agreed", () => answer(""), { class: "zc-button zc-main", "data-answer": true }));
  const field = make("input", { type: asked.hidden ? "password" : "text", autocomplete: "off", spellcheck: "false", "data-answer": true });
  const send = (event) => {
    event.preventDefault();
    const text = field.value;
    field.value = "";
    answer(text);
  };
  return make("form", { class: "zc-bar", onsubmit: send }, make("label", { class: "zc-row" }, make("span", {}, asked.text.replace(" (not shown)", "")), field), button("Go on", () => {}, { class: "zc-button zc-main", type: "submit" }));
}

function connected(state, form, act) {
  const who = state.who;
  const facts = [["Organisation", who.org], ["Signed in as", who.user], ["Where", who.where], ["This client", who.mode], ["Profile", who.profile]];
  return [
    notes(state),
    make("dl", { class: "zc-fields" }, facts.filter(([, value]) => value).map(([label, value]) => make("div", { class: "zc-field" }, make("dt", {}, label), make("dd", {}, value)))),
    make("details", {}, make("summary", {}, `What it may do (${who.scopes.length} scopes)`), scopes(who.scopes)),
    make("div", { class: "zc-bar" },
      who.can_widen && button("Allow writing too", () => act("sign_in", { data_center: "", environment: who.environment, write: true, flow: form.flow })),
      button(who.kind === "demo org" ? "Leave the demo org" : "Sign out", () => act("disconnect"))),
  ];
}
