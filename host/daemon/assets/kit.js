// What every part of the page is made with: elements, words for times and sizes, and lists that keep their rows. What
// comes from outside is untrusted: here it becomes text nodes and attributes, never markup.

export const $ = (id) => document.getElementById(id);

// ---- Elements ----

export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "on") node.addEventListener("click", value);
    else if (value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

export function shape(name, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

export function part(title, ...content) {
  return element("div", {}, element("h3", {}, title), ...content);
}

// A label or an annotation may hold any scheme: only the web's become a link, the rest is shown as it is.
export function link(url, words) {
  const scheme = URL.canParse(url) ? new URL(url).protocol : "";
  return ["http:", "https:"].includes(scheme)
    ? element("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, words)
    : element("span", { class: "mono" }, url);
}

export const chips = (words) =>
  element("ul", { class: "chips" }, words.map((word) => element("li", { class: "mono" }, word)));

const COLOURS = { critical: "critical", page: "critical", error: "critical", p0: "critical", p1: "critical",
  warning: "warning", warn: "warning", p2: "warning" };
// The class that a severity is shown in; what is not known here is the mildest.
export const colour = (severity) => COLOURS[severity.toLowerCase()] || "info";

export const pairs = (labels) => Object.entries(labels || {}).map(([name, value]) => `${name}=${value}`);

// ---- Words ----

export function span(seconds) {
  if (!(seconds >= 0)) return "";
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}
export const ago = (time) => span((Date.now() - Date.parse(time)) / 1000);
export const micros = (us) => (us < 1000 ? `${us} µs` : us < 1e6 ? `${(us / 1000).toFixed(1)} ms` : `${(us / 1e6).toFixed(2)} s`);
export const bytes = (n) => (n < 1024 ? `${n} B` : n < 1048576 ? `${(n / 1024).toFixed(0)} KiB` : `${(n / 1048576).toFixed(1)} MiB`);
export const clock = (time) => new Date(time).toLocaleTimeString();

// The hour, and the day where it is another one.
function hour(time) {
  const date = new Date(time);
  const short = { hour: "2-digit", minute: "2-digit" };
  return date.toDateString() === new Date().toDateString() ? date.toLocaleTimeString([], short)
    : date.toLocaleString([], { weekday: "short", day: "numeric", month: "short", ...short });
}

function moment(time) {
  const seconds = (Date.parse(time) - Date.now()) / 1000;
  return `${hour(time)} (${seconds > 0 ? `in ${span(seconds)}` : `${span(-seconds)} ago`})`;
}

// A point in time whose words stay true while it is looked at.
export const when = (time) => element("time", { datetime: time, title: new Date(time).toLocaleString() }, moment(time));
setInterval(() => {
  for (const time of document.querySelectorAll("time")) {
    const words = moment(time.dateTime);
    if (time.textContent !== words) time.textContent = words;
  }
}, 5000);

// ---- Lists ----

// Shows `things` in this order. A row that is there already is filled anew, not made anew.
export function keep(list, things, key, make, fill) {
  const had = new Map([...list.children].map((item) => [item.dataset.key, item]));
  const wanted = things.map((thing) => {
    const item = had.get(key(thing)) || make(thing);
    item.dataset.key = key(thing);
    fill(item, thing);
    return item;
  });
  // Moving a row that is in its place would take the focus from it.
  wanted.forEach((item, index) => { if (list.children[index] !== item) list.insertBefore(item, list.children[index] || null); });
  while (list.children.length > wanted.length) list.lastChild.remove();
}

const shown = new WeakMap();

// Whether a row shows something else than it did: what is being read or clicked is not pulled away without need.
export function differs(item, thing) {
  const text = JSON.stringify(thing);
  if (shown.get(item) === text) return false;
  shown.set(item, text);
  return true;
}
