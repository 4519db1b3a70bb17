// The page for people: asks the node's own API, then follows its event stream. What plugins say is untrusted: it only
// ever becomes text nodes and attributes, never markup.

import { $, ago, bytes, clock, element, keep, micros, part, shape, span } from "./kit.js";
import { get, headers, isKnown, know, readBook } from "./node.js";
import { showAlerts, unfold } from "./alerts.js";
import { showDuty } from "./duty.js";
import { reveal, showIncidents, showRepairs } from "./incidents.js";
import { showSlos } from "./slos.js";

const WORST_FIRST = ["critical", "unknown", "stale", "warning", "ok"];
const ROWS_MAX = 300;
const RECENT_MAX = 40;

const checks = new Map();
let plugins = [];
let anomalies = [];
let open = new Set();
let filter = "";
let revealed = false;

function amount(value, unit) {
  if (unit === "bytes") return bytes(value);
  if (unit === "seconds") return micros(Math.round(value * 1e6));
  if (unit === "ratio") return `${(value * 100).toFixed(1)} %`;
  const text = Number.isInteger(value) ? String(value) : value.toPrecision(4);
  return unit ? `${text} ${unit}` : text;
}

// ---- Sparkline: the headline metric as a line, each run's status as a bar beneath ----

function sparkline(check) {
  const recent = check.recent || [];
  const svg = shape("svg", { class: "spark", viewBox: "0 0 130 28", preserveAspectRatio: "none", role: "img" });
  const title = shape("title", {});
  title.textContent = check.headline ? `${check.headline.metric} of the last ${recent.length} runs` : `the last ${recent.length} runs`;
  svg.append(title);
  const step = 130 / RECENT_MAX;
  const left = (RECENT_MAX - recent.length) * step;
  recent.forEach((run, index) => {
    svg.append(shape("rect", { class: run.status, x: left + index * step, y: 25, width: Math.max(step - 0.8, 1), height: 3 }));
  });
  const points = recent.map((run) => (check.headline ? run.value : run.wall_us));
  const known = points.filter((value) => typeof value === "number");
  if (known.length > 1) {
    const [low, high] = [Math.min(...known), Math.max(...known)];
    let path = "";
    let pen = "M";
    points.forEach((value, index) => {
      // A run without a value breaks the line: a gap is not a straight way across.
      if (typeof value !== "number") { pen = "M"; return; }
      const y = high > low ? 21 - ((value - low) / (high - low)) * 19 : 12;
      path += `${pen}${(left + (index + 0.5) * step).toFixed(1)} ${y.toFixed(1)}`;
      pen = "L";
    });
    svg.append(shape("path", { d: path }));
  }
  return svg;
}

// ---- Node ----

function showStatus(status) {
  $("node").textContent = status.node;
  document.title = `${status.checks.critical > 0 ? `(${status.checks.critical}) ` : ""}${status.node} · Tocsin`;
  $("about").textContent = `Tocsin ${status.version}, up ${span(status.uptime_seconds)}`;
  $("counts").replaceChildren(...WORST_FIRST.map((name) => {
    const count = status.checks[name];
    const look = () => { filter = filter === name ? "" : name; $("filter").value = filter; showChecks(); };
    return element("li", {}, element("button", { class: `${name}${count ? " some" : ""}`, type: "button", on: look },
      element("b", {}, String(count)), name));
  }));
  const { per_second, p50_us, p99_us, total } = status.runs;
  const figures = [["runs", `${per_second < 10 ? per_second.toFixed(1) : Math.round(per_second)}/s`],
    ["half within", micros(p50_us)], ["99 % within", micros(p99_us)], ["since the start", total.toLocaleString()],
    ["alerts firing", status.alerts.firing.toLocaleString()], ["plugins", String(status.plugins)]];
  $("figures").replaceChildren(...figures.map(([term, value]) =>
    element("div", {}, element("dt", {}, term), element("dd", {}, value))));
}

// ---- Checks ----

