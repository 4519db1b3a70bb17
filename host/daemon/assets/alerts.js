// Alerts: what fires, what keeps it from being told, and why each receiver was or was not told.

import { $, ago, chips, colour, differs, element, keep, link, pairs, part, when } from "./kit.js";
import { book, get, words } from "./node.js";
import { silence } from "./duty.js";

const STATES = ["firing", "pending", "suppressed", "resolved"];
const WORST_FIRST = ["critical", "warning", "info"];
const SAID_ABOVE = ["summary", "runbook_url"];

const open = new Set();
let only = "";
let filter = "";

const severity = (labels) => labels.severity || labels.priority || "";

function look({ state, labels }) {
  if (state === "resolved") return "ok";
  return state === "suppressed" ? "stale" : colour(severity(labels));
}

// ---- What holds an alert back ----

function held({ by, id, words: said }) {
  const remark = (comment) => (comment ? `: ${comment}` : "");
  const silenced = by === "silence" && book.silences.find((one) => one.id === id);
  if (silenced) return [`silenced by ${silenced.created_by} until `, when(silenced.ends_at), remark(silenced.comment)];
  const planned = by === "maintenance" && book.windows.find((one) => one.name === id);
  if (planned?.ends_at) return [`maintenance ${planned.name} until `, when(planned.ends_at), remark(planned.comment)];
  return [said];
}

const nameOf = (fingerprint) => book.alerts.get(fingerprint)?.name || fingerprint;

// ---- The list ----

export function showAlerts() {
  if (differs($("alert-counts"), [book.totals, only])) $("alert-counts").replaceChildren(...STATES.map(count));
  const asked = filter.toLowerCase().split(/\s+/);
  const fits = (alert) => (!only || alert.state === only)
    && asked.every((word) => [alert.name, alert.state, ...pairs(alert.labels)].join(" ").toLowerCase().includes(word));
  const rank = (alert) => STATES.indexOf(alert.state) * 10 + WORST_FIRST.indexOf(colour(severity(alert.labels)));
  const found = [...book.alerts.values()].filter(fits)
    .sort((a, b) => rank(a) - rank(b) || (a.starts_at < b.starts_at ? 1 : -1));
  keep($("alerts"), found, (alert) => alert.fingerprint, row, fill);
  const all = Object.values(book.totals).reduce((sum, count) => sum + count, 0);
  const more = all > book.alerts.size ? `${all - book.alerts.size} more are not listed: pluginctl alerts finds them.` : "";
  $("alerts-note").textContent = book.problem || (found.length ? more : all ? "No alert fits the filter." : "Nothing fires.");
  for (const fingerprint of open) detail(fingerprint);
}

function count(state) {
  const press = () => { only = only === state ? "" : state; showAlerts(); $(`only-${state}`).focus(); };
  const some = state === "firing" && book.totals.firing ? " critical some" : "";
  return element("li", {}, element("button", { type: "button", id: `only-${state}`, class: `count${some}`,
    "aria-pressed": String(only === state), on: press }, element("b", {}, String(book.totals[state] || 0)), state));
}

function row({ fingerprint }) {
  return element("li", {}, element("button", { class: "row alert", type: "button", "aria-expanded": "false",
    on: () => (open.has(fingerprint) ? shut(fingerprint) : unfold(fingerprint)) }));
}

function fill(item, alert) {
  item.className = look(alert);
  const button = item.firstChild;
  const over = alert.state === "resolved" ? alert.ends_at || alert.updated_at : alert.starts_at;
  button.lastChild?.replaceChildren(ago(over));
  if (!differs(item, [alert, alert.suppressed_by?.map((by) => held(by).map((piece) => piece.textContent ?? piece))])) return;
  const { annotations = {}, labels, suppressed_by = [], acknowledged_by: someone } = alert;
  const rest = pairs(labels).filter((pair) => !/^(alertname|severity)=/.test(pair));
  const beneath = [...suppressed_by.map((by) => element("span", { class: "held" }, held(by))),
    someone ? element("span", { class: "held" }, `acknowledged by ${someone}`) : null];
  const said = annotations.summary || annotations.description || annotations.message || "";
  button.replaceChildren(element("span", { class: "dot" }), element("span", { class: "name" }, alert.name),
    element("span", { class: "said" }, element("span", {}, said),
      element("span", { class: "mono" }, rest.join(" ")), ...beneath),
    element("span", { class: "stand" }, element("span", { class: "tag" }, severity(labels) || "no severity"), ` ${alert.state}`),
    element("span", { class: "since", title: `${alert.state === "resolved" ? "over" : "holds"} since ${over}` }, ago(over)));
}

const rowOf = (fingerprint) => [...$("alerts").children].find((item) => item.dataset.key === fingerprint);

function shut(fingerprint) {
  open.delete(fingerprint);
  const item = rowOf(fingerprint);
  item?.querySelector(".more")?.remove();
  item?.firstChild.setAttribute("aria-expanded", "false");
}

export function unfold(fingerprint) {
  open.add(fingerprint);
  const item = rowOf(fingerprint);
  item?.scrollIntoView({ block: "nearest" });
  detail(fingerprint);
}

