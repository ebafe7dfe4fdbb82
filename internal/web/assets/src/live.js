// One stream per browser: the tab that holds the lock listens and tells the
// others. Where there is no lock, or no stream, pages ask every 15 seconds.
// The stream says that something is new; what is new is asked for as a
// fragment, so that everything also works by a plain GET.

import { bell } from "./sound.js";

const POLL = 15_000;
const HIDDEN = 60_000;
const GAP = 1_500; // a part is asked for at most this often
const SLOW = 20_000; // and one marked slow, this often
const LOST = 3_000; // a loss is said when it has lasted this long
const SAY = 30_000; // news is announced at most this often

/**
 * @param {Document} doc
 * @param {import("htmx.org")} htmx
 */
export function follow(doc, htmx) {
  const ring = bell(doc);
  const url = doc.body.dataset.liveUrl;
  if (!url) return;
  const parts = new Parts(doc, htmx);
  const say = announcer(doc);
  const state = light(doc);
  doc.addEventListener("huiying:news", (e) => parts.refresh(e.detail));
  const heard = (message) => {
    if (message.state) state(message.state);
    if (message.news) {
      parts.refresh(kindsOf(message.news));
      say(message.news);
      if (message.news.posts?.red) ring();
    }
    if (message.resync) parts.refresh(["post", "alert", "case"]);
  };
  const poll = () => {
    state("poll");
    setInterval(() => !doc.hidden && parts.refresh(["post", "alert", "case"]), POLL);
  };
  if (!navigator.locks || !window.BroadcastChannel || !window.EventSource) {
    poll();
    return;
  }
  const channel = new BroadcastChannel("huiying-live");
  channel.onmessage = (e) => {
    if (e.data.ask) return;
    heard(e.data);
  };
  channel.postMessage({ ask: true });
  lead(doc, url, (message) => {
    heard(message);
    channel.postMessage(message);
  }, channel);
}

// lead waits for its turn to hold the stream and then keeps it while the tab
// lives and is looked at.
function lead(doc, url, tell, channel) {
  navigator.locks.request("huiying-live", () => new Promise((release) => {
    let source = null;
    let now = "lost";
    let fallback = 0;
    const set = (s) => {
      now = s;
      tell({ state: s });
    };
    const open = () => {
      source = new EventSource(url);
      source.addEventListener("hello", () => set("on"));
      source.addEventListener("resync", () => {
        set("on");
        tell({ resync: true });
      });
      source.addEventListener("news", (e) => tell({ news: JSON.parse(e.data) }));
      source.onerror = () => set("lost");
    };
    const close = () => {
      source?.close();
      clearInterval(fallback);
      release();
    };
    channel.addEventListener("message", (e) => e.data.ask && channel.postMessage({ state: now }));
    fallback = setInterval(() => {
      if (now !== "lost") return;
      tell({ resync: true }); // the page stays true by plain GETs
      if (source.readyState === EventSource.CLOSED) open();
    }, POLL);
    let hidden = 0;
    doc.addEventListener("visibilitychange", () => {
      clearTimeout(hidden);
      if (doc.hidden) {
        hidden = setTimeout(() => {
          close();
          source = null;
        }, HIDDEN);
      } else if (!source) {
        lead(doc, url, tell, channel);
      }
    });
    addEventListener("pagehide", close, { once: true });
    open();
  }));
}

function kindsOf(news) {
  const kinds = [];
  if (news.posts) kinds.push("post");
  if (news.alerts) kinds.push("alert");
  if (news.cases) kinds.push("case");
  return kinds;
}

// Parts asks for the parts of the page that news touches: never more often
// than they can be read, and never under the reader's hands.
class Parts {
  constructor(doc, htmx) {
    this.doc = doc;
    this.htmx = htmx;
    this.last = new Map();
    this.timers = new Map();
    doc.addEventListener("visibilitychange", () => {
      if (!doc.hidden && this.missed) this.refresh(["post", "alert", "case"]);
    });
    htmx.on("htmx:afterSwap", (e) => {
      this.fade(e.detail.target?.id);
      this.count(e.detail.target?.id);
    });
  }

  refresh(kinds) {
    if (this.doc.hidden) {
      this.missed = true;
      return;
    }
    this.missed = false;
    for (const part of this.doc.querySelectorAll("[data-live]")) {
      if (kinds.some((k) => part.dataset.live.split(" ").includes(k))) this.soon(part.id);
    }
  }

  soon(id) {
    if (this.timers.has(id)) return;
    const part = this.doc.getElementById(id);
    const gap = part && "slow" in part.dataset ? SLOW : GAP;
    const wait = Math.max(0, (this.last.get(id) ?? 0) + gap - Date.now());
    this.timers.set(id, setTimeout(() => {
      this.timers.delete(id);
      this.ask(id);
    }, wait));
  }

  ask(id) {
    const part = this.doc.getElementById(id);
    if (!part) return;
    if (part.contains(this.doc.activeElement) || part.matches(":hover") || part.querySelector("details[open]")) {
      this.hold(part);
      return;
    }
    this.load(part);
  }

  load(part) {
    this.last.set(part.id, Date.now());
    this.seen = new Set([...part.querySelectorAll("[data-id]")].map((e) => e.dataset.id));
    const url = part.dataset.get || this.doc.location.pathname + this.doc.location.search;
    // A server that is away is said by the light; the part is asked for again when it is back.
    this.htmx.ajax("GET", url, { target: part, swap: "outerHTML" }).catch(() => {});
  }

  // hold keeps a part as it is while somebody reads it and says so where the
  // part has words for it; else it tries again.
  hold(part) {
    if (!part.dataset.hold) {
      setTimeout(() => this.soon(part.id), 3_000);
      return;
    }
    if (part.querySelector(".hold")) return;
    const button = this.doc.createElement("button");
    button.type = "button";
    button.className = "hold";
    button.textContent = part.dataset.hold;
    button.addEventListener("click", () => this.load(part));
    part.querySelector("h2, ol, .empty")?.after(button);
    part.addEventListener("mouseleave", () => this.soon(part.id), { once: true });
  }

  // count has the heading say how many there are in the part that came.
  count(id) {
    const part = id && this.doc.getElementById(id);
    if (!part?.dataset.count) return;
    for (const said of this.doc.querySelectorAll(`[data-count-of~="${id}"]`)) said.textContent = part.dataset.count;
  }

  fade(id) {
    const part = id && this.doc.getElementById(id);
    if (!part || !this.seen) return;
    for (const e of part.querySelectorAll("[data-id]")) {
      if (!this.seen.has(e.dataset.id)) e.classList.add("new");
    }
  }
}

function announcer(doc) {
  const box = doc.getElementById("announce");
  let posts = 0;
  let red = 0;
  let last = 0;
  return (news) => {
    for (const [level, n] of Object.entries(news.posts ?? {})) {
      if (level === "none") continue;
      posts += n;
      if (level === "red") red += n;
    }
    if (!posts || Date.now() - last < SAY) return;
    box.textContent = (red ? box.dataset.urgent : box.dataset.new).replace("{n}", posts).replace("{r}", red);
    posts = red = 0;
    last = Date.now();
  };
}

function light(doc) {
  const box = doc.getElementById("live-state");
  const banner = doc.getElementById("live-lost");
  let late = 0;
  return (state) => {
    clearTimeout(late); // a server that only starts anew is back at once
    if (!banner) return; // the big screen says how old it is in large type
    if (state === "lost") late = setTimeout(() => banner.hidden = false, LOST);
    else banner.hidden = true;
    box.dataset.state = state;
    box.querySelector("span").textContent = box.getAttribute("data-word-" + state);
  };
}
