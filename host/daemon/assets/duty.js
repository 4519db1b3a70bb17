// What people do about alerts: pages that are open, silences, maintenance, and who is on call.

import { $, chips, colour, differs, element, keep, pairs, when } from "./kit.js";
import { act, book, send } from "./node.js";

const ROWS_MAX = 100;
const SPANS = [[900, "15 minutes"], [1800, "30 minutes"], [3600, "1 hour"], [7200, "2 hours"], [14400, "4 hours"],
  [28800, "8 hours"], [86400, "1 day"], [259200, "3 days"], [604800, "1 week"]];

export function showDuty() {
  shelf("pages", book.pages, ({ id }) => id, page);
  shelf("oncall", book.schedules, ({ schedule }) => schedule, oncall);
  shelf("silences", book.silences, ({ id }) => id, silenced);
  shelf("maintenance", book.windows, ({ name }) => name, planned);
  for (const [name, list] of [["pages", book.pages], ["oncall", book.schedules]]) {
    $(`${name}-part`).hidden = list.length === 0;
  }
  $("maintenance-note").textContent = book.windows.length ? "" : "No work is planned.";
  const more = book.silences.length - ROWS_MAX;
  $("silences-note").textContent = more > 0 ? `and ${more} more: pluginctl silence list`
    : book.silences.length ? "" : "Nothing is silenced.";
}

// A row is made anew only when what it shows is another thing, and what was unfolded stays so.
function shelf(id, things, key, make) {
  keep($(id), things.slice(0, ROWS_MAX), key, () => element("li"), (item, thing) => {
    const names = (thing.alerts?.map ? thing.alerts : []).map((one) => book.alerts.get(one)?.name);
    if (!differs(item, [thing, names])) return;
    const unfolded = item.querySelector("details")?.open;
    const focused = item.contains(document.activeElement);
    const [state, ...content] = make(thing);
    item.className = state;
    item.replaceChildren(element("div", { class: "more plugin" }, ...content));
    if (unfolded) item.querySelector("details").open = true;
    if (focused) item.querySelector("button")?.focus();
  });
}

// ---- Pages ----

const titleOf = (page) => pairs(page.labels).join(" ") || page.receiver;

function level({ level: reached, levels, round }) {
  const words = reached ? `level ${reached} of ${levels}` : "before its first level";
  return round > 1 ? `${words}, round ${round}` : words;
}

function page(one) {
  const { acknowledged: answer } = one;
  const state = answer ? "stale" : one.exhausted ? "critical" : colour(one.severity);
  const names = one.alerts.slice(0, 20).map((print) =>
    element("a", { href: `#alert/${encodeURIComponent(print)}` }, book.alerts.get(print)?.name || print));
  const rest = one.alerts.length - names.length;
  return [state,
    element("div", {}, element("span", { class: "name" }, titleOf(one)), " ",
      element("span", { class: "tag" }, [one.severity, one.state].filter(Boolean).join(", "))),
    element("div", {}, `policy ${one.policy}, ${level(one)}, opened `, when(one.opened_at)),
    one.next_step_at ? element("div", {}, "next step ", when(one.next_step_at)) : null,
    one.exhausted && !answer ? element("div", { class: "tag" }, "the ladder has ended, and nobody answered") : null,
    answer ? element("div", {}, "acknowledged by ", element("b", {}, answer.by), " ", when(answer.at),
      answer.until ? [", until ", when(answer.until)] : null, answer.sticky ? ", also when it gets worse" : null,
      answer.comment ? `: ${answer.comment}` : null) : null,
    element("div", { class: "facts" }, one.told.length ? `told: ${one.told.join("; ")}` : "nobody was told yet"),
    element("div", { class: "facts" }, ...names, rest > 0 ? `and ${rest} more` : null),
    element("details", {}, element("summary", {}, "What happened"), element("ul", {}, one.notes.map((note) =>
      element("li", {}, when(note.at), ` ${note.words}`)))),
    element("div", { class: "buttons" }, answer
      ? element("button", { type: "button", on: () => resume(one) }, "Take the acknowledgement back …")
      : element("button", { type: "button", on: () => acknowledge(one) }, "Acknowledge …"))];
}

const answerOf = ({ id }) => `/api/v1/pages/${encodeURIComponent(id)}/acknowledge`;

function acknowledge(one) {
  const comment = element("input", { maxlength: 1000, placeholder: "what you are doing about it" });
  const length = spans("", "as long as the policy says");
  const sticky = element("input", { type: "checkbox" });
  const sticks = element("label", { class: "check" }, sticky, "also when a worse alert joins");
  act({ title: "Acknowledge", about: `${titleOf(one)}: the ladder stops, nobody else is told.`, go: "Acknowledge",
    fields: [field("Comment", comment), field("For", length), sticks],
    run: () => send("POST", answerOf(one), { ...(comment.value.trim() ? { comment: comment.value.trim() } : {}),
      ...(length.value ? { duration_seconds: Number(length.value) } : {}), sticky: sticky.checked }) });
}

function resume(one) {
  act({ title: "Take the acknowledgement back",
    about: `${titleOf(one)}: the level that was told last is told again at once, and the ladder goes on.`,
    go: "Take it back", run: () => send("DELETE", answerOf(one)) });
}

// ---- Silences ----

