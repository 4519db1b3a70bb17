// Service level objectives: how much of the error budget is left, how fast it burns, and what that brings.

import { $, chips, differs, element, keep, shape, span, when } from "./kit.js";
import { act, book, send } from "./node.js";

const ROWS_MAX = 100;
const CLASSES = { met: "ok", burning: "warning", exhausted: "critical", "insufficient-data": "unknown", "catching-up": "stale" };
const REASONS = ["unplanned-outage", "planned-maintenance", "network", "hardware", "software", "capacity", "security", "third-party"];
const WORST_FIRST = ["exhausted", "burning", "insufficient-data", "catching-up", "met"];

export function showSlos() {
  $("slos-part").hidden = book.slos.length === 0;
  keep($("slos"), book.slos.slice(0, ROWS_MAX), ({ name }) => name, () => element("li"), (item, slo) => {
    if (!differs(item, slo)) return;
    const unfolded = new Set([...item.querySelectorAll("details[open]")].map((part) => part.dataset.objective));
    const states = slo.objectives.map(({ state }) => state);
    item.className = CLASSES[WORST_FIRST.find((state) => states.includes(state))] || "ok";
    item.replaceChildren(element("div", { class: "more plugin" }, ...head(slo), ...slo.objectives.map(objective(slo, unfolded))));
  });
  const more = book.slos.length - ROWS_MAX;
  $("slos-note").textContent = more > 0 || book.moreSlos ? "and more: pluginctl slo list" : "";
}

function head(slo) {
  return [
    element("div", {}, element("span", { class: "name" }, slo.title), " ", element("span", { class: "tag" }, slo.kind),
      ` of ${slo.service}, ${slo.period}`),
    element("div", { class: "facts" }, element("span", {}, `from ${slo.source}`),
      slo.description ? element("span", {}, slo.description) : null),
    (slo.responses || []).length ? element("div", {}, "in force: ", slo.responses.map(({ response, because }, index) =>
      [index ? ", " : "", element("b", { title: because }, response)])) : null,
  ];
}

const percent = (ratio, digits = 3) => `${(ratio * 100).toFixed(digits).replace(/\.?0+$/, "")} %`;

// Cut, not rounded: 99.9996 % is not 100 %.
const cut = (ratio) => percent(Math.floor(ratio * 1e6) / 1e6, 4);

const objective = (slo, unfolded) => (one) => element("div", { class: `objective ${CLASSES[one.state] || ""}` },
  element("div", { class: "promise" },
    element("span", {}, element("b", {}, one.target), one.limit ? ` ${one.limit}` : "", " ", element("span", { class: "tag" }, one.state.replace("-", " "))),
    element("span", {}, one.compliance === undefined ? "no data" : `now ${cut(one.compliance)}`), sparkline(one)),
  bar(one), element("div", { class: "facts" }, element("span", {}, one.because), exhaustion(one.budget)),
  details(slo, one, unfolded));

// What is left of the budget. Overspent is shown as none left, and said in words.
function bar({ budget }) {
  const left = budget.remaining_ratio;
  const svg = shape("svg", { class: "budget", viewBox: "0 0 100 4", preserveAspectRatio: "none", role: "img" });
  const title = shape("title", {});
  title.textContent = left === undefined ? "nothing is known of the budget" : `${percent(left, 1)} of the budget is left`;
  svg.append(title, shape("rect", { class: "spent", width: 100, height: 4 }),
    shape("rect", { class: "left", width: Math.max(0, Math.min(1, left || 0)) * 100, height: 4 }));
  const words = left === undefined ? "" : left < 0 ? `overspent: ${percent(-left, 1)} more than there was`
    : `${percent(left, 1)} of the budget left (${span(budget.remaining_seconds) || "0 s"} of outage)`;
  return element("div", { class: "promise" }, svg, element("span", {}, words, budget.provisional ? ", provisional" : ""));
}

function exhaustion({ exhausted }) {
  if (!exhausted) return null;
  const { earliest_seconds: earliest, latest_seconds: latest } = exhausted;
  const until = latest === undefined || span(latest) === span(earliest) ? "" : ` to ${span(latest)}`;
  return element("span", { class: "tag" }, earliest > 0 ? `nothing left in ${span(earliest)}${until}` : "nothing left");
}

function sparkline({ history = [], target_ratio: target }) {
  const svg = shape("svg", { class: "spark", viewBox: "0 0 130 28", preserveAspectRatio: "none", role: "img" });
  const title = shape("title", {});
  title.textContent = "compliance over the period";
  svg.append(title);
  const step = 130 / Math.max(history.length, 1);
  // From all good at the top to twice the budget spent at the foot.
  const height = (ratio) => 2 + Math.min(1, (1 - ratio) / (2 * (1 - target) || 1)) * 22;
  let path = "";
  let pen = "M";
  history.forEach((ratio, index) => {
    if (ratio === null) { pen = "M"; return; }
    path += `${pen}${((index + 0.5) * step).toFixed(1)} ${height(ratio).toFixed(1)}`;
    pen = "L";
  });
  svg.append(shape("path", { d: path }));
  return svg;
}

function details(slo, one, unfolded) {
  const burns = one.burn.map(({ window, rate, good, total }) => `${window}: ${rate === undefined ? "no data" : `${rate.toPrecision(3)} ×`} (${total - good} of ${total} bad)`);
  const alerts = one.alerts.map((alert) => element("li", {}, `${alert.name}: ${alert.when}, ${alert.severity}: `,
    element("b", {}, alert.state), alert.since ? [" since ", when(alert.since)] : null));
  const { late, future, excluded } = one.counters;
  const left = [[late, "came too late"], [future, "from the future"], [excluded, "left out for maintenance"]].filter(([count]) => count > 0);
  const part = element("details", { "data-objective": one.name }, element("summary", {}, "Burn rates and alerts"),
    element("p", {}, "The budget burns so many times faster than evenly:"), chips(burns), element("ul", {}, alerts),
    element("p", {}, `${one.good} good of ${one.total} (${one.method.replace("-", " ")}), counted since `, when(one.since),
      one.renewed ? ", when its definition became another one" : null,
      left.map(([count, words]) => `; ${count} ${words}`)),
    element("div", { class: "buttons" }, element("button", { type: "button", on: () => explain(slo, one) }, "Explain a downtime …")));
  part.open = unfolded.has(one.name);
  return part;
}

function explain(slo, one) {
  const local = (date) => new Date(date - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
  const time = (value) => { const input = element("input", { type: "datetime-local", required: "" }); input.value = value; return input; };
  const [from, until] = [time(local(new Date(Date.now() - 3600000))), time(local(new Date()))];
  const reason = element("select", {}, REASONS.map((name) => element("option", { value: name }, name.replace("-", " "))));
  const comment = element("input", { maxlength: 1000, placeholder: "what it was" });
  const field = (words, input) => element("label", {}, element("span", {}, words), input);
  act({ title: "Explain a downtime", about: `${slo.title}, ${one.target}: reports name this reason for what was lost meanwhile.`,
    go: "Explain", fields: [field("From", from), field("Until", until), field("Reason", reason), field("Comment", comment)],
    run: () => send("POST", `/api/v1/slos/${encodeURIComponent(slo.name)}/downtime`, { objective: one.name, reason: reason.value,
      comment: comment.value.trim(), starts_at: new Date(from.value).toISOString(), ends_at: new Date(until.value).toISOString() }) });
}
