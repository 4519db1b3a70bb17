// The node's answers: who asks, what was last heard of alerting, and the one dialog through which anything is changed.

import { $ } from "./kit.js";

const SHOWN_OF = { firing: 300, pending: 100, suppressed: 200, resolved: 100 };

let token = sessionStorage.getItem("token") || "";

// What is known of alerting; `totals` also counts alerts that are not listed.
export const book = { alerts: new Map(), totals: {}, pages: [], silences: [], windows: [], schedules: [], slos: [], moreSlos: false,
  incidents: [], remediations: [], switches: [],
  problem: "" };

export const isKnown = () => token !== "";

export function know(text) {
  token = text;
  sessionStorage.setItem("token", token);
}

const bearer = (text) => (text ? { Authorization: `Bearer ${text}` } : {});
export const headers = () => bearer(token);

export async function get(path) {
  const answer = await fetch(path, { headers: headers() });
  const body = await answer.json();
  if (answer.ok) return body;
  throw body;
}

// The node's own words of what went wrong.
export function words(problem) {
  const errors = (problem?.errors || []).map((error) => [error.message, error.help].filter(Boolean).join("; "));
  return [problem?.detail || String(problem), ...errors].join("\n");
}

// ---- Alerting ----

// Reads all of it. What cannot be read stays as it was, and is said.
export async function readBook() {
  const states = Object.keys(SHOWN_OF);
  const lists = states.map((state) => get(`/api/v1/alerts?state=${state}&limit=${SHOWN_OF[state]}`));
  const rooms = [
    [Promise.all(lists), (all) => {
      book.alerts = new Map(all.flatMap((list) => list.alerts).map((alert) => [alert.fingerprint, alert]));
      book.totals = Object.fromEntries(states.map((state, index) => [state, all[index].total]));
    }],
    [get("/api/v1/pages?state=open,acknowledged"), ({ pages }) => { book.pages = pages; }],
    [get("/api/v1/silences?state=active,pending"), ({ silences }) => { book.silences = silences; }],
    [get("/api/v1/maintenance"), ({ windows }) => { book.windows = windows; }],
    [get("/api/v1/oncall"), ({ schedules }) => { book.schedules = schedules; }],
    [readIncidents(), (incidents) => { book.incidents = incidents; }],
    [get("/api/v1/remediations?limit=20"), ({ remediations }) => { book.remediations = remediations; }],
    [get("/api/v1/killswitches"), ({ switches }) => { book.switches = switches; }],
    [get("/api/v1/slos?limit=100"), ({ slos, next }) => { book.slos = slos; book.moreSlos = next !== undefined; }],
  ];
  const ends = await Promise.allSettled(rooms.map(([answer, take]) => answer.then(take)));
  const failed = ends.find(({ status }) => status === "rejected");
  book.problem = failed ? words(failed.reason) : "";
}

// Those that are open with their timelines, and the last few that are over.
async function readIncidents() {
  const { incidents } = await get("/api/v1/incidents?limit=20");
  return Promise.all(incidents.map((one) => get(`/api/v1/incidents/${encodeURIComponent(one.id)}`)));
}

// ---- Acts ----

export async function send(method, path, body) {
  const trial = $("act-door").hidden ? "" : $("act-token").value.trim();
  const kind = body ? { "Content-Type": "application/json" } : {};
  const answer = await fetch(path, { method, headers: { ...bearer(trial || token), ...kind }, body: body && JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw JSON.parse(text);
  // Only a token that opened the door is kept.
  if (trial) know(trial);
}

// Asks whether, and with what; `run` does it. Stays open with what was written when the node refuses.
export function act({ title, about, fields = [], go, run }) {
  $("act-title").textContent = title;
  $("act-about").textContent = about || "";
  $("act-fields").replaceChildren(...fields);
  $("act-refused").textContent = "";
  $("act-go").textContent = go;
  $("act-door").hidden = isKnown();
  $("act-token").value = "";
  $("act-form").onsubmit = async (event) => {
    event.preventDefault();
    $("act-go").disabled = true;
    try {
      await run();
      $("act").close();
      document.dispatchEvent(new Event("acted"));
    } catch (problem) {
      $("act-refused").textContent = words(problem);
      if ([401, 403].includes(problem?.status)) {
        $("act-door").hidden = false;
        $("act-token").focus();
      }
    } finally {
      $("act-go").disabled = false;
    }
  };
  $("act").showModal();
}

$("act-cancel").addEventListener("click", () => $("act").close());