function silenced(one) {
  const active = one.state === "active";
  return [active ? "warning" : "stale", chips(one.matchers),
    element("div", {}, element("span", { class: "tag" }, active ? "active" : "begins "), active ? " until " : when(one.starts_at),
      active ? null : ", until ", when(one.ends_at), ` by ${one.created_by}${one.comment ? `: ${one.comment}` : ""}`),
    element("div", { class: "facts" }, `${one.alerts} firing ${one.alerts === 1 ? "alert matches" : "alerts match"}`),
    element("div", { class: "buttons" }, element("button", { type: "button", on: () => act({ title: "End this silence",
      about: `${one.matchers.join(", ")}: what it keeps quiet and still fires is told again.`, go: "End it",
      run: () => send("DELETE", `/api/v1/silences/${encodeURIComponent(one.id)}`) }) }, "End …"))];
}

const quoted = (text) => `"${text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"')}"`;
const named = (name) => (/^[A-Za-z_:][\w:]*$/.test(name) ? name : quoted(name));

// Asks for a silence; of an alert with these labels, it begins as one about nothing else.
export function silence(labels = {}) {
  const matchers = element("textarea", { rows: 5, required: "", spellcheck: "false", placeholder: 'team=~"web|db"' });
  matchers.value = Object.entries(labels).map(([name, value]) => `${named(name)}=${quoted(value)}`).join("\n");
  const length = spans("7200");
  const comment = element("input", { required: "", maxlength: 1000, placeholder: "why" });
  act({ title: "Silence", go: "Silence",
    about: "Alerts that all of these match are not told, from now on. Each line you take out makes it wider.",
    fields: [field("Matchers, one a line", matchers), field("For", length), field("Comment", comment)],
    run: () => send("POST", "/api/v1/silences", { duration_seconds: Number(length.value), comment: comment.value.trim(),
      matchers: matchers.value.split("\n").map((line) => line.trim()).filter(Boolean) }) });
}

const field = (words, input) => element("label", {}, element("span", {}, words), input);

function spans(chosen, otherwise) {
  const choices = [...(otherwise ? [["", otherwise]] : []), ...SPANS];
  const list = element("select", {}, choices.map(([seconds, words]) => element("option", { value: seconds }, words)));
  list.value = chosen;
  return list;
}

// ---- Maintenance, and on call ----

function planned(one) {
  const times = one.active ? [element("span", { class: "tag" }, "under way"), one.ends_at ? [" until ", when(one.ends_at)] : null]
    : one.starts_at ? ["next ", when(one.starts_at), one.ends_at ? [", until ", when(one.ends_at)] : null] : ["none to come"];
  return [one.active ? "warning" : "stale",
    element("div", {}, element("span", { class: "name" }, one.name), ` covers ${one.covers}${one.comment ? `: ${one.comment}` : ""}`),
    element("div", {}, ...times.flat(), one.ended_early_at ? [", ended early ", when(one.ended_early_at)] : null),
    element("div", { class: "facts" }, one.recurs ? element("span", {}, one.recurs) : null,
      one.end_when_healthy ? element("span", {}, "ends as soon as all is well") : null,
      element("span", {}, one.configured ? "in the configuration" : "made over the API")),
    one.configured ? null : element("div", { class: "buttons" }, element("button", { type: "button", on: () => act({
      title: "End this maintenance", about: `${one.name}: what it keeps quiet and still fires is told.`, go: "End it",
      run: () => send("DELETE", `/api/v1/maintenance/${encodeURIComponent(one.name)}`) }) }, "End …"))];
}

// About checks, about what has certain labels, or about the whole node where neither is named.
function maintain() {
  const lines = (input) => input.value.split("\n").map((line) => line.trim()).filter(Boolean);
  const checks = element("textarea", { rows: 3, spellcheck: "false", placeholder: "shop" });
  const matchers = element("textarea", { rows: 3, spellcheck: "false", placeholder: 'team="db"' });
  const length = spans("3600");
  const comment = element("input", { maxlength: 1000, placeholder: "what is being done" });
  const early = element("input", { type: "checkbox" });
  act({ title: "Begin maintenance", go: "Begin",
    about: "From now on nobody is told of what it covers: these checks, or what all of these match; the whole node, where both are empty.",
    fields: [field("Checks, one a line", checks), field("Or matchers, one a line", matchers), field("For", length), field("Comment", comment),
      element("label", { class: "check" }, early, "ends as soon as what broke during it is well again")],
    run: () => send("POST", "/api/v1/maintenance", { checks: lines(checks), matchers: lines(matchers),
      node: lines(checks).length + lines(matchers).length === 0, duration_seconds: Number(length.value),
      end_when_healthy: early.checked, comment: comment.value.trim() }) });
}

$("maintenance-new").addEventListener("click", maintain);

function oncall(one) {
  const change = one.until ? ["until ", when(one.until), `, then ${one.next || "nobody"}`] : [];
  const who = one.user ? [element("b", {}, one.full_name || one.user), one.full_name ? ` (${one.user})` : ""]
    : element("span", { class: "tag" }, "nobody is on call");
  return [one.user ? "ok" : "critical",
    element("div", {}, element("span", { class: "name" }, `${one.schedule}: `),
      who, " ", change),
    element("div", { class: "facts" }, one.because ? element("span", {}, one.because) : null,
      ...(one.contacts || []).map((contact) => element("span", {}, contact)), element("span", {}, one.time_zone))];
}

$("silence-new").addEventListener("click", () => silence());
