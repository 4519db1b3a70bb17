// Incidents with their timelines, and repairs with their plans, gates and journals. Looking at a plan approves nothing.

import { $, differs, element, keep, when } from "./kit.js";
import { act, book, headers, send } from "./node.js";

const CLASSES = { open: "critical", acknowledged: "warning", mitigated: "warning", resolved: "ok" };
const ENDS = { verified: "ok", observed: "ok", dropped: "ok", undone: "warning", refused: "warning", unapproved: "warning" };
const RULINGS = { allow: "ok", hold: "warning", refuse: "critical", drop: "stale" };
const SEVERITIES = ["SEV-1", "SEV-2", "SEV-3", "SEV-4"];
const ENTRIES_MAX = 30;

export function showIncidents() {
  $("incidents-part").hidden = book.incidents.length === 0;
  keep($("incidents"), book.incidents, ({ id }) => id, () => element("li"), (item, incident) => {
    if (!differs(item, incident)) return;
    const unfolded = item.querySelector("details")?.open;
    item.id = `/incidents/${incident.id}`;
    item.className = CLASSES[incident.state] || "";
    item.replaceChildren(element("div", { class: "more plugin" }, ...head(incident), timeline(incident, unfolded), buttons(incident)));
  });
}

export function showRepairs() {
  $("repairs-part").hidden = book.remediations.length + book.switches.length + book.incidents.length === 0;
  $("repairs-stopped").replaceChildren(...book.switches.map((it) => element("li", { class: "critical" },
    element("div", { class: "more plugin" }, element("b", {}, `Stopped: ${scope(it)}`), ` by ${it.by}: ${it.reason}`,
      it.until ? [" until ", when(it.until)] : null,
      element("div", { class: "buttons" }, element("button", { type: "button", on: () => release(it) }, "Let repairs go on …"))))));
  keep($("repairs"), book.remediations, ({ id }) => id, () => element("li"), (item, repair) => {
    if (!differs(item, repair)) return;
    const unfolded = new Set([...item.querySelectorAll("details[open]")].map((part) => part.dataset.part));
    item.id = `/remediations/${repair.id}`;
    item.className = repair.ended ? ENDS[repair.ended.how] || "critical" : "warning";
    item.replaceChildren(element("div", { class: "more plugin" }, ...said(repair), plan(repair, unfolded), gates(repair, unfolded), choices(repair)));
  });
}

// `/#/remediations/` and an id shows that repair, as links in notifications ask for it.
export function reveal() {
  const item = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!item) return;
  item.querySelectorAll("details").forEach((part) => { part.open = true; });
  item.scrollIntoView({ block: "center" });
}

// ---- Incidents ----

function head(it) {
  const by = it.assignee ? `${it.assignee} is on it` : "nobody is assigned";
  return [
    element("div", {}, element("span", { class: "name" }, it.title), " ", element("span", { class: "tag" }, it.severity), " ",
      element("span", { class: "tag" }, it.state), " since ", when(it.opened_at)),
    element("div", { class: "facts" }, element("span", {}, `${it.alerts_firing} of ${it.alerts_total} alerts fire`),
      it.origin ? element("span", {}, `most likely began at ${it.origin}`) : null, element("span", {}, by),
      element("span", {}, `opened by ${it.opened_by}`)),
  ];
}

function timeline(it, unfolded) {
  const entries = (it.timeline || []).slice(-ENTRIES_MAX).reverse();
  const part = element("details", {}, element("summary", {}, "Timeline"), element("ul", {}, entries.map((entry) =>
    element("li", {}, when(entry.at), ` ${entry.kind}: ${entry.text} `, element("span", { class: "tag" }, entry.source)))));
  part.open = unfolded ?? it.state !== "resolved";
  return part;
}

function buttons(it) {
  const path = `/api/v1/incidents/${encodeURIComponent(it.id)}`;
  const step = (state, title, about) => element("button", { type: "button", on: () => act({ title, about: it.title, go: title,
    run: () => send("PATCH", path, { state }) }) }, `${about} …`);
  if (it.state === "resolved") {
    return element("div", { class: "buttons" }, element("button", { type: "button", on: () => read(path) }, "Post-mortem"));
  }
  return element("div", { class: "buttons" },
    it.state === "open" ? element("button", { type: "button", on: () => answer(it, path) }, "I am on it …") : null,
    element("button", { type: "button", on: () => note(it, path) }, "Note …"),
    element("button", { type: "button", on: () => severity(it, path) }, "Severity …"),
    step("resolved", "Resolve it", "Resolve"));
}

// A link would carry no token.
async function read(path) {
  const answer = await fetch(`${path}/postmortem?format=html`, { headers: headers() });
  if (answer.ok) window.open(URL.createObjectURL(await answer.blob()));
}

function answer(it, path) {
  const who = element("input", { maxlength: 100, placeholder: "anna" });
  act({ title: "Acknowledge the incident", about: it.title, go: "Acknowledge", fields: [field("Who works on it", who)],
    run: () => send("PATCH", path, { state: "acknowledged", ...(who.value.trim() ? { assignee: who.value.trim() } : {}) }) });
}