function matches(check) {
  const labels = Object.entries(check.labels || {}).map(([name, value]) => `${name}=${value}`);
  const text = [check.name, check.status, check.plugin, ...labels].join(" ").toLowerCase();
  return filter.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

function showChecks() {
  const found = [...checks.values()].filter(matches).sort((a, b) =>
    WORST_FIRST.indexOf(a.status) - WORST_FIRST.indexOf(b.status) || (a.name < b.name ? -1 : 1));
  keep($("checks"), found.slice(0, ROWS_MAX), (check) => check.name, row, fill);
  $("checks-note").textContent = checks.size === 0
    ? "No checks are configured yet: install a plugin with pluginctl, write a check into conf.d, then pluginctl reload."
    : found.length === 0 ? "No check fits the filter."
      : found.length > ROWS_MAX ? `and ${found.length - ROWS_MAX} more: narrow the filter` : "";
}

function row(check) {
  const button = element("button", { class: "row", type: "button", "aria-expanded": "false",
    on: () => toggle(check.name) });
  return element("li", {}, button);
}

function fill(item, check) {
  item.className = `${check.status}${check.status === "ok" ? "" : " bad"}`;
  const button = item.firstChild;
  button.setAttribute("aria-expanded", String(open.has(check.name)));
  const said = check.paused ? `resting after ${check.paused.faults} failures: ${check.summary}` : check.summary;
  button.replaceChildren(element("span", { class: "dot", title: check.status }), element("span", { class: "name" }, check.name),
    element("span", { class: "said", title: said }, check.status === "ok" ? said : `${check.status}: ${said}`),
    sparkline(check), element("span", { class: "since", title: `since ${check.since}` }, ago(check.since)));
}

async function toggle(name) {
  const item = [...$("checks").children].find((child) => child.dataset.key === name);
  if (open.delete(name)) {
    item?.querySelector(".more")?.remove();
    item?.firstChild.setAttribute("aria-expanded", "false");
    return;
  }
  open.add(name);
  item?.firstChild.setAttribute("aria-expanded", "true");
  item?.scrollIntoView({ block: "nearest" });
  await detail(name);
}

async function detail(name) {
  const item = [...$("checks").children].find((child) => child.dataset.key === name);
  if (!item) return;
  let more;
  try {
    more = describe(await get(`/api/v1/checks/${encodeURIComponent(name)}`));
  } catch (error) {
    more = element("div", { class: "more" }, element("p", {}, String(error.detail || error)));
  }
  if (!open.has(name)) return;
  item.querySelector(".more")?.remove();
  item.append(more);
}

function describe(check) {
  const { trouble } = check;
  const now = check.status !== "ok" && trouble ? trouble.observation || check.observation : check.observation;
  const parts = [element("p", { class: "facts" }, element("span", {}, check.plugin), element("span", {}, check.schedule),
    element("span", {}, `priority ${check.priority}`), element("span", { class: "mono" }, check.place),
    check.next_run_at ? element("span", {}, `next at ${clock(check.next_run_at)}`) : null)];
  if (now?.findings?.length) {
    parts.push(part("Findings", element("ul", {}, now.findings.map((finding) => element("li", { class: finding.status },
      element("span", { class: "tag" }, finding.status), ` ${finding.message}`,
      finding.subject ? element("span", { class: "mono" }, ` ${finding.subject}`) : null)))));
  }
  if (trouble && trouble.outcome.kind !== "completed") {
    parts.push(part("The last run that did not complete", element("p", {}, `${clock(trouble.started_at)}: ${trouble.outcome.message}`)));
  }
  for (const evidence of now?.evidence || []) {
    parts.push(part(`Evidence: ${evidence.name} (${bytes(evidence.size_bytes)})`,
      element("pre", {}, evidence.text ?? `base64: ${evidence.base64}`)));
  }
  if (now?.metrics?.length) parts.push(part("Metrics", element("div", { class: "wide" }, metricTable(now.metrics))));
  parts.push(part("May", element("ul", {}, check.rights.length === 0 ? element("li", {}, "reach nothing outside its sandbox")
    : check.rights.map((right) => element("li", {}, right.words)))));
  parts.push(part("Last runs", element("div", { class: "wide" }, runTable(check.runs.slice(0, 12)))));
  return element("div", { class: "more" }, ...parts);
}

function metricTable(metrics) {
  return element("table", {}, element("tbody", {}, metrics.map((metric) => element("tr", {},
    element("td", { class: "mono" }, metric.name),
    element("td", { class: "number" }, amount(metric.value, metric.unit)),
    element("td", { class: "mono" }, Object.entries(metric.labels || {}).map(([name, value]) => `${name}=${value}`).join(" "))))));
}

function runTable(runs) {
  const heads = ["at", "found", "wall", "CPU", "memory", "run"].map((name) => element("th", {}, name));
  return element("table", {}, element("thead", {}, element("tr", {}, heads)), element("tbody", {}, runs.map((run) =>
    element("tr", { class: run.status || "unknown" }, element("td", { class: "number" }, clock(run.started_at)),
      element("td", {}, element("span", { class: "tag" }, run.status || run.outcome), ` ${run.summary}`),
      element("td", { class: "number" }, micros(run.cost.wall_us)), element("td", { class: "number" }, micros(run.cost.cpu_us)),
      element("td", { class: "number" }, bytes(run.cost.memory_peak_bytes)), element("td", { class: "mono" }, run.id)))));
}

// ---- Plugins and anomalies ----

function showPlugins() {
  $("plugins").replaceChildren(...plugins.map((plugin) => {
    const failed = plugin.state !== "loaded";
    const rights = plugin.granted.map((right) => right.words).join("; ") || "nothing outside its sandbox";
    const cost = plugin.cost.runs ? `${plugin.cost.runs.toLocaleString()} runs, half within ${micros(plugin.cost.p50_us)}, `
      + `CPU ${micros(plugin.cost.cpu_us)}` : "not run yet";
    return element("li", { class: failed ? "critical bad" : "ok" }, element("div", { class: "more plugin" },
      element("div", {}, element("span", { class: "name" }, plugin.name), ` ${plugin.version} · ${plugin.kind} `,
        element("code", { title: plugin.digest }, plugin.digest.slice(0, 12)),
        ` · ${plugin.signer ? `signed by ${plugin.signer.key_id}` : "not signed"} · used by ${plugin.used_by}`),
      failed ? element("div", { class: "tag" }, plugin.error || "not loaded") : null,
      element("div", {}, `may ${rights}`), element("div", { class: "facts" }, cost)));
  }));
  $("plugins-note").textContent = plugins.length ? "" : "No plugins are installed yet: pluginctl install.";
}

function showAnomalies() {
  $("anomalies-part").hidden = anomalies.length === 0;
  $("anomalies").replaceChildren(...anomalies.slice(0, 20).map((anomaly) => element("li", { class: "warning" },
    element("div", { class: "more plugin" }, element("div", {}, element("span", { class: "tag" }, anomaly.kind),
      ` ${anomaly.check} ${anomaly.metric}: ${anomaly.explanation}`),
    element("div", { class: "facts" }, `${clock(anomaly.at)}, score ${anomaly.score.toPrecision(3)}, by ${anomaly.detector}`)))));
}

// ---- The node's answers ----

// Asks for a token, and waits until somebody gives one.
function refused(problem) {
  $("door").hidden = false;
  $("refused").textContent = isKnown() ? problem.detail : "";
  return new Promise((given) => $("door").addEventListener("submit", (event) => {
    event.preventDefault();
    know($("token").value.trim());
    given();
  }, { once: true }));
}

async function readAll() {
  const [status, list, plugs, detectors] = await Promise.all([get("/api/v1/status"), get("/api/v1/checks?limit=10000"),
    get("/api/v1/plugins"), get("/api/v1/detectors")]);
  $("door").hidden = true;
  checks.clear();
  for (const check of list.checks) checks.set(check.name, check);
  plugins = plugs.plugins;
  anomalies = detectors.anomalies;
  showStatus(status);
  showChecks();
  showPlugins();
  showAnomalies();
  for (const name of open) detail(name);
  await readAlerting();
}

async function readAlerting() {
  await readBook();
  showAlerts();
  showDuty();
  showIncidents();
  showRepairs();
  showSlos();
  // A link may have been opened before what it names was there.
  if (location.hash.startsWith("#/") && !revealed) { revealed = true; reveal(); }
}

const heard = {
  status: ({ status }) => showStatus(status),
  run: (run) => {
    const check = checks.get(run.check);
    if (!check) return;
    const { status, since, summary, next_run_at, paused, last_run, value } = run;
    Object.assign(check, { status, since, summary, next_run_at, paused, last_run });
    check.recent = [...(check.recent || []), { at: last_run.started_at, status: last_run.status || "unknown",
      wall_us: last_run.cost.wall_us, value }].slice(-RECENT_MAX);
    draw();
  },
  // A drawer that is being read is pulled away only when what it shows is no longer so.
  health: ({ check }) => { if (open.has(check)) detail(check); },
  plugin: () => refreshPlugins(),
  "plugin-removed": () => refreshPlugins(),
  anomaly: ({ anomaly }) => { anomalies = [anomaly, ...anomalies].slice(0, 100); showAnomalies(); },
  alert: () => alertingAgain(),
  incident: () => alertingAgain(),
  remediation: () => alertingAgain(),
  "kill-switch": () => alertingAgain(),
  silence: () => alertingAgain(),
  page: () => alertingAgain(),
  reloaded: () => readAgain(),
  resync: () => readAgain(),
};

// However often a busy node asks for it, everything is read anew every five seconds at most.
let reading = false;
function readAgain() {
  if (reading) return;
  reading = true;
  setTimeout(() => { reading = false; readAll().catch(() => {}); }, checks.size > ROWS_MAX ? 5000 : 200);
}

// However many alerts change, they are read anew every other second at most.
let asked = false;
function alertingAgain() {
  if (asked) return;
  asked = true;
  setTimeout(() => { asked = false; readAlerting().catch(console.info); }, 2000);
}

async function refreshPlugins() {
  plugins = (await get("/api/v1/plugins")).plugins;
  showPlugins();
}

// However many runs end at once, rows are drawn once a frame.
let drawing = false;
function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => { drawing = false; showChecks(); });
}