// ---- One alert ----

async function detail(fingerprint) {
  const known = book.alerts.get(fingerprint);
  let more;
  if (known?.state === "pending") more = { alert: known, path: [], receivers: [] };
  else try {
    const { at: _, ...why } = await get(`/api/v1/alerts/${encodeURIComponent(fingerprint)}/why`);
    more = why;
  } catch (problem) {
    more = { problem: words(problem) };
  }
  const item = rowOf(fingerprint);
  if (!item || !open.has(fingerprint)) return;
  item.firstChild.setAttribute("aria-expanded", "true");
  const old = item.querySelector(".more");
  if (old && !differs(item.firstChild, more)) return;
  differs(item.firstChild, more);
  const had = old?.contains(document.activeElement) && document.activeElement.tagName === "BUTTON";
  old?.remove();
  const made = more.problem ? element("div", { class: "more" }, element("p", {}, more.problem)) : describe(more);
  item.append(made);
  if (had) made.querySelector("button")?.focus();
}

function describe(why) {
  const { alert, rule, path, receivers, pages = [] } = why;
  const { annotations = {}, suppressed_by = [], origin, labels } = alert;
  const notes = Object.entries(annotations).filter(([name]) => !SAID_ABOVE.includes(name));
  const end = alert.state === "resolved" ? "ended " : "ends, unless it is sent again, ";
  const from = { check: "of this node's check ", posted: "sent over the API", node: "of the node itself" }[origin.kind];
  const parts = [element("p", { class: "facts" },
    element("span", {}, from || origin.kind,
      origin.check ? element("a", { href: `#${encodeURIComponent(origin.check)}` }, origin.check) : null,
      origin.rule ? `, rule ${origin.rule}` : null),
    element("span", {}, alert.state === "pending" ? "holds since " : "since ", when(alert.starts_at)),
    alert.ends_at ? element("span", {}, end, when(alert.ends_at)) : null,
    element("span", { class: "mono" }, alert.fingerprint)),
  ...notes.map(([name, text]) => part(name, element("p", { class: "text" }, text))),
  element("div", { class: "buttons" }, element("button", { type: "button", on: () => silence(labels) }, "Silence …"),
    annotations.runbook_url ? link(annotations.runbook_url, "Runbook") : null,
    alert.generator_url ? link(alert.generator_url, "Where it comes from") : null),
  part("Labels", chips(pairs(labels)))];
  if (suppressed_by.length) {
    parts.push(part("Held back by", element("ul", {}, suppressed_by.map((by) =>
      element("li", {}, element("span", { class: "tag" }, by.by), " ", held(by),
        by.by === "inhibition" ? element("a", { href: `#alert/${encodeURIComponent(by.id)}` }, ` ${nameOf(by.id)}`) : null)))));
  }
  if (rule) parts.push(part("Rule", element("p", {}, rule)));
  parts.push(part("Who is told, and why", receivers.length ? element("ul", { class: "told" }, receivers.map(told))
    : element("p", {}, alert.state === "pending" ? "Its condition does not hold for long enough yet: nobody is told."
      : path.length ? "No group of it is open: nobody is being told." : "No route is configured: nobody is told.")));
  if (pages.length) {
    parts.push(part("Pages", element("ul", {}, pages.map((page) => element("li", {},
      `${page.policy}: ${page.state}, level ${page.level} of ${page.levels}`,
      page.acknowledged ? ` by ${page.acknowledged.by}` : null, page.next_step_at ? [", next step ", when(page.next_step_at)] : null)))));
  }
  if (path.length) parts.push(part("Routes asked", element("ul", { class: "path" }, path.map(step))));
  return element("div", { class: "more" }, ...parts);
}

function told(one) {
  const state = one.sends || one.reason === "on-its-way" ? "warning" : one.told ? "ok" : "stale";
  return element("li", { class: state },
    element("div", {}, element("span", { class: "name" }, [one.receiver, one.integration].filter(Boolean).join(" · ")), " ",
      element("span", { class: "tag" }, one.reason), ` ${one.words}`),
    element("div", { class: "facts" }, element("span", {}, one.told_at ? ["last told ", when(one.told_at)] : "never told"),
      element("span", {}, one.told ? "knows that it fires" : "does not know that it fires"),
      one.next_at ? element("span", {}, "next ", when(one.next_at)) : null,
      element("span", {}, `route ${one.route}`), element("span", { class: "mono" }, one.group)));
}

function step(one) {
  const verdict = { taken: "goes here", passed: "matches, a route beneath took it", refused: "does not match" }[one.verdict] || one.verdict;
  return element("li", { class: `depth-${Math.min(one.depth, 6)} ${one.verdict === "refused" ? "stale" : "ok"}` },
    element("span", { class: "name" }, one.receiver), " ", element("span", { class: "tag" }, verdict),
    one.refused_by ? [": ", element("code", {}, one.refused_by)] : null,
    one.matchers.length && !one.refused_by ? [" ", element("code", {}, one.matchers.join(", "))] : null);
}

$("alerts-filter").addEventListener("input", (event) => { filter = event.target.value; showAlerts(); });
