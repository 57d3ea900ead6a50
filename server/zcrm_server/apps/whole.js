// What get_record answers, as the record screen takes it.

import * as record from "./record.js";

export function show(node, whole) {
  const fields = Object.entries(whole.fields ?? {}).map(([name, value]) => ({ name, label: name.replaceAll("_", " "), value }));
  const tables = whole.related ?? {};
  const related = Object.keys(tables).map((name) => ({ name, label: `${name.replaceAll("_", " ")} (${tables[name].count ?? 0})` }));
  const data = { module: whole.module, id: whole.id, title: whole.name, subtitle: whole.id, sections: [{ label: "", fields }], related };
  return record.render(node, data, { related: async (name) => ({ columns: tables[name].columns ?? [], rows: tables[name].rows ?? [] }) });
}