// Read by fetch, not EventSource: that one cannot send a token.
async function follow(opened) {
  const answer = await fetch("/api/v1/events", { headers: headers() });
  if (answer.status === 401) await refused(await answer.json());
  if (!answer.ok) throw new Error(`the event stream answered ${answer.status}`);
  await opened();
  live("on", "live");
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const events = text.split("\n\n");
    text = events.pop();
    for (const event of events) {
      const data = event.split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice(5)).join("\n");
      if (!data) continue;
      const change = JSON.parse(data);
      heard[change.type]?.(change);
    }
  }
}

function live(state, words) {
  $("live").className = state;
  $("live").textContent = words;
}

async function watch() {
  for (let pause = 500; ; pause = Math.min(pause * 2, 15000)) {
    try {
      // Listening begins before reading: nothing that changes in between is missed.
      await follow(async () => { await readAll(); pause = 500; });
    } catch (error) {
      console.info(error);
    }
    live("off", "no connection; what you see is the last that was heard");
    await new Promise((again) => setTimeout(again, pause));
  }
}

$("filter").addEventListener("input", (event) => { filter = event.target.value; showChecks(); });
// `/#shop` opens that check, `/#alert/` and a fingerprint that alert: a link to it can be handed on.
function go() {
  const name = decodeURIComponent(location.hash.slice(1));
  if (name.startsWith("/")) reveal();
  else if (name.startsWith("alert/")) unfold(name.slice("alert/".length));
  else if (name && !open.has(name)) toggle(name);
}
window.addEventListener("hashchange", go);
document.addEventListener("acted", () => readAlerting().catch(console.info));
setInterval(() => refreshPlugins().catch(() => {}), 5000);
// What time alone changes (a silence that ends, a hand-off) no event tells; and without events, nothing does.
setInterval(() => {
  if (!document.hidden) ($("live").className === "on" ? readAlerting() : readAll()).catch(console.info);
}, 15000);
go();
watch();