function note(it, path) {
  const text = element("input", { maxlength: 2000, required: "" });
  act({ title: "Add to the timeline", about: it.title, go: "Add", fields: [field("What happened", text)],
    run: () => send("PATCH", path, { note: text.value }) });
}

function severity(it, path) {
  const choice = element("select", {}, SEVERITIES.map((name) => element("option", { value: name }, name)));
  choice.value = it.severity;
  act({ title: "How severe it is", about: it.title, go: "Change", fields: [field("Severity", choice)],
    run: () => send("PATCH", path, { severity: choice.value }) });
}

// ---- Repairs ----

function said(it) {
  return [
    element("div", {}, element("span", { class: "name" }, `${it.playbook} on ${it.target}`), " ",
      element("span", { class: "tag" }, it.ended ? it.ended.how : it.stage), " ", element("span", { class: "tag" }, it.mode),
      " proposed ", when(it.proposed_at)),
    element("div", { class: "facts" }, element("span", {}, it.words), it.ended?.escalated ? element("span", {}, "a person was told") : null),
  ];
}

function plan(it, unfolded) {
  if (!it.plan) return null;
  const step = (one) => element("li", {}, element("b", {}, one.verb), " ", element("code", {}, JSON.stringify(one.arguments)), " ",
    element("span", { class: "tag" }, one.state), one.undoable ? " can be taken back" : null, element("div", {}, one.why),
    one.prepared ? element("div", {}, one.prepared) : null, one.said ? element("div", {}, one.said) : null,
    one.output ? element("pre", {}, one.output) : null);
  const part = element("details", { "data-part": "plan" }, element("summary", {}, `Plan: ${it.plan.summary}`),
    element("p", {}, it.plan.why), element("ol", {}, it.plan.steps.map(step)),
    it.plan.preconditions.map((text) => element("p", {}, `Only if ${text}`)),
    element("p", {}, `It helped if ${it.plan.verified_by.join(", ")} are ok ${it.plan.times} times in a row, ${it.plan.settle_seconds} s after it.`),
    element("p", { class: "note" }, `Plan ${it.plan.hash}`));
  part.open = unfolded.has("plan") || it.stage === "awaiting-approval";
  return part;
}

function gates(it, unfolded) {
  if (it.gates.length === 0) return null;
  const part = element("details", { "data-part": "gates" }, element("summary", {}, "Gates"), element("ul", {}, it.gates.map((gate) =>
    element("li", { class: RULINGS[gate.ruling] || "" }, element("b", {}, gate.gate), " ", element("span", { class: "tag" }, gate.ruling), ` ${gate.reason}`))));
  part.open = unfolded.has("gates");
  return part;
}

function choices(it) {
  if (it.ended) return null;
  const path = `/api/v1/remediations/${encodeURIComponent(it.id)}`;
  const say = (word, title) => element("button", { type: "button", on: () => act({ title, about: `${it.plan.summary} (plan ${it.plan.hash.slice(0, 12)})`,
    go: title, run: () => send("POST", `${path}/${word}`, { hash: it.plan.hash }) }) }, `${title} …`);
  return element("div", { class: "buttons" },
    it.stage === "awaiting-approval" ? [say("approve", "Approve this plan"), say("reject", "Reject it")] : null,
    element("button", { type: "button", on: () => stop({ target: it.target }, `repairs on ${it.target}`) }, "Stop repairs on it …"),
    element("button", { type: "button", on: () => stop({ playbook: it.playbook }, `the playbook ${it.playbook}`) }, "Stop the playbook …"));
}

const scope = ({ playbook, target }) => (playbook ? `the playbook ${playbook}` : target ? `repairs on ${target}` : "all repairs");

export function stop(what, words) {
  const reason = element("input", { maxlength: 1000, required: "" });
  const hours = element("input", { type: "number", min: "0", step: "0.5", placeholder: "until it is taken back" });
  act({ title: `Stop ${words}`, about: "The next step does not begin. What was begun goes on to its end.", go: "Stop",
    fields: [field("Why", reason), field("For so many hours", hours)],
    run: () => send("PUT", "/api/v1/killswitches", { ...what, reason: reason.value,
      ...(Number(hours.value) > 0 ? { duration_seconds: Math.round(Number(hours.value) * 3600) } : {}) }) });
}

function release(it) {
  const query = new URLSearchParams(it.playbook ? { playbook: it.playbook } : it.target ? { target: it.target } : {});
  act({ title: "Let repairs go on", about: `${scope(it)}: ${it.reason}`, go: "Go on",
    run: () => send("DELETE", `/api/v1/killswitches${query.size ? `?${query}` : ""}`) });
}

const field = (words, input) => element("label", {}, element("span", {}, words), input);

$("repairs-stop").addEventListener("click", () => stop({}, "all repairs"));
