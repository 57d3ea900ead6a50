// The session of conftest.py, by the TypeScript SDK: version 2 (@modelcontextprotocol/client) in either protocol era, and
// version 1 (@modelcontextprotocol/sdk), which most hosts still have.
//
//   node session.mjs FOLDER_OF_NODE_MODULES v2|v1 auto|legacy stdio COMMAND ARGUMENT…
//   node session.mjs FOLDER_OF_NODE_MODULES v2|v1 auto|legacy http URL TOKEN
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, version, era, way, ...rest] = process.argv.slice(2);
const from = createRequire(pathToFileURL(`${folder}/`));
const load = (name) => import(pathToFileURL(from.resolve(name)).href);

const parts = version === "v2"
  ? { main: "@modelcontextprotocol/client", stdio: "@modelcontextprotocol/client/stdio", http: "@modelcontextprotocol/client" }
  : {
      main: "@modelcontextprotocol/sdk/client/index.js",
      stdio: "@modelcontextprotocol/sdk/client/stdio.js",
      http: "@modelcontextprotocol/sdk/client/streamableHttp.js",
    };

const { Client } = await load(parts.main);
const asked = [];
const answer = async (request) => {
  asked.push(request.params.message);
  return { action: "accept", content: {} };
};

const client = new Client(
  { name: "session", version: "1" },
  { capabilities: { elicitation: {} }, ...(version === "v2" && { versionNegotiation: { mode: era } }) },
);
if (version === "v2") {
  client.setRequestHandler("elicitation/create", answer);
} else {
  const { ElicitRequestSchema } = await load("@modelcontextprotocol/sdk/types.js");
  client.setRequestHandler(ElicitRequestSchema, answer);
}

if (way === "stdio") {
  const { StdioClientTransport } = await load(parts.stdio);
  const [command, ...args] = rest;
  await client.connect(new StdioClientTransport({ command, args, env: process.env }));
} else {
  const { StreamableHTTPClientTransport } = await load(parts.http);
  const headers = { authorization: `Bearer ${rest[1]}` };
  await client.connect(new StreamableHTTPClientTransport(new URL(rest[0]), { requestInit: { headers } }));
}

const call = async (name, args) => (await client.callTool({ name, arguments: args })).structuredContent;

const tools = (await client.listTools()).tools.map((tool) => tool.name);
const connection = await call("get_connection", {});
const found = await call("search_leads", { limit: 21 });
const place = found.columns.indexOf("id");
const refused = await call("get_record", { module: "Leads", idd: "1" });
const records = found.rows.map((row) => ({ id: row[place], fields: { Designation: "Head of Ice" } }));
const written = await call("update_records", { module: "Leads", records });
const changes = await call("list_changes", { limit: 100 });
const { contents } = await client.readResource({ uri: "zcrm://connection" });
const { prompts } = await client.listPrompts();
await client.close();

console.log(JSON.stringify({
  tools,
  mode: connection.mode,
  found: found.count,
  refused: refused.problems.map((problem) => problem.code).sort(),
  asked: asked.length,
  written: [written.status, written.records.length],
  changes: changes.count,
  resource: contents.length,
  prompts: prompts.map((prompt) => prompt.name),
}));
