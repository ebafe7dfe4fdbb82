// A tone for red posts, where the reader has asked for it in this browser. A
// browser lets a page sound only after a gesture, so the first click or key of a
// page readies it; until then it is silent.

const ON = "huiying-sound";
const GAP = 10_000; // a tone is given at most this often

/**
 * @param {Document} doc
 * @returns {() => void} gives the tone
 */
export function bell(doc) {
  let audio = null;
  let last = 0;
  const ready = () => {
    if (localStorage.getItem(ON) !== "1" || !window.AudioContext) return;
    audio ??= new AudioContext();
    audio.resume();
  };
  for (const gesture of ["pointerdown", "keydown"]) doc.addEventListener(gesture, ready);
  const ring = () => {
    if (localStorage.getItem(ON) !== "1" || audio?.state !== "running" || Date.now() - last < GAP) return;
    last = Date.now();
    tone(audio);
  };
  const box = doc.querySelector("[data-sound-on]");
  if (box) {
    box.checked = localStorage.getItem(ON) === "1";
    box.addEventListener("change", () => {
      localStorage.setItem(ON, box.checked ? "1" : "");
      last = 0;
      ready();
      if (box.checked) audio?.resume().then(ring); // what it will sound like
    });
  }
  return ring;
}

// tone is two short notes, the second higher.
function tone(audio) {
  for (const [i, pitch] of [660, 880].entries()) {
    const note = audio.createOscillator();
    const loud = audio.createGain();
    const at = audio.currentTime + i * 0.22;
    note.frequency.value = pitch;
    loud.gain.setValueAtTime(0.0001, at);
    loud.gain.exponentialRampToValueAtTime(0.2, at + 0.03);
    loud.gain.exponentialRampToValueAtTime(0.0001, at + 0.2);
    note.connect(loud).connect(audio.destination);
    note.start(at);
    note.stop(at + 0.21);
  }
}
