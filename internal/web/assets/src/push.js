// A browser asks to be told: the form is there where the browser can be told and
// has not been forbidden to; else a sentence says why not.

/** @param {Document} doc */
export async function worker(doc) {
  if (!doc.body.classList.contains("shell")) return;
  if (!window.isSecureContext) return insecure(doc.querySelector("[data-push-says]"));
  if (!("serviceWorker" in navigator)) return offer(doc, null);
  // It fails with a certificate that the browser does not know, too.
  await offer(doc, await navigator.serviceWorker.register("/sw.js", { updateViaCache: "none" }).catch(() => null));
}

function insecure(says) {
  if (says) says.textContent = says.dataset.insecure;
}

async function offer(doc, registered) {
  const form = doc.querySelector("[data-push]");
  if (!form) return;
  const says = doc.querySelector("[data-push-says]");
  const say = (what) => { says.textContent = what ? says.dataset[what] : ""; };
  if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return say("none");
  if (Notification.permission === "denied") return say("denied");
  if (!registered) return say("failed");
  const registration = await navigator.serviceWorker.ready;
  const have = await registration.pushManager.getSubscription();
  const listed = have && [...doc.querySelectorAll("[data-endpoint]")].some((e) => e.dataset.endpoint === have.endpoint);
  if (listed) return say("here");
  say("");
  form.hidden = false;
  form.addEventListener("submit", (e) => {
    if (form.elements.endpoint.value) return;
    e.preventDefault();
    subscribe(registration, form).catch(() => say(Notification.permission === "denied" ? "denied" : "failed"));
  });
}

// subscribe asks the person, then the push service, and hands the browser over
// to the service as any other form. One that was given to another key is ended.
async function subscribe(registration, form) {
  if (await Notification.requestPermission() !== "granted") throw new Error("not granted");
  await (await registration.pushManager.getSubscription())?.unsubscribe();
  const key = Uint8Array.from(atob(form.dataset.push.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const made = (await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })).toJSON();
  form.elements.endpoint.value = made.endpoint;
  form.elements.key.value = made.keys.p256dh;
  form.elements.auth.value = made.keys.auth;
  form.requestSubmit();
}
