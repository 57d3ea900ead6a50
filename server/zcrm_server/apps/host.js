// The page's side of MCP Apps (2026-01-26): JSON-RPC to the host by postMessage. Only the host is listened to.

const PROTOCOL = "2026-01-26";

/**
 * Say hello, then call `show(answer, given)` with each answer of the tool: its structured content, and the call's arguments.
 * Gives `{ canCall, call(tool, arguments) }`.
 */
export async function connect(name, show) {
  const host = new Host(name, show);
  await host.greet();
  return host;
}

class Host {
  constructor(name, show) {
    this.name = name;
    this.show = show;
    this.waiting = new Map();
    this.last = 0;
    this.given = {};
    this.where = {};
    this.able = {};
    window.addEventListener("message", (event) => event.source === window.parent && this.hear(event.data));
  }

  async greet() {
    const told = await this.ask("ui/initialize", {
      appInfo: { name: `zcrm ${this.name}`, version: "1" },
      appCapabilities: { availableDisplayModes: ["inline", "fullscreen"] },
      protocolVersion: PROTOCOL,
    });
    this.able = told.hostCapabilities ?? {};
    this.tool = told.hostContext?.toolInfo?.tool?.name ?? "";
    dress(told.hostContext ?? {});
    this.tell("ui/notifications/initialized", {});
    let before = "";
    new ResizeObserver(() => {
      const size = { width: Math.ceil(document.documentElement.scrollWidth), height: Math.ceil(document.body.getBoundingClientRect().height) };
      const now = JSON.stringify(size);
      if (now !== before) this.tell("ui/notifications/size-changed", size);
      before = now;
    }).observe(document.body);
  }

  /** Whether the host passes calls of tools on to the server. */
  get canCall() {
    return Boolean(this.able.serverTools);
  }

  /** A tool's structured answer. What it refuses is thrown with its problems. */
  async call(tool, given) {
    const answer = structure(await this.ask("tools/call", { name: tool, arguments: { ...this.where, ...given } }));
    if (answer.error) throw Object.assign(new Error(answer.error), { problems: answer.problems ?? [] });
    return answer;
  }

  ask(method, params) {
    this.last += 1;
    const id = this.last;
    this.send({ id, method, params });
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  tell(method, params) {
    this.send({ method, params });
  }

  send(message) {
    window.parent.postMessage({ jsonrpc: "2.0", ...message }, "*");
  }

  hear(message) {
    if (message?.jsonrpc !== "2.0") return;
    if (message.method === undefined) this.settle(message);
    else if (message.id !== undefined) this.answer(message);
    else this.notice(message.method, message.params ?? {});
  }

  settle({ id, result, error }) {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error) waiting?.reject(new Error(error.message ?? "The host refused."));
    else waiting?.resolve(result ?? {});
  }

  answer({ id, method }) {
    const known = method === "ping" || method === "ui/resource-teardown";
    this.send(known ? { id, result: {} } : { id, error: { code: -32601, message: `There is no ${method}.` } });
  }

  /** A server of several orgs says which one an answer is from; what the page asks next is of the same. */
  take(answer) {
    this.where = answer.profile && answer.mode ? { profile: answer.profile } : {};
    this.show(answer, this.given);
  }

  notice(method, params) {
    if (method === "ui/notifications/tool-input") this.given = params.arguments ?? {};
    else if (method === "ui/notifications/tool-result") this.take(structure(params));
    else if (method === "ui/notifications/tool-cancelled") this.show({ error: "Cancelled", problems: [{ message: params.reason ? `It was cancelled: ${params.reason}` : "It was cancelled." }] }, this.given);
    else if (method === "ui/notifications/host-context-changed") dress(params);
  }
}

const FENCE = /^<data (\w+)>\n([\s\S]*)\n<\/data \1>$/;

/** The answer as the server structured it; our text is the same JSON between two lines, for hosts that pass on text alone. */
function structure(result) {
  if (result.structuredContent) return result.structuredContent;
  const text = result.content?.find((block) => block.type === "text")?.text ?? "";
  try {
    return JSON.parse(text.replace(FENCE, "$2"));
  } catch {
    return { error: "Answer", problems: [{ message: text || "The tool gave no answer." }] };
  }
}

/** The host's theme and colours. Fonts would have to be fetched, so they are left. */
function dress({ theme, styles }) {
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  for (const [name, value] of Object.entries(styles?.variables ?? {})) {
    if (name.startsWith("--") && value) document.documentElement.style.setProperty(name, value);
  }
}
